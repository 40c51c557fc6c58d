// GET on the server: the whole answer when it fits the client's PDU, else in blocks of that size.

import { encodeData } from '../../axdr/encode.ts'
import { type DataResult, encodeApdu, type GetRequest } from '../../xdlms/index.ts'
import { Cutter } from '../blocks.ts'
import { type Handled, type Report, refusedData, type ServiceContext } from './transfer.ts'

const empty = new Uint8Array(0)
/** Tag, choice and invoke-id in front of the list of results. */
const listHeader = 3

export function answerGet(request: GetRequest, context: ServiceContext): Handled {
  if (request.form === 'next') return nextBlock(request.invokeIdAndPriority, request.blockNumber, context)
  context.transfer = undefined
  context.sentBlock = undefined
  const invokeIdAndPriority = request.invokeIdAndPriority
  const head = { kind: 'get-response', invokeIdAndPriority } as const
  if (request.form === 'normal') {
    const result = context.get(request.attribute)
    const report = reportOf([request.attribute], [result])
    const answer = encodeApdu({ ...head, form: 'normal', result })
    if (!result.ok || answer.length <= context.room) return { answer, report }
    if (!context.grants('block-transfer-with-get-or-read')) return tooLong(request, context)
    return startTransfer(invokeIdAndPriority, encodeData(result.data), report, context)
  }
  const results = request.attributes.map((attribute) => context.get(attribute))
  const report = reportOf(request.attributes, results)
  const answer = encodeApdu({ ...head, form: 'with-list', results })
  if (answer.length <= context.room) return { answer, report }
  if (!context.grants('block-transfer-with-get-or-read')) return tooLong(request, context)
  return startTransfer(invokeIdAndPriority, answer.subarray(listHeader), report, context)
}

function reportOf(attributes: Report['attributes'], results: readonly DataResult[]): Report {
  return { service: 'get', attributes, results: results.map((item) => (item.ok ? 'success' : item.result)) }
}

/** The client did not agree to blocks: the value cannot reach it. */
function tooLong(request: Exclude<GetRequest, { form: 'next' }>, context: ServiceContext): Handled {
  const { invokeIdAndPriority } = request
  const head = { kind: 'get-response', invokeIdAndPriority } as const
  const result = refusedData('other-reason')
  if (request.form === 'normal') {
    const report = reportOf([request.attribute], [result])
    return { answer: encodeApdu({ ...head, form: 'normal', result }), report }
  }
  const results = request.attributes.map(() => result)
  const report = reportOf(request.attributes, results)
  const answer = encodeApdu({ ...head, form: 'with-list', results })
  if (answer.length <= context.room) return { answer, report }
  return { answer: encodeApdu({ ...head, form: 'normal', result }), report }
}

function startTransfer(invoke: number, value: Uint8Array, report: Report, context: ServiceContext): Handled {
  context.transfer = { direction: 'out', service: 'get', invoke, cutter: new Cutter(value), report }
  return sendBlock(invoke, context)
}

function nextBlock(invoke: number, blockNumber: number, context: ServiceContext): Handled {
  const { transfer, sentBlock } = context
  if (sentBlock?.invoke === invoke && sentBlock.after === blockNumber) return { answer: sentBlock.answer }
  if (transfer?.direction !== 'out' || transfer.service !== 'get' || transfer.invoke !== invoke) {
    return abort(invoke, blockNumber, 'no-long-get-in-progress', context)
  }
  if (blockNumber !== transfer.cutter.number) {
    return abort(invoke, blockNumber, 'data-block-number-invalid', context)
  }
  const sent = sendBlock(invoke, context)
  context.sentBlock = { invoke, after: blockNumber, answer: sent.answer }
  return sent
}

function sendBlock(invokeIdAndPriority: number, context: ServiceContext): Handled {
  const transfer = context.transfer
  if (transfer?.direction !== 'out') return abort(invokeIdAndPriority, 1, 'no-long-get-in-progress', context)
  const encode = (lastBlock: boolean, blockNumber: number, raw: Uint8Array) =>
    encodeApdu({
      kind: 'get-response',
      form: 'with-datablock',
      invokeIdAndPriority,
      lastBlock,
      blockNumber,
      block: { ok: true, raw },
    })
  const block = transfer.cutter.next(context.blockRoom(encode(false, 1, empty).length))
  const answer = encode(block.last, block.number, block.part)
  if (!block.last) return { answer }
  context.transfer = undefined
  return { answer, report: transfer.report }
}

function abort(
  invokeIdAndPriority: number,
  blockNumber: number,
  result: 'no-long-get-in-progress' | 'data-block-number-invalid',
  context: ServiceContext,
): Handled {
  context.transfer = undefined
  context.sentBlock = undefined
  const answer = encodeApdu({
    kind: 'get-response',
    form: 'with-datablock',
    invokeIdAndPriority,
    lastBlock: true,
    blockNumber,
    block: refusedData(result),
  })
  return { answer, report: { service: 'get', results: [result] } }
}
