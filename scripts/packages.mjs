// npm run packages: builds the publishable packages into dist/packages/NAME, each ready for `npm publish`,
// and checks them as a registry and a consumer's compiler would see them.
//   npm run packages             build and check all
//   npm run packages -- --no-check
//   npm run packages -- --api    build, check, and write the API pages to dist/api
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const builtPackages = join(root, 'dist', 'packages')
const bin = (name) => join(root, 'node_modules', '.bin', name)
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** Packages in the order in which they build: one comes after those it depends on. */
function order() {
  const names = readdirSync(join(root, 'packages'))
  const manifests = new Map(names.map((name) => [name, read(join(root, 'packages', name, 'package.json'))]))
  const done = []
  const visit = (name) => {
    if (done.includes(name)) return
    for (const dependency of Object.keys(manifests.get(name).dependencies ?? {}))
      if (dependency.startsWith('@contor/')) visit(dependency.slice('@contor/'.length))
    done.push(name)
  }
  for (const name of names) visit(name)
  return done.map((name) => [name, manifests.get(name)])
}

/** The workspace's exports name sources; a published package names what was built of them. */
function published(manifest, versions) {
  const target = (source) => source.replace(/^\.\/src\//, './').replace(/\.ts$/, '')
  const exports = Object.fromEntries(
    Object.entries(manifest.exports).map(([door, source]) =>
      source.endsWith('.json') || source.includes('*')
        ? [door, source]
        : [door, { types: `${target(source)}.d.ts`, default: `${target(source)}.js` }],
    ),
  )
  const dependencies = Object.fromEntries(
    Object.entries(manifest.dependencies ?? {}).map(([name, range]) => [
      name,
      versions.has(name) ? `^${versions.get(name)}` : range,
    ]),
  )
  return {
    ...manifest,
    exports,
    ...(Object.keys(dependencies).length > 0 && { dependencies }),
    sideEffects: false,
    files: ['**/*.js', '**/*.d.ts', '**/*.json', 'LICENSE', 'NOTICE', 'README.md'],
    engines: { node: '>=20' },
  }
}

/** JSON files that no module imports (a schema for editors, say) come along too. */
function dataFiles(folder) {
  return readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.json'))
}

export function buildPackages(report = () => {}) {
  rmSync(builtPackages, { recursive: true, force: true })
  const stage = join(builtPackages, '.stage')
  mkdirSync(join(stage, 'node_modules', '@contor'), { recursive: true })
  const packages = order()
  const versions = new Map(packages.map(([, manifest]) => [manifest.name, manifest.version]))
  for (const [name, manifest] of packages) {
    const started = Date.now()
    const source = join(root, 'packages', name)
    const target = join(builtPackages, name)
    cpSync(join(source, 'src'), join(stage, name, 'src'), {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts'),
    })
    writeFileSync(
      join(stage, name, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.base.json'),
        compilerOptions: {
          noEmit: false,
          declaration: true,
          rewriteRelativeImportExtensions: true,
          allowImportingTsExtensions: false,
          resolveJsonModule: true,
          lib: ['ES2024', 'DOM'],
          types: ['node'],
          typeRoots: [join(root, 'node_modules', '@types')],
          rootDir: 'src',
          outDir: target,
        },
        include: ['src'],
      }),
    )
    writeFileSync(join(stage, name, 'package.json'), JSON.stringify({ type: 'module' }))
    execFileSync(bin('tsc'), ['-p', join(stage, name)], { stdio: 'inherit' })
    writeFileSync(join(target, 'package.json'), `${JSON.stringify(published(manifest, versions), null, 2)}\n`)
    for (const file of ['LICENSE', 'NOTICE']) cpSync(join(root, file), join(target, file))
    for (const file of dataFiles(join(source, 'src'))) {
      if (!existsSync(join(target, file))) cpSync(join(source, 'src', file), join(target, file))
    }
    if (existsSync(join(source, 'README.md'))) cpSync(join(source, 'README.md'), join(target, 'README.md'))
    symlinkSync(target, join(stage, 'node_modules', '@contor', name), 'dir')
    report(`built ${manifest.name} in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  }
  rmSync(stage, { recursive: true, force: true })
  return packages.map(([name, manifest]) => ({ name, manifest, folder: join(builtPackages, name) }))
}

/** publint (what a registry's users would trip over) and attw (what a compiler resolves), on each package. */
export function checkPackage(folder) {
  execFileSync(bin('publint'), ['run', '--strict', folder], { stdio: 'pipe' })
  // ESM only: `require` of Node 22 and later loads it, and older resolution modes are not served.
  execFileSync(bin('attw'), ['--pack', folder, '--profile', 'esm-only', '--no-color'], { stdio: 'pipe' })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const say = (line) => process.stdout.write(`${line}\n`)
  const built = buildPackages(say)
  if (!process.argv.includes('--no-check')) {
    for (const { manifest, folder } of built) {
      try {
        checkPackage(folder)
        say(`publint and attw find nothing in ${manifest.name}`)
      } catch (error) {
        say(`${manifest.name}:\n${error.stdout ?? ''}${error.stderr ?? error}`)
        process.exitCode = 1
      }
    }
  }
  say(`Ready to publish: ${builtPackages}`)
  if (process.argv.includes('--api')) {
    execFileSync(process.execPath, [join(root, 'node_modules', 'typedoc', 'bin', 'typedoc')], {
      stdio: ['ignore', 'inherit', 'inherit'],
      cwd: root,
    })
    say(`API pages: ${join(root, 'dist', 'api', 'index.html')}`)
  }
}
