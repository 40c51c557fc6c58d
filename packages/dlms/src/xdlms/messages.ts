// What a server sends unasked or instead of an answer, and general block transfer (Green Book 9.3, 9.5).

import { readData } from '../axdr/decode.ts'
import { writeData } from '../axdr/encode.ts'
import type { Reader, Writer } from '../bytes.ts'
import type {
  ConfirmedServiceError,
  DataNotification,
  EventNotification,
  ExceptionResponse,
  GeneralBlockTransfer,
  InformationReport,
} from './apdu.ts'
import {
  readAttribute,
  readList,
  readPresence,
  unknownChoice,
  writeAttribute,
  writeList,
} from './descriptors.ts'

const octetStringTag = 0x09
const invocationCounterError = 6

/** DataNotification (tag 0F): long invoke id, date-time, body. */
export function readDataNotification(reader: Reader): DataNotification {
  const longInvokeId = reader.u32()
  // date-time is an OCTET STRING without tag; some meters write the tag. No date-time has nine bytes.
  const dateTimeTagged = reader.peek() === octetStringTag
  if (dateTimeTagged) reader.u8()
  const at = reader.offset
  const length = reader.length()
  if (length !== 0 && length !== 12) reader.fail(`date-time of ${length} bytes`, at)
  const dateTime = reader.copy(length)
  return {
    kind: 'data-notification',
    longInvokeId,
    dateTime,
    ...(dateTimeTagged && { dateTimeTagged }),
    body: readData(reader),
  }
}

export function writeDataNotification(writer: Writer, apdu: DataNotification): void {
  writer.u8(0x0f).u32(apdu.longInvokeId)
  if (apdu.dateTimeTagged) writer.u8(octetStringTag)
  writer.prefixed(apdu.dateTime)
  writeData(writer, apdu.body)
}

/** EventNotification (tag C2): optional time, attribute descriptor without selection, value. */
export function readEventNotification(reader: Reader): EventNotification {
  const time = readPresence(reader) ? reader.copy(reader.length()) : undefined
  const attribute = readAttribute(reader, false)
  return { kind: 'event-notification-request', ...(time && { time }), attribute, data: readData(reader) }
}

export function writeEventNotification(writer: Writer, apdu: EventNotification): void {
  writer.u8(0xc2).u8(apdu.time ? 1 : 0)
  if (apdu.time) writer.prefixed(apdu.time)
  writeAttribute(writer, apdu.attribute, false)
  writeData(writer, apdu.data)
}

type Variable = InformationReport['variables'][number]

/** InformationReport of short-name referencing (tag 18). */
export function readInformationReport(reader: Reader): InformationReport {
  const time = readPresence(reader) ? reader.copy(reader.length()) : undefined
  const variables = readList(reader, readVariable)
  return { kind: 'information-report', ...(time && { time }), variables, data: readList(reader, readData) }
}

// Variable-Access-Specification: 2 variable-name, 4 parameterized-access.
function readVariable(reader: Reader): Variable {
  const at = reader.offset
  const choice = reader.u8()
  if (choice === 2) return { name: reader.u16() }
  if (choice !== 4) unknownChoice('Variable-Access-Specification', choice, at)
  return { name: reader.u16(), selector: reader.u8(), parameter: readData(reader) }
}

export function writeInformationReport(writer: Writer, apdu: InformationReport): void {
  writer.u8(0x18).u8(apdu.time ? 1 : 0)
  if (apdu.time) writer.prefixed(apdu.time)
  writeList(writer, apdu.variables, (w, variable) => {
    w.u8(variable.parameter ? 4 : 2).u16(variable.name)
    if (variable.parameter) writeData(w.u8(variable.selector ?? 0), variable.parameter)
  })
  writeList(writer, apdu.data, writeData)
}

/** ConfirmedServiceError (tag 0E). */
export function readConfirmedServiceError(reader: Reader): ConfirmedServiceError {
  const service = reader.u8()
  const errorKind = reader.u8()
  return { kind: 'confirmed-service-error', service, errorKind, value: reader.u8() }
}

export function writeConfirmedServiceError(writer: Writer, apdu: ConfirmedServiceError): void {
  writer.u8(0x0e).u8(apdu.service).u8(apdu.errorKind).u8(apdu.value)
}

/** ExceptionResponse (tag D8); the counter follows only with invocation-counter-error. */
export function readException(reader: Reader): ExceptionResponse {
  const stateError = reader.u8()
  const serviceError = reader.u8()
  const exception = { kind: 'exception-response', stateError, serviceError } as const
  if (serviceError !== invocationCounterError) return exception
  return { ...exception, invocationCounter: reader.u32() }
}

export function writeException(writer: Writer, apdu: ExceptionResponse): void {
  writer.u8(0xd8).u8(apdu.stateError).u8(apdu.serviceError)
  if (apdu.serviceError === invocationCounterError) writer.u32(apdu.invocationCounter ?? 0)
}

/** GeneralBlockTransfer (tag E0; Green Book 9.3.5). */
export function readBlockTransfer(reader: Reader): GeneralBlockTransfer {
  const control = reader.u8()
  const blockNumber = reader.u16()
  const blockNumberAck = reader.u16()
  return {
    kind: 'general-block-transfer',
    lastBlock: (control & 0x80) !== 0,
    streaming: (control & 0x40) !== 0,
    window: control & 0x3f,
    blockNumber,
    blockNumberAck,
    data: reader.copy(reader.length()),
  }
}

export function writeBlockTransfer(writer: Writer, apdu: GeneralBlockTransfer): void {
  const control = (apdu.lastBlock ? 0x80 : 0) | (apdu.streaming ? 0x40 : 0) | (apdu.window & 0x3f)
  writer.u8(0xe0).u8(control).u16(apdu.blockNumber).u16(apdu.blockNumberAck).prefixed(apdu.data)
}
