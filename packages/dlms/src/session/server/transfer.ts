// What the services of one association share: the model behind them, and the one transfer that may be open.

import type { Data } from '../../axdr/data.ts'
import {
  type AccessOutcome,
  type ActionOutcomeData,
  type AttributeDescriptor,
  actionCode,
  type ConformanceBit,
  type DataAccessResult,
  type DataResult,
  dataAccessCode,
  type MethodDescriptor,
} from '../../xdlms/index.ts'
import type { Cutter, Reassembly } from '../blocks.ts'
import type { ActiveAssociation, ServerModel } from '../serverTypes.ts'
import type { ShortNames } from '../shortNames.ts'
import type { EpochMs, SessionLimits } from '../types.ts'

/** What was asked and how it went, for the owner of the session. */
export type Report = {
  readonly service: 'get' | 'set' | 'action' | 'access' | 'read' | 'write'
  readonly attributes?: readonly AttributeDescriptor[]
  readonly methods?: readonly MethodDescriptor[]
  readonly results: readonly string[]
}

/** Outcome of one request APDU: the bare answer, and the report when the service is complete. */
export type Handled = { readonly answer: Uint8Array; readonly report?: Report }

/** A value on its way out (GET, ACTION) or in (SET, ACTION). */
export type Transfer =
  | {
      readonly direction: 'out'
      readonly service: 'get' | 'action' | 'read'
      readonly invoke: number
      readonly cutter: Cutter
      readonly report: Report
    }
  | {
      readonly direction: 'in'
      readonly service: 'set'
      readonly invoke: number
      readonly blocks: Reassembly
      readonly attributes: readonly AttributeDescriptor[]
      readonly list: boolean
    }
  | {
      readonly direction: 'in'
      readonly service: 'action'
      readonly invoke: number
      readonly blocks: Reassembly
      readonly methods: readonly MethodDescriptor[]
      readonly list: boolean
    }
  | {
      readonly direction: 'in'
      readonly service: 'read' | 'write'
      readonly invoke: 0
      readonly blocks: Reassembly
      /** Raw data of block 1. */
      readonly first: Uint8Array
    }

/** Longest length field in front of a block's raw data. */
const lengthBytes = 2

export class ServiceContext {
  readonly limits: SessionLimits
  readonly association: ActiveAssociation
  /** Present in an association by short names. */
  readonly shortNames: ShortNames | undefined
  readonly #model: ServerModel
  transfer: Transfer | undefined
  /** The latest block of a GET that was asked for by number: a client that did not get it asks again. */
  sentBlock: { readonly invoke: number; readonly after: number; readonly answer: Uint8Array } | undefined
  /** Longest bare answer that fits the client's PDU, bytes; set for each request, since protection costs room. */
  room = 0
  now: EpochMs = 0

  constructor(
    model: ServerModel,
    association: ActiveAssociation,
    limits: SessionLimits,
    shortNames?: ShortNames,
  ) {
    this.#model = model
    this.shortNames = shortNames
    this.association = association
    this.limits = limits
  }

  grants(bit: ConformanceBit): boolean {
    return this.association.conformance.includes(bit)
  }

  blockRoom(headerBytes: number): number {
    return Math.max(1, this.room - headerBytes - lengthBytes)
  }

  get(attribute: AttributeDescriptor): DataResult {
    try {
      return this.#model.get(attribute, this.association, this.now)
    } catch {
      return refusedData('hardware-fault')
    }
  }

  set(attribute: AttributeDescriptor, data: Data): AccessOutcome {
    try {
      return accessOutcome(this.#model.set(attribute, data, this.association, this.now))
    } catch {
      return accessOutcome('hardware-fault')
    }
  }

  invoke(method: MethodDescriptor, data: Data | undefined): ActionOutcomeData {
    // reply_to_HLS_authentication belongs to the handshake and is over.
    if (isHlsReply(method)) return actionOutcome('object-unavailable')
    try {
      const { result, data: returned } = this.#model.invoke(method, data, this.association, this.now)
      return {
        ...actionOutcome(result),
        ...(returned && { returned: { ok: true, data: returned } }),
      }
    } catch {
      return actionOutcome('hardware-fault')
    }
  }
}

export function isHlsReply(method: MethodDescriptor): boolean {
  const ofCurrent = method.obis === '0.0.40.0.0.255'
  const { classId, method: index } = method
  return ofCurrent && ((classId === 15 && index === 1) || (classId === 12 && index === 8))
}

export function refusedData(result: DataAccessResult): Extract<DataResult, { ok: false }> {
  return { ok: false, result, code: dataAccessCode(result) }
}

export function accessOutcome(result: 'success' | DataAccessResult): AccessOutcome {
  return { result, code: dataAccessCode(result) }
}

export function actionOutcome(result: ActionOutcomeData['result']): ActionOutcomeData {
  return { result, code: actionCode(result) }
}
