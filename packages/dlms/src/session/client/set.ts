// SET (Green Book 9.3.7 and 9.4.6.4): one attribute or a list; a value too long for one PDU leaves in blocks.

import { encodeData } from '../../axdr/encode.ts'
import { type AccessOutcome, type Apdu, type DataBlock, encodeApdu } from '../../xdlms/index.ts'
import { Cutter, encodeList } from '../blocks.ts'
import type { SetOutcome, SetRequest } from '../types.ts'
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

type SetResponse = Extract<Apdu, { kind: 'set-response' }>

export function setOperation(
  requests: readonly SetRequest[],
  list: boolean,
  context: OperationContext,
): Operation {
  const head = { kind: 'set-request', invokeIdAndPriority: invokeByte(context.invokeId, context) } as const
  const attributes = requests.map((request) => request.attribute)
  const values = requests.map((request) => request.data)
  let cutter: Cutter | undefined

  const whole = (): Uint8Array =>
    list
      ? encodeApdu({ ...head, form: 'with-list', attributes, data: values })
      : encodeApdu({ ...head, form: 'normal', attribute: attributes[0], data: values[0] })

  const withBlock = (block: DataBlock): Uint8Array => {
    if (block.blockNumber > 1) return encodeApdu({ ...head, form: 'with-datablock', block })
    return list
      ? encodeApdu({ ...head, form: 'with-list-and-first-datablock', attributes, block })
      : encodeApdu({ ...head, form: 'with-first-datablock', attribute: attributes[0], block })
  }

  const sendBlock = (blocks: Cutter): Step => cutBlock(blocks, withBlock, context)

  const acknowledged = (number: number): Step => {
    if (!cutter) return unexpected('datablock')
    if (number < cutter.number) return stray('an acknowledgement that came before')
    if (number > cutter.number)
      return failed('block', `block ${number} acknowledged, ${cutter.number} was sent`)
    if (cutter.done) return failed('block', 'the last block was acknowledged without a result')
    return sendBlock(cutter)
  }

  const finish = (results: readonly SetOutcome[]): Step => {
    if (results.length !== requests.length) {
      return failed('malformed', `${results.length} results for ${requests.length} attributes`)
    }
    if (cutter && !cutter.done && results.every((result) => result.ok)) {
      return failed('block', 'success before the last block was sent')
    }
    return { kind: 'done', outcome: { kind: 'response', service: 'set', results } }
  }

  const receive = (response: SetResponse): Step => {
    switch (response.form) {
      case 'datablock':
        return acknowledged(response.blockNumber)
      case 'with-list':
      case 'last-datablock-with-list':
        return finish(response.results.map(setOutcome))
      case 'last-datablock':
      case 'normal':
        if (!list) return finish([setOutcome(response)])
        // One refusal for a whole list.
        return response.code === 0
          ? unexpected(response.form)
          : finish(requests.map(() => setOutcome(response)))
    }
  }

  return {
    start: () => {
      const apdu = whole()
      // An unconfirmed service has no acknowledgements, hence no blocks.
      if (apdu.length <= context.maxPlainBytes || !context.confirmed) return sendIfFits(apdu, context)
      cutter = new Cutter(list ? encodeList(values) : encodeData(values[0]))
      return sendBlock(cutter)
    },
    receive: (apdu) =>
      apdu.kind === 'set-response' ? receive(apdu) : stray(`a ${apdu.kind} where a SET is in flight`),
  }
}

function setOutcome(outcome: AccessOutcome): SetOutcome {
  return { ok: outcome.code === 0, result: outcome.result, code: outcome.code }
}
