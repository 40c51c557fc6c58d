// npm test: every check and every test, one closing line. Runs under the pinned Node.
//   npm test                     everything
//   npm test -- unit e2e         only these steps (names below)
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBrowser } from './browser.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const scratch = mkdtempSync(join(tmpdir(), 'contor-test-'))
const totals = { passed: 0, failed: 0, skipped: 0 }
const failures = []

function run(command, args, { env = {}, echo = true } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
        if (echo) process.stdout.write(chunk)
      })
    }
    child.on('error', (error) => resolve({ code: 1, output: String(error) }))
    child.on('exit', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** A check is one test: it passes silently or fails with its whole output. */
async function check(name, command, args) {
  const started = Date.now()
  const { code, output } = await run(command, args, { echo: false })
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  if (code === 0) totals.passed += 1
  else {
    totals.failed += 1
    failures.push(name)
    process.stdout.write(`${output}\n`)
  }
  process.stdout.write(`${code === 0 ? '✔' : '✖'} ${name} (${seconds} s)\n`)
}

async function tests(name, patterns, { concurrency, env }) {
  process.stdout.write(`\n── ${name} ──\n`)
  const file = join(scratch, `${name}.json`)
  const { code } = await run(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      `--import=${new URL('seed.mjs', import.meta.url).href}`,
      '--test',
      `--test-concurrency=${concurrency}`,
      '--test-timeout=600000',
      '--test-reporter=dot',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(root, 'scripts', 'count-reporter.mjs')}`,
      `--test-reporter-destination=${file}`,
      ...patterns,
    ],
    { env },
  )
  let counted = { passed: 0, failed: 0, skipped: 0, failures: [], files: {} }
  try {
    counted = JSON.parse(readFileSync(file, 'utf8'))
  } catch {}
  for (const key of ['passed', 'failed', 'skipped']) totals[key] += counted[key]
  for (const failure of counted.failures) failures.push(`${name}: ${failure.name}`)
  for (const failure of counted.failures) process.stdout.write(`\n✖ ${failure.name}\n${failure.error}\n`)
  // A runner that failed without a failing test (a file that does not load, say) is a failure too.
  if (code !== 0 && counted.failed === 0) {
    totals.failed += 1
    failures.push(`${name}: the test runner ended with code ${code}`)
  }
  process.stdout.write(
    `\n${name}: ${counted.passed} passed, ${counted.failed} failed; longest: ${longest(counted.files)}\n`,
  )
}

/** The files that a shorter run begins with. */
function longest(files) {
  return Object.entries(files)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([file, ms]) => `${relative(root, file)} ${Math.round(ms / 1000)} s`)
    .join(', ')
}

const steps = {
  lint: () => check('lint and format', bin('biome'), ['check', '.', '--error-on-warnings']),
  types: async () => {
    await check('types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json'])
    await check('types of the console', bin('tsc'), ['--noEmit', '-p', 'apps/console/tsconfig.json'])
  },
  boundaries: () => check('boundaries, with a canary', process.execPath, ['scripts/boundaries.mjs']),
  packages: () =>
    check('packages build; publint, attw, API pages', process.execPath, ['scripts/packages.mjs', '--api']),
  deadcode: () => check('dead code', bin('knip'), []),
  unit: () =>
    tests(
      'unit',
      [
        'packages/*/src/**/*.test.ts',
        'apps/*/src/**/*.test.ts',
        'bench/**/*.test.ts',
        'scripts/**/*.test.mjs',
      ],
      {
        concurrency: 2,
        env: databaseEnv,
      },
    ),
  e2e: async () => {
    const browser = await ensureBrowser()
    await check('build of the console', process.execPath, [
      'node_modules/vite/bin/vite.js',
      'build',
      'apps/console',
    ])
    await tests('e2e', ['e2e/**/*.test.ts'], {
      concurrency: 1,
      env: { ...databaseEnv, CONTOR_BROWSER: browser },
    })
  },
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps[name])
if (unknown.length > 0) {
  process.stderr.write(`No such step: ${unknown.join(', ')}. Steps: ${Object.keys(steps).join(', ')}.\n`)
  process.exit(2)
}
const needsDatabase = wanted.length === 0 || wanted.includes('unit') || wanted.includes('e2e')
const { startTestPostgres } = await import('../apps/server/src/platform/testing/database.ts')
const postgres = needsDatabase ? await startTestPostgres() : undefined
const databaseEnv = postgres ? { CONTOR_TEST_DATABASE_URL: postgres.url } : {}
try {
  for (const [name, step] of Object.entries(steps)) {
    if (wanted.length === 0 || wanted.includes(name)) await step()
  }
} finally {
  await postgres?.stop()
  rmSync(scratch, { recursive: true, force: true })
}
if (failures.length > 0)
  process.stdout.write(`\nFailed:\n${failures.map((name) => `  ✖ ${name}`).join('\n')}\n`)
else process.stdout.write('\nEverything passed. Next: npm start, or docs/ for the guides.\n')
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`)
process.exit(totals.failed === 0 ? 0 : 1)
