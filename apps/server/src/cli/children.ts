import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../platform/log.ts'

export interface Supervised {
  /** Resolves when the child first says {type: 'ready'}; rejects when it ends before. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

export interface SuperviseOptions {
  readonly name: string
  readonly script: string
  readonly args: readonly string[]
  readonly log: Log
  readonly env?: Readonly<Record<string, string>>
}

const STOP_TIMEOUT_MS = 10_000
const MAX_BACKOFF_MS = 30_000
const STEADY_MS = 60_000

/** Keeps a child process running: restarted with growing pauses when it ends by itself. */
export function supervise(options: SuperviseOptions): Supervised {
  let child: ChildProcess
  let stopping = false
  let failures = 0
  let wasReady = false
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => {}) // who does not wait for it learns from the log

  const launch = () => {
    const started = Date.now()
    child = fork(options.script, [...options.args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: { ...process.env, ...options.env },
      // Ctrl-C reaches the whole terminal group; children end when we tell them.
      detached: true,
    })
    let tail = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      tail = (tail + chunk).slice(-2_000)
      process.stderr.write(chunk)
    })
    child.on('message', (message: { type?: string }) => {
      if (message?.type !== 'ready') return
      wasReady = true
      ready.resolve()
    })
    child.once('exit', async (code, signal) => {
      if (stopping) return
      if (!wasReady)
        ready.reject(new Error(`${options.name} ended (${signal ?? code}) before it was ready: ${tail}`))
      failures = Date.now() - started > STEADY_MS ? 1 : failures + 1
      const pause = Math.min(MAX_BACKOFF_MS, 500 * 2 ** (failures - 1))
      options.log.error({ child: options.name, code, signal, pause }, 'child ended, it is started again')
      await sleep(pause, undefined, { ref: false })
      if (!stopping) launch()
    })
  }
  launch()

  return {
    ready: ready.promise,
    async stop() {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.kill('SIGTERM')
      const late = sleep(STOP_TIMEOUT_MS, 'late' as const, { ref: false })
      if ((await Promise.race([gone, late])) === 'late') {
        options.log.warn({ child: options.name }, 'child does not end, it is killed')
        child.kill('SIGKILL')
        await gone
      }
    },
  }
}

/** In a child: end when the parent is gone, also when it was killed and could not say so. */
export function endWithParent(onEnd: () => void): void {
  if (process.send) process.once('disconnect', onEnd)
}

export function tellReady(): void {
  process.send?.({ type: 'ready' })
}
