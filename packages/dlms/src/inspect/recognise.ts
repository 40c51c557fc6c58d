// Which protocol do these octets speak? Only the DLMS ones are read here; the others are named.

import { fcs16, readFcs } from '../hdlc/index.ts'
import { isApduTag } from './apdu.ts'

const protocols = [
  'dlms-wrapper',
  'dlms-hdlc',
  'dlms-mbus',
  'dlms-apdu',
  'mbus',
  'wireless-mbus',
  'sml',
  'iec62056-21',
  'p1',
  'modbus',
  'unknown',
] as const

export type Protocol = (typeof protocols)[number]

export function isProtocol(name: string): name is Protocol {
  return (protocols as readonly string[]).includes(name)
}

export function recognise(bytes: Uint8Array): Protocol {
  const [a, b, c, d] = bytes
  if (a === undefined) return 'unknown'
  if (a === 0x7e) return 'dlms-hdlc'
  if (isBareHdlc(bytes)) return 'dlms-hdlc'
  if (a === 0x00 && b === 0x01 && bytes.length >= 8) return 'dlms-wrapper'
  if (a === 0x68 && b === c && d === 0x68) {
    const ci = bytes[6]
    return ci !== undefined && ci > 0x1f ? 'mbus' : 'dlms-mbus'
  }
  if (a === 0x10 && bytes.length === 5 && bytes[4] === 0x16) return 'mbus'
  if (a === 0xe5 && bytes.length === 1) return 'mbus'
  if (a === 0xe6 && (b === 0xe6 || b === 0xe7) && c === 0x00) return 'dlms-apdu'
  // SOH, a command letter and its digit open a message of programming mode (IEC 62056-21 6.3.3).
  if (a === 0x01 && within(b, 0x41, 0x5a) && within(c, 0x30, 0x39)) return 'iec62056-21'
  const text = textProtocol(bytes)
  if (text) return text
  if (isModbus(bytes)) return 'modbus'
  if (isApduTag(a)) return 'dlms-apdu'
  // Wake-up octets and noise may lie before the first flag.
  if (bytes.includes(0x7e)) return 'dlms-hdlc'
  return 'unknown'
}

/** Readout telegrams begin with `/` and a manufacturer; P1 ones end with `!` and a CRC or carry `1-0:` lines. */
function textProtocol(bytes: Uint8Array): 'p1' | 'iec62056-21' | undefined {
  // Control characters and parity fillers may come before the first printable one.
  const begin = Math.max(
    0,
    bytes.findIndex((octet) => octet > 0x20 && octet < 0x7f),
  )
  const text = String.fromCharCode(...bytes.subarray(begin, begin + 64))
  if (/^\/[A-Za-z]{3}/.test(text)) {
    const all = new TextDecoder('latin1').decode(bytes.subarray(0, 20_000))
    return /\r?\n![0-9A-Fa-f]{1,4}\s*$/.test(all) || /1-3:0\.2\.8|0-0:96\.13\.|0-0:1\.0\.0/.test(all)
      ? 'p1'
      : 'iec62056-21'
  }
  return /^(\/\?|[0-9A-Z]+(\.[0-9]+)*\()/.test(text) ? 'iec62056-21' : undefined
}

/** RTU: station, function, …, CRC-16/MODBUS. TCP: transaction, protocol 0, length, unit. */
function isModbus(bytes: Uint8Array): boolean {
  const length = bytes.length
  if (length >= 8 && bytes[2] === 0 && bytes[3] === 0) {
    if ((((bytes[4] as number) << 8) | (bytes[5] as number)) === length - 6 && length < 262) return true
  }
  if (length < 4 || length > 256) return false
  let crc = 0xffff
  for (let i = 0; i < length - 2; i++) {
    crc ^= bytes[i] as number
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc === ((bytes[length - 2] as number) | ((bytes[length - 1] as number) << 8))
}

/** A frame whose flags were cut off by whoever recorded it. */
export function isBareHdlc(bytes: Uint8Array): boolean {
  if ((bytes[0] as number) >> 4 !== 0xa) return false
  const length = (((bytes[0] as number) & 0x07) << 8) | (bytes[1] ?? 0)
  return length === bytes.length && length >= 7 && fcs16(bytes, 0, length - 2) === readFcs(bytes, length - 2)
}

function within(octet: number | undefined, low: number, high: number): boolean {
  return octet !== undefined && octet >= low && octet <= high
}
