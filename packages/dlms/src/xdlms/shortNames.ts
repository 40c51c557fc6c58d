// Services of short-name referencing (Green Book 9.3.13–9.3.17, 9.5): Read 05/0C, Write 06/0D,
// UnconfirmedWrite 16 and InformationReport 18.

import { readData } from '../axdr/decode.ts'
import { writeData } from '../axdr/encode.ts'
import type { Reader, Writer } from '../bytes.ts'
import type {
  InformationReport,
  ReadRequest,
  ReadResponse,
  ReadResult,
  UnconfirmedWriteRequest,
  VariableAccess,
  WriteRequest,
  WriteResponse,
  WriteResult,
} from './apdu.ts'
import { readFailure, readList, readPresence, unknownChoice, writeList } from './descriptors.ts'

/** Variable-Access-Specification; detailed-access [3] is not used in DLMS/COSEM. */
const access = { name: 2, parameterized: 4, blockNumber: 5, readBlock: 6, writeBlock: 7 } as const

export function readVariable(reader: Reader): VariableAccess {
  const at = reader.offset
  const choice = reader.u8()
  switch (choice) {
    case access.name:
      return { access: 'variable-name', name: reader.u16() }
    case access.parameterized:
      return {
        access: 'parameterized-access',
        name: reader.u16(),
        selector: reader.u8(),
        parameter: readData(reader),
      }
    case access.blockNumber:
      return { access: 'block-number-access', blockNumber: reader.u16() }
    case access.readBlock:
      return {
        access: 'read-data-block-access',
        lastBlock: reader.u8() !== 0,
        blockNumber: reader.u16(),
        raw: reader.copy(reader.length()),
      }
    case access.writeBlock:
      return { access: 'write-data-block-access', lastBlock: reader.u8() !== 0, blockNumber: reader.u16() }
    default:
      return unknownChoice('Variable-Access-Specification', choice, at)
  }
}

export function writeVariable(writer: Writer, variable: VariableAccess): void {
  switch (variable.access) {
    case 'variable-name':
      writer.u8(access.name).u16(variable.name)
      return
    case 'parameterized-access':
      writer.u8(access.parameterized).u16(variable.name).u8(variable.selector)
      writeData(writer, variable.parameter)
      return
    case 'block-number-access':
      writer.u8(access.blockNumber).u16(variable.blockNumber)
      return
    case 'read-data-block-access':
      writer
        .u8(access.readBlock)
        .u8(variable.lastBlock ? 1 : 0)
        .u16(variable.blockNumber)
        .prefixed(variable.raw)
      return
    case 'write-data-block-access':
      writer
        .u8(access.writeBlock)
        .u8(variable.lastBlock ? 1 : 0)
        .u16(variable.blockNumber)
      return
  }
}

export function readReadRequest(reader: Reader): ReadRequest {
  return { kind: 'read-request', variables: readList(reader, readVariable) }
}

export function writeReadRequest(writer: Writer, apdu: ReadRequest): void {
  writeList(writer.u8(0x05), apdu.variables, writeVariable)
}

export function readReadResponse(reader: Reader): ReadResponse {
  return { kind: 'read-response', results: readList(reader, readReadResult) }
}

export function writeReadResponse(writer: Writer, apdu: ReadResponse): void {
  writeList(writer.u8(0x0c), apdu.results, writeReadResult)
}

function readReadResult(reader: Reader): ReadResult {
  const at = reader.offset
  const choice = reader.u8()
  switch (choice) {
    case 0:
      return { choice: 'data', data: readData(reader) }
    case 1:
      return { choice: 'data-access-error', ...readFailure(reader) }
    case 2:
      return {
        choice: 'data-block-result',
        lastBlock: reader.u8() !== 0,
        blockNumber: reader.u16(),
        raw: reader.copy(reader.length()),
      }
    case 3:
      return { choice: 'block-number', blockNumber: reader.u16() }
    default:
      return unknownChoice('ReadResponse', choice, at)
  }
}

function writeReadResult(writer: Writer, result: ReadResult): void {
  switch (result.choice) {
    case 'data':
      writeData(writer.u8(0), result.data)
      return
    case 'data-access-error':
      writer.u8(1).u8(result.code)
      return
    case 'data-block-result':
      writer
        .u8(2)
        .u8(result.lastBlock ? 1 : 0)
        .u16(result.blockNumber)
        .prefixed(result.raw)
      return
    case 'block-number':
      writer.u8(3).u16(result.blockNumber)
      return
  }
}

export function readWriteRequest<K extends 'write-request' | 'unconfirmed-write-request'>(
  reader: Reader,
  kind: K,
): { kind: K; variables: VariableAccess[]; data: WriteRequest['data'] } {
  return { kind, variables: readList(reader, readVariable), data: readList(reader, readData) }
}

export function writeWriteRequest(writer: Writer, apdu: WriteRequest | UnconfirmedWriteRequest): void {
  writer.u8(apdu.kind === 'write-request' ? 0x06 : 0x16)
  writeList(writer, apdu.variables, writeVariable)
  writeList(writer, apdu.data, writeData)
}

export function readWriteResponse(reader: Reader): WriteResponse {
  return { kind: 'write-response', results: readList(reader, readWriteResult) }
}

export function writeWriteResponse(writer: Writer, apdu: WriteResponse): void {
  writeList(writer.u8(0x0d), apdu.results, (w, result) => {
    if (result.choice === 'success') w.u8(0)
    else if (result.choice === 'data-access-error') w.u8(1).u8(result.code)
    else w.u8(2).u16(result.blockNumber)
  })
}

function readWriteResult(reader: Reader): WriteResult {
  const at = reader.offset
  const choice = reader.u8()
  if (choice === 0) return { choice: 'success' }
  if (choice === 1) return { choice: 'data-access-error', ...readFailure(reader) }
  if (choice !== 2) unknownChoice('WriteResponse', choice, at)
  return { choice: 'block-number', blockNumber: reader.u16() }
}

export function readInformationReport(reader: Reader): InformationReport {
  const time = readPresence(reader) ? reader.copy(reader.length()) : undefined
  const variables = readList(reader, readVariable)
  return { kind: 'information-report', ...(time && { time }), variables, data: readList(reader, readData) }
}

export function writeInformationReport(writer: Writer, apdu: InformationReport): void {
  writer.u8(0x18).u8(apdu.time ? 1 : 0)
  if (apdu.time) writer.prefixed(apdu.time)
  writeList(writer, apdu.variables, writeVariable)
  writeList(writer, apdu.data, writeData)
}
