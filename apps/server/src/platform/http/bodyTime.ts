// How long a request may take to arrive. Node's own limit is one for all: it would cut a file of gigabytes that
// comes steadily, or let a slow trickle hold every other route.

import type { App } from './app.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a file: it may take as long as it comes steadily. */
    longBody?: boolean
  }
}

export type BodyTimes = {
  /** The whole request, ms. */
  readonly wholeMs: number
  /** Between two pieces of a long body, ms. */
  readonly silenceMs: number
}

/** Headers and bodies in 30 s; of a long body, a piece each minute. */
const usual: BodyTimes = { wholeMs: 30_000, silenceMs: 60_000 }

/** Ends connections whose request does not arrive in time. */
export function limitBodyTime(app: App, times: BodyTimes = usual): void {
  app.server.headersTimeout = times.wholeMs
  app.server.requestTimeout = 0
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request
    if (raw.complete || (!raw.headers['content-length'] && !raw.headers['transfer-encoding'])) return
    const { socket } = raw
    const isLong = request.routeOptions.config.longBody === true
    let seen = socket.bytesRead
    const timer = setInterval(
      () => {
        if (isLong && socket.bytesRead > seen) seen = socket.bytesRead
        else socket.destroy()
      },
      isLong ? times.silenceMs : times.wholeMs,
    )
    timer.unref()
    const over = () => clearInterval(timer)
    for (const event of ['end', 'close']) raw.once(event, over)
    // A request that is refused before its body is read ends with its answer.
    for (const event of ['finish', 'close']) reply.raw.once(event, over)
  })
}
