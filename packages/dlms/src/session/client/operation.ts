// One confirmed service in flight: what it sends, and what it makes of each answer.

import { type Apdu, type DataBlock, invokeIdAndPriority } from '../../xdlms/index.ts'
import type { Cutter } from '../blocks.ts'
import type {
  AccessResponseEvent,
  ActionResponseEvent,
  GetResponseEvent,
  ReadResponseEvent,
  SessionError,
  SessionLimits,
  SetResponseEvent,
  WriteResponseEvent,
} from '../types.ts'

/** An answer without what the machine adds to it. */
export type Outcome =
  | Omit<GetResponseEvent, 'requestId' | 'frames'>
  | Omit<SetResponseEvent, 'requestId' | 'frames'>
  | Omit<ActionResponseEvent, 'requestId' | 'frames'>
  | Omit<AccessResponseEvent, 'requestId' | 'frames'>
  | Omit<ReadResponseEvent, 'requestId' | 'frames'>
  | Omit<WriteResponseEvent, 'requestId' | 'frames'>

/** What to do next. `stray` answers are ignored and counted. */
export type Step =
  | {
      readonly kind: 'send'
      readonly apdu: Uint8Array
      readonly progress?: { readonly block: number; readonly bytes: number }
    }
  /** Unconfirmed requests: nothing comes back. */
  | { readonly kind: 'sent'; readonly apdus: readonly Uint8Array[] }
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly error: SessionError; readonly fatal?: boolean }
  | { readonly kind: 'stray'; readonly reason: string }

export type OperationContext = {
  readonly limits: SessionLimits
  /** Longest bare APDU the server takes, bytes. */
  readonly maxPlainBytes: number
  /** Invoke-id of this operation, 0…15. */
  readonly invokeId: number
  /** False: the server must not answer (service-class 0). */
  readonly confirmed: boolean
  readonly high: boolean
}

export interface Operation {
  start(): Step
  /** `plain` are the bytes that `apdu` was decoded from. */
  receive(apdu: Apdu, plain: Uint8Array): Step
  /** Looks at an answer before it is decoded; undefined when it wants the decoded one. */
  readonly receiveRaw?: (plain: Uint8Array) => Step | undefined
}

/** invoke-id-and-priority; of a confirmed, high priority service unless the options say otherwise. */
export function invokeByte(invokeId: number, options: { confirmed?: boolean; high?: boolean } = {}): number {
  return invokeIdAndPriority(invokeId, options)
}

/** Most bytes of the length field in front of a block's raw data. */
const blockLengthBytes = 2

/** Room for raw data in one APDU whose header, with empty raw data, has `headerBytes`. */
export function blockRoom(headerBytes: number, maxPlainBytes: number): number {
  return maxPlainBytes - headerBytes - blockLengthBytes
}

export function failed(code: SessionError['code'], message: string, detail?: string): Step {
  return { kind: 'failed', error: { code, message, ...(detail === undefined ? {} : { detail }) } }
}

export function stray(reason: string): Step {
  return { kind: 'stray', reason }
}

export function unexpected(form: string): Step {
  return failed('malformed', `an answer of form '${form}' does not fit the request`)
}

/** The APDU, unless the server could not take it. */
export function sendIfFits(apdu: Uint8Array, context: OperationContext): Step {
  if (apdu.length > context.maxPlainBytes) {
    return failed(
      'too-large',
      `the request has ${apdu.length} bytes, the server takes ${context.maxPlainBytes}`,
    )
  }
  return { kind: 'send', apdu }
}

const empty = new Uint8Array(0)

/** Sends the next block of an outgoing value, as long as the server's PDU lets it be. */
export function cutBlock(
  blocks: Cutter,
  withBlock: (block: DataBlock) => Uint8Array,
  context: OperationContext,
): Step {
  const blockNumber = blocks.number + 1
  if (blockNumber > context.limits.maxBlocks) return failed('too-large', 'the value needs too many blocks')
  const header = withBlock({ lastBlock: false, blockNumber, raw: empty }).length
  const room = blockRoom(header, context.maxPlainBytes)
  if (room < 1) return failed('too-large', 'the server takes no PDU long enough for one block')
  const sent = blocks.offset
  const block = blocks.next(room)
  const apdu = withBlock({ lastBlock: block.last, blockNumber, raw: block.part })
  if (blockNumber === 1) return { kind: 'send', apdu }
  return { kind: 'send', apdu, progress: { block: blockNumber - 1, bytes: sent } }
}
