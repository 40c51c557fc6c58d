// Every APDU as JSON, and back: the value as it is, with what JSON lacks in a form of its own.

import { fromHex, toHex } from '../bytes.ts'
import { DlmsError, type Parse } from '../parse.ts'
import { type Apdu, encodeApdu } from '../xdlms/apdu.ts'

/** Octets are `{"hex": "00ff"}`, 64-bit integers `{"integer": "1"}`, what is no decimal number `{"float": "NaN"}`. */
function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: toHex(value).toLowerCase() }
  if (typeof value === 'bigint') return { integer: String(value) }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { float: Object.is(value, -0) ? '-0' : String(value) }
  }
  if (Array.isArray(value)) return value.map(pack)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, pack(each)]),
  )
}

const maxDepth = 64

function unpack(value: unknown, depth = 0): unknown {
  if (depth > maxDepth) throw new DlmsError('too-deep', 'the values are nested too deep')
  if (Array.isArray(value)) return value.map((each) => unpack(each, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [only] = entries
  if (only && entries.length === 1 && typeof only[1] === 'string') {
    const [key, text] = only
    if (key === 'hex') return octets(text)
    if (key === 'integer' && /^-?\d{1,20}$/.test(text)) return BigInt(text)
    if (key === 'float' && /^(-0|NaN|-?Infinity)$/.test(text)) return Number(text)
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, unpack(each, depth + 1)]))
}

function octets(text: string): Uint8Array {
  if (text.length % 2 || /[^0-9a-f]/i.test(text)) throw new DlmsError('malformed', 'hex is not hexadecimal')
  return fromHex(text)
}

/** One JSON document, two spaces a level. */
export function apduToJson(apdu: Apdu): string {
  return `${JSON.stringify(pack(apdu), undefined, 2)}\n`
}

/** Reads what `apduToJson` writes, and checks that it can be sent. Never throws. */
export function apduFromJson(json: string): Parse<Apdu> {
  const malformed = (code: string, message: string): Parse<Apdu> => ({
    kind: 'malformed',
    error: { code, message, offset: 0 },
  })
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return malformed('malformed', 'it is not JSON')
  }
  if (typeof parsed !== 'object' || parsed === null || !('kind' in parsed)) {
    return malformed('malformed', 'it is no APDU')
  }
  try {
    const value = unpack(parsed) as Apdu
    encodeApdu(value)
    return { kind: 'ok', value, next: json.length }
  } catch (error) {
    if (error instanceof DlmsError) return malformed(error.code, error.message)
    // A field that is missing or of another type stops the encoder wherever it is needed.
    if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
      return malformed('malformed', 'a field is missing or has another type')
    }
    throw error
  }
}
