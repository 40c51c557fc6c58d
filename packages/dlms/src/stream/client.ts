// A client on a connection: requests are promises of typed values.

import type { Data } from '../axdr/data.ts'
import { type AttributeHandle, readResult, readResults } from '../cosem/objects.ts'
import { createClientSession } from '../session/client/machine.ts'
import type {
  ActionRequest,
  AssociatedEvent,
  AssumedAssociation,
  ClientSession,
  ClientSessionOptions,
  EpochMs,
  NotificationEvent,
  RequestId,
  SessionError,
  SessionErrorCode,
  SessionEvent,
  SetRequest,
  WireFrame,
} from '../session/types.ts'
import type { AttributeDescriptor, DataResult } from '../xdlms/apdu.ts'
import { Pump } from './pump.ts'
import { type ByteStream, type StreamClock, systemClock } from './stream.ts'

export type ClientOptions = ClientSessionOptions & {
  /** Messages that the server sends unasked; one that wants a confirmation is confirmed. */
  readonly onNotification?: (notification: NotificationEvent) => void
  /** The frames of each exchange, failed ones too: for a journal or a trace. */
  readonly onFrames?: (frames: readonly WireFrame[]) => void
  /** Takes a pre-established association for granted; no AARQ is sent. */
  readonly assume?: AssumedAssociation
  /** Default: the runtime's own. */
  readonly clock?: StreamClock
}

/**
 * Why a request gave no value: a failure of the session, or
 * - `access` the server refused (`detail`: data-access-result or action-result)
 * - `shape` the value is not what the class declares (`data` holds it; read it with `handle.as(…)`)
 * - `closed` the connection ended
 * - `counter` the server announces an invocation counter that is not to be followed (`expectedCounter`)
 */
export type ClientErrorCode = SessionErrorCode | 'access' | 'shape' | 'closed' | 'counter'

/** What the promises of a client reject with. Never holds key material or passwords. */
export class ClientError extends Error {
  readonly code: ClientErrorCode
  readonly detail?: string
  /** The counter that the server expects at least (not authenticated). */
  readonly expectedCounter?: number
  readonly data?: Data

  constructor(
    code: ClientErrorCode,
    message: string,
    more: { detail?: string; expectedCounter?: number; data?: Data; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'ClientError'
    this.code = code
    this.detail = more.detail
    this.expectedCounter = more.expectedCounter
    this.data = more.data
  }
}

/** The event that answers a request. */
export type AnswerEvent = Extract<SessionEvent, { kind: 'response' | 'sent' }>
type Waiting = { readonly resolve: (event: SessionEvent) => void; readonly reject: (error: Error) => void }

/** An open association on a connection. Requests may overlap: they are sent in order. */
export class Client {
  /** What the server granted. */
  readonly association: AssociatedEvent
  readonly #line: Line

  /** @internal made by `connectClient` */
  constructor(association: AssociatedEvent, line: Line) {
    this.association = association
    this.#line = line
  }

  /** Value of one attribute, typed by its handle; plain `Data` for a bare descriptor. Rejects with `ClientError`. */
  get<T>(attribute: AttributeHandle<T>): Promise<T>
  get(attribute: AttributeDescriptor): Promise<Data>
  async get(attribute: AttributeDescriptor | AttributeHandle<unknown>): Promise<unknown> {
    const [result] = await this.#results([attribute])
    if (!('decode' in attribute)) {
      if (result.ok) return result.data
      throw new ClientError('access', `${attribute.obis}: ${result.result}`, { detail: result.result })
    }
    const outcome = readResult(attribute, result)
    if (outcome.ok) return outcome.value
    if (outcome.reason === 'access')
      throw new ClientError('access', outcome.message, { detail: outcome.result })
    throw new ClientError('shape', outcome.message, { data: result.ok ? result.data : undefined })
  }

  /** Several attributes in one exchange; each outcome is a value or why there is none. */
  async getAll<const H extends readonly AttributeHandle<unknown>[]>(
    ...attributes: H
  ): Promise<ReturnType<typeof readResults<H>>> {
    return readResults(attributes, await this.#results(attributes))
  }

  /** Encoded value of one attribute, for `decodeProfileColumns` and for programs that keep what was sent. */
  async getBytes(attribute: AttributeDescriptor): Promise<Uint8Array> {
    const answer = await this.request((session, now) => session.get(attribute, now, { raw: true }))
    if (answer.kind !== 'response' || answer.service !== 'get') throw unexpected()
    const [refusal] = answer.results
    if (refusal && !refusal.ok)
      throw new ClientError('access', `${attribute.obis}: ${refusal.result}`, { detail: refusal.result })
    return answer.apdu.subarray(answer.dataOffset ?? 0)
  }

  /** Writes: `client.set(clock('0.0.1.0.0.255').time.write(value))`. */
  async set(request: SetRequest): Promise<void> {
    const answer = await this.request((session, now) => session.set(request, now))
    if (answer.kind !== 'response' || answer.service !== 'set') throw unexpected()
    const [{ ok, result }] = answer.results
    if (!ok) throw new ClientError('access', `${request.attribute.obis}: ${result}`, { detail: result })
  }

  /** Invokes: `client.action(disconnectControl('0.0.96.3.10.255').remoteDisconnect())`. Gives the return parameters. */
  async action(request: ActionRequest): Promise<Data | undefined> {
    const answer = await this.request((session, now) => session.action(request, now))
    if (answer.kind !== 'response' || answer.service !== 'action') throw unexpected()
    const [{ ok, result, data }] = answer.results
    if (!ok) throw new ClientError('access', `${request.method.obis}: ${result}`, { detail: result })
    return data
  }

  /** Anything else that a session can do: ACCESS, lists, short names. `start` asks for it and returns its number. */
  async request(start: (session: ClientSession, now: EpochMs) => RequestId): Promise<AnswerEvent> {
    return (await this.#line.request(start)) as AnswerEvent
  }

  /** Releases the association and closes the connection. Never rejects. */
  close(): Promise<void> {
    return this.#line.close()
  }

  async #results(attributes: readonly AttributeDescriptor[]): Promise<readonly DataResult[]> {
    const what = attributes.length === 1 ? attributes[0] : attributes
    const answer = await this.request((session, now) => session.get(what, now))
    if (answer.kind !== 'response' || answer.service !== 'get') throw unexpected()
    return answer.results
  }
}

const unexpected = () => new ClientError('malformed', 'the answer is to another service')

/**
 * Associates over an open (or opening) connection. Rejects with `ClientError` when the server refuses, does
 * not answer or cannot prove itself; the connection is closed then.
 */
export function connectClient(stream: ByteStream, options: ClientOptions): Promise<Client> {
  return new Line(stream, options).open()
}

class Line {
  readonly #session: ClientSession
  readonly #stream: ByteStream
  readonly #options: ClientOptions
  readonly #clock: StreamClock
  readonly #pump: Pump<SessionEvent>
  readonly #requests = new Map<RequestId, Waiting>()
  #opening: Waiting | undefined
  #closing: (() => void) | undefined
  #over: ClientError | undefined

  constructor(stream: ByteStream, options: ClientOptions) {
    this.#session = createClientSession(options)
    this.#stream = stream
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#pump = new Pump(
      this.#session,
      stream,
      this.#clock,
      (event) => this.#told(event),
      (reason) => this.#lost(reason),
    )
  }

  async open(): Promise<Client> {
    const { assume } = this.#options
    const event = await new Promise<SessionEvent>((resolve, reject) => {
      this.#opening = { resolve, reject }
      if (assume) this.#session.assume(this.#clock.now(), assume)
      else this.#session.associate(this.#clock.now())
      this.#pump.turn()
    })
    return new Client(event as AssociatedEvent, this)
  }

  async request(start: (session: ClientSession, now: EpochMs) => RequestId): Promise<SessionEvent> {
    if (this.#over) throw this.#over
    return await new Promise<SessionEvent>((resolve, reject) => {
      this.#requests.set(start(this.#session, this.#clock.now()), { resolve, reject })
      this.#pump.turn()
    })
  }

  async close(): Promise<void> {
    if (!this.#over && this.#session.state === 'associated') {
      await new Promise<void>((resolve) => {
        this.#closing = resolve
        this.#session.release(this.#clock.now())
        this.#pump.turn()
      })
    }
    this.#end(new ClientError('closed', 'the client closed the connection'))
  }

  #told(event: SessionEvent): void {
    if (event.kind !== 'progress' && event.frames.length > 0) this.#options.onFrames?.(event.frames)
    if (event.kind === 'associated') this.#opening?.resolve(event)
    else if (event.kind === 'response' || event.kind === 'sent') this.#answer(event.requestId)?.resolve(event)
    else if (event.kind === 'released') this.#closing?.()
    else if (event.kind === 'notification') this.#notified(event)
    else if (event.kind === 'failed') {
      const error = errorOf(event.error)
      if (event.requestId !== undefined) this.#answer(event.requestId)?.reject(error)
      if (event.fatal) this.#end(error)
      else if (event.requestId === undefined) this.#opening?.reject(error)
    }
  }

  #notified(event: NotificationEvent): void {
    if (event.confirmationWanted) this.#session.confirm(event, this.#clock.now())
    this.#options.onNotification?.(event)
    this.#pump.turn()
  }

  #answer(id: RequestId): Waiting | undefined {
    const waiting = this.#requests.get(id)
    this.#requests.delete(id)
    return waiting
  }

  #lost(reason: Error | undefined): void {
    if (this.#over) return
    this.#end(new ClientError('closed', 'the connection is closed', { cause: reason }))
    // The frames of an exchange that was cut short are told all the same.
    this.#session.disconnected(this.#clock.now())
    this.#pump.turn()
  }

  /** Whoever still waits is told why; the connection is closed. */
  #end(error: ClientError): void {
    this.#over ??= error
    this.#opening?.reject(error)
    this.#closing?.()
    for (const { reject } of this.#requests.values()) reject(error)
    this.#requests.clear()
    this.#pump.stop()
    this.#stream.close()
  }
}

function errorOf({ code, message, detail, expectedCounter }: SessionError): ClientError {
  return new ClientError(code, detail ? `${message} (${detail})` : message, { detail, expectedCounter })
}
