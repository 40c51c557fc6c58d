// InitiateRequest and InitiateResponse (Green Book 9.4.6 and 9.5: tags 01 and 08), carried by AARQ and AARE.

import type { Reader, Writer } from '../bytes.ts'
import type { InitiateRequest, InitiateResponse } from './apdu.ts'
import { type ConformanceBit, conformanceFromBits, conformanceToBits } from './conformance.ts'
import { readPresence } from './descriptors.ts'

export function readInitiateRequest(reader: Reader): InitiateRequest {
  const dedicatedKey = readPresence(reader) ? reader.copy(reader.length()) : undefined
  const responseAllowed = readPresence(reader) ? reader.u8() !== 0 : undefined
  const qualityOfService = readPresence(reader) ? reader.i8() : undefined
  const dlmsVersion = reader.u8()
  const conformance = readConformance(reader)
  return {
    kind: 'initiate-request',
    ...(dedicatedKey && { dedicatedKey }),
    ...(responseAllowed !== undefined && { responseAllowed }),
    ...(qualityOfService !== undefined && { qualityOfService }),
    dlmsVersion,
    conformance,
    maxPduSize: reader.u16(),
  }
}

export function writeInitiateRequest(writer: Writer, apdu: InitiateRequest): void {
  writer.u8(0x01)
  if (apdu.dedicatedKey) writer.u8(1).prefixed(apdu.dedicatedKey)
  else writer.u8(0)
  if (apdu.responseAllowed === undefined) writer.u8(0)
  else writer.u8(1).u8(apdu.responseAllowed ? 1 : 0)
  writeQuality(writer, apdu.qualityOfService)
  writer.u8(apdu.dlmsVersion)
  writeConformance(writer, apdu.conformance)
  writer.u16(apdu.maxPduSize)
}

export function readInitiateResponse(reader: Reader): InitiateResponse {
  const qualityOfService = readPresence(reader) ? reader.i8() : undefined
  const dlmsVersion = reader.u8()
  const conformance = readConformance(reader)
  return {
    kind: 'initiate-response',
    ...(qualityOfService !== undefined && { qualityOfService }),
    dlmsVersion,
    conformance,
    maxPduSize: reader.u16(),
    vaaName: reader.u16(),
  }
}

export function writeInitiateResponse(writer: Writer, apdu: InitiateResponse): void {
  writer.u8(0x08)
  writeQuality(writer, apdu.qualityOfService)
  writer.u8(apdu.dlmsVersion)
  writeConformance(writer, apdu.conformance)
  writer.u16(apdu.maxPduSize).u16(apdu.vaaName)
}

function writeQuality(writer: Writer, quality: number | undefined): void {
  if (quality === undefined) writer.u8(0)
  else writer.u8(1).i8(quality)
}

// [APPLICATION 31] BIT STRING in BER: 5F 1F 04 00 and three bytes; older peers write the tag as 5F alone.
function readConformance(reader: Reader): ConformanceBit[] {
  const at = reader.offset
  if (reader.u8() !== 0x5f) reader.fail('the conformance block begins with 5F', at)
  if (reader.peek() === 0x1f) reader.u8()
  if (reader.u8() !== 4) reader.fail('the conformance block has four bytes', reader.offset - 1)
  if (reader.u8() !== 0) reader.fail('the conformance block has no unused bits', reader.offset - 1)
  const high = reader.u8()
  return conformanceFromBits((high << 16) | reader.u16())
}

function writeConformance(writer: Writer, names: readonly ConformanceBit[]): void {
  const bits = conformanceToBits(names)
  writer
    .u32(0x5f1f0400)
    .u8(bits >>> 16)
    .u16(bits & 0xffff)
}
