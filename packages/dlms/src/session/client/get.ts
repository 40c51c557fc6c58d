// GET (Green Book 9.3.6 and 9.4.6.3): one attribute or a list, the answer at once or in blocks.

import { decodeData } from '../../axdr/decode.ts'
import { concat } from '../../bytes.ts'
import {
  type Apdu,
  type AttributeDescriptor,
  type DataResult,
  decodeApdu,
  encodeApdu,
} from '../../xdlms/index.ts'
import { Reassembly } from '../blocks.ts'
import {
  failed,
  invokeByte,
  type Operation,
  type OperationContext,
  type Step,
  sendIfFits,
  stray,
  unexpected,
} from './operation.ts'

type GetResponse = Extract<Apdu, { kind: 'get-response' }>

/** Header of GET-response-normal with data: tag, choice, invoke-id-and-priority, result choice 0. */
const normalHeader = 4

export function getOperation(
  attributes: readonly AttributeDescriptor[],
  list: boolean,
  raw: boolean,
  context: OperationContext,
): Operation {
  const blocks = new Reassembly(context.limits)
  const invoke = invokeByte(context.invokeId, context)

  const takeBlock = (response: Extract<GetResponse, { form: 'with-datablock' }>): Step => {
    if (!response.block.ok) {
      return failed('block', 'the server broke the transfer off', response.block.result)
    }
    const taken = blocks.take(response.blockNumber, response.block.raw)
    if (taken === 'duplicate') return stray('a block that came before')
    if (taken !== 'taken') return { kind: 'failed', error: taken.error }
    if (!response.lastBlock) {
      const { blockNumber } = response
      return {
        kind: 'send',
        apdu: encodeApdu({ kind: 'get-request', form: 'next', invokeIdAndPriority: invoke, blockNumber }),
        progress: { block: blocks.blocks, bytes: blocks.bytes },
      }
    }
    return finish(blocks.blocks, blocks.finish())
  }

  const finish = (count: number, value: Uint8Array): Step => {
    if (list) return finishList(value, count)
    if (raw) return done([], value, 0, count)
    const decoded = decodeData(value, 0)
    if (decoded.kind !== 'ok' || decoded.next !== value.length) {
      return failed('malformed', 'the reassembled value is not one COSEM data')
    }
    return done([{ ok: true, data: decoded.value }], value, 0, count)
  }

  // The reassembled bytes of a list are what a GET-response-with-list holds behind its header.
  const finishList = (value: Uint8Array, count: number): Step => {
    const decoded = decodeApdu(concat(Uint8Array.of(0xc4, 0x03, invoke), value))
    if (
      decoded.kind !== 'ok' ||
      decoded.value.kind !== 'get-response' ||
      decoded.value.form !== 'with-list'
    ) {
      return failed('malformed', 'the reassembled value is no list of results')
    }
    return doneList(decoded.value.results, value, count)
  }

  const doneList = (results: readonly DataResult[], apdu: Uint8Array, count: number): Step => {
    if (results.length !== attributes.length) {
      return failed('malformed', `${results.length} results for ${attributes.length} attributes`)
    }
    return done(results, apdu, undefined, count)
  }

  return {
    start: () =>
      sendIfFits(
        encodeApdu(
          list
            ? { kind: 'get-request', form: 'with-list', invokeIdAndPriority: invoke, attributes }
            : { kind: 'get-request', form: 'normal', invokeIdAndPriority: invoke, attribute: attributes[0] },
        ),
        context,
      ),
    receive: (apdu, plain) => {
      if (apdu.kind !== 'get-response') return stray(`a ${apdu.kind} where a GET is in flight`)
      if (apdu.form === 'with-datablock') return takeBlock(apdu)
      if (blocks.blocks > 0) return failed('block', `a ${apdu.form} answer inside a block transfer`)
      if (apdu.form === 'with-list') return list ? doneList(apdu.results, plain, 0) : unexpected(apdu.form)
      const refusal = apdu.result
      if (refusal.ok) return list ? unexpected(apdu.form) : done([refusal], plain, normalHeader, 0)
      // A server may refuse a whole list with one result.
      return done(
        attributes.map((): DataResult => refusal),
        plain,
        undefined,
        0,
      )
    },
    receiveRaw: raw
      ? (plain) => {
          const isData = plain[0] === 0xc4 && plain[1] === 0x01 && plain[3] === 0x00
          return isData && blocks.blocks === 0 ? done([], plain, normalHeader, 0) : undefined
        }
      : undefined,
  }
}

function done(
  results: readonly DataResult[],
  apdu: Uint8Array,
  dataOffset: number | undefined,
  blocks: number,
): Step {
  return {
    kind: 'done',
    outcome: {
      kind: 'response',
      service: 'get',
      results,
      apdu,
      ...(dataOffset === undefined ? {} : { dataOffset }),
      blocks,
    },
  }
}
