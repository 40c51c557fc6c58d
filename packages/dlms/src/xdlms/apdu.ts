// Every APDU of the COSEM application layer as a value (Green Book 9.5), and the one door to decode and encode them.

import type { Aare, Aarq, Rlre, Rlrq } from '../acse/types.ts'
import type { Data } from '../axdr/data.ts'
import type { Obis } from '../cosem/obis.ts'
import type { ConformanceBit } from './conformance.ts'
import type { ActionError, DataAccessResult } from './results.ts'

export type { Obis } from '../cosem/obis.ts'
export type { ConformanceBit } from './conformance.ts'
export type { ActionError, DataAccessResult } from './results.ts'

/** Column of a profile (Blue Book 4.3.6.2.1): class, instance, attribute index and data index (0 = whole attribute). */
export interface CaptureObject {
  readonly classId: number
  readonly obis: Obis
  readonly attribute: number
  readonly dataIndex: number
}

/** Selective access (Blue Book 4.3.6.3). Entries and columns count from 1; 0 as an end means the last one. */
export type SelectiveAccess =
  | {
      readonly kind: 'by-range'
      readonly restricting: CaptureObject
      readonly from: Data
      readonly to: Data
      /** Empty: all columns. */
      readonly selected: readonly CaptureObject[]
    }
  | {
      readonly kind: 'by-entry'
      readonly fromEntry: number
      readonly toEntry: number
      readonly fromColumn: number
      readonly toColumn: number
    }
  | { readonly kind: 'other'; readonly selector: number; readonly parameters: Data }

export interface AttributeDescriptor {
  readonly classId: number
  readonly obis: Obis
  /** 1…; 0 names all attributes; shared short names make it a signed byte. */
  readonly attribute: number
  readonly selection?: SelectiveAccess
}

export interface MethodDescriptor {
  readonly classId: number
  readonly obis: Obis
  readonly method: number
}

/** What a GET gives for one attribute. `code` is the number on the wire. */
export type DataResult =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly result: DataAccessResult; readonly code: number }

/** data-access-result of a SET: 'success' is code 0. */
export interface AccessOutcome {
  readonly result: 'success' | DataAccessResult
  readonly code: number
}

/** What an ACTION gives for one method; `returned` is absent when the method returns nothing. */
export interface ActionOutcomeData {
  readonly result: 'success' | ActionError
  readonly code: number
  readonly returned?: DataResult
}

/** One block of a service-specific block transfer; `raw` is a piece of the encoded value. */
export interface DataBlock {
  readonly lastBlock: boolean
  readonly blockNumber: number
  readonly raw: Uint8Array
}

/** Bits 0–3 invoke-id, bit 6 confirmed, bit 7 high priority (see `invokeIdAndPriority()`). */
interface Invoked {
  readonly invokeIdAndPriority: number
}

export type GetRequest = { readonly kind: 'get-request' } & Invoked &
  (
    | { readonly form: 'normal'; readonly attribute: AttributeDescriptor }
    | { readonly form: 'next'; readonly blockNumber: number }
    | { readonly form: 'with-list'; readonly attributes: readonly AttributeDescriptor[] }
  )

export type GetResponse = { readonly kind: 'get-response' } & Invoked &
  (
    | { readonly form: 'normal'; readonly result: DataResult }
    | {
        readonly form: 'with-datablock'
        readonly lastBlock: boolean
        readonly blockNumber: number
        readonly block:
          | { readonly ok: true; readonly raw: Uint8Array }
          | { readonly ok: false; readonly result: DataAccessResult; readonly code: number }
      }
    | { readonly form: 'with-list'; readonly results: readonly DataResult[] }
  )

export type SetRequest = { readonly kind: 'set-request' } & Invoked &
  (
    | { readonly form: 'normal'; readonly attribute: AttributeDescriptor; readonly data: Data }
    | {
        readonly form: 'with-first-datablock'
        readonly attribute: AttributeDescriptor
        readonly block: DataBlock
      }
    | { readonly form: 'with-datablock'; readonly block: DataBlock }
    | {
        readonly form: 'with-list'
        readonly attributes: readonly AttributeDescriptor[]
        readonly data: readonly Data[]
      }
    | {
        readonly form: 'with-list-and-first-datablock'
        readonly attributes: readonly AttributeDescriptor[]
        readonly block: DataBlock
      }
  )

export type SetResponse = { readonly kind: 'set-response' } & Invoked &
  (
    | ({ readonly form: 'normal' } & AccessOutcome)
    | { readonly form: 'datablock'; readonly blockNumber: number }
    | ({ readonly form: 'last-datablock'; readonly blockNumber: number } & AccessOutcome)
    | {
        readonly form: 'last-datablock-with-list'
        readonly blockNumber: number
        readonly results: readonly AccessOutcome[]
      }
    | { readonly form: 'with-list'; readonly results: readonly AccessOutcome[] }
  )

export type ActionRequest = { readonly kind: 'action-request' } & Invoked &
  (
    | { readonly form: 'normal'; readonly method: MethodDescriptor; readonly data?: Data }
    | { readonly form: 'next-pblock'; readonly blockNumber: number }
    | {
        readonly form: 'with-list'
        readonly methods: readonly MethodDescriptor[]
        readonly data: readonly Data[]
      }
    | { readonly form: 'with-first-pblock'; readonly method: MethodDescriptor; readonly block: DataBlock }
    | {
        readonly form: 'with-list-and-first-pblock'
        readonly methods: readonly MethodDescriptor[]
        readonly block: DataBlock
      }
    | { readonly form: 'with-pblock'; readonly block: DataBlock }
  )

export type ActionResponse = { readonly kind: 'action-response' } & Invoked &
  (
    | { readonly form: 'normal'; readonly outcome: ActionOutcomeData }
    | { readonly form: 'with-pblock'; readonly block: DataBlock }
    | { readonly form: 'with-list'; readonly outcomes: readonly ActionOutcomeData[] }
    | { readonly form: 'next-pblock'; readonly blockNumber: number }
  )

export type DataNotification = {
  readonly kind: 'data-notification'
  /** long-invoke-id-and-priority, 32 bits; the low 24 are the id. */
  readonly longInvokeId: number
  /** 12 bytes, or none. */
  readonly dateTime: Uint8Array
  /** The sender put an octet-string tag (09) before the length, as some meters do. */
  readonly dateTimeTagged?: true
  readonly body: Data
}

export type EventNotification = {
  readonly kind: 'event-notification-request'
  readonly time?: Uint8Array
  readonly attribute: AttributeDescriptor
  readonly data: Data
}

/** Answer to a confirmed DataNotification: the same long-invoke-id, and the date-time it carried. */
export type DataNotificationConfirm = {
  readonly kind: 'data-notification-confirm'
  readonly longInvokeId: number
  readonly dateTime: Uint8Array
}

/** Variable-Access-Specification of short-name referencing. `name` is the short name, 0…65535, of the attribute or method. */
export type VariableAccess =
  | { readonly access: 'variable-name'; readonly name: number }
  | {
      readonly access: 'parameterized-access'
      readonly name: number
      /** 0 where no selection is made: parameters of a method. */
      readonly selector: number
      readonly parameter: Data
    }
  | { readonly access: 'block-number-access'; readonly blockNumber: number }
  | {
      readonly access: 'read-data-block-access'
      readonly lastBlock: boolean
      readonly blockNumber: number
      readonly raw: Uint8Array
    }
  | { readonly access: 'write-data-block-access'; readonly lastBlock: boolean; readonly blockNumber: number }

export type ReadRequest = { readonly kind: 'read-request'; readonly variables: readonly VariableAccess[] }

type AccessError = {
  readonly choice: 'data-access-error'
  readonly result: DataAccessResult
  readonly code: number
}

export type ReadResult =
  | { readonly choice: 'data'; readonly data: Data }
  | AccessError
  | {
      readonly choice: 'data-block-result'
      readonly lastBlock: boolean
      readonly blockNumber: number
      readonly raw: Uint8Array
    }
  | { readonly choice: 'block-number'; readonly blockNumber: number }

export type ReadResponse = { readonly kind: 'read-response'; readonly results: readonly ReadResult[] }

export type WriteRequest = {
  readonly kind: 'write-request'
  readonly variables: readonly VariableAccess[]
  readonly data: readonly Data[]
}

export type UnconfirmedWriteRequest = {
  readonly kind: 'unconfirmed-write-request'
  readonly variables: readonly VariableAccess[]
  readonly data: readonly Data[]
}

export type WriteResult =
  | { readonly choice: 'success' }
  | AccessError
  | { readonly choice: 'block-number'; readonly blockNumber: number }

export type WriteResponse = { readonly kind: 'write-response'; readonly results: readonly WriteResult[] }

export type InformationReport = {
  readonly kind: 'information-report'
  readonly time?: Uint8Array
  readonly variables: readonly VariableAccess[]
  readonly data: readonly Data[]
}

/** One request inside an ACCESS; an attribute with `selection` takes the with-selection choice. */
export type AccessSpecification =
  | { readonly service: 'get' | 'set'; readonly attribute: AttributeDescriptor }
  | { readonly service: 'action'; readonly method: MethodDescriptor }

export type AccessRequest = {
  readonly kind: 'access-request'
  /** long-invoke-id-and-priority: see `longInvokeId()`. */
  readonly longInvokeId: number
  /** 12 bytes, or none. */
  readonly dateTime: Uint8Array
  readonly specifications: readonly AccessSpecification[]
  /** One per specification; null-data for a get and for a method without parameters. */
  readonly data: readonly Data[]
}

/** Result of one request inside an ACCESS; `code` is the number on the wire. */
export type AccessResult =
  | {
      readonly service: 'get' | 'set'
      readonly result: 'success' | DataAccessResult
      readonly code: number
    }
  | { readonly service: 'action'; readonly result: 'success' | ActionError; readonly code: number }

export type AccessResponse = {
  readonly kind: 'access-response'
  readonly longInvokeId: number
  readonly dateTime: Uint8Array
  /** Repeated from the request when that asked for a self-descriptive answer. */
  readonly specifications?: readonly AccessSpecification[]
  /** One per specification; null-data where there is nothing to return. */
  readonly data: readonly Data[]
  readonly results: readonly AccessResult[]
}

export type InitiateRequest = {
  readonly kind: 'initiate-request'
  readonly dedicatedKey?: Uint8Array
  /** Absent means the default, true. */
  readonly responseAllowed?: boolean
  readonly qualityOfService?: number
  readonly dlmsVersion: number
  readonly conformance: readonly ConformanceBit[]
  /** client-max-receive-pdu-size, bytes; 0 = no limit. */
  readonly maxPduSize: number
}

export type InitiateResponse = {
  readonly kind: 'initiate-response'
  readonly qualityOfService?: number
  readonly dlmsVersion: number
  readonly conformance: readonly ConformanceBit[]
  /** server-max-receive-pdu-size, bytes; 0 = no limit. */
  readonly maxPduSize: number
  /** 0x0007 for logical names, 0xFA00 for short names. */
  readonly vaaName: number
}

/** `service` 1 initiate, 5 read, 6 write; `errorKind` and `value`: see `serviceErrorText`. */
export type ConfirmedServiceError = {
  readonly kind: 'confirmed-service-error'
  readonly service: number
  readonly errorKind: number
  readonly value: number
}

/** `stateError` and `serviceError`: see `stateErrors`, `serviceErrors`. */
export type ExceptionResponse = {
  readonly kind: 'exception-response'
  readonly stateError: number
  readonly serviceError: number
  /** With invocation-counter-error (6): the counter the server expects at least. */
  readonly invocationCounter?: number
}

export type GeneralBlockTransfer = {
  readonly kind: 'general-block-transfer'
  readonly lastBlock: boolean
  readonly streaming: boolean
  /** 0…63 */
  readonly window: number
  readonly blockNumber: number
  readonly blockNumberAck: number
  readonly data: Uint8Array
}

/** The service behind a glo- or ded- tag. */
export type CipheredService =
  | 'initiate-request'
  | 'initiate-response'
  | 'confirmed-service-error'
  | 'read-request'
  | 'write-request'
  | 'read-response'
  | 'write-response'
  | 'unconfirmed-write-request'
  | 'information-report'
  | 'get-request'
  | 'set-request'
  | 'event-notification-request'
  | 'action-request'
  | 'get-response'
  | 'set-response'
  | 'action-response'

/** `content` is security header ‖ ciphertext ‖ tag: what `unprotect` takes. */
export type Ciphered = {
  readonly kind: 'glo-ciphered' | 'ded-ciphered'
  readonly tag: number
  readonly service: CipheredService
  readonly content: Uint8Array
}

export type GeneralGloDedCiphering = {
  readonly kind: 'general-glo-ciphering' | 'general-ded-ciphering'
  readonly systemTitle: Uint8Array
  readonly content: Uint8Array
}

export type KeyInfo =
  | { readonly kind: 'identified-key'; readonly keyId: number }
  | { readonly kind: 'wrapped-key'; readonly kekId: number; readonly keyCipheredData: Uint8Array }
  | { readonly kind: 'agreed-key'; readonly keyParameters: Uint8Array; readonly keyCipheredData: Uint8Array }

interface GeneralHeader {
  readonly transactionId: Uint8Array
  readonly originatorSystemTitle: Uint8Array
  readonly recipientSystemTitle: Uint8Array
  readonly dateTime: Uint8Array
  readonly otherInformation: Uint8Array
}

export type GeneralCiphering = GeneralHeader & {
  readonly kind: 'general-ciphering'
  readonly keyInfo?: KeyInfo
  readonly content: Uint8Array
}

export type GeneralSigning = GeneralHeader & {
  readonly kind: 'general-signing'
  readonly content: Uint8Array
  readonly signature: Uint8Array
}

export type Apdu =
  | GetRequest
  | GetResponse
  | SetRequest
  | SetResponse
  | ActionRequest
  | ActionResponse
  | AccessRequest
  | AccessResponse
  | ReadRequest
  | ReadResponse
  | WriteRequest
  | WriteResponse
  | UnconfirmedWriteRequest
  | DataNotification
  | DataNotificationConfirm
  | EventNotification
  | InformationReport
  | InitiateRequest
  | InitiateResponse
  | ConfirmedServiceError
  | ExceptionResponse
  | GeneralBlockTransfer
  | Ciphered
  | GeneralGloDedCiphering
  | GeneralCiphering
  | GeneralSigning
  | Aarq
  | Aare
  | Rlrq
  | Rlre

/** Builds invoke-id-and-priority; `id` 0…15. */
export function invokeIdAndPriority(
  id: number,
  options: { confirmed?: boolean; high?: boolean } = {},
): number {
  const { confirmed = true, high = true } = options
  return (id & 0x0f) | (confirmed ? 0x40 : 0) | (high ? 0x80 : 0)
}

/** The id in invoke-id-and-priority. */
export function invokeIdOf(invokeIdAndPriority: number): number {
  return invokeIdAndPriority & 0x0f
}

/** What long-invoke-id-and-priority says (Green Book 9.5, Long-Invoke-Id-And-Priority). */
export type LongInvokeId = {
  /** 0…0xFFFFFF */
  readonly id: number
  /** The answer repeats the specifications of the request. */
  readonly selfDescriptive: boolean
  /** Processing stops at the first item that fails. */
  readonly breakOnError: boolean
  readonly confirmed: boolean
  readonly high: boolean
}

/** Builds long-invoke-id-and-priority: bits 0–23 id, 28 self-descriptive, 29 break on error, 30 confirmed, 31 high priority. */
export function longInvokeId(id: number, options: Partial<Omit<LongInvokeId, 'id'>> = {}): number {
  const { selfDescriptive = false, breakOnError = false, confirmed = true, high = true } = options
  const flags = (selfDescriptive ? 1 : 0) | (breakOnError ? 2 : 0) | (confirmed ? 4 : 0) | (high ? 8 : 0)
  return flags * 0x1000_0000 + (id & 0xff_ffff)
}

/** Reads long-invoke-id-and-priority. */
export function longInvokeIdOf(value: number): LongInvokeId {
  const flags = value >>> 28
  return {
    id: value & 0xff_ffff,
    selfDescriptive: (flags & 1) !== 0,
    breakOnError: (flags & 2) !== 0,
    confirmed: (flags & 4) !== 0,
    high: (flags & 8) !== 0,
  }
}

export { decodeApdu } from './decode.ts'
export { encodeApdu } from './encode.ts'
