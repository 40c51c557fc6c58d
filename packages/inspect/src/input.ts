// What people paste or keep in files: hexadecimal in any spelling, base64, telegrams, binary captures, JSON items.

import type { InspectKeys } from '@contor/dlms'
import { candidatesOf } from './candidates.ts'

/** One thing to decode, as `--jsonl` lines have it. */
export type DecodeItem = {
  readonly id?: unknown
  /** Several frames are one conversation. */
  readonly frames: readonly Uint8Array[]
  /** Lines of hexadecimal that may be one frame wrapped or one frame each. */
  readonly perLine: boolean
  readonly keys?: KeyTexts
  readonly protocol?: string
}

/** Hexadecimal; never repeated in a message. */
export type KeyTexts = {
  readonly encryption?: string
  readonly authentication?: string
  readonly dedicated?: string
  readonly systemTitle?: string
}

const keyNames = ['encryption', 'authentication', 'dedicated', 'systemTitle'] as const

/** @throws InputError naming the key, never repeating it */
export function keysOf(texts: KeyTexts): InspectKeys {
  const found: Record<string, Uint8Array> = {}
  for (const name of keyNames) {
    const text = texts[name]
    if (text !== undefined && text.trim() !== '') found[name] = parseHex(text, name)
  }
  return found
}

/** The input cannot be read; the message says what was wrong and where. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

const comment = /(#|\/\/).*$/
const direction = /^\s*(?:rx|tx|recv|send|<<|>>|<-|->|[<>])\s*:?\s*/i
const separators = /[\s,;:_|-]+/

/** Reads what somebody pasted: as a file, but line ends that a text field took away come back to telegrams. */
export function readText(text: string): DecodeItem {
  const telegram = /^\s*\//.test(text)
  const whole = telegram ? `${text.trim().replace(/\r?\n/g, '\r\n')}\r\n` : text.trim()
  return readInput(latin1(whole))
}

/** Reads a file: JSON item, hexadecimal, base64, telegram text or binary. */
export function readInput(content: Uint8Array): DecodeItem {
  if (content.length === 0) throw new InputError('intrarea este goală (the input is empty)')
  const text = new TextDecoder('latin1').decode(content)
  if (/^\s*\{/.test(text)) return readItem(text)
  const lines = text.split(/\r?\n/).map((line) => line.replace(comment, '').replace(direction, ''))
  if (/^[\s0-9A-Fa-fxX,;:_|\\-]*$/.test(lines.join('\n')) && /[0-9A-Fa-f]/.test(text)) {
    return { frames: readLines(lines), perLine: true }
  }
  const printable = /^[\t\r\n\x20-\x7e]*$/.test(text)
  const decoded = printable ? base64(text) : undefined
  if (decoded) return { frames: [decoded], perLine: false }
  const spoken = candidatesOf(content)[0]?.protocol
  if (printable && spoken !== 'p1' && spoken !== 'iec62056-21') {
    const at = lines.findIndex((line) => !/^[\s0-9A-Fa-fxX,;:_|\\-]*$/.test(line))
    const odd = /[^\s0-9A-Fa-fxX,;:_|\\-]/.exec(lines[at] ?? '')
    throw new InputError(
      `nu este hexazecimal: '${odd?.[0]}' în rândul ${at + 1} (not hexadecimal: '${odd?.[0]}' in line ${at + 1})`,
    )
  }
  return { frames: [content], perLine: false }
}

function readLines(lines: readonly string[]): Uint8Array[] {
  // Broken in the middle of an octet, the lines can only be one frame wrapped.
  if (lines.some((line) => line.replace(/[^0-9a-f]/gi, '').length % 2)) {
    return [parseHex(lines.join(' '), 'intrarea (the input)')]
  }
  const frames = lines.map((line, index) => parseHex(line, `rândul (line) ${index + 1}`))
  return frames.filter((frame) => frame.length > 0)
}

/** Reads one JSON item: `{id, hex | frames | text, keys?, protocol?}`. */
export function readItem(json: string): DecodeItem {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw new InputError('rândul nu este JSON (the line is not JSON)')
  }
  if (typeof value !== 'object' || value === null)
    throw new InputError('elementul nu este obiect (the item is no object)')
  const { id, hex, frames, text, keys, protocol } = value as Record<string, unknown>
  const base = {
    id,
    ...(keys === undefined || keys === null ? {} : { keys: readKeys(keys) }),
    ...(typeof protocol === 'string' ? { protocol } : {}),
  }
  if (typeof hex === 'string') return { ...base, frames: [parseHex(hex, 'hex')], perLine: false }
  if (Array.isArray(frames) && frames.every((frame) => typeof frame === 'string')) {
    return {
      ...base,
      frames: frames.map((frame, index) => parseHex(frame, `frames[${index}]`)),
      perLine: false,
    }
  }
  if (typeof text === 'string') return { ...base, frames: [latin1(text)], perLine: false }
  throw new InputError('lipsește hex, frames sau text (hex, frames or text is missing)')
}

/** The id of a line that could not be read further, when it has one. */
export function idOf(json: string): unknown {
  try {
    return (JSON.parse(json) as { id?: unknown } | null)?.id
  } catch {
    return undefined
  }
}

function readKeys(keys: unknown): KeyTexts {
  const found: Record<string, string> = {}
  for (const name of keyNames) {
    const value = (keys as Record<string, unknown>)[name]
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') throw new InputError(`keys.${name} nu este text (is no text)`)
    found[name] = value
  }
  return found
}

/**
 * `7E A0`, `7ea0`, `0x7E, 0xA0`, `7e:a0`, `\x7e\xa0`.
 * @throws InputError naming `where`, never repeating the text, which may be a key
 */
export function parseHex(text: string, where: string): Uint8Array {
  const tokens = text
    .replace(/\\x|0x/gi, ' ')
    .split(separators)
    .filter(Boolean)
  const octets = tokens.every((token) => token.length <= 2)
  const digits = octets ? tokens.map((token) => token.padStart(2, '0')).join('') : tokens.join('')
  const wrong = /[^0-9a-f]/i.test(digits)
  if (wrong) throw new InputError(`${where}: nu este hexazecimal (not hexadecimal)`)
  if (digits.length % 2) {
    throw new InputError(`${where}: număr impar de cifre hexazecimale (odd number of hexadecimal digits)`)
  }
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** Octets of a base64 text (also with `-_`), when they are something that is recognised. */
function base64(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '').replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '')
  if (digits.length < 8 || digits.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(digits)) return undefined
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const bytes = new Uint8Array(Math.floor((digits.length * 6) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (const digit of digits) {
    held = ((held << 6) | alphabet.indexOf(digit)) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = held >> bits
  }
  return (candidatesOf(bytes)[0]?.score ?? 0) >= 0.3 ? bytes : undefined
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)
}
