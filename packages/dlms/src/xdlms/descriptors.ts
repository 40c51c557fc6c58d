// COSEM attribute and method descriptors, selective access, results and blocks: the parts that GET, SET and
// ACTION share (Green Book 9.5; selective access Blue Book 4.3.6.3).

import { type Data, data } from '../axdr/data.ts'
import { readData } from '../axdr/decode.ts'
import { writeData } from '../axdr/encode.ts'
import type { Reader, Writer } from '../bytes.ts'
import { obisFromBytes, obisToBytes } from '../cosem/obis.ts'
import { DlmsError } from '../parse.ts'
import type {
  AccessOutcome,
  AttributeDescriptor,
  CaptureObject,
  DataBlock,
  DataResult,
  MethodDescriptor,
  SelectiveAccess,
} from './apdu.ts'
import { dataAccessName } from './results.ts'

/** Reads the descriptor and, where the service has it, the optional selection behind it. */
export function readAttribute(reader: Reader, withSelection = true): AttributeDescriptor {
  const classId = reader.u16()
  const obis = obisFromBytes(reader.source, reader.take(6))
  const attribute = reader.i8()
  if (!withSelection || !readPresence(reader)) return { classId, obis, attribute }
  return { classId, obis, attribute, selection: readSelection(reader) }
}

export function writeAttribute(writer: Writer, value: AttributeDescriptor, withSelection = true): void {
  writer.u16(value.classId).bytes(obisToBytes(value.obis)).i8(value.attribute)
  if (!withSelection) return
  writer.u8(value.selection ? 1 : 0)
  if (value.selection) writeSelection(writer, value.selection)
}

export function readMethod(reader: Reader): MethodDescriptor {
  const classId = reader.u16()
  const obis = obisFromBytes(reader.source, reader.take(6))
  return { classId, obis, method: reader.i8() }
}

export function writeMethod(writer: Writer, value: MethodDescriptor): void {
  writer.u16(value.classId).bytes(obisToBytes(value.obis)).i8(value.method)
}

/** A-XDR OPTIONAL: 00 absent, anything else present. */
export function readPresence(reader: Reader): boolean {
  const at = reader.offset
  const flag = reader.u8()
  if (flag > 1) reader.fail(`0x${flag.toString(16)} where 00 (absent) or 01 (present) belongs`, at)
  return flag === 1
}

/** Selective-Access-Descriptor: selector and parameters. */
export function readSelection(reader: Reader): SelectiveAccess {
  return selectionOf(reader.u8(), readData(reader))
}

/** Selector and parameters with their meaning where they have the shape of a profile's. */
export function selectionOf(selector: number, parameters: Data): SelectiveAccess {
  // A selector means something else for each class; only what has the shape of a profile's is named.
  return (
    (selector === 1 ? byRange(parameters) : selector === 2 ? byEntry(parameters) : undefined) ?? {
      kind: 'other',
      selector,
      parameters,
    }
  )
}

export function writeSelection(writer: Writer, selection: SelectiveAccess): void {
  const { selector, parameters } = selectionParts(selection)
  writeData(writer.u8(selector), parameters)
}

/** Selector and parameters of a selection, as they travel. */
export function selectionParts(selection: SelectiveAccess): { selector: number; parameters: Data } {
  if (selection.kind === 'other') return selection
  if (selection.kind === 'by-range') {
    const { restricting, from, to, selected } = selection
    const columns = data.array(...selected.map(captureObjectToData))
    return {
      selector: 1,
      parameters: data.structure(captureObjectToData(restricting), from, to, columns),
    }
  }
  const { fromEntry, toEntry, fromColumn, toColumn } = selection
  return {
    selector: 2,
    parameters: data.structure(
      data.u32(fromEntry),
      data.u32(toEntry),
      data.u16(fromColumn),
      data.u16(toColumn),
    ),
  }
}

function byRange(parameters: Data): SelectiveAccess | undefined {
  if (parameters.type !== 'structure' || parameters.value.length !== 4) return undefined
  const [column, from, to, list] = parameters.value
  const restricting = captureObjectFromData(column)
  if (!restricting || list.type !== 'array') return undefined
  const selected: CaptureObject[] = []
  for (const element of list.value) {
    const object = captureObjectFromData(element)
    if (!object) return undefined
    selected.push(object)
  }
  return { kind: 'by-range', restricting, from, to, selected }
}

function byEntry(parameters: Data): SelectiveAccess | undefined {
  if (parameters.type !== 'structure' || parameters.value.length !== 4) return undefined
  const [first, last, firstColumn, lastColumn] = parameters.value
  if (first.type !== 'double-long-unsigned' || last.type !== 'double-long-unsigned') return undefined
  if (firstColumn.type !== 'long-unsigned' || lastColumn.type !== 'long-unsigned') return undefined
  return {
    kind: 'by-entry',
    fromEntry: first.value,
    toEntry: last.value,
    fromColumn: firstColumn.value,
    toColumn: lastColumn.value,
  }
}

/** capture_object_definition: structure { long-unsigned, octet-string, integer, long-unsigned }; else undefined. */
export function captureObjectFromData(value: Data): CaptureObject | undefined {
  if (value.type !== 'structure' || value.value.length !== 4) return undefined
  const [classId, name, attribute, dataIndex] = value.value
  if (
    classId.type !== 'long-unsigned' ||
    attribute.type !== 'integer' ||
    dataIndex.type !== 'long-unsigned'
  ) {
    return undefined
  }
  if (name.type !== 'octet-string' || name.value.length !== 6) return undefined
  return {
    classId: classId.value,
    obis: obisFromBytes(name.value),
    attribute: attribute.value,
    dataIndex: dataIndex.value,
  }
}

export function captureObjectToData(object: CaptureObject): Data {
  return data.structure(
    data.u16(object.classId),
    data.octets(obisToBytes(object.obis)),
    data.i8(object.attribute),
    data.u16(object.dataIndex),
  )
}

/** Get-Data-Result: choice 0 data, 1 data-access-result. */
export function readDataResult(reader: Reader): DataResult {
  const at = reader.offset
  const choice = reader.u8()
  if (choice === 0) return { ok: true, data: readData(reader) }
  if (choice !== 1) unknownChoice('Get-Data-Result', choice, at)
  return { ok: false, ...readFailure(reader) }
}

export function writeDataResult(writer: Writer, result: DataResult): void {
  if (result.ok) writeData(writer.u8(0), result.data)
  else writer.u8(1).u8(result.code)
}

export function readOutcome(reader: Reader): AccessOutcome {
  const code = reader.u8()
  return { result: dataAccessName(code), code }
}

/** data-access-result where data is missing; a peer that answers 'success' without data is not believed. */
export function readFailure(reader: Reader): {
  result: Exclude<AccessOutcome['result'], 'success'>
  code: number
} {
  const code = reader.u8()
  const result = dataAccessName(code)
  return { result: result === 'success' ? 'unknown' : result, code }
}

export function readBlock(reader: Reader): DataBlock {
  const lastBlock = reader.u8() !== 0
  const blockNumber = reader.u32()
  return { lastBlock, blockNumber, raw: reader.copy(reader.length()) }
}

export function writeBlock(writer: Writer, block: DataBlock): void {
  writer
    .u8(block.lastBlock ? 1 : 0)
    .u32(block.blockNumber)
    .prefixed(block.raw)
}

/** A-XDR SEQUENCE OF: count, then the elements, which count against the budget of the parse. */
export function readList<T>(reader: Reader, read: (reader: Reader) => T): T[] {
  const count = reader.length()
  reader.spend(count)
  const list: T[] = []
  for (let i = 0; i < count; i++) list.push(read(reader))
  return list
}

export function writeList<T>(
  writer: Writer,
  list: readonly T[],
  write: (writer: Writer, value: T) => void,
): void {
  writer.length(list.length)
  for (const value of list) write(writer, value)
}

export function unknownChoice(what: string, choice: number, offset: number): never {
  throw new DlmsError('unknown-tag', `${what} has no choice ${choice}`, { offset })
}
