// ACTION on the server: parameters may come in blocks, and the answer may leave in blocks.

import type { Data } from '../../axdr/data.ts'
import { decodeData } from '../../axdr/decode.ts'
import {
  type ActionOutcomeData,
  type ActionRequest,
  type DataBlock,
  encodeApdu,
  type MethodDescriptor,
} from '../../xdlms/index.ts'
import { Cutter, decodeList, Reassembly } from '../blocks.ts'
import { actionOutcome, type Handled, type Report, type ServiceContext, type Transfer } from './transfer.ts'

type ActionTransfer = Extract<Transfer, { service: 'action'; direction: 'in' }>

const empty = new Uint8Array(0)
/** Tag, choice and invoke-id in front of one outcome or the list of them. */
const responseHeader = 3

export function answerAction(request: ActionRequest, context: ServiceContext): Handled {
  const invoke = request.invokeIdAndPriority
  switch (request.form) {
    case 'next-pblock':
      return nextBlock(invoke, request.blockNumber, context)
    case 'with-pblock':
      return furtherBlock(invoke, request.block, context)
    case 'normal':
      context.transfer = undefined
      return run(invoke, [request.method], [request.data], false, context)
    case 'with-list':
      context.transfer = undefined
      return run(invoke, request.methods, request.data, true, context)
    case 'with-first-pblock':
      return firstBlock(invoke, [request.method], false, request.block, context)
    case 'with-list-and-first-pblock':
      return firstBlock(invoke, request.methods, true, request.block, context)
  }
}

function run(
  invoke: number,
  methods: readonly MethodDescriptor[],
  parameters: readonly (Data | undefined)[],
  list: boolean,
  context: ServiceContext,
): Handled {
  return respond(
    invoke,
    methods,
    methods.map((method, index) => context.invoke(method, parameters[index])),
    list,
    context,
  )
}

function respond(
  invokeIdAndPriority: number,
  methods: readonly MethodDescriptor[],
  outcomes: readonly ActionOutcomeData[],
  list: boolean,
  context: ServiceContext,
): Handled {
  const head = { kind: 'action-response', invokeIdAndPriority } as const
  const answer = list
    ? encodeApdu({ ...head, form: 'with-list', outcomes })
    : encodeApdu({ ...head, form: 'normal', outcome: outcomes[0] })
  const report: Report = { service: 'action', methods, results: outcomes.map((outcome) => outcome.result) }
  if (answer.length <= context.room) return { answer, report }
  if (!context.grants('block-transfer-with-action')) {
    const outcome = actionOutcome('other-reason')
    return { answer: encodeApdu({ ...head, form: 'normal', outcome }), report }
  }
  const cutter = new Cutter(answer.subarray(responseHeader))
  context.transfer = { direction: 'out', service: 'action', invoke: invokeIdAndPriority, cutter, report }
  return sendBlock(invokeIdAndPriority, cutter, report, context)
}

function sendBlock(
  invokeIdAndPriority: number,
  cutter: Cutter,
  report: Report,
  context: ServiceContext,
): Handled {
  const encode = (block: DataBlock) =>
    encodeApdu({ kind: 'action-response', form: 'with-pblock', invokeIdAndPriority, block })
  const header = encode({ lastBlock: false, blockNumber: 1, raw: empty }).length
  const { last: lastBlock, number: blockNumber, part: raw } = cutter.next(context.blockRoom(header))
  const answer = encode({ lastBlock, blockNumber, raw })
  if (!lastBlock) return { answer }
  context.transfer = undefined
  return { answer, report }
}

function nextBlock(invoke: number, blockNumber: number, context: ServiceContext): Handled {
  const transfer = context.transfer
  if (transfer?.direction !== 'out' || transfer.service !== 'action' || transfer.invoke !== invoke) {
    return refuse(invoke, [], 'no-long-action-in-progress', context)
  }
  if (blockNumber !== transfer.cutter.number) return refuse(invoke, [], 'long-action-aborted', context)
  return sendBlock(invoke, transfer.cutter, transfer.report, context)
}

function firstBlock(
  invoke: number,
  methods: readonly MethodDescriptor[],
  list: boolean,
  block: DataBlock,
  context: ServiceContext,
): Handled {
  const blocks = new Reassembly(context.limits)
  const transfer: ActionTransfer = { direction: 'in', service: 'action', invoke, blocks, methods, list }
  context.transfer = transfer
  return takeBlock(transfer, block, context)
}

function furtherBlock(invoke: number, block: DataBlock, context: ServiceContext): Handled {
  const transfer = context.transfer
  if (transfer?.direction !== 'in' || transfer.service !== 'action' || transfer.invoke !== invoke) {
    return refuse(invoke, [], 'no-long-action-in-progress', context)
  }
  return takeBlock(transfer, block, context)
}

function takeBlock(transfer: ActionTransfer, block: DataBlock, context: ServiceContext): Handled {
  const { blocks, invoke, methods, list } = transfer
  const taken = blocks.take(block.blockNumber, block.raw)
  if (taken !== 'taken' && taken !== 'duplicate')
    return refuse(invoke, methods, 'long-action-aborted', context)
  if (!block.lastBlock || taken === 'duplicate') {
    const { blockNumber } = block
    const head = { kind: 'action-response', form: 'next-pblock', invokeIdAndPriority: invoke } as const
    return { answer: encodeApdu({ ...head, blockNumber }) }
  }
  context.transfer = undefined
  const value = blocks.finish()
  if (list) {
    const parameters = decodeList(value, methods.length)
    return parameters
      ? run(invoke, methods, parameters, true, context)
      : refuse(invoke, methods, 'type-unmatched', context)
  }
  const decoded = decodeData(value, 0)
  return decoded.kind === 'ok' && decoded.next === value.length
    ? run(invoke, methods, [decoded.value], false, context)
    : refuse(invoke, methods, 'type-unmatched', context)
}

function refuse(
  invokeIdAndPriority: number,
  methods: readonly MethodDescriptor[],
  result: ActionOutcomeData['result'],
  context: ServiceContext,
): Handled {
  context.transfer = undefined
  const outcome = actionOutcome(result)
  const answer = encodeApdu({ kind: 'action-response', form: 'normal', invokeIdAndPriority, outcome })
  return { answer, report: { service: 'action', methods, results: [result] } }
}
