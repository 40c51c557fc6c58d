// What a server sends unasked or instead of an answer, and general block transfer (Green Book 9.3, 9.5).

import { readData } from '../axdr/decode.ts'
import { writeData } from '../axdr/encode.ts'
import type { Reader, Writer } from '../bytes.ts'
import type {
  ConfirmedServiceError,
  DataNotification,
  DataNotificationConfirm,
  EventNotification,
  ExceptionResponse,
  GeneralBlockTransfer,
} from './apdu.ts'
import { readAttribute, readPresence, writeAttribute } from './descriptors.ts'

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

/** DataNotificationConfirm (tag 10). */
export function readDataNotificationConfirm(reader: Reader): DataNotificationConfirm {
  const longInvokeId = reader.u32()
  return { kind: 'data-notification-confirm', longInvokeId, dateTime: reader.copy(reader.length()) }
}

export function writeDataNotificationConfirm(writer: Writer, apdu: DataNotificationConfirm): void {
  writer.u8(0x10).u32(apdu.longInvokeId).prefixed(apdu.dateTime)
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
