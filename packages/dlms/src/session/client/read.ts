// Read and Write of short-name referencing (Green Book 9.3.14, 9.3.15; block transfer 9.4.6.8, 9.4.6.9).
// These services carry no invoke-id: an answer belongs to the one request in flight.

import { type Data, data } from '../../axdr/data.ts'
import { concat } from '../../bytes.ts'
import {
  type DataResult,
  decodeApdu,
  encodeApdu,
  type ReadResponse,
  type ReadResult,
  type VariableAccess,
  type WriteResult,
} from '../../xdlms/index.ts'
import { Cutter, Reassembly } from '../blocks.ts'
import type { SetOutcome } from '../types.ts'
import {
  blockRoom,
  failed,
  type Operation,
  type OperationContext,
  type Outcome,
  type Step,
  stray,
  unexpected,
} from './operation.ts'

const empty = new Uint8Array(0)
const readResponseTag = Uint8Array.of(0x0c)
/** Tag, count and result choice in front of the only value of a ReadResponse. */
const singleHeader = 3

/** What a Read makes of its results; `apdu` and `dataOffset` as in a GET. */
export type ReadFinish = (
  results: readonly DataResult[],
  apdu: Uint8Array,
  dataOffset: number | undefined,
  blocks: number,
) => Outcome

export function readOperation(
  variables: readonly VariableAccess[],
  finish: ReadFinish,
  context: OperationContext,
): Operation {
  const incoming = new Reassembly(context.limits)
  let cutter: Cutter | undefined

  const results = (
    list: readonly ReadResult[],
    apdu: Uint8Array,
    blocks: number,
    dataOffset: number,
  ): Step => {
    const values: DataResult[] = []
    for (const result of list) {
      if (result.choice === 'data') values.push({ ok: true, data: result.data })
      else if (result.choice === 'data-access-error') {
        values.push({ ok: false, result: result.result, code: result.code })
      } else return unexpected(result.choice)
    }
    // One refusal may answer a whole list.
    const refusal = values.length === 1 && !values[0].ok ? values[0] : undefined
    if (refusal && variables.length > 1) {
      return {
        kind: 'done',
        outcome: finish(
          variables.map(() => refusal),
          apdu,
          undefined,
          blocks,
        ),
      }
    }
    if (values.length !== variables.length) {
      return failed('malformed', `${values.length} results for ${variables.length} variables`)
    }
    const single = values.length === 1 && values[0].ok
    return { kind: 'done', outcome: finish(values, apdu, single ? dataOffset : undefined, blocks) }
  }

  const takeBlock = (block: Extract<ReadResult, { choice: 'data-block-result' }>): Step => {
    if (cutter && !cutter.done) return failed('block', 'an answer began before the last block was sent')
    const taken = incoming.take(block.blockNumber, block.raw)
    if (taken === 'duplicate') return stray('a block that came before')
    if (taken !== 'taken') return { kind: 'failed', error: taken.error }
    if (block.lastBlock) return reassembled(incoming.finish())
    const next: VariableAccess = { access: 'block-number-access', blockNumber: block.blockNumber }
    return {
      kind: 'send',
      apdu: encodeApdu({ kind: 'read-request', variables: [next] }),
      progress: { block: incoming.blocks, bytes: incoming.bytes },
    }
  }

  // Raw data is what the ReadResponse holds behind its tag; some servers leave the count out for one value.
  const reassembled = (value: Uint8Array): Step => {
    const uncounted = variables.length === 1 ? [concat(Uint8Array.of(1), value)] : []
    for (const bytes of [value, ...uncounted]) {
      const decoded = decodeApdu(concat(readResponseTag, bytes))
      if (decoded.kind !== 'ok' || decoded.next !== bytes.length + 1) continue
      const response = decoded.value as ReadResponse
      if (response.results.length === variables.length) {
        const dataOffset = singleHeader - 1 - (bytes.length - value.length)
        return results(response.results, value, incoming.blocks, dataOffset)
      }
    }
    return failed('malformed', 'the reassembled value is no list of results')
  }

  const receive = (response: ReadResponse, plain: Uint8Array): Step => {
    const [first] = response.results
    if (response.results.length === 1 && first.choice === 'data-block-result') return takeBlock(first)
    if (response.results.length === 1 && first.choice === 'block-number') {
      return cutter ? acknowledged(cutter, first.blockNumber, readBlock, context) : unexpected(first.choice)
    }
    if (incoming.blocks > 0) {
      return first?.choice === 'data-access-error'
        ? failed('block', 'the server broke the transfer off', first.result)
        : failed('block', 'a whole answer inside a block transfer')
    }
    return results(response.results, plain, 0, singleHeader)
  }

  return {
    start: () => {
      const apdu = encodeApdu({ kind: 'read-request', variables })
      if (apdu.length <= context.maxPlainBytes) return { kind: 'send', apdu }
      cutter = new Cutter(apdu.subarray(1))
      return sendBlock(cutter, readBlock, context)
    },
    receive: (apdu, plain) =>
      apdu.kind === 'read-response'
        ? receive(apdu, plain)
        : stray(`a ${apdu.kind} where a Read is in flight`),
  }
}

export function writeOperation(
  variables: readonly VariableAccess[],
  values: readonly Data[],
  finish: (results: readonly SetOutcome[]) => Outcome,
  context: OperationContext,
): Operation {
  let cutter: Cutter | undefined

  const results = (list: readonly WriteResult[]): Step => {
    const [first] = list
    if (list.length === 1 && first.choice === 'block-number') {
      return cutter ? acknowledged(cutter, first.blockNumber, writeBlock, context) : unexpected(first.choice)
    }
    const outcomes: SetOutcome[] = []
    for (const result of list) {
      if (result.choice === 'success') outcomes.push({ ok: true, result: 'success', code: 0 })
      else if (result.choice === 'block-number') return unexpected(result.choice)
      else outcomes.push({ ok: false, result: result.result, code: result.code })
    }
    if (outcomes.length === 1 && !outcomes[0].ok && variables.length > 1) {
      return { kind: 'done', outcome: finish(variables.map(() => outcomes[0])) }
    }
    if (outcomes.length !== variables.length) {
      return failed('malformed', `${outcomes.length} results for ${variables.length} variables`)
    }
    if (cutter && !cutter.done && outcomes.every((outcome) => outcome.ok)) {
      return failed('block', 'success before the last block was sent')
    }
    return { kind: 'done', outcome: finish(outcomes) }
  }

  return {
    start: () => {
      if (!context.confirmed) {
        const apdu = encodeApdu({ kind: 'unconfirmed-write-request', variables, data: values })
        if (apdu.length <= context.maxPlainBytes) return { kind: 'send', apdu }
        return failed('too-large', 'an unconfirmed Write has no blocks')
      }
      const apdu = encodeApdu({ kind: 'write-request', variables, data: values })
      if (apdu.length <= context.maxPlainBytes) return { kind: 'send', apdu }
      cutter = new Cutter(apdu.subarray(1))
      return sendBlock(cutter, writeBlock, context)
    },
    receive: (apdu) =>
      apdu.kind === 'write-response'
        ? results(apdu.results)
        : stray(`a ${apdu.kind} where a Write is in flight`),
  }
}

type BlockEncoder = (lastBlock: boolean, blockNumber: number, raw: Uint8Array) => Uint8Array

const readBlock: BlockEncoder = (lastBlock, blockNumber, raw) =>
  encodeApdu({
    kind: 'read-request',
    variables: [{ access: 'read-data-block-access', lastBlock, blockNumber, raw }],
  })

const writeBlock: BlockEncoder = (lastBlock, blockNumber, raw) =>
  encodeApdu({
    kind: 'write-request',
    variables: [{ access: 'write-data-block-access', lastBlock, blockNumber }],
    data: [data.octets(raw)],
  })

function acknowledged(cutter: Cutter, number: number, encode: BlockEncoder, context: OperationContext): Step {
  if (number < cutter.number) return stray('an acknowledgement that came before')
  if (number > cutter.number) {
    return failed('block', `block ${number} acknowledged, ${cutter.number} was sent`)
  }
  if (cutter.done) return failed('block', 'the last block was acknowledged without a result')
  return sendBlock(cutter, encode, context)
}

function sendBlock(cutter: Cutter, encode: BlockEncoder, context: OperationContext): Step {
  const number = cutter.number + 1
  if (number > Math.min(context.limits.maxBlocks, 0xffff)) {
    return failed('too-large', 'the request needs too many blocks')
  }
  const room = blockRoom(encode(false, number, empty).length, context.maxPlainBytes)
  if (room < 1) return failed('too-large', 'the server takes no PDU long enough for one block')
  const sent = cutter.offset
  const block = cutter.next(room)
  const apdu = encode(block.last, number, block.part)
  return number === 1
    ? { kind: 'send', apdu }
    : { kind: 'send', apdu, progress: { block: number - 1, bytes: sent } }
}
