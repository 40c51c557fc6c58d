// npm run runtimes: the programs of the packages' pages, and the checks of e2e/support/packagesCheck.mjs, under
// each runtime that is here: Node always, Deno and Bun when they are on the PATH or named by CONTOR_DENO and
// CONTOR_BUN. What did not run is said.
import { execFileSync } from 'node:child_process'
import { nodeRuntime, printsAsShown, runChecks, runExample, stageExamples } from './examples.mjs'

const say = (line) => process.stdout.write(`${line}\n`)
const runtimes = [
  nodeRuntime,
  {
    name: 'deno',
    command: process.env.CONTOR_DENO ?? 'deno',
    args: [
      'run',
      '--no-remote',
      '--no-lock',
      '--allow-read',
      '--allow-env',
      '--allow-sys',
      '--allow-net=127.0.0.1',
    ],
  },
  { name: 'bun', command: process.env.CONTOR_BUN ?? 'bun', args: ['run'] },
]

function versionOf({ command }) {
  try {
    return execFileSync(command, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n')[0]
  } catch {
    return undefined
  }
}

const stage = stageExamples()
const missing = []
let failed = 0
try {
  const expected = await runChecks(stage, 'node')
  for (const runtime of runtimes) {
    const version = versionOf(runtime)
    if (version === undefined) {
      missing.push(runtime.name)
      continue
    }
    let passed = 0
    const fault = (what, text) => {
      failed += 1
      say(`✖ ${runtime.name}: ${what}\n${text}`)
    }
    for (const example of stage.examples.filter(({ serves }) => !serves)) {
      const { code, out, err } = await runExample(stage, example, runtime)
      // How a runtime prints an object is its own affair; that the program runs to its end is not.
      if (code !== 0) fault(example.name, err)
      else if (runtime === nodeRuntime && !printsAsShown(out, example.prints)) fault(example.name, out)
      else if (out.trim() === '') fault(example.name, 'it printed nothing')
      else passed += 1
    }
    for (const provider of ['node', 'web']) {
      try {
        const found = await runChecks(stage, provider, runtime)
        if (JSON.stringify(found) === JSON.stringify(expected)) passed += 1
        else fault(`checks with the ${provider} provider`, JSON.stringify(found))
      } catch (error) {
        fault(`checks with the ${provider} provider`, error.message)
      }
    }
    say(`${runtime.name} ${version}: ${passed} passed`)
  }
} finally {
  stage.remove()
}
for (const name of missing)
  say(`${name}: not run, it is not here (CONTOR_${name.toUpperCase()} names its program)`)
process.exitCode = failed === 0 ? 0 : 1
