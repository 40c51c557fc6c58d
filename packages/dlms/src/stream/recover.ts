// An association that finds its way back by itself when the invocation counter is out of step: the head-end came
// out of a backup, the meter met another client with the same key, or its counter jumped ahead.

import { numberOf } from '../axdr/data.ts'
import { type CounterBounds, judgeCounter } from '../session/counters.ts'
import {
  type Client,
  ClientError,
  type ClientErrorCode,
  type ClientOptions,
  connectClient,
} from './client.ts'
import type { ByteStream } from './stream.ts'

/** The counters of one encryption key, as the caller keeps them. */
export type CounterKeeper = {
  /** The counter that the next protected APDU would take. */
  upcoming(): number | Promise<number>
  /**
   * From here on no counter below `floor` is handed out, whatever happens to this process: resolves once that is
   * durable. `floor` is above `upcoming()`.
   */
  raise(floor: number): void | Promise<void>
}

export type RecoveryOptions = CounterBounds & {
  /** A new connection to the same server; called for each association and for each reading of the counter. */
  readonly connect: () => ByteStream | Promise<ByteStream>
  /** The session, anew for each association: what it hands out as counters follows `counters`. */
  readonly session: () => ClientOptions | Promise<ClientOptions>
  readonly counters: CounterKeeper
  /**
   * Where the server shows the counter to anyone (Blue Book 6.2.41: class 1, 0-b:43.1.e). `false`: nowhere, only its
   * exceptions count. Default: client 16 and 0.0.43.1.0.255.
   */
  readonly publicCounter?: { readonly clientAddress?: number; readonly obis?: string } | false
  /** Associations that are tried at most. Default 3. */
  readonly attempts?: number
  /** Told of each counter that was raised: an operator wants to know of a meter that has met somebody else. */
  readonly onRaise?: (raise: { readonly from: number; readonly to: number }) => void
}

const publicClient = 16
const publicObis = '0.0.43.1.0.255'
const defaultAttempts = 3

/** What a server may make of a counter that it has seen; meters differ, and some just close the connection. */
const mayBeCounter: readonly ClientErrorCode[] = [
  'exception',
  'service-error',
  'rejected',
  'authentication-failed',
  'timeout',
  'association-lost',
  'closed',
]

/**
 * Associates; when the server refuses and its counter turns out to be ahead of ours, raises ours and associates
 * again. The counter comes from the exception that refused us, or is read as the public client. Neither is
 * authenticated: it never lowers the own counter, and raises it by `maxJump` at most over all attempts.
 * Rejects with `ClientError`: 'counter' when what the server announces is out of bounds (its cause is the refusal),
 * otherwise as the last association failed.
 */
export async function associateWithRecovery(options: RecoveryOptions): Promise<Client> {
  const { counters, attempts = defaultAttempts } = options
  const start = await counters.upcoming()
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectClient(await options.connect(), await options.session())
    } catch (error) {
      if (!(error instanceof ClientError) || attempt >= attempts || !mayBeCounter.includes(error.code))
        throw error
      await catchUp(error, start, options)
    }
  }
}

/** Raises the own counter above the server's; throws `refusal` again when the counter is not what it was about. */
async function catchUp(refusal: ClientError, start: number, options: RecoveryOptions): Promise<void> {
  const { counters } = options
  const named = refusal.detail === 'invocation-counter-error'
  const own = await counters.upcoming()
  let expected = refusal.expectedCounter
  // Some servers name the counter that they have seen, not the next one; others name none.
  if (expected === undefined || expected <= own) expected = (await readCounter(options)) ?? expected
  const verdict = expected === undefined ? undefined : judgeCounter(own, expected, options, start)
  switch (verdict?.kind) {
    case 'raise':
      await counters.raise(verdict.floor)
      options.onRaise?.({ from: own, to: verdict.floor })
      return
    case 'refused':
      throw new ClientError('counter', verdict.reason, { expectedCounter: expected, cause: refusal })
    default:
      // The failed association used counters up: the next one may be high enough.
      if (!named) throw refusal
  }
}

/** The counter that the server expects at least, as the public client reads it; undefined when it cannot be read. */
async function readCounter(options: RecoveryOptions): Promise<number | undefined> {
  if (options.publicCounter === false) return undefined
  const { clientAddress = publicClient, obis = publicObis } = options.publicCounter ?? {}
  const { security: _keys, assume: _terms, systemTitle: _title, ...session } = await options.session()
  try {
    const client = await connectClient(await options.connect(), {
      ...session,
      clientAddress,
      authentication: { mechanism: 'none' },
    })
    try {
      const seen = numberOf(await client.get({ classId: 1, obis, attribute: 2 }))
      return seen === undefined ? undefined : seen + 1
    } finally {
      await client.close()
    }
  } catch (error) {
    if (error instanceof ClientError) return undefined
    throw error
  }
}
