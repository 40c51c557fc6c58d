// SET on the server: at once, as a list, or out of blocks.

import { decodeData } from '../../axdr/decode.ts'
import {
  type AccessOutcome,
  type AttributeDescriptor,
  type DataAccessResult,
  type DataBlock,
  encodeApdu,
  type SetRequest,
} from '../../xdlms/index.ts'
import { decodeList, Reassembly } from '../blocks.ts'
import { accessOutcome, type Handled, type Report, type ServiceContext, type Transfer } from './transfer.ts'

type SetTransfer = Extract<Transfer, { service: 'set' }>

export function answerSet(request: SetRequest, context: ServiceContext): Handled {
  const { invokeIdAndPriority } = request
  const head = { kind: 'set-response', invokeIdAndPriority } as const
  if (request.form === 'with-datablock') return furtherBlock(invokeIdAndPriority, request.block, context)
  context.transfer = undefined
  switch (request.form) {
    case 'normal': {
      const outcome = context.set(request.attribute, request.data)
      const answer = encodeApdu({ ...head, form: 'normal', ...outcome })
      return { answer, report: reportOf([request.attribute], [outcome]) }
    }
    case 'with-list': {
      const results = request.attributes.map((attribute, index) =>
        context.set(attribute, request.data[index]),
      )
      const answer = encodeApdu({ ...head, form: 'with-list', results })
      return { answer, report: reportOf(request.attributes, results) }
    }
    case 'with-first-datablock':
      return firstBlock(invokeIdAndPriority, [request.attribute], false, request.block, context)
    case 'with-list-and-first-datablock':
      return firstBlock(invokeIdAndPriority, request.attributes, true, request.block, context)
  }
}

function reportOf(attributes: readonly AttributeDescriptor[], outcomes: readonly AccessOutcome[]): Report {
  return { service: 'set', attributes, results: outcomes.map((outcome) => outcome.result) }
}

function firstBlock(
  invoke: number,
  attributes: readonly AttributeDescriptor[],
  list: boolean,
  block: DataBlock,
  context: ServiceContext,
): Handled {
  const blocks = new Reassembly(context.limits)
  const transfer: SetTransfer = { direction: 'in', service: 'set', invoke, blocks, attributes, list }
  context.transfer = transfer
  return takeBlock(transfer, block, context)
}

function furtherBlock(invoke: number, block: DataBlock, context: ServiceContext): Handled {
  const transfer = context.transfer
  if (transfer?.direction !== 'in' || transfer.service !== 'set' || transfer.invoke !== invoke) {
    context.transfer = undefined
    return refuse(invoke, block.blockNumber, [], 'no-long-set-in-progress')
  }
  return takeBlock(transfer, block, context)
}

function takeBlock(transfer: SetTransfer, block: DataBlock, context: ServiceContext): Handled {
  const { blocks, invoke, attributes } = transfer
  const { blockNumber } = block
  const taken = blocks.take(blockNumber, block.raw)
  if (taken !== 'taken' && taken !== 'duplicate') {
    context.transfer = undefined
    const result = taken.error.code === 'block' ? 'data-block-number-invalid' : 'long-set-aborted'
    return refuse(invoke, blockNumber, attributes, result)
  }
  if (!block.lastBlock || taken === 'duplicate') {
    const acknowledgement = { kind: 'set-response', form: 'datablock', blockNumber } as const
    return { answer: encodeApdu({ ...acknowledgement, invokeIdAndPriority: invoke }) }
  }
  context.transfer = undefined
  return complete(transfer, blockNumber, context)
}

function complete(transfer: SetTransfer, blockNumber: number, context: ServiceContext): Handled {
  const { attributes, invoke, list } = transfer
  const value = transfer.blocks.finish()
  const head = { kind: 'set-response', invokeIdAndPriority: invoke, blockNumber } as const
  if (list) {
    const values = decodeList(value, attributes.length)
    const results = attributes.map((attribute, index) =>
      values ? context.set(attribute, values[index]) : accessOutcome('type-unmatched'),
    )
    const answer = encodeApdu({ ...head, form: 'last-datablock-with-list', results })
    return { answer, report: reportOf(attributes, results) }
  }
  const decoded = decodeData(value, 0)
  const outcome =
    decoded.kind === 'ok' && decoded.next === value.length
      ? context.set(attributes[0], decoded.value)
      : accessOutcome('type-unmatched')
  const answer = encodeApdu({ ...head, form: 'last-datablock', ...outcome })
  return { answer, report: reportOf(attributes, [outcome]) }
}

function refuse(
  invokeIdAndPriority: number,
  blockNumber: number,
  attributes: readonly AttributeDescriptor[],
  result: DataAccessResult,
): Handled {
  const outcome = accessOutcome(result)
  const head = { kind: 'set-response', form: 'last-datablock', invokeIdAndPriority, blockNumber } as const
  return { answer: encodeApdu({ ...head, ...outcome }), report: reportOf(attributes, [outcome]) }
}
