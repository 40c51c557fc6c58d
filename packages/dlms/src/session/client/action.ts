// ACTION (Green Book 9.3.8 and 9.4.6.5): one method or a list; parameters and answer may each need blocks.

import { data } from '../../axdr/data.ts'
import { encodeData } from '../../axdr/encode.ts'
import { concat } from '../../bytes.ts'
import {
  type ActionOutcomeData,
  type Apdu,
  type DataBlock,
  decodeApdu,
  encodeApdu,
} from '../../xdlms/index.ts'
import { Cutter, encodeList, Reassembly } from '../blocks.ts'
import type { ActionOutcome, ActionRequest } from '../types.ts'
import {
  cutBlock,
  failed,
  invokeByte,
  type Operation,
  type OperationContext,
  type Step,
  sendIfFits,
  stray,
  unexpected,
} from './operation.ts'

type ActionResponse = Extract<Apdu, { kind: 'action-response' }>

export function actionOperation(
  requests: readonly ActionRequest[],
  list: boolean,
  context: OperationContext,
): Operation {
  const head = { kind: 'action-request', invokeIdAndPriority: invokeByte(context.invokeId, context) } as const
  const methods = requests.map((request) => request.method)
  const parameters = requests.map((request) => request.data ?? data.nul())
  const incoming = new Reassembly(context.limits)
  let cutter: Cutter | undefined

  const whole = (): Uint8Array =>
    list
      ? encodeApdu({ ...head, form: 'with-list', methods, data: parameters })
      : encodeApdu({ ...head, form: 'normal', method: methods[0], data: requests[0].data })

  const withBlock = (block: DataBlock): Uint8Array => {
    if (block.blockNumber > 1) return encodeApdu({ ...head, form: 'with-pblock', block })
    return list
      ? encodeApdu({ ...head, form: 'with-list-and-first-pblock', methods, block })
      : encodeApdu({ ...head, form: 'with-first-pblock', method: methods[0], block })
  }

  const acknowledged = (number: number): Step => {
    if (!cutter) return unexpected('next-pblock')
    if (number < cutter.number) return stray('an acknowledgement that came before')
    if (number > cutter.number)
      return failed('block', `block ${number} acknowledged, ${cutter.number} was sent`)
    if (cutter.done) return failed('block', 'the last block was acknowledged without a result')
    return cutBlock(cutter, withBlock, context)
  }

  const takeBlock = (block: DataBlock): Step => {
    if (cutter && !cutter.done) return failed('block', 'an answer began before the last block was sent')
    const taken = incoming.take(block.blockNumber, block.raw)
    if (taken === 'duplicate') return stray('a block that came before')
    if (taken !== 'taken') return { kind: 'failed', error: taken.error }
    if (block.lastBlock) return reassembled(incoming.finish())
    const { blockNumber } = block
    return {
      kind: 'send',
      apdu: encodeApdu({ ...head, form: 'next-pblock', blockNumber }),
      progress: { block: blockNumber, bytes: incoming.bytes },
    }
  }

  // The reassembled bytes are what the answer in one APDU holds behind its header.
  const reassembled = (value: Uint8Array): Step => {
    const header = Uint8Array.of(0xc7, list ? 0x03 : 0x01, head.invokeIdAndPriority)
    const decoded = decodeApdu(concat(header, value))
    if (decoded.kind !== 'ok' || decoded.value.kind !== 'action-response') {
      return failed('malformed', 'the reassembled value is no action response')
    }
    const response = decoded.value
    if (response.form === 'with-list') return finish(response.outcomes)
    return response.form === 'normal' ? finish([response.outcome]) : unexpected(response.form)
  }

  const finish = (outcomes: readonly ActionOutcomeData[]): Step => {
    if (outcomes.length !== requests.length) {
      return failed('malformed', `${outcomes.length} results for ${requests.length} methods`)
    }
    if (cutter && !cutter.done && outcomes.every((outcome) => outcome.code === 0)) {
      return failed('block', 'success before the last block was sent')
    }
    return {
      kind: 'done',
      outcome: { kind: 'response', service: 'action', results: outcomes.map(actionOutcome) },
    }
  }

  const receive = (response: ActionResponse): Step => {
    switch (response.form) {
      case 'next-pblock':
        return acknowledged(response.blockNumber)
      case 'with-pblock':
        return takeBlock(response.block)
      case 'with-list':
        return list ? finish(response.outcomes) : unexpected(response.form)
      case 'normal':
        if (incoming.blocks > 0) return failed('block', 'a normal answer inside a block transfer')
        if (!list) return finish([response.outcome])
        // One refusal for a whole list.
        return response.outcome.code === 0
          ? unexpected(response.form)
          : finish(requests.map(() => response.outcome))
    }
  }

  return {
    start: () => {
      const apdu = whole()
      const fits = apdu.length <= context.maxPlainBytes
      // Without parameters there is nothing to cut; without acknowledgements there are no blocks.
      if (fits || !context.confirmed || (!list && !requests[0].data)) return sendIfFits(apdu, context)
      cutter = new Cutter(list ? encodeList(parameters) : encodeData(parameters[0]))
      return cutBlock(cutter, withBlock, context)
    },
    receive: (apdu) =>
      apdu.kind === 'action-response' ? receive(apdu) : stray(`a ${apdu.kind} where an ACTION is in flight`),
  }
}

function actionOutcome(outcome: ActionOutcomeData): ActionOutcome {
  const { result, code, returned } = outcome
  const base = { ok: code === 0, result, code }
  if (!returned) return base
  return returned.ok ? { ...base, data: returned.data } : { ...base, dataError: returned.result }
}
