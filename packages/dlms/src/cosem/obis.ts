// OBIS codes (Blue Book 7; IEC 62056-6-1): six bytes A-B:C.D.E.F, written 'A.B.C.D.E.F'.

import { DlmsError } from '../parse.ts'

/** Six dot-separated numbers 0…255, e.g. '1.0.1.8.0.255'. */
export type Obis = string

const wellFormed = /^\d{1,3}(\.\d{1,3}){5}$/

/** Writes six bytes as 'A.B.C.D.E.F'. */
export function obisFromBytes(bytes: Uint8Array, offset = 0): Obis {
  if (bytes.length < offset + 6) throw new DlmsError('invalid-argument', 'an OBIS code has six bytes')
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}.${bytes[offset + 4]}.${bytes[offset + 5]}`
}

/** Six bytes of 'A.B.C.D.E.F'. Throws 'invalid-argument' on anything else. */
export function obisToBytes(obis: Obis): Uint8Array {
  const values = wellFormed.test(obis) ? obis.split('.').map(Number) : []
  if (values.length !== 6 || values.some((value) => value > 255)) {
    throw new DlmsError('invalid-argument', `'${obis}' is not an OBIS code`)
  }
  return Uint8Array.from(values)
}

/** Reads any common spelling ('1-0:1.8.0*255', '1-0:1.8.0', '1.0.1.8.0.255'); undefined when it is none. */
export function parseObis(text: string): Obis | undefined {
  const match = /^(\d{1,3})[-.](\d{1,3})[:.](\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:[*.&](\d{1,3}))?$/.exec(
    text.trim(),
  )
  if (!match) return undefined
  const values = [match[1], match[2], match[3], match[4], match[5], match[6] ?? '255'].map(Number)
  return values.some((value) => value > 255) ? undefined : values.join('.')
}
