// What every peer of the store bench is asked for.
import { type ChildProcess, spawn } from 'node:child_process'
import { lstat, readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadingBatch } from '@contor/server'

export interface Peer {
  readonly name: string
  /** How it is loaded and what a power cut costs. */
  readonly how: string
  /** Part of each round's points that it is given: the slow ones would take hours. */
  readonly share: number
  /** The batch in the peer's own format; not timed. @returns what `load` sends */
  prepare(batch: ReadingBatch): Promise<unknown>
  load(prepared: unknown): Promise<void>
  /** Bytes on disk with everything it needs to find a reading, after its merges. */
  bytes(): Promise<number>
  stop(): Promise<void>
}

/** A peer that is not installed, and how to install it. */
export interface Absent {
  readonly name: string
  readonly absent: string
}

/** Sends one HTTP request to this machine. @throws when the answer is no 2xx */
export function ask(
  port: number,
  path: string,
  body: Buffer | string = '',
  method = 'POST',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path }, (answer) => {
      let text = ''
      answer.on('data', (part) => {
        text += part
      })
      answer.on('end', () => {
        const status = answer.statusCode ?? 0
        if (status >= 200 && status < 300) resolve(text)
        else reject(new Error(`${path.slice(0, 200)}: ${status} ${text.slice(0, 500)}`))
      })
    })
    sent.on('error', reject).end(body)
  })
}

/** Starts a server program. @returns how to end it, when `isUp` says that it answers */
export async function startProgram(
  program: string,
  args: readonly string[],
  folder: string,
  isUp: () => Promise<unknown>,
): Promise<() => Promise<void>> {
  const child: ChildProcess = spawn(program, args, { cwd: folder, stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  for (let i = 0; i < 200; i++) {
    const up = await isUp().then(
      () => true,
      () => false,
    )
    if (up) return stop
    await sleep(100)
  }
  await stop()
  throw new Error(`${program} does not answer`)
}

/** Bytes that all files below a folder take: holes of files made long beforehand are nothing, and no block is rounded up. */
export async function sizeOf(folder: string): Promise<number> {
  let total = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile())
      total += await lstat(join(entry.parentPath, entry.name)).then(
        (found) => Math.min(found.size, found.blocks * 512),
        () => 0, // merged away meanwhile
      )
  return total
}

/** Waits until the folder stays as large as it is for some seconds. @returns its bytes */
export async function settledSize(folder: string): Promise<number> {
  let last = -1
  for (let same = 0, i = 0; i < 90; i++) {
    const now = await sizeOf(folder)
    same = now === last ? same + 1 : 0
    if (same === 5) return now
    last = now
    await sleep(1_000)
  }
  return last
}
