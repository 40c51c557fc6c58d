// A meter on a connection.

import { createServerSession } from '../session/server/machine.ts'
import type {
  Notification,
  NotifyOptions,
  ServerEvent,
  ServerSession,
  ServerSessionOptions,
} from '../session/serverTypes.ts'
import { Pump } from './pump.ts'
import { type ByteStream, type StreamClock, systemClock } from './stream.ts'

export type ServeOptions = ServerSessionOptions & {
  readonly onEvent?: (event: ServerEvent) => void
  /** Default: the runtime's own. */
  readonly clock?: StreamClock
}

/** A server session at work on one connection. */
export type Serving = {
  readonly session: ServerSession
  /** As `ServerSession.notify`. */
  notify(notification: Notification, options?: NotifyOptions): number | undefined
  close(): void
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>
}

/** Answers one client until the connection ends. What a client sends never makes it throw. */
export function serveStream(stream: ByteStream, options: ServeOptions): Serving {
  const clock = options.clock ?? systemClock
  const session = createServerSession(options)
  let ended: () => void = () => undefined
  const closed = new Promise<void>((resolve) => {
    ended = resolve
  })
  const end = () => {
    pump.stop()
    ended()
  }
  const close = () => {
    end()
    stream.close()
  }
  const pump = new Pump<ServerEvent>(
    session,
    stream,
    clock,
    (event) => {
      options.onEvent?.(event)
      if (event.kind === 'failed' && event.fatal) close()
    },
    end,
  )
  pump.turn()
  return {
    session,
    notify: (notification, how) => {
      const id = session.notify(notification, clock.now(), how)
      pump.turn()
      return id
    },
    close,
    closed,
  }
}
