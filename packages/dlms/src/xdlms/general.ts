// Ciphered and signed APDUs as structures (Green Book 9.2.7, 9.5): service-specific glo-/ded- tags,
// general-glo/ded-ciphering, general-ciphering, general-signing. Opening them is in security/.

import type { Reader, Writer } from '../bytes.ts'
import type {
  Ciphered,
  CipheredService,
  GeneralCiphering,
  GeneralGloDedCiphering,
  GeneralSigning,
  KeyInfo,
} from './apdu.ts'
import { readPresence, unknownChoice } from './descriptors.ts'

/** Plain, glo- and ded- tag of each service that has them. */
const tagRows: readonly (readonly [CipheredService, number, number, number])[] = [
  ['initiate-request', 0x01, 0x21, 0x41],
  ['read-request', 0x05, 0x25, 0x45],
  ['write-request', 0x06, 0x26, 0x46],
  ['initiate-response', 0x08, 0x28, 0x48],
  ['read-response', 0x0c, 0x2c, 0x4c],
  ['write-response', 0x0d, 0x2d, 0x4d],
  ['confirmed-service-error', 0x0e, 0x2e, 0x4e],
  ['unconfirmed-write-request', 0x16, 0x36, 0x56],
  ['information-report', 0x18, 0x38, 0x58],
  ['get-request', 0xc0, 0xc8, 0xd0],
  ['set-request', 0xc1, 0xc9, 0xd1],
  ['event-notification-request', 0xc2, 0xca, 0xd2],
  ['action-request', 0xc3, 0xcb, 0xd3],
  ['get-response', 0xc4, 0xcc, 0xd4],
  ['set-response', 0xc5, 0xcd, 0xd5],
  ['action-response', 0xc7, 0xcf, 0xd7],
]

/** What a ciphered tag stands for. */
export const cipheredTags: ReadonlyMap<
  number,
  { readonly kind: Ciphered['kind']; readonly service: CipheredService }
> = new Map(
  tagRows.flatMap(
    ([service, , glo, ded]): [number, { kind: Ciphered['kind']; service: CipheredService }][] => [
      [glo, { kind: 'glo-ciphered', service }],
      [ded, { kind: 'ded-ciphered', service }],
    ],
  ),
)

/** The glo- or ded- tag of a plain APDU's tag; undefined when the service has none. */
export function cipheredTag(plainTag: number, key: 'global' | 'dedicated'): number | undefined {
  const row = tagRows.find(([, plain]) => plain === plainTag)
  return row?.[key === 'global' ? 2 : 3]
}

export function readCiphered(reader: Reader, tag: number): Ciphered {
  const meaning = cipheredTags.get(tag)
  if (!meaning) return unknownChoice('ciphered APDU', tag, reader.offset - 1)
  return { kind: meaning.kind, tag, service: meaning.service, content: view(reader) }
}

export function writeCiphered(writer: Writer, apdu: Ciphered): void {
  writer.u8(apdu.tag).prefixed(apdu.content)
}

const octets = (reader: Reader): Uint8Array => reader.copy(reader.length())
/** Ciphertext stays where it came in: it is opened at once, and a copy costs half of what opening it does. */
const view = (reader: Reader): Uint8Array => reader.bytes(reader.length())

export function readGeneralSystemTitle(
  reader: Reader,
  kind: GeneralGloDedCiphering['kind'],
): GeneralGloDedCiphering {
  const systemTitle = octets(reader)
  return { kind, systemTitle, content: view(reader) }
}

export function writeGeneralSystemTitle(writer: Writer, apdu: GeneralGloDedCiphering): void {
  writer
    .u8(apdu.kind === 'general-glo-ciphering' ? 0xdb : 0xdc)
    .prefixed(apdu.systemTitle)
    .prefixed(apdu.content)
}

export function readGeneralCiphering(
  reader: Reader,
  kind: 'general-ciphering' | 'general-signing',
): GeneralCiphering | GeneralSigning {
  const header = {
    transactionId: octets(reader),
    originatorSystemTitle: octets(reader),
    recipientSystemTitle: octets(reader),
    dateTime: octets(reader),
    otherInformation: octets(reader),
  }
  if (kind === 'general-signing') {
    return { kind, ...header, content: octets(reader), signature: octets(reader) }
  }
  const keyInfo = readPresence(reader) ? readKeyInfo(reader) : undefined
  return { kind, ...header, ...(keyInfo && { keyInfo }), content: view(reader) }
}

function readKeyInfo(reader: Reader): KeyInfo {
  const at = reader.offset
  const choice = reader.u8()
  switch (choice) {
    case 0:
      return { kind: 'identified-key', keyId: reader.u8() }
    case 1:
      return { kind: 'wrapped-key', kekId: reader.u8(), keyCipheredData: octets(reader) }
    case 2:
      return { kind: 'agreed-key', keyParameters: octets(reader), keyCipheredData: octets(reader) }
    default:
      return unknownChoice('Key-Info', choice, at)
  }
}

export function writeGeneralCiphering(writer: Writer, apdu: GeneralCiphering | GeneralSigning): void {
  writer
    .u8(apdu.kind === 'general-ciphering' ? 0xdd : 0xdf)
    .prefixed(apdu.transactionId)
    .prefixed(apdu.originatorSystemTitle)
    .prefixed(apdu.recipientSystemTitle)
    .prefixed(apdu.dateTime)
    .prefixed(apdu.otherInformation)
  if (apdu.kind === 'general-signing') {
    writer.prefixed(apdu.content).prefixed(apdu.signature)
    return
  }
  const info = apdu.keyInfo
  writer.u8(info ? 1 : 0)
  if (info?.kind === 'identified-key') writer.u8(0).u8(info.keyId)
  else if (info?.kind === 'wrapped-key') writer.u8(1).u8(info.kekId).prefixed(info.keyCipheredData)
  else if (info) writer.u8(2).prefixed(info.keyParameters).prefixed(info.keyCipheredData)
  writer.prefixed(apdu.content)
}
