// Server-sent events: a heartbeat keeps proxies from closing the stream, a slow reader is dropped.

import type { FastifyReply, FastifyRequest } from 'fastify'

const heartbeatMs = 15_000
const maxBuffered = 1 << 20

export type EventStream = { send(event: string, data: unknown): void; end(): void }

/** Turns a reply into an event stream. `onClose` runs once, however it ends. */
export function openEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  onClose: () => void,
): EventStream {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'keep-alive',
  })
  let open = true
  const write = (text: string) => {
    if (!open) return
    if (raw.writableLength > maxBuffered) return end()
    raw.write(text)
  }
  const heartbeat = setInterval(() => write(': alive\n\n'), heartbeatMs)
  heartbeat.unref()
  function end(): void {
    if (!open) return
    open = false
    clearInterval(heartbeat)
    onClose()
    raw.end()
  }
  request.raw.once('close', end)
  raw.once('error', end)
  return { send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`), end }
}
