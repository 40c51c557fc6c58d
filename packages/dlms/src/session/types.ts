// What both session machines share, and the public face of the client session.
// A session is sans-I/O: bytes and times go in, bytes and events come out; it owns no socket and no clock.

import type { Data } from '../axdr/data.ts'
import type { CryptoProvider } from '../crypto.ts'
import type { AsymmetricKeys, GeneralKey, HeaderAuthentication, SecuritySuite } from '../security/index.ts'
import type {
  ActionError,
  AttributeDescriptor,
  ConformanceBit,
  DataAccessResult,
  DataResult,
  MethodDescriptor,
  VariableAccess,
} from '../xdlms/apdu.ts'
import type { BroadcastMessage, BroadcastOptions } from './broadcasts.ts'
import type { HlsTransform } from './hls.ts'
import type { SessionLimits } from './limits.ts'
import type { ClientHdlcOptions, GatewayOptions } from './lower/index.ts'
import type { CipheringFormat, CounterKey } from './protection.ts'
import type { ShortNameObject } from './shortNames.ts'

export { defaultSessionLimits, type SessionLimits } from './limits.ts'

/** Milliseconds since 1970-01-01T00:00:00Z, as the caller's clock gives it. */
export type EpochMs = number

/** One frame as it was on the wire (wrapper header included). `at` is the time passed with it. */
export type WireFrame = {
  readonly direction: 'out' | 'in'
  readonly at: EpochMs
  readonly bytes: Uint8Array
}

/** One SET: the attribute (with optional selective access) and the value to write. */
export type SetRequest = { readonly attribute: AttributeDescriptor; readonly data: Data }

/** One ACTION: the method and its invocation parameters (none when the method takes none). */
export type ActionRequest = { readonly method: MethodDescriptor; readonly data?: Data }

/** How a request travels. */
export type RequestOptions = {
  /** False: service-class 0; the server does the work and answers nothing. The event is 'sent'. Default true. */
  readonly confirmed?: boolean
  /** Default 'high'. */
  readonly priority?: 'normal' | 'high'
}

/** One item of an ACCESS (Green Book 9.3.9). */
export type AccessItem =
  | { readonly service: 'get'; readonly attribute: AttributeDescriptor }
  | { readonly service: 'set'; readonly attribute: AttributeDescriptor; readonly data: Data }
  | { readonly service: 'action'; readonly method: MethodDescriptor; readonly data?: Data }

export type AccessOptions = RequestOptions & {
  /** The server stops at the first item that fails; those behind it come back 'not-processed'. */
  readonly breakOnError?: boolean
  /** The server repeats what was asked in its answer. */
  readonly selfDescriptive?: boolean
  /** 12 bytes date-time of the request; default none. */
  readonly dateTime?: Uint8Array
}

/**
 * Result of one item: `code` is the number on the wire (-1 when the item was not processed). `data` holds
 * the value of a get and the return parameters of an action.
 */
export type AccessItemOutcome = {
  readonly service: 'get' | 'set' | 'action'
  readonly ok: boolean
  readonly result: 'success' | DataAccessResult | ActionError | 'not-processed'
  readonly code: number
  readonly data?: Data
}

/** A short name to read, 0…65535, with the selection or method parameters that it needs. */
export type ReadItem = {
  readonly name: number
  /** Selector of `parameter`; 0 for method parameters. */
  readonly selector?: number
  readonly parameter?: Data
}

/** A short name to write. */
export type WriteItem = ReadItem & { readonly data: Data }

/**
 * Answer to one method invocation (Green Book 9.3.8 Action-Response): `result` is 'success' or the named
 * action-result; `code` its number on the wire (0 = success); `data` the return parameters when the
 * server sent any, `dataError` when it sent a data-access-result in their place.
 */
export type ActionOutcome = {
  readonly ok: boolean
  readonly result: 'success' | ActionError
  readonly code: number
  readonly data?: Data
  readonly dataError?: DataAccessResult
}

/** Answer to one SET: 'success' or the named data-access-result, with its number on the wire. */
export type SetOutcome = {
  readonly ok: boolean
  readonly result: 'success' | DataAccessResult
  readonly code: number
}

/** Which protection each APDU carries after association (and the InitiateRequest inside the AARQ). */
export type SecurityPolicy = 'none' | 'authenticated' | 'encrypted' | 'authenticated-encrypted'

/** How the client proves who it is (Green Book 9.2.7.2). */
export type ClientAuthentication =
  | { readonly mechanism: 'none' }
  | { readonly mechanism: 'low'; readonly password: string | Uint8Array }
  /** HLS of the manufacturer's own (mechanism 2): `transform` computes the proof of both sides. */
  | { readonly mechanism: 'high'; readonly transform: HlsTransform; readonly challengeLength?: number }
  /** HLS with a shared secret (mechanisms 3, 4, 6). SHA-256 needs both system titles. */
  | {
      readonly mechanism: 'md5' | 'sha1' | 'sha256'
      readonly secret: string | Uint8Array
      readonly challengeLength?: number
    }
  /** HLS with GMAC (mechanism 5); needs `security`. The challenge is drawn with `crypto.randomBytes(challengeLength)`. */
  | { readonly mechanism: 'gmac'; readonly challengeLength?: number }
  /** HLS with ECDSA (mechanism 7); needs `security` of suite 1 or 2 with `signing`. */
  | { readonly mechanism: 'ecdsa'; readonly challengeLength?: number }

/** Keys that both sides of an association may have, of one security suite. */
export type SessionKeys = {
  /** 0: AES-GCM-128. 1: with ECDSA and ECDH on P-256. 2: AES-GCM-256 with P-384. Default 0. */
  readonly suite?: SecuritySuite
  /** Own system title, 8 bytes. */
  readonly systemTitle: Uint8Array
  /** Global unicast encryption key, 16 bytes (suite 2: 32). */
  readonly encryptionKey: Uint8Array
  /** Authentication key, as long. */
  readonly authenticationKey: Uint8Array
  /** Global broadcast encryption key; without it broadcasts are refused. */
  readonly broadcastKey?: Uint8Array
  /** Master key (KEK), for general-ciphering with a wrapped key. */
  readonly masterKey?: Uint8Array
  /** Digital signature keys: HLS with ECDSA, general-signing, One-Pass Diffie-Hellman. */
  readonly signing?: AsymmetricKeys
  /** Key agreement keys: general-ciphering with an agreed key. */
  readonly agreement?: AsymmetricKeys
  /** Own X.509 certificate (DER), sent in the AE qualifier of AARQ or AARE. */
  readonly certificate?: Uint8Array
  /** How messages of general-ciphering get their key. Default: as in the peer's last one, else 'identified'. */
  readonly generalKey?: GeneralKey
  /** Whether the header of general-ciphering counts as authenticated. Default 'authenticated', as the book has it. */
  readonly generalHeader?: HeaderAuthentication
}

/** Keys and counters of the client. */
export type ClientSecurity = SessionKeys & {
  readonly policy: SecurityPolicy
  /**
   * How services are ciphered: glo-*, general-glo, ded-*, general-ded or general-ciphering. Answers are
   * accepted in any of them. Default 'general-global'.
   */
  readonly ciphering?: CipheringFormat
  /** Key of this association alone, carried ciphered by its InitiateRequest; the 'dedicated' formats draw one when absent. */
  readonly dedicatedKey?: Uint8Array
  /** Every service is signed (general-signing), and the answers have to be. Needs `signing`. */
  readonly signed?: boolean
  /**
   * Gives the next unused invocation counter of the encryption key; called once for each protected APDU,
   * before it is handed out (the caller has reserved it durably). The GMAC of HLS pass 3 takes one too.
   * `key` tells which key it is for; one rising counter for all of them is right too.
   */
  readonly nextInvocationCounter: (key: CounterKey) => number
  /** The server's title when it is known already: needed for glo-* pushes before association; the AARE's overrides it. */
  readonly serverSystemTitle?: Uint8Array
  /** Highest counter already seen from this server: anything ≤ it is a replay. Absent = accept any first counter. */
  readonly serverCounterFloor?: number
  /** Called for each accepted server counter, rising. */
  readonly onServerCounter?: (counter: number) => void
}

/** General block transfer of one side (Green Book 9.3.5). */
export type GeneralBlockTransferOptions = {
  /** Blocks that this side takes without acknowledging each, 1…63. Default 1. */
  readonly window?: number
  /** Blocks of one window leave in a row when the peer's window allows it. Default true. */
  readonly streaming?: boolean
  /** How often the client repeats itself when nothing comes back, each after `timeoutMs`. Default 2. */
  readonly retries?: number
}

export type ClientSessionOptions = {
  /**
   * The lower layer: the wrapper over TCP (default), the wrapper over UDP (each `receive` is one datagram), or
   * HDLC on any octet stream. With HDLC the link is set up before the first APDU and closed after the release.
   */
  readonly transport?: 'wrapper' | 'udp-wrapper' | 'hdlc'
  /** Addresses, sizes, windows and times of HDLC. */
  readonly hdlc?: ClientHdlcOptions
  /** The server is behind a gateway: every APDU carries this prefix (Green Book 10.10). */
  readonly gateway?: GatewayOptions
  /** Client SAP (source wPort): 16 public, 1 management, … */
  readonly clientAddress: number
  /** Logical device (destination wPort): 1 is the management logical device. */
  readonly serverAddress: number
  readonly authentication: ClientAuthentication
  /** Present when the application context is with ciphering. */
  readonly security?: ClientSecurity
  readonly crypto: CryptoProvider
  /** Own system title where there is no `security`: HLS with SHA-256 or of the manufacturer's. 8 bytes. */
  readonly systemTitle?: Uint8Array
  /** User of the client (calling-AE-invocation-id), 0…255. */
  readonly userId?: number
  /** client-max-receive-pdu-size proposed in the InitiateRequest. Default 65,535 (0xFFFF). */
  readonly maxPduSize?: number
  /** Time for one round trip, ms. Default 15,000. Each block of a transfer starts it anew. */
  readonly timeoutMs?: number
  /**
   * Over UDP: how often a request that changes nothing (GET, ACCESS with gets alone) is sent again when no answer
   * came, each time after `timeoutMs` and with a counter of its own. SET and ACTION are the caller's to repeat: the first may have been
   * carried out. Default 2.
   */
  readonly udpRetries?: number
  /** Sent in the InitiateRequest when present (3 bytes, bit 0 first); the default proposes all that the client can do. */
  readonly conformance?: readonly ConformanceBit[]
  /** Invoke-id of the first confirmed service, 0…15; each further one takes the next. Default 1. */
  readonly firstInvokeId?: number
  /**
   * Present: general block transfer is proposed, and used for all services when the server grants it; the
   * blocks of the single services stay for when it does not. It is also what a lossy line needs: lost blocks
   * are asked for again.
   */
  readonly generalBlockTransfer?: GeneralBlockTransferOptions
  /** How objects are named in the association. Default 'logical-name'. */
  readonly referencing?: 'logical-name' | 'short-name'
  /**
   * Base names of an association by short names. Without them the client reads object_list (0xFA08) once,
   * before the first request that names an object by its logical name.
   */
  readonly shortNames?: readonly ShortNameObject[]
  readonly limits?: Partial<SessionLimits>
}

/** Number of a request inside one session, rising from 1. Associate and release take no number. */
export type RequestId = number

/**
 * Why something failed.
 * - `timeout` no answer in time (late bytes could be taken for the next answer, so the association ends)
 * - `malformed` the bytes are no DLMS, or not an answer to what was asked; surplus bytes behind a value count too (read it `raw`)
 * - `rejected` the server refused the association (`diagnostic`)
 * - `authentication-failed` the server could not prove itself, or refused our password or proof
 * - `decryption-failed` wrong key or corrupted APDU
 * - `counter-replayed` a server counter that does not rise
 * - `exception` exception-response (`detail`: state-error/service-error) to one request; the association lives
 * - `service-error` confirmed-service-error; the association lives unless it answers the AARQ
 * - `too-large` a bound of `SessionLimits` was passed, or the request does not fit the server's PDU
 * - `block` the server broke or aborted a block transfer; the request fails, the association lives when the server said so itself
 * - `policy` a response came with less protection than the association has
 * - `association-lost` an earlier failure or release took this request with it
 * - `queue-full`, `not-associated` the request was never sent
 */
export type SessionErrorCode =
  | 'timeout'
  | 'malformed'
  | 'rejected'
  | 'authentication-failed'
  | 'decryption-failed'
  | 'counter-replayed'
  | 'exception'
  | 'service-error'
  | 'too-large'
  | 'block'
  | 'policy'
  | 'association-lost'
  | 'queue-full'
  | 'not-associated'

/** Never holds key material or passwords. */
export type SessionError = {
  readonly code: SessionErrorCode
  readonly message: string
  /** Named detail: diagnostic of a rejection, service error of an exception, data-access-result of an aborted transfer. */
  readonly detail?: string
  /**
   * With an exception 'invocation-counter-error': the counter that the server expects at least. Not
   * authenticated: associate again with a higher one only if it is plausible, or read the server's counter
   * (0.0.43.1.x.255) as the public client.
   */
  readonly expectedCounter?: number
}

/**
 * Where the client stands. `failed` and `released` are final for the exchange: `associate` may be called
 * again only from `idle` and `released`; after `failed` the connection must be closed.
 */
export type ClientState =
  | 'idle'
  | 'associating'
  | 'authenticating'
  | 'associated'
  | 'releasing'
  | 'released'
  | 'failed'

type WithFrames = {
  /** Every frame of the exchange that led to the event, requests included, in order. */
  readonly frames: readonly WireFrame[]
}

/** Result of a GET; `results` has one entry per asked attribute, in order. */
export type GetResponseEvent = WithFrames & {
  readonly kind: 'response'
  readonly service: 'get'
  readonly requestId: RequestId
  /** Empty when the request was `raw` and the server gave data; otherwise one per attribute. */
  readonly results: readonly DataResult[]
  /**
   * Plaintext of the answer: the whole GET-response APDU, or, after a block transfer, the reassembled raw
   * data (for one attribute the encoded Data, for a list the encoded sequence of results). Of a list that was
   * read with one GET after another: the last answer.
   */
  readonly apdu: Uint8Array
  /** Where in `apdu` the encoded Data of a single attribute starts; undefined for lists and access errors. */
  readonly dataOffset?: number
  /** Blocks received; 0 when the answer came in one APDU. */
  readonly blocks: number
}
export type SetResponseEvent = WithFrames & {
  readonly kind: 'response'
  readonly service: 'set'
  readonly requestId: RequestId
  readonly results: readonly SetOutcome[]
}
export type ActionResponseEvent = WithFrames & {
  readonly kind: 'response'
  readonly service: 'action'
  readonly requestId: RequestId
  readonly results: readonly ActionOutcome[]
}
export type AccessResponseEvent = WithFrames & {
  readonly kind: 'response'
  readonly service: 'access'
  readonly requestId: RequestId
  /** One per item, in order. */
  readonly results: readonly AccessItemOutcome[]
  /** The 12 (or 0) bytes of the answer's date-time. */
  readonly dateTime: Uint8Array
}
export type ReadResponseEvent = WithFrames & {
  readonly kind: 'response'
  readonly service: 'read'
  readonly requestId: RequestId
  readonly results: readonly DataResult[]
}
export type WriteResponseEvent = WithFrames & {
  readonly kind: 'response'
  readonly service: 'write'
  readonly requestId: RequestId
  readonly results: readonly SetOutcome[]
}

/** An unconfirmed request has left; nothing will come back for it. */
export type SentEvent = WithFrames & { readonly kind: 'sent'; readonly requestId: RequestId }

export type AssociatedEvent = WithFrames & {
  readonly kind: 'associated'
  /** 8 bytes when the server sent one. */
  readonly serverSystemTitle?: Uint8Array
  /** What the server granted. */
  readonly conformance: readonly ConformanceBit[]
  /** Longest PDU the server accepts (server-max-receive-pdu-size); 0 = no limit. */
  readonly maxPduSize: number
}

/** Message that the server sent unasked (push, alarm); `protection` says what covered it. */
export type NotificationEvent = WithFrames & {
  readonly kind: 'notification'
  readonly service: 'data-notification' | 'event-notification' | 'information-report'
  /** The server waits for `confirm(event)`, and sends the message again without it. */
  readonly confirmationWanted?: boolean
  /** Short names of an InformationReport; `data` is a structure of their values. */
  readonly variables?: readonly VariableAccess[]
  /** long-invoke-id-and-priority of a DataNotification. */
  readonly invokeId?: number
  /** The 12 (or 0) bytes of its date-time. */
  readonly dateTime: Uint8Array
  /** Attribute of an EventNotification. */
  readonly attribute?: AttributeDescriptor
  readonly data: Data
  readonly protection: SecurityPolicy
  /** Sender, when the message is ciphered. */
  readonly systemTitle?: Uint8Array
  /** Plaintext APDU. */
  readonly apdu: Uint8Array
}

/** A block of a running transfer arrived (or left, for SET/ACTION). Its frames come with the final event. */
export type ProgressEvent = WithFrames & {
  readonly kind: 'progress'
  readonly requestId: RequestId
  /** Block number, from 1. */
  readonly block: number
  /** Payload bytes so far. */
  readonly bytes: number
}

/**
 * Something failed. With `requestId`: that request. Without: the association or its making; `state` of the
 * session tells whether it survived. A failure that ends the association gives one event without
 * `requestId` (unless a request was in flight: then that request's event comes first and carries the frames),
 * then one `association-lost` event for each queued request.
 */
export type FailedEvent = WithFrames & {
  readonly kind: 'failed'
  readonly requestId?: RequestId
  readonly error: SessionError
  /** True when the association is gone: close the connection. */
  readonly fatal: boolean
}

export type ReleasedEvent = WithFrames & {
  readonly kind: 'released'
  /** False when the server refused or garbled the release: the association is treated as ended all the same. */
  readonly clean: boolean
}

export type SessionEvent =
  | AssociatedEvent
  | GetResponseEvent
  | SetResponseEvent
  | ActionResponseEvent
  | AccessResponseEvent
  | ReadResponseEvent
  | WriteResponseEvent
  | SentEvent
  | ProgressEvent
  | NotificationEvent
  | ReleasedEvent
  | FailedEvent

/** What an AARE would have told (Green Book 9.4.4: pre-established associations). */
export type AssumedAssociation = {
  readonly conformance: readonly ConformanceBit[]
  /** server-max-receive-pdu-size, bytes; 0 = no limit. Default 0. */
  readonly maxPduSize?: number
  /** 8 bytes; needed to open ciphered answers that do not name their sender. */
  readonly serverSystemTitle?: Uint8Array
}

export type GetOptions = Omit<RequestOptions, 'confirmed'> & {
  /** Leave a successful answer undecoded: `results` is empty, `apdu` and `dataOffset` hold the data. One attribute only. */
  readonly raw?: boolean
}

/**
 * The client machine. No method throws on peer input; programming errors (two `associate` calls, a request
 * with an empty list, keys of a wrong length) throw `DlmsError`.
 */
export interface ClientSession {
  readonly state: ClientState
  /** Queues the AARQ. Answer: 'associated', or 'failed' with `fatal`. */
  associate(now: EpochMs): void
  /** Takes an association for granted that is pre-established: no AARQ is sent. Event: 'associated', without frames. */
  assume(now: EpochMs, association: AssumedAssociation): void
  /** One attribute, or several in one request when the server granted multiple-references (else one GET after another, one event). */
  get(
    attribute: AttributeDescriptor | readonly AttributeDescriptor[],
    now: EpochMs,
    options?: GetOptions,
  ): RequestId
  set(request: SetRequest | readonly SetRequest[], now: EpochMs, options?: RequestOptions): RequestId
  action(request: ActionRequest | readonly ActionRequest[], now: EpochMs, options?: RequestOptions): RequestId
  /** Gets, sets and actions in one exchange, in order; needs conformance 'access'. */
  access(items: readonly AccessItem[], now: EpochMs, options?: AccessOptions): RequestId
  /** Read by short name; several in one request when the server granted multiple-references. */
  read(items: ReadItem | readonly ReadItem[], now: EpochMs): RequestId
  /** Write by short name. */
  write(items: WriteItem | readonly WriteItem[], now: EpochMs): RequestId
  /** Write by short name without an answer; the event is 'sent'. */
  unconfirmedWrite(items: WriteItem | readonly WriteItem[], now: EpochMs): RequestId
  /**
   * Tells all servers: sealed with the broadcast key, in UI frames over HDLC, to wPort 0x7F over the wrapper. Works in
   * every state but 'failed', beside whatever is in flight; nothing comes back. Event: 'sent'. Throws `DlmsError`
   * 'usage' without a broadcast key where the policy needs one, and on a message too long for one APDU.
   */
  broadcast(message: BroadcastMessage, now: EpochMs, options?: BroadcastOptions): RequestId
  /** Confirms a DataNotification. Throws `DlmsError` 'usage' on any other message. */
  confirm(notification: NotificationEvent, now: EpochMs): void
  /** After the requests already queued. Answer: 'released'. */
  release(now: EpochMs): void
  /** Bytes from the peer, in any chunking. */
  receive(bytes: Uint8Array, now: EpochMs): void
  /** The connection is gone: everything pending fails. */
  disconnected(now: EpochMs): void
  /** Checks deadlines. Call at or after `nextDeadline()`. */
  tick(now: EpochMs): void
  /** Whole wire frames to send, in order; each is handed out once. */
  takeOutput(): Uint8Array[]
  /** Events since the last call, in order. */
  takeEvents(): SessionEvent[]
  nextDeadline(): EpochMs | undefined
}
