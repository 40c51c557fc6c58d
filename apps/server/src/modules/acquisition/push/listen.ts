// Listens for meters that speak first. Anybody may connect: how many, how long and how much is bounded, and what they
// send is counted.

import { createServer, type Socket } from 'node:net'
import { ContorError, type Log } from '../../../platform/index.ts'
import { acceptPush, claimedTitle, maxPushBytes, type PushContext } from './accept.ts'
import { createPushCounts } from './counts.ts'

/** Where meters are told to send, and where that is listened. */
export interface PushOptions {
  readonly port: number
  /** Default: every address of this machine. */
  readonly host?: string
  /** host:port as the meters reach it. */
  readonly destination: string
}

/**
 * CONTOR_PUSH_PORT, CONTOR_PUSH_HOST, CONTOR_PUSH_DESTINATION.
 * @returns undefined without a port: nothing listens, and meters are told nothing
 */
export function pushOptions(env: NodeJS.ProcessEnv = process.env): PushOptions | undefined {
  const text = env['CONTOR_PUSH_PORT']
  if (!text) return undefined
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ContorError('bad-configuration', 'CONTOR_PUSH_PORT must be a port', {
      field: 'CONTOR_PUSH_PORT',
      value: text,
      remedy:
        'Give a whole number from 1 to 65535, or unset it: meters then tell their events when they are read.',
    })
  const host = env['CONTOR_PUSH_HOST']
  return {
    port,
    ...(host ? { host } : {}),
    destination: env['CONTOR_PUSH_DESTINATION'] || `${host || '127.0.0.1'}:${port}`,
  }
}

const maxConnections = 64
const maxFromOne = 16
const patienceMs = 10_000
const flushMs = 5_000

/** @returns once it listens, or could not and has said so: collecting goes on without */
export async function listenForPush(
  context: PushContext & { readonly log: Log },
  options: PushOptions,
): Promise<{ close(): Promise<void> }> {
  const { log } = context
  const counts = createPushCounts(context.db)
  const open = new Map<Socket, string>()
  const working = new Set<Promise<void>>()
  const server = createServer((socket) => {
    const remote = socket.remoteAddress ?? ''
    const fromOne = [...open.values()].filter((address) => address === remote).length
    if (open.size >= maxConnections || fromOne >= maxFromOne) {
      counts.add('too-many', remote, '')
      socket.destroy()
      return
    }
    open.set(socket, remote)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(patienceMs, () => socket.destroy())
    receive(socket, (bytes) => {
      const title = claimedTitle(bytes)
      const work = acceptPush(context, bytes, Date.now())
        .then((outcome) => {
          const named = outcome === 'accepted' || outcome === 'not-followed'
          counts.add(
            outcome,
            remote,
            typeof title === 'string' || named ? '' : Buffer.from(title).toString('hex'),
          )
        })
        .catch((err) => log.error({ err, remote }, 'a message of a meter could not be taken'))
        .finally(() => working.delete(work))
      working.add(work)
    })
  })
  const flush = () => counts.flush().catch((err) => log.error({ err }, 'messages could not be counted'))
  const timer = setInterval(flush, flushMs)
  timer.unref()
  await new Promise<void>((resolve) => {
    server.once('error', (err) => {
      log.error({ err, port: options.port }, 'nobody listens for messages of meters')
      resolve()
    })
    server.listen(options.port, options.host, resolve)
  })
  return {
    async close() {
      clearInterval(timer)
      for (const socket of open.keys()) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.all(working)
      await flush()
    },
  }
}

/** One message for each connection: what comes after it is not read. */
function receive(socket: Socket, take: (bytes: Uint8Array) => void): void {
  let bytes = Buffer.alloc(0)
  let taken = false
  const end = () => {
    if (taken) return
    taken = true
    if (bytes.length > 0) take(Uint8Array.from(bytes))
    socket.destroy()
  }
  socket.on('data', (chunk: Buffer) => {
    if (taken) return
    bytes = Buffer.concat([bytes, chunk.subarray(0, maxPushBytes - bytes.length)])
    if (bytes.length >= maxPushBytes || claimedTitle(bytes) !== 'more') end()
  })
  socket.on('end', end)
  socket.on('close', end)
}
