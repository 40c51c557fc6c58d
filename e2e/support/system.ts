import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePorts } from '@contor/simulator'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const main = join(root, 'apps/server/src/main.ts')

export interface System {
  readonly url: string
  readonly port: number
  readonly dataFolder: string
  readonly output: () => string
  start(): Promise<void>
  /** Everything that `start` brought up dies at once, as in a power cut of the process. */
  kill9(): Promise<void>
  stop(): Promise<void>
  remove(): Promise<void>
  contor(...args: string[]): Promise<string>
  token(role: string): Promise<string>
  get<T>(path: string, token?: string): Promise<T>
}

/** The whole system as `npm start` brings it up, in a folder and on a port of its own. */
export async function createSystem(options: {
  meters: number
  env?: Record<string, string>
}): Promise<System> {
  // The server's, then the one where meters tell their events, then those of the meters.
  const port = await freePorts(options.meters + 100)
  const dataFolder = mkdtempSync(join(tmpdir(), 'contor-e2e-'))
  const env = {
    ...process.env,
    CONTOR_DATA: dataFolder,
    PORT: String(port),
    CONTOR_DEMO_METERS: String(options.meters),
    // Below the range that the operating system hands out, so that nobody's outgoing connection sits there.
    CONTOR_DEMO_BASE_PORT: String(port + 2),
    DATABASE_URL: '',
    ...options.env,
  }
  let child: ChildProcess | undefined
  let output = ''
  let exited: Promise<void> = Promise.resolve()
  const url = `http://127.0.0.1:${port}`

  async function ready(): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      if (child?.exitCode !== null) throw new Error(`contor start ended early:\n${output}`)
      const answer = await fetch(`${url}/api/health/ready`).catch(() => undefined)
      if (answer?.status === 200) return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error(`contor start is not ready after two minutes:\n${output}`)
  }

  async function contor(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], { env, cwd: root })
    return stdout
  }

  return {
    url,
    port,
    dataFolder,
    output: () => output,
    async start() {
      child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'start'], {
        env,
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const running = child
      exited = new Promise((resolve) => running.on('exit', () => resolve()))
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk) => {
          output += String(chunk)
        })
      }
      await ready()
    },
    async kill9() {
      child?.kill('SIGKILL')
      await exited
    },
    async stop() {
      child?.kill('SIGTERM')
      await exited
    },
    async remove() {
      rmSync(dataFolder, { recursive: true, force: true })
    },
    contor,
    async token(role: string) {
      return (await contor('token', '--role', role)).trim()
    },
    async get<T>(path: string, token?: string): Promise<T> {
      const answer = await fetch(`${url}${path}`, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as T
    },
  }
}

/** Polls until `probe` gives a value; fails with `what` and the last seen state when it does not. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  timeoutMs = 120_000,
): Promise<T> {
  const end = Date.now() + timeoutMs
  let last: unknown
  while (Date.now() < end) {
    const value = await probe().catch((error: unknown) => {
      last = error
      return undefined
    })
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  throw new Error(`waited in vain for: ${what}${last === undefined ? '' : ` (${String(last)})`}`)
}
