// The programs in packages/*/README.md: an HTML comment `<!-- example: NAME -->` before a ```ts block names it,
// a ```text block behind it says what it prints (… stands for anything in a line). `after: OTHER` needs the
// example OTHER at work, which says `serves`.
import { spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPackages, builtPackages } from './packages.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** What the examples call the port of the meter. */
const writtenPort = '4059'

/** Every example of every package, in the order of its page. */
export function readExamples() {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const file = join(root, 'packages', name, 'README.md')
    let page
    try {
      page = readFileSync(file, 'utf8')
    } catch {
      return []
    }
    const pattern =
      /<!-- example: ([\w-]+)(; serves)?(?:; after: ([\w-]+))? -->\n```ts\n([\s\S]*?)```(?:\n```text\n([\s\S]*?)```)?/g
    return [...page.matchAll(pattern)].map(([, example, serves, after, code, prints]) => ({
      name: `${name}-${example}`,
      package: name,
      serves: serves !== undefined,
      after: after && `${name}-${after}`,
      code,
      prints,
    }))
  })
}

function newest(folder) {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )
}

/** Builds the packages unless dist/packages holds what their sources say. */
export function ensurePackages() {
  const names = readdirSync(join(root, 'packages'))
  const built = (name) => {
    try {
      return statSync(join(builtPackages, name, 'package.json')).mtimeMs
    } catch {
      return 0
    }
  }
  const stale = names.some((name) => {
    const { mtimeMs } = statSync(join(root, 'packages', name, 'package.json'))
    return built(name) < Math.max(newest(join(root, 'packages', name, 'src')), mtimeMs)
  })
  if (stale) buildPackages()
}

/** A folder as a user of the packages has it, with every example as a file. `remove()` it at the end. */
export function stageExamples() {
  ensurePackages()
  const folder = mkdtempSync(join(tmpdir(), 'contor-examples-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  cpSync(builtPackages, join(modules, '@contor'), { recursive: true })
  cpSync(join(root, 'node_modules', '@noble'), join(modules, '@noble'), {
    recursive: true,
    dereference: true,
  })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  const examples = readExamples()
  for (const example of examples) writeFileSync(join(folder, `${example.name}.ts`), example.code)
  return { folder, examples, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

async function untilListening(port, child) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`the meter ended with code ${child.exitCode}`)
    const open = await new Promise((resolve) => {
      const probe = net.connect(Number(port), '127.0.0.1')
      probe.once('connect', () => resolve(true))
      probe.once('error', () => resolve(false))
      probe.once('close', () => resolve(false))
      probe.once('connect', () => probe.destroy())
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the meter never listened')
}

function start(runtime, folder, file) {
  const child = spawn(runtime.command, [...runtime.args, file], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, out: said.out, err: String(error) }))
    child.on('close', (code, signal) => resolve({ code: code ?? signal, ...said }))
  })
  return { child, ended }
}

export const nodeRuntime = {
  name: 'node',
  command: process.execPath,
  args: ['--disable-warning=ExperimentalWarning'],
}

/** Runs one example to its end. @returns { code, out, err } */
export async function runExample(stage, example, runtime = nodeRuntime) {
  const port = await freePort()
  const place = ({ name, code }) => {
    const file = join(stage.folder, `${name}-${port}.ts`)
    writeFileSync(file, code.replaceAll(writtenPort, port))
    return file
  }
  const peer = stage.examples.find((other) => other.name === example.after)
  const meter = peer && start(runtime, stage.folder, place(peer))
  try {
    if (meter) await untilListening(port, meter.child)
    const { child, ended } = start(runtime, stage.folder, place(example))
    const late = setTimeout(() => child.kill('SIGKILL'), 60_000)
    return await ended.finally(() => clearTimeout(late))
  } finally {
    meter?.child.kill('SIGKILL')
    await meter?.ended
  }
}

/** Whether an output is the one that the page shows. */
export function printsAsShown(out, prints) {
  const lines = (text) => text.trimEnd().split('\n')
  const shown = lines(prints)
  const said = lines(out)
  if (shown.length !== said.length) return false
  return shown.every((line, i) => {
    const pattern = line
      .trimEnd()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')
    return new RegExp(`^${pattern}$`).test(said[i].trimEnd())
  })
}

/** What `checkPackages` (e2e/support/packagesCheck.mjs) is given, from the conformance vectors. */
export function checkVectors() {
  const frame = (name) =>
    JSON.parse(readFileSync(join(root, 'conformance', 'frames', `${name}.json`), 'utf8'))
  const { hex, keys } = frame('dlms-apdu/austria-netz-noe-general-glo')
  const primitives = JSON.parse(
    readFileSync(join(root, 'conformance', 'security', 'primitives.json'), 'utf8'),
  )
  return {
    push: frame('dlms-hdlc/kaifa-ma304h3e-push').hex,
    ciphered: { hex, key: keys.encryption },
    ecdsa: primitives.ecdsa.cases,
  }
}

/** Runs the checks of every runtime with a provider, 'node' or 'web'. @returns what `checkPackages` found */
export async function runChecks(stage, provider, runtime = nodeRuntime) {
  cpSync(join(root, 'e2e', 'support', 'packagesCheck.mjs'), join(stage.folder, 'packagesCheck.mjs'))
  const file = join(stage.folder, `check-${provider}.mjs`)
  writeFileSync(
    file,
    `import * as dlms from '@contor/dlms'
import * as stream from '@contor/dlms/stream'
import { ${provider}Crypto as crypto } from '@contor/dlms/${provider}'
import { checkPackages } from './packagesCheck.mjs'
console.log(JSON.stringify(await checkPackages({ dlms, stream, crypto, vectors: ${JSON.stringify(checkVectors())} })))
`,
  )
  const { ended } = start(runtime, stage.folder, file)
  const { code, out, err } = await ended
  if (code !== 0) throw new Error(err)
  return JSON.parse(out)
}
