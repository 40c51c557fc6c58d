// Which protocol do these octets speak? Every guess is ranked by its evidence: check sequences that hold,
// lengths that fit, beginnings that hardly occur by chance.

import { isApduTag, type Protocol } from '@contor/dlms'
import { crcEn13757, crcKermit, crcModbus, crcX25, sum8 } from './checks.ts'

export type SpokenProtocol = Exclude<Protocol, 'unknown'>

/** What speaks for a guess. */
export type Evidence = 'check-sequence' | 'length' | 'beginning' | 'tag' | 'text' | 'decoded'

export type Candidate = {
  readonly protocol: SpokenProtocol
  /** 0…1; guesses with a check sequence that holds are above 0.8. */
  readonly score: number
  readonly evidence: readonly Evidence[]
}

type Guess = Candidate | undefined
const guess = (protocol: SpokenProtocol, score: number, ...evidence: Evidence[]): Candidate => ({
  protocol,
  score,
  evidence,
})

/** All that the octets may be, the likeliest first; empty when nothing speaks for anything. */
export function candidatesOf(bytes: Uint8Array): Candidate[] {
  if (bytes.length === 0) return []
  return [
    wrapper(bytes),
    hdlc(bytes),
    longFrame(bytes),
    shortMbus(bytes),
    sml(bytes),
    wireless(bytes),
    modbus(bytes),
    text(bytes),
    apdu(bytes),
  ]
    .filter((each) => each !== undefined)
    .sort((a, b) => b.score - a.score)
}

const u16 = (bytes: Uint8Array, at: number) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
const u16le = (bytes: Uint8Array, at: number) => (bytes[at] as number) | ((bytes[at + 1] as number) << 8)

function wrapper(bytes: Uint8Array): Guess {
  if (bytes.length < 8 || u16(bytes, 0) !== 1) return undefined
  let at = 0
  while (at + 8 <= bytes.length && u16(bytes, at) === 1) at += 8 + u16(bytes, at + 6)
  if (at === bytes.length) return guess('dlms-wrapper', 0.9, 'beginning', 'length')
  return guess('dlms-wrapper', isApduTag(bytes[8] as number) ? 0.5 : 0.2, 'beginning')
}

function hdlc(bytes: Uint8Array): Guess {
  const first = bytes.indexOf(0x7e)
  const bare = hdlcHolds(bytes, 0)
  if (bare === bytes.length) return guess('dlms-hdlc', 0.95, 'check-sequence', 'length')
  if (first < 0) return undefined
  let at = first
  // A few flags may stand in a row, and the first of them may be noise.
  for (let tries = 0; at >= 0 && tries < 8; at = bytes.indexOf(0x7e, at + 1), tries++) {
    if (hdlcHolds(bytes, at + 1) !== undefined) {
      return guess('dlms-hdlc', first === 0 ? 0.99 : 0.85, 'beginning', 'check-sequence', 'length')
    }
  }
  if (first === 0 && (bytes[1] ?? 0xa0) >> 4 === 0xa) return guess('dlms-hdlc', 0.7, 'beginning')
  return guess('dlms-hdlc', first === 0 ? 0.4 : 0.1, 'beginning')
}

/** @returns where the frame whose format field lies at `at` ends, when its FCS holds */
function hdlcHolds(bytes: Uint8Array, at: number): number | undefined {
  if (at + 7 > bytes.length || (bytes[at] as number) >> 4 !== 0xa) return undefined
  const end = at + (u16(bytes, at) & 0x07ff)
  if (end > bytes.length || end < at + 7) return undefined
  return crcX25(bytes, at, end - 2) === u16le(bytes, end - 2) ? end : undefined
}

function longFrame(bytes: Uint8Array): Guess {
  if (bytes[0] !== 0x68 || bytes[3] !== 0x68 || bytes[1] !== bytes[2] || bytes.length < 7) return undefined
  const isDlms = (bytes[6] as number) <= 0x1f
  const protocol = isDlms ? 'dlms-mbus' : 'mbus'
  const end = 4 + (bytes[1] as number)
  if (bytes[end + 1] === 0x16 && sum8(bytes, 4, end) === bytes[end]) {
    return guess(protocol, 0.97, 'beginning', 'length', 'check-sequence')
  }
  return guess(protocol, 0.6, 'beginning')
}

function shortMbus(bytes: Uint8Array): Guess {
  if (bytes.length === 1 && bytes[0] === 0xe5) return guess('mbus', 0.6, 'beginning')
  if (bytes.length !== 5 || bytes[0] !== 0x10 || bytes[4] !== 0x16) return undefined
  const holds = sum8(bytes, 1, 3) === bytes[3]
  return holds ? guess('mbus', 0.95, 'beginning', 'check-sequence') : guess('mbus', 0.4, 'beginning')
}

const escapeOctets = [0x1b, 0x1b, 0x1b, 0x1b]
const startsWith = (bytes: Uint8Array, at: number, octets: readonly number[]) =>
  octets.every((octet, i) => bytes[at + i] === octet)

function sml(bytes: Uint8Array): Guess {
  if (startsWith(bytes, 0, escapeOctets)) {
    for (let at = 8; at + 8 <= bytes.length; at += 4) {
      if (!startsWith(bytes, at, escapeOctets) || bytes[at + 4] !== 0x1a) continue
      const sent = u16le(bytes, at + 6)
      const holds = crcX25(bytes, 0, at + 6) === sent || crcKermit(bytes, 0, at + 6) === sent
      return holds ? guess('sml', 0.99, 'beginning', 'check-sequence') : guess('sml', 0.75, 'beginning')
    }
    return guess('sml', 0.6, 'beginning')
  }
  // A message without the transport around it: a list of six, whose first element is the transaction.
  const list = bytes[0] === 0x76 && ((bytes[1] as number) & 0xf0) <= 0x10 && bytes[1] !== 0
  return list ? guess('sml', 0.35, 'tag') : undefined
}

/** Frame formats A and B (EN 13757-4 12.3, 12.4), and frames whose CRCs a receiver took away. */
function wireless(bytes: Uint8Array): Guess {
  if (bytes.length < 11) return undefined
  // Two sync octets before the frame name its format.
  const from = bytes[0] === 0x54 && (bytes[1] === 0xcd || bytes[1] === 0x3d) ? 2 : 0
  const length = bytes[from] as number
  if (bytes.length >= from + 12 && crcEn13757(bytes, from, from + 10) === u16(bytes, from + 10)) {
    return guess('wireless-mbus', 0.98, 'beginning', 'check-sequence')
  }
  if (length < 9) return undefined
  const end = from + Math.min(length + 1, 128)
  if (end <= bytes.length && end > from + 12 && crcEn13757(bytes, from, end - 2) === u16(bytes, end - 2)) {
    return guess('wireless-mbus', 0.97, 'length', 'check-sequence')
  }
  const sends = [0x44, 0x46, 0x47, 0x48, 0x08, 0x53, 0x73, 0x40, 0x5b, 0x7b].includes(
    bytes[from + 1] as number,
  )
  return length === bytes.length - from - 1 && sends
    ? guess('wireless-mbus', 0.65, 'length', 'tag')
    : undefined
}

function modbus(bytes: Uint8Array): Guess {
  const { length } = bytes
  if (length >= 8 && u16(bytes, 2) === 0 && u16(bytes, 4) === length - 6 && length < 262) {
    return guess('modbus', 0.8, 'length')
  }
  if (length < 4 || length > 256) return undefined
  return crcModbus(bytes, 0, length - 2) === u16le(bytes, length - 2)
    ? guess('modbus', 0.85, 'check-sequence')
    : undefined
}

/** Readouts begin with `/` and a maker; P1 ones end with `!` and a CRC or carry `1-3:0.2.8`. */
function text(bytes: Uint8Array): Guess {
  // SOH, a command letter and its digit open a message of programming mode (IEC 62056-21 6.3.3).
  if (bytes[0] === 0x01 && within(bytes[1], 0x41, 0x5a) && within(bytes[2], 0x30, 0x39)) {
    return guess('iec62056-21', 0.8, 'beginning')
  }
  // ACK and NAK stand alone.
  if (bytes.length === 1 && (bytes[0] === 0x06 || bytes[0] === 0x15)) return guess('iec62056-21', 0.4, 'text')
  const begin = bytes.findIndex((octet) => octet > 0x20 && octet < 0x7f)
  if (begin < 0 || begin > 8) return undefined
  const whole = new TextDecoder('latin1').decode(bytes.subarray(begin, begin + 20_000))
  if (/^\/[A-Za-z]{3}/.test(whole)) {
    const p1 = /\r?\n![0-9A-Fa-f]{1,4}\s*$/.test(whole) || /1-3:0\.2\.8|0-0:96\.13\.|0-0:1\.0\.0/.test(whole)
    return guess(p1 ? 'p1' : 'iec62056-21', 0.9, 'beginning', 'text')
  }
  const sets = /^(\/\?|[0-9A-Z]+(-\d+:)?([0-9A-Z]+)*(\.[0-9A-F]+)*([*&]\d+)?\()/.test(whole)
  return sets ? guess('iec62056-21', 0.7, 'text') : undefined
}

function apdu(bytes: Uint8Array): Guess {
  const [a, b, c] = bytes
  if (a === 0xe6 && (b === 0xe6 || b === 0xe7) && c === 0) return guess('dlms-apdu', 0.8, 'beginning', 'tag')
  if ((a === 0xe6 || a === 0xe7) && c !== undefined && isApduTag(bytes[3 + c] ?? -1)) {
    return guess('dlms-apdu', 0.5, 'beginning', 'tag')
  }
  if (!isApduTag(a as number)) return undefined
  // Tags from 60 on are seldom the first octet of anything else.
  return guess('dlms-apdu', (a as number) >= 0xc0 ? 0.55 : (a as number) >= 0x60 ? 0.45 : 0.3, 'tag')
}

function within(octet: number | undefined, low: number, high: number): boolean {
  return octet !== undefined && octet >= low && octet <= high
}
