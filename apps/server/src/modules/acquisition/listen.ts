// One LISTEN connection for all live pages of a process, fanned out to a bounded number of them.

import type pg from 'pg'
import { ContorError, type Db, type Log } from '../../platform/index.ts'

export type Listener = {
  /** @returns how to stop. @throws ContorError 'too-many-requests' beyond the bound */
  subscribe(channel: string, onPayload: (payload: string) => void): () => void
  close(): Promise<void>
}

const maxSubscribers = 500
const retryMs = 2_000

/** Connects when the first page subscribes, and again when the connection breaks. */
export function createListener(db: Db, log: Log, channels: readonly string[]): Listener {
  const subscribers = new Map<string, Set<(payload: string) => void>>(channels.map((c) => [c, new Set()]))
  let client: pg.PoolClient | undefined
  let connecting = false
  let closed = false
  const count = () => [...subscribers.values()].reduce((all, set) => all + set.size, 0)

  async function connect(): Promise<void> {
    if (client || connecting || closed) return
    connecting = true
    try {
      const fresh = await db.pool.connect()
      fresh.on('notification', ({ channel, payload }) => {
        for (const give of subscribers.get(channel) ?? []) give(payload ?? '')
      })
      fresh.on('error', () => {})
      fresh.once('end', lost)
      for (const channel of channels) await fresh.query(`listen ${fresh.escapeIdentifier(channel)}`)
      client = fresh
      if (closed) await close()
    } catch (err) {
      log.warn({ err }, 'live pages have no connection to the database')
      lost()
    } finally {
      connecting = false
    }
  }

  function lost(): void {
    client = undefined
    if (!closed && count() > 0) setTimeout(() => void connect(), retryMs).unref()
  }

  async function close(): Promise<void> {
    closed = true
    const held = client
    client = undefined
    if (!held) return
    held.off('end', lost)
    // A connection that listens must not go back into the pool.
    held.release(true)
  }

  return {
    subscribe(channel, onPayload) {
      if (count() >= maxSubscribers) {
        throw new ContorError('too-many-requests', 'Too many live pages are open', {
          remedy: 'Close some, or try again later.',
        })
      }
      const set = subscribers.get(channel)
      if (!set) throw new Error(`channel ${channel} is not listened to`)
      set.add(onPayload)
      void connect()
      return () => void set.delete(onPayload)
    },
    close,
  }
}
