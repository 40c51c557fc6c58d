// Read and Write on the server (Green Book 9.3.14–9.3.16): short names resolve to attributes and methods of
// the same model that logical names reach. Answers and requests too long for a PDU travel in blocks.

import { type Data, data } from '../../axdr/data.ts'
import { equalBytes } from '../../bytes.ts'
import { obisToBytes } from '../../cosem/obis.ts'
import {
  type Apdu,
  type AttributeDescriptor,
  type DataAccessResult,
  type DataResult,
  dataAccessCode,
  decodeApdu,
  encodeApdu,
  type MethodDescriptor,
  type ReadRequest,
  type ReadResult,
  selectionOf,
  type UnconfirmedWriteRequest,
  type VariableAccess,
  type WriteRequest,
  type WriteResult,
} from '../../xdlms/index.ts'
import { Cutter, Reassembly } from '../blocks.ts'
import { hlsReplyName } from '../shortNames.ts'
import { type Handled, type Report, refusedData, type ServiceContext } from './transfer.ts'

type Named = Extract<VariableAccess, { name: number }>
type Block = { readonly lastBlock: boolean; readonly blockNumber: number; readonly raw: Uint8Array }
type Target =
  | { readonly kind: 'attribute'; readonly attribute: AttributeDescriptor }
  | { readonly kind: 'method'; readonly method: MethodDescriptor; readonly parameter: Data | undefined }

const empty = new Uint8Array(0)
const associationSn = { classId: 12, obis: '0.0.40.0.0.255' } as const

export function answerRead(request: ReadRequest, context: ServiceContext): Handled {
  const [first] = request.variables
  if (request.variables.length === 1 && first.access === 'block-number-access') {
    return nextBlock(first.blockNumber, context)
  }
  if (request.variables.length === 1 && first.access === 'read-data-block-access') {
    return takeBlock('read', first, context)
  }
  context.transfer = undefined
  return respond(request.variables, context)
}

export function answerWrite(
  request: WriteRequest | UnconfirmedWriteRequest,
  context: ServiceContext,
): Handled {
  const [first] = request.variables
  if (request.variables.length === 1 && first.access === 'write-data-block-access') {
    const [raw] = request.data
    if (raw?.type !== 'octet-string') return refuseWrite('type-unmatched', context)
    const { lastBlock, blockNumber } = first
    return takeBlock('write', { lastBlock, blockNumber, raw: raw.value }, context)
  }
  context.transfer = undefined
  return write(request, context)
}

function respond(variables: readonly VariableAccess[], context: ServiceContext): Handled {
  const report = reporter('read')
  const results = variables.map((variable): ReadResult => {
    const result = isNamed(variable) ? read(variable, report, context) : refusedData('other-reason')
    report.results.push(result.ok ? 'success' : result.result)
    return result.ok
      ? { choice: 'data', data: result.data }
      : { choice: 'data-access-error', result: result.result, code: result.code }
  })
  const answer = encodeApdu({ kind: 'read-response', results })
  if (answer.length <= context.room) return { answer, report }
  if (!context.grants('block-transfer-with-get-or-read')) return refuseRead('other-reason', context, report)
  context.transfer = {
    direction: 'out',
    service: 'read',
    invoke: 0,
    cutter: new Cutter(answer.subarray(1)),
    report,
  }
  return sendBlock(context)
}

function write(request: WriteRequest | UnconfirmedWriteRequest, context: ServiceContext): Handled {
  const report = reporter('write')
  const results = request.variables.map((variable, index): WriteResult => {
    const value = request.data[index]
    const result = isNamed(variable) && value ? writeOne(variable, value, report, context) : 'other-reason'
    report.results.push(result)
    return result === 'success'
      ? { choice: 'success' }
      : { choice: 'data-access-error', result, code: dataAccessCode(result) }
  })
  return { answer: encodeApdu({ kind: 'write-response', results }), report }
}

type OpenReport = Report & {
  readonly attributes: AttributeDescriptor[]
  readonly methods: MethodDescriptor[]
  readonly results: string[]
}

function reporter(service: 'read' | 'write'): OpenReport {
  return { service, attributes: [], methods: [], results: [] }
}

function isNamed(variable: VariableAccess): variable is Named {
  return variable.access === 'variable-name' || variable.access === 'parameterized-access'
}

function resolve(variable: Named, context: ServiceContext): Target | undefined {
  const target = context.shortNames?.resolve(variable.name)
  if (!target) return undefined
  const { classId, obis } = target.object
  const parameterized = variable.access === 'parameterized-access' ? variable : undefined
  if (target.kind === 'method') {
    const parameter = parameterized?.parameter
    return { kind: 'method', method: { classId, obis, method: target.method }, parameter }
  }
  const selection = parameterized && selectionOf(parameterized.selector, parameterized.parameter)
  return {
    kind: 'attribute',
    attribute: { classId, obis, attribute: target.attribute, ...(selection && { selection }) },
  }
}

function read(variable: Named, report: OpenReport, context: ServiceContext): DataResult {
  const target = resolve(variable, context)
  if (!target) return refusedData('object-undefined')
  if (target.kind === 'attribute') {
    report.attributes.push(target.attribute)
    return ownAttribute(target.attribute, context) ?? context.get(target.attribute)
  }
  report.methods.push(target.method)
  const { result, returned } = context.invoke(target.method, target.parameter)
  if (result !== 'success') return refusedData(accessName(result))
  return returned?.ok ? returned : { ok: true, data: data.nul() }
}

function writeOne(
  variable: Named,
  value: Data,
  report: OpenReport,
  context: ServiceContext,
): 'success' | DataAccessResult {
  const target = resolve(variable, context)
  if (!target) return 'object-undefined'
  if (target.kind === 'attribute') {
    report.attributes.push(target.attribute)
    return context.set(target.attribute, value).result
  }
  report.methods.push(target.method)
  const { result } = context.invoke(target.method, value.type === 'null-data' ? undefined : value)
  return result === 'success' ? result : accessName(result)
}

/** action-result and data-access-result share their names but for those of a transfer. */
function accessName(name: string): DataAccessResult {
  return name.includes('long-action') ? 'other-reason' : (name as DataAccessResult)
}

/** The Association SN object describes itself: its list is made of the names that the session gave. */
function ownAttribute(attribute: AttributeDescriptor, context: ServiceContext): DataResult | undefined {
  const { classId, obis } = attribute
  if (classId !== associationSn.classId || obis !== associationSn.obis || !context.shortNames)
    return undefined
  if (attribute.attribute === 1) return { ok: true, data: data.octets(obisToBytes(obis)) }
  if (attribute.attribute === 2) return { ok: true, data: context.shortNames.toObjectList() }
  return undefined
}

function nextBlock(blockNumber: number, context: ServiceContext): Handled {
  const transfer = context.transfer
  if (transfer?.direction !== 'out' || transfer.service !== 'read') {
    return refuseRead('no-long-get-in-progress', context)
  }
  if (blockNumber !== transfer.cutter.number) return refuseRead('data-block-number-invalid', context)
  return sendBlock(context)
}

function sendBlock(context: ServiceContext): Handled {
  const transfer = context.transfer
  if (transfer?.direction !== 'out') return refuseRead('no-long-get-in-progress', context)
  const encode = (lastBlock: boolean, blockNumber: number, raw: Uint8Array) =>
    encodeApdu({
      kind: 'read-response',
      results: [{ choice: 'data-block-result', lastBlock, blockNumber, raw }],
    })
  const block = transfer.cutter.next(context.blockRoom(encode(false, 1, empty).length))
  // Block numbers of short-name services have 16 bits.
  if (block.number > 0xffff) return refuseRead('long-get-aborted', context)
  const answer = encode(block.last, block.number, block.part)
  if (!block.last) return { answer }
  context.transfer = undefined
  return { answer, report: transfer.report }
}

/** A block of a request that is too long for one PDU: what it adds up to is the request behind its tag. */
function takeBlock(service: 'read' | 'write', block: Block, context: ServiceContext): Handled {
  const refuse = service === 'read' ? refuseRead : refuseWrite
  let transfer = context.transfer
  if (block.blockNumber === 1) {
    // Without invoke-ids only its content tells a repeated first block from that of another request.
    const again =
      transfer?.direction === 'in' &&
      transfer.service === service &&
      transfer.blocks.blocks === 1 &&
      equalBytes(transfer.first, block.raw)
    if (!again) {
      const blocks = new Reassembly(context.limits)
      transfer = { direction: 'in', service, invoke: 0, blocks, first: block.raw }
      context.transfer = transfer
    }
  }
  if (transfer?.direction !== 'in' || transfer.service !== service) {
    return refuse(service === 'read' ? 'no-long-get-in-progress' : 'no-long-set-in-progress', context)
  }
  const taken = transfer.blocks.take(block.blockNumber, block.raw)
  if (taken !== 'taken' && taken !== 'duplicate') {
    const aborted = service === 'read' ? 'long-get-aborted' : 'long-set-aborted'
    return refuse(taken.error.code === 'block' ? 'data-block-number-invalid' : aborted, context)
  }
  if (!block.lastBlock || taken === 'duplicate') {
    const results = [{ choice: 'block-number', blockNumber: block.blockNumber }] as const
    const kind = service === 'read' ? 'read-response' : 'write-response'
    return { answer: encodeApdu({ kind, results }) }
  }
  context.transfer = undefined
  const request = requestOf(service, transfer.blocks.finish())
  if (request?.kind === 'read-request') return respond(request.variables, context)
  return request?.kind === 'write-request' ? write(request, context) : refuse('type-unmatched', context)
}

function requestOf(service: 'read' | 'write', content: Uint8Array): Apdu | undefined {
  const apdu = new Uint8Array(content.length + 1)
  apdu[0] = service === 'read' ? 0x05 : 0x06
  apdu.set(content, 1)
  const decoded = decodeApdu(apdu)
  return decoded.kind === 'ok' && decoded.next === apdu.length ? decoded.value : undefined
}

function refuseRead(
  result: DataAccessResult,
  context: ServiceContext,
  report: Report = { service: 'read', results: [result] },
): Handled {
  context.transfer = undefined
  const refusal = { choice: 'data-access-error', result, code: dataAccessCode(result) } as const
  return { answer: encodeApdu({ kind: 'read-response', results: [refusal] }), report }
}

function refuseWrite(result: DataAccessResult, context: ServiceContext): Handled {
  context.transfer = undefined
  const refusal = { choice: 'data-access-error', result, code: dataAccessCode(result) } as const
  const report: Report = { service: 'write', results: [result] }
  return { answer: encodeApdu({ kind: 'write-response', results: [refusal] }), report }
}

/** Pass 3 of HLS by short names, as the ACTION it stands for; any other request as it is. */
export function hlsByShortName(apdu: Apdu): Apdu {
  if (apdu.kind !== 'read-request' || apdu.variables.length !== 1) return apdu
  const [variable] = apdu.variables
  if (variable.access !== 'parameterized-access' || variable.name !== hlsReplyName) return apdu
  return {
    kind: 'action-request',
    form: 'normal',
    invokeIdAndPriority: 0,
    method: { ...associationSn, method: 8 },
    data: variable.parameter,
  }
}

/** Sends the answer of that ACTION as the ReadResponse it stands for. */
export function answeringRead(reply: (plain: Uint8Array) => void): (plain: Uint8Array) => void {
  return (plain) => {
    const decoded = decodeApdu(plain)
    if (decoded.kind !== 'ok' || decoded.value.kind !== 'action-response') return
    if (decoded.value.form !== 'normal') return
    const { outcome } = decoded.value
    const refusal = refusedData('read-write-denied')
    const result: ReadResult =
      outcome.code === 0 && outcome.returned?.ok
        ? { choice: 'data', data: outcome.returned.data }
        : { choice: 'data-access-error', result: refusal.result, code: refusal.code }
    reply(encodeApdu({ kind: 'read-response', results: [result] }))
  }
}
