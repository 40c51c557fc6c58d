// The public face of the server session: what a meter (or a gateway that speaks as one) answers with.

import type { Data } from '../axdr/data.ts'
import type { CryptoProvider } from '../crypto.ts'
import type { HlsMechanism } from '../security/index.ts'
import type {
  ActionError,
  AttributeDescriptor,
  ConformanceBit,
  DataAccessResult,
  DataResult,
  MethodDescriptor,
  VariableAccess,
} from '../xdlms/apdu.ts'
import type { HlsTransform } from './hls.ts'
import type { ServerHdlcOptions } from './lower/index.ts'
import type { CounterKey } from './protection.ts'
import type { ShortNameObject } from './shortNames.ts'
import type {
  EpochMs,
  GeneralBlockTransferOptions,
  SecurityPolicy,
  SessionError,
  SessionKeys,
  SessionLimits,
  WireFrame,
} from './types.ts'

export type ServerMechanism = 'none' | 'low' | HlsMechanism

/** One application association that the server offers to one client SAP. */
export type ServerAssociation = {
  /** Client SAP: 16 public, 1 management, 2 reading. */
  readonly clientAddress: number
  readonly mechanism: ServerMechanism
  /** Low level password. */
  readonly password?: string | Uint8Array
  /** Shared secret of 'md5', 'sha1' and 'sha256'. */
  readonly secret?: string | Uint8Array
  /** The function of 'high'. */
  readonly transform?: HlsTransform
  /** Users (calling-AE-invocation-id) that are let in; default: any, and none named. */
  readonly userIds?: readonly number[]
  /** Services have to be signed, and the answers are. Needs `signing`. Default: answers are signed as the request was. */
  readonly signed?: boolean
  /**
   * The association stands without an AARQ, with these terms (Green Book 9.4.4). Only such a client may send broadcasts:
   * unconfirmed, and under the broadcast key unless the policy is 'none'.
   */
  readonly preEstablished?: {
    /** client-max-receive-pdu-size, bytes; 0 = no limit. Default 0. */
    readonly clientMaxPduSize?: number
    /** 8 bytes; needed to open ciphered requests that do not name their sender. */
    readonly clientSystemTitle?: Uint8Array
  }
  /** Least protection a request must carry; answers are protected as the request was, at least with this. */
  readonly policy: SecurityPolicy
  /** Granted at most; default: all the server can do. */
  readonly conformance?: readonly ConformanceBit[]
  /** How this association names objects. Default 'logical-name'. */
  readonly referencing?: 'logical-name' | 'short-name'
  /**
   * Base names of an association by short names. Default: given in the order of the model's object list
   * (class 15, 0.0.40.0.0.255, attribute 2), as `assignShortNames` does.
   */
  readonly shortNames?: readonly ShortNameObject[]
}

export type ServerSecurity = SessionKeys & {
  /** Next unused counter for what the server protects; called once per protected APDU. */
  readonly nextInvocationCounter: (key: CounterKey) => number
  /**
   * Highest counter accepted so far from the client (undefined: none); shared by all connections of the
   * meter. A dedicated key has its counter in the session, since it ends with it.
   */
  readonly lastClientCounter: (key: 'global' | 'broadcast') => number | undefined
  /** Stores a newly accepted client counter; always higher than `lastClientCounter()`. */
  readonly acceptClientCounter: (counter: number, key: 'global' | 'broadcast') => void
}

/**
 * The COSEM objects behind the session. Synchronous: a model answers out of memory. Access rights per
 * association are the model's business. A model that throws makes the session answer 'hardware-fault'.
 */
export interface ServerModel {
  /** Selective access of the attribute is in `attribute.selection`. */
  get(attribute: AttributeDescriptor, association: ActiveAssociation, now: EpochMs): DataResult
  /** Returns 'success' or why not. */
  set(
    attribute: AttributeDescriptor,
    data: Data,
    association: ActiveAssociation,
    now: EpochMs,
  ): 'success' | DataAccessResult
  /** Method 1 of 0.0.40.0.0.255 (reply_to_HLS_authentication) never reaches the model. */
  invoke(
    method: MethodDescriptor,
    data: Data | undefined,
    association: ActiveAssociation,
    now: EpochMs,
  ): ActionAnswer
}

/** What a method invocation answers: a named action-result ('success', 'object-undefined', …) and return parameters. */
export type ActionAnswer = { readonly result: 'success' | ActionError; readonly data?: Data }

/** The association a request came in. */
export type ActiveAssociation = {
  readonly clientAddress: number
  readonly mechanism: ServerMechanism
  readonly policy: SecurityPolicy
  /** 8 bytes when the client sent one. */
  readonly clientSystemTitle?: Uint8Array
  readonly conformance: readonly ConformanceBit[]
  /** calling-AE-invocation-id, when the client sent one. */
  readonly userId?: number
  readonly referencing?: 'logical-name' | 'short-name'
  /** client-max-receive-pdu-size. */
  readonly clientMaxPduSize: number
}

export type ServerSessionOptions = {
  /**
   * The lower layer: the wrapper over TCP (default), the wrapper over UDP (each `receive` is one datagram), or
   * HDLC. One HDLC link at a time: an SNRM, of whichever client, ends the link and the association before it.
   */
  readonly transport?: 'wrapper' | 'udp-wrapper' | 'hdlc'
  readonly hdlc?: ServerHdlcOptions
  /** Logical device address (wPort). Frames to other addresses are dropped. Default 1. */
  readonly serverAddress?: number
  readonly associations: readonly ServerAssociation[]
  /** Needed when an association is 'gmac' or its policy is not 'none'. */
  readonly security?: ServerSecurity
  readonly crypto: CryptoProvider
  /** Own system title where there is no `security`: HLS with SHA-256 or of the manufacturer's. 8 bytes. */
  readonly systemTitle?: Uint8Array
  readonly model: ServerModel
  /** server-max-receive-pdu-size, bytes. Default 2,048. */
  readonly maxPduSize?: number
  /** Window and streaming of general block transfer, where a client agreed to it. */
  readonly generalBlockTransfer?: Omit<GeneralBlockTransferOptions, 'retries'>
  /** Quiet time after which the session is closed, ms. Default 120,000; with HDLC none, since its links end by themselves. */
  readonly idleTimeoutMs?: number
  readonly limits?: Partial<SessionLimits>
}

/** A message the server sends on its own (push, alarm). Protected as the policy of the client's association says. */
export type Notification =
  | {
      readonly service: 'data-notification'
      /** 12 bytes, or empty. */
      readonly dateTime?: Uint8Array
      readonly data: Data
    }
  | {
      readonly service: 'event-notification'
      readonly dateTime?: Uint8Array
      readonly attribute: AttributeDescriptor
      readonly data: Data
    }
  /** By short names; one value for each variable. */
  | {
      readonly service: 'information-report'
      readonly dateTime?: Uint8Array
      readonly variables: readonly VariableAccess[]
      readonly data: readonly Data[]
    }

export type NotifyOptions = {
  /**
   * The client has to confirm a data-notification: it is sent again after each `timeoutMs` (default 15,000),
   * at most `retries` times (default 2); the event 'notified' tells the end.
   */
  readonly confirm?: { readonly timeoutMs?: number; readonly retries?: number }
  /** Destination client SAP; default: that of the open association, else the first one offered. */
  readonly clientAddress?: number
  /** Default: the policy of that client's association. */
  readonly policy?: SecurityPolicy
}

/** What the server tells its owner; `frames` as in the client's events. */
export type ServerEvent =
  | {
      readonly kind: 'associated'
      readonly association: ActiveAssociation
      readonly frames: readonly WireFrame[]
    }
  | {
      readonly kind: 'request'
      readonly service: 'get' | 'set' | 'action' | 'access' | 'read' | 'write'
      readonly attributes?: readonly AttributeDescriptor[]
      readonly methods?: readonly MethodDescriptor[]
      /** Names of the results, 'success' among them, in order. */
      readonly results: readonly string[]
      readonly association: ActiveAssociation
      readonly frames: readonly WireFrame[]
    }
  /** A notification that wanted a confirmation has it, or never got one. */
  | {
      readonly kind: 'notified'
      /** What `notify` returned. */
      readonly notificationId: number
      readonly confirmed: boolean
      readonly attempts: number
      readonly frames: readonly WireFrame[]
    }
  /** A client told all servers something: a DataNotification to the broadcast address. */
  | {
      readonly kind: 'notification'
      /** 12 bytes, or empty. */
      readonly dateTime: Uint8Array
      readonly data: Data
      readonly association: ActiveAssociation
      readonly frames: readonly WireFrame[]
    }
  | { readonly kind: 'released'; readonly frames: readonly WireFrame[] }
  /** The AARQ or HLS pass 3 was refused. */
  | { readonly kind: 'rejected'; readonly error: SessionError; readonly frames: readonly WireFrame[] }
  /** `fatal`: the stream is beyond repair (not a wrapper stream, idle too long): close the connection. */
  | {
      readonly kind: 'failed'
      readonly error: SessionError
      readonly fatal: boolean
      readonly frames: readonly WireFrame[]
    }

export type ServerState = 'idle' | 'authenticating' | 'associated' | 'closed'

/** The server machine: one per connection. Nothing that a peer sends makes it throw. */
export interface ServerSession {
  readonly state: ServerState
  readonly association: ActiveAssociation | undefined
  receive(bytes: Uint8Array, now: EpochMs): void
  /**
   * Sends a message of the server's own; needs no association. Returns the id (24 bits) of a
   * data-notification. Throws `DlmsError` 'usage' when too many confirmations are due.
   */
  notify(notification: Notification, now: EpochMs, options?: NotifyOptions): number | undefined
  tick(now: EpochMs): void
  takeOutput(): Uint8Array[]
  takeEvents(): ServerEvent[]
  nextDeadline(): EpochMs | undefined
}
