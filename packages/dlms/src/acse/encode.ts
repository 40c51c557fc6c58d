// AARQ, AARE, RLRQ, RLRE → BER bytes in definite lengths, fields in the order of the ASN.1 (Green Book 9.4.2).

import { Writer } from '../bytes.ts'
import { DlmsError } from '../parse.ts'
import { type Aare, type Aarq, applicationContexts, type Rlre, type Rlrq } from './types.ts'

const dlmsUaArc = Uint8Array.of(0x60, 0x85, 0x74, 0x05, 0x08)

function field(writer: Writer, tag: number, contents: Uint8Array): void {
  writer.u8(tag).prefixed(contents)
}

/** Constructed field around one element. */
function wrapped(writer: Writer, tag: number, innerTag: number, contents: Uint8Array | undefined): void {
  if (contents) field(writer, tag, element(innerTag, contents))
}

function element(tag: number, contents: Uint8Array): Uint8Array {
  const writer = new Writer()
  field(writer, tag, contents)
  return writer.finish()
}

function dlmsOid(branch: number, id: number): Uint8Array {
  return Uint8Array.of(...dlmsUaArc, branch, id)
}

function integer(value: number): Uint8Array {
  const bytes: number[] = []
  for (let left = value; bytes.length === 0 || left > 0; left = Math.floor(left / 256))
    bytes.unshift(left % 256)
  // BER integers are signed: a leading 1 bit would make it negative.
  if (bytes[0] >= 0x80) bytes.unshift(0)
  return Uint8Array.from(bytes)
}

function bits(text: string): Uint8Array {
  const writer = new Writer()
  writer.u8((8 - (text.length % 8)) % 8)
  for (let i = 0; i < text.length; i += 8) writer.u8(Number.parseInt(text.slice(i, i + 8).padEnd(8, '0'), 2))
  return writer.finish()
}

function contextOid(apdu: Aarq | Aare): Uint8Array {
  if (apdu.context === 'unknown') {
    if (!apdu.contextOid) throw new DlmsError('invalid-argument', 'an unknown context needs its identifier')
    return apdu.contextOid
  }
  const id = Object.entries(applicationContexts).find(([, name]) => name === apdu.context)?.[0]
  return dlmsOid(1, Number(id))
}

/** The three authentication fields, whose tags differ between AARQ and AARE. */
function authentication(
  writer: Writer,
  apdu: Aarq | Aare,
  tags: { requirements: number; mechanism: number; value: number },
): void {
  if (apdu.authenticationRequired !== undefined) {
    field(writer, tags.requirements, bits(apdu.authenticationRequired ? '1' : '0'))
  }
  if (apdu.mechanism !== undefined) field(writer, tags.mechanism, dlmsOid(2, apdu.mechanism))
  wrapped(writer, tags.value, 0x80, apdu.authenticationValue)
}

export function writeAarq(writer: Writer, apdu: Aarq): void {
  const body = new Writer()
  if (apdu.protocolVersion !== undefined) field(body, 0x80, bits(apdu.protocolVersion))
  wrapped(body, 0xa1, 0x06, contextOid(apdu))
  wrapped(body, 0xa2, 0x04, apdu.calledApTitle)
  wrapped(body, 0xa6, 0x04, apdu.callingApTitle)
  wrapped(body, 0xa7, 0x04, apdu.callingAeQualifier)
  if (apdu.callingAeInvocationId !== undefined) {
    wrapped(body, 0xa9, 0x02, integer(apdu.callingAeInvocationId))
  }
  authentication(body, apdu, { requirements: 0x8a, mechanism: 0x8b, value: 0xac })
  wrapped(body, 0xbe, 0x04, apdu.userInformation)
  field(writer, 0x60, body.finish())
}

export function writeAare(writer: Writer, apdu: Aare): void {
  const body = new Writer()
  if (apdu.protocolVersion !== undefined) field(body, 0x80, bits(apdu.protocolVersion))
  wrapped(body, 0xa1, 0x06, contextOid(apdu))
  wrapped(body, 0xa2, 0x02, integer(apdu.result))
  const source = apdu.diagnosticSource === 'service-user' ? 0xa1 : 0xa2
  wrapped(body, 0xa3, source, element(0x02, integer(apdu.diagnostic)))
  wrapped(body, 0xa4, 0x04, apdu.respondingApTitle)
  wrapped(body, 0xa5, 0x04, apdu.respondingAeQualifier)
  if (apdu.respondingAeInvocationId !== undefined) {
    wrapped(body, 0xa7, 0x02, integer(apdu.respondingAeInvocationId))
  }
  authentication(body, apdu, { requirements: 0x88, mechanism: 0x89, value: 0xaa })
  wrapped(body, 0xbe, 0x04, apdu.userInformation)
  field(writer, 0x61, body.finish())
}

export function writeRelease(writer: Writer, apdu: Rlrq | Rlre): void {
  const body = new Writer()
  if (apdu.reason !== undefined) field(body, 0x80, Uint8Array.of(apdu.reason))
  wrapped(body, 0xbe, 0x04, apdu.userInformation)
  field(writer, apdu.kind === 'rlrq' ? 0x62 : 0x63, body.finish())
}
