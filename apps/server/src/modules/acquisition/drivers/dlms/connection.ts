// A DLMS client on its line: the sans-I/O session with a byte stream, a clock and deadlines around it.

import {
  type ActionRequest,
  type AssociatedEvent,
  type AttributeDescriptor,
  type ClientSession,
  type ClientSessionOptions,
  createClientSession,
  type GetOptions,
  type GetResponseEvent,
  type SessionError,
  type SessionEvent,
  type SetRequest,
} from '@contor/dlms'
import type { CounterSource } from '../../counters.ts'
import type { WireFrame } from '../../frames.ts'
import { DriverError, type DriverErrorCode } from '../driver.ts'
import { type ByteStream, openStream, type Target } from '../transport.ts'

export type ConnectionOptions = {
  readonly target: Target
  /** What is said on the open stream before the session has it: an IEC 62056-21 mode E sign-on. */
  readonly opening?: (stream: ByteStream) => Promise<void>
  readonly session: ClientSessionOptions
  /** Reserved counters; topped up before anything that could use them. */
  readonly counters?: CounterSource
  readonly connectTimeoutMs: number
  /** False: the association ends with the connection, for a meter that takes a release amiss. Default true. */
  readonly releases?: boolean
  readonly signal?: AbortSignal
  /** Sees the frames of every exchange, failed ones too. */
  readonly onFrames?: (frames: readonly WireFrame[]) => void
}

/** What went over the connection so far. */
export type Traffic = {
  bytesIn: number
  bytesOut: number
  framesIn: number
  framesOut: number
  roundTrips: number
}

export type Answered<E extends SessionEvent> = { readonly event: E; readonly frames: readonly WireFrame[] }

type ResponseOf<S> = Extract<SessionEvent, { kind: 'response'; service: S }>

// One chunk of input makes the session send at most one APDU per frame in it; a TCP chunk of 64 KiB holds fewer
// frames than this that ask for an answer.
const countersAtHand = 32

/** An open association. One request at a time; every failure is a {@link DriverError}. */
export class DlmsConnection {
  readonly traffic: Traffic = { bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0, roundTrips: 0 }
  /** The AARE's answer. */
  associated: AssociatedEvent | undefined
  readonly #options: ConnectionOptions
  readonly #session: ClientSession
  readonly #stream: ByteStream
  readonly #releases: boolean
  #work: Promise<void> = Promise.resolve()
  #waiting: ((event: SessionEvent) => boolean) | undefined
  #fail: ((error: Error) => void) | undefined
  #broken: DriverError | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(options: ConnectionOptions, stream: ByteStream) {
    this.#options = options
    // Over HDLC a release may be DISC alone, which every link understands.
    this.#releases = options.releases !== false || options.session.transport === 'hdlc'
    this.#session = createClientSession(options.session)
    this.#stream = stream
    stream.onData((chunk) => this.#enqueue(() => this.#receive(chunk)))
    stream.onClose(() => this.#enqueue(async () => this.#lost('the meter closed the connection')))
    options.signal?.addEventListener('abort', this.#aborted, { once: true })
  }

  /** Connects and associates. @throws DriverError */
  static async open(options: ConnectionOptions): Promise<DlmsConnection> {
    const stream = await openStream(options.target, options)
    try {
      await options.opening?.(stream)
    } catch (error) {
      stream.close()
      throw error
    }
    const connection = new DlmsConnection(options, stream)
    try {
      const { event } = await connection.#exchange(
        (session, now) => {
          session.associate(now)
          return undefined
        },
        (event) => event.kind === 'associated',
      )
      connection.associated = event as AssociatedEvent
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  /** Reads one attribute, or several at once. @throws DriverError; access errors are in the results */
  async get(
    what: AttributeDescriptor | readonly AttributeDescriptor[],
    options?: GetOptions,
  ): Promise<Answered<GetResponseEvent>> {
    return this.#request('get', (session, now) => session.get(what, now, options))
  }

  async set(what: SetRequest): Promise<Answered<ResponseOf<'set'>>> {
    return this.#request('set', (session, now) => session.set(what, now))
  }

  async action(what: ActionRequest): Promise<Answered<ResponseOf<'action'>>> {
    return this.#request('action', (session, now) => session.action(what, now))
  }

  /** Releases the association and closes; never throws. */
  async close(): Promise<void> {
    try {
      if (this.#releases && !this.#broken && this.#session.state === 'associated') {
        await this.#exchange(
          (session, now) => {
            session.release(now)
            return undefined
          },
          (event) => event.kind === 'released',
        )
      }
    } catch {
      // The meter forgets an association when its connection closes.
    } finally {
      this.destroy()
    }
  }

  destroy(): void {
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#aborted)
    this.#broken ??= new DriverError('unreachable', 'the connection is closed')
    this.#stream.close()
  }

  async #request<S extends 'get' | 'set' | 'action'>(
    service: S,
    send: (session: ClientSession, now: number) => number,
  ): Promise<Answered<ResponseOf<S>>> {
    let id: number | undefined
    const answered = await this.#exchange(
      (session, now) => {
        id = send(session, now)
        return () => id
      },
      (event) => event.kind === 'response' && event.service === service && event.requestId === id,
    )
    return answered as Answered<ResponseOf<S>>
  }

  async #exchange(
    send: (session: ClientSession, now: number) => (() => number | undefined) | undefined,
    wanted: (event: SessionEvent) => boolean,
  ): Promise<{ event: SessionEvent; frames: readonly WireFrame[] }> {
    if (this.#broken) throw this.#broken
    await this.#options.counters?.ensure(countersAtHand)
    const event = await new Promise<SessionEvent>((resolve, reject) => {
      this.#fail = reject
      this.#waiting = (candidate) => {
        if (candidate.kind === 'failed') {
          this.#options.onFrames?.(framesOf(candidate))
          reject(driverError(candidate.error))
          return true
        }
        if (!wanted(candidate)) return false
        resolve(candidate)
        return true
      }
      send(this.#session, Date.now())
      this.#flush()
    }).finally(() => {
      this.#waiting = undefined
      this.#fail = undefined
    })
    const frames = framesOf(event)
    this.#options.onFrames?.(frames)
    return { event, frames }
  }

  // Chunks are handled one after another: counters are topped up (asynchronously) before the session, which
  // takes them synchronously, sees a chunk.
  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((cause: Error) => {
      this.#broken ??=
        cause instanceof DriverError ? cause : new DriverError('bad-answer', cause.message, { cause })
      this.#fail?.(this.#broken)
      this.#stream.close()
    })
  }

  async #receive(chunk: Uint8Array): Promise<void> {
    if (this.#broken) return
    this.traffic.bytesIn += chunk.length
    await this.#options.counters?.ensure(countersAtHand)
    this.#session.receive(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), Date.now())
    this.#flush()
  }

  #flush(): void {
    const output = this.#session.takeOutput()
    for (const frame of output) {
      this.traffic.bytesOut += frame.length
      this.traffic.framesOut++
      this.traffic.roundTrips++
      this.#stream.write(frame)
    }
    for (const event of this.#session.takeEvents()) {
      if (event.kind !== 'progress')
        for (const f of event.frames) if (f.direction === 'in') this.traffic.framesIn++
      this.#waiting?.(event)
    }
    clearTimeout(this.#timer)
    const deadline = this.#session.nextDeadline()
    if (deadline === undefined || this.#broken) return
    this.#timer = setTimeout(
      () => {
        this.#session.tick(Date.now())
        this.#flush()
      },
      Math.max(1, deadline - Date.now() + 1),
    )
  }

  #lost(message: string): void {
    if (this.#broken) return
    this.#session.disconnected(Date.now())
    this.#flush()
    this.#broken ??= new DriverError('unreachable', message)
    this.#fail?.(this.#broken)
    this.destroy()
  }

  #aborted = (): void => {
    this.#broken ??= new DriverError('aborted', 'the collector stops')
    this.#fail?.(this.#broken)
    this.destroy()
  }
}

function framesOf(event: SessionEvent): WireFrame[] {
  return event.frames.map((f) => ({
    direction: f.direction === 'out' ? 'sent' : 'received',
    at: f.at,
    bytes: f.bytes,
  }))
}

const driverCodes: Readonly<Record<SessionError['code'], DriverErrorCode>> = {
  timeout: 'timeout',
  malformed: 'bad-answer',
  rejected: 'refused',
  'authentication-failed': 'refused',
  'decryption-failed': 'bad-answer',
  'counter-replayed': 'bad-answer',
  exception: 'refused',
  'service-error': 'refused',
  'too-large': 'bad-answer',
  block: 'bad-answer',
  policy: 'bad-answer',
  'association-lost': 'unreachable',
  'queue-full': 'bad-answer',
  'not-associated': 'unreachable',
}

function driverError(error: SessionError): DriverError {
  const text = error.detail ? `${error.message} (${error.detail})` : error.message
  return new DriverError(driverCodes[error.code], `${error.code}: ${text}`)
}
