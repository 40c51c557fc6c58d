// BER bytes → AARQ, AARE, RLRQ, RLRE (Green Book 9.4.2, 9.4.3). Fields may come in any order.

import type { Reader } from '../bytes.ts'
import { DlmsError } from '../parse.ts'
import { type Aare, type Aarq, applicationContexts, type Rlre, type Rlrq } from './types.ts'

// 2.16.756.5.8 in BER; then 1.x application context, 2.x authentication mechanism.
const dlmsUaArc = [0x60, 0x85, 0x74, 0x05, 0x08]

type Fields = { -readonly [K in keyof Aarq & keyof Aare]?: Aarq[K] }

/** One TLV after another until the APDU ends; `take` gets each tag with a reader of its contents. */
function eachField(reader: Reader, take: (tag: number, contents: Reader, at: number) => void): void {
  const body = reader.within(reader.length())
  while (body.remaining > 0) {
    const at = body.offset
    const tag = body.u8()
    take(tag, body.within(body.length()), at)
  }
}

/** Contents of a constructed field that holds exactly one element with this tag. */
function inner(contents: Reader, tag: number): Reader {
  const at = contents.offset
  if (contents.u8() !== tag) contents.fail(`tag ${tag.toString(16)} expected`, at)
  return contents.within(contents.length())
}

function rest(reader: Reader): Uint8Array {
  return reader.copy(reader.remaining)
}

function unsigned(reader: Reader): number {
  if (reader.remaining < 1 || reader.remaining > 5) reader.fail(`integer of ${reader.remaining} bytes`)
  let value = 0
  while (reader.remaining > 0) value = value * 256 + reader.u8()
  return value
}

/** Last arc of an identifier under 2.16.756.5.8.`branch`; undefined when it is another one. */
function dlmsIdentifier(oid: Uint8Array, branch: number): number | undefined {
  const known = oid.length === 7 && dlmsUaArc.every((byte, i) => oid[i] === byte) && oid[5] === branch
  return known ? oid[6] : undefined
}

/** Fields with the same meaning in AARQ and AARE; false when the tag is none of them. */
function takeCommon(fields: Fields, tag: number, contents: Reader): boolean {
  switch (tag) {
    case 0x80: {
      fields.protocolVersion = bitsOf(contents)
      return true
    }
    case 0xa1: {
      const oid = rest(inner(contents, 0x06))
      const id = dlmsIdentifier(oid, 1)
      const name = applicationContexts[id as keyof typeof applicationContexts]
      fields.context = name ?? 'unknown'
      if (!name) fields.contextOid = oid
      return true
    }
    case 0xbe:
      fields.userInformation = rest(inner(contents, 0x04))
      return true
    default:
      return false
  }
}

function takeAuthentication(
  fields: Fields,
  part: 'requirements' | 'mechanism' | 'value',
  contents: Reader,
): void {
  if (part === 'requirements') {
    fields.authenticationRequired = bitsOf(contents).startsWith('1')
  } else if (part === 'mechanism') {
    const at = contents.offset
    const id = dlmsIdentifier(rest(contents), 2)
    if (id === undefined)
      throw new DlmsError('unknown-tag', 'authentication mechanism is not of DLMS UA', { offset: at })
    fields.mechanism = id
  } else {
    // charstring [0] or bitstring [1]; DLMS uses the first.
    const at = contents.offset
    const tag = contents.u8()
    if (tag !== 0x80 && tag !== 0x81) contents.fail('authentication value is no string', at)
    fields.authenticationValue = rest(contents.within(contents.length()))
  }
}

// BER BIT STRING contents: number of unused bits, then the bits.
function bitsOf(contents: Reader): string {
  const unused = contents.u8()
  if (unused > 7 || contents.remaining > 4) contents.fail('bit string out of shape')
  let text = ''
  while (contents.remaining > 0) text += contents.u8().toString(2).padStart(8, '0')
  return text.slice(0, Math.max(0, text.length - unused))
}

/** AARQ behind its tag 60. */
export function readAarq(reader: Reader): Aarq {
  const at = reader.offset
  const fields: Fields & { -readonly [K in keyof Aarq]?: Aarq[K] } = {}
  eachField(reader, (tag, contents) => {
    if (takeCommon(fields, tag, contents)) return
    if (tag === 0xa2) fields.calledApTitle = rest(inner(contents, 0x04))
    else if (tag === 0xa6) fields.callingApTitle = rest(inner(contents, 0x04))
    else if (tag === 0xa7) fields.callingAeQualifier = rest(inner(contents, 0x04))
    else if (tag === 0xa9) fields.callingAeInvocationId = unsigned(inner(contents, 0x02))
    else if (tag === 0x8a) takeAuthentication(fields, 'requirements', contents)
    else if (tag === 0x8b) takeAuthentication(fields, 'mechanism', contents)
    else if (tag === 0xac) takeAuthentication(fields, 'value', contents)
    // Other fields of ISO/IEC 15954 (invocation ids, implementation information) carry nothing DLMS uses.
  })
  const { context, ...others } = fields
  if (context === undefined)
    throw new DlmsError('malformed', 'AARQ without application context', { offset: at })
  return { ...others, kind: 'aarq', context }
}

/** AARE behind its tag 61. */
export function readAare(reader: Reader): Aare {
  const at = reader.offset
  const fields: Fields & { -readonly [K in keyof Aare]?: Aare[K] } = {}
  eachField(reader, (tag, contents) => {
    if (takeCommon(fields, tag, contents)) return
    if (tag === 0xa2) fields.result = unsigned(inner(contents, 0x02))
    else if (tag === 0xa3) takeDiagnostic(fields, contents)
    else if (tag === 0xa4) fields.respondingApTitle = rest(inner(contents, 0x04))
    else if (tag === 0xa5) fields.respondingAeQualifier = rest(inner(contents, 0x04))
    else if (tag === 0xa7) fields.respondingAeInvocationId = unsigned(inner(contents, 0x02))
    else if (tag === 0x88) takeAuthentication(fields, 'requirements', contents)
    else if (tag === 0x89) takeAuthentication(fields, 'mechanism', contents)
    else if (tag === 0xaa) takeAuthentication(fields, 'value', contents)
  })
  const { context, result, diagnosticSource, diagnostic, ...others } = fields
  if (context === undefined || result === undefined) {
    throw new DlmsError('malformed', 'AARE without application context or result', { offset: at })
  }
  return {
    ...others,
    kind: 'aare',
    context,
    result,
    diagnosticSource: diagnosticSource ?? 'service-user',
    diagnostic: diagnostic ?? 0,
  }
}

// result-source-diagnostic: A1 acse-service-user, A2 acse-service-provider, each with an INTEGER.
function takeDiagnostic(fields: { -readonly [K in keyof Aare]?: Aare[K] }, contents: Reader): void {
  const at = contents.offset
  const source = contents.u8()
  if (source !== 0xa1 && source !== 0xa2) contents.fail('diagnostic of neither user nor provider', at)
  fields.diagnosticSource = source === 0xa1 ? 'service-user' : 'service-provider'
  fields.diagnostic = unsigned(inner(contents.within(contents.length()), 0x02))
}

/**
 * RLRQ (62) or RLRE (63) behind its tag. Real servers state fewer bytes than their ciphered user-information
 * takes: a field that begins inside the stated length is read to its own end. Fields other than reason and
 * user-information are passed over.
 */
export function readRelease(reader: Reader, kind: 'rlrq' | 'rlre'): Rlrq | Rlre {
  const stated = reader.length()
  const stop = reader.offset + stated
  reader.need(stated)
  let reason: number | undefined
  let userInformation: Uint8Array | undefined
  while (reader.offset < stop) {
    const tag = reader.u8()
    const contents = reader.within(reader.length())
    if (tag === 0x80) reason = unsigned(contents)
    else if (tag === 0xbe) userInformation = rest(inner(contents, 0x04))
  }
  return { kind, ...(reason !== undefined && { reason }), ...(userInformation && { userInformation }) }
}
