// Who the device is and which mode it speaks (IEC 62056-21 6.3.2, 6.3.14, 6.4).

export type Mode = 'A' | 'B' | 'C' | 'E'

export type Identification = {
  /** FLAG letters. */
  readonly manufacturer: string
  /** A third letter in lower case announces a reaction time of 20 ms instead of 200 ms. */
  readonly fast: boolean
  /** The character that decides the mode. */
  readonly baudCharacter: string
  readonly mode: Mode
  /** Rate that the device proposes; the opening rate in mode A. */
  readonly baud: number
  /** Enhanced capabilities: the characters behind backslashes, such as `2` for binary mode with HDLC. */
  readonly enhanced: readonly string[]
  readonly identifier: string
}

/** Mode C, table of 6.3.14 13c. */
export const baudRates: Readonly<Record<string, number>> = {
  '0': 300,
  '1': 600,
  '2': 1200,
  '3': 2400,
  '4': 4800,
  '5': 9600,
  '6': 19_200,
}

/** Mode B, 13b. */
const baudRatesB: Readonly<Record<string, number>> = {
  A: 600,
  B: 1200,
  C: 2400,
  D: 4800,
  E: 9600,
  F: 19_200,
}

export const openingBaud = 300

/** Rate of the character, in its mode. */
export function baudOf(character: string): number | undefined {
  return baudRates[character] ?? baudRatesB[character]
}

/**
 * Reads the text behind the slash.
 * @returns undefined when it does not begin with three letters
 */
export function readIdentification(text: string): Identification | undefined {
  const match = /^([A-Za-z]{3})(.)((?:\\[ -~])*)(.*)$/.exec(text)
  if (!match) return undefined
  const [, manufacturer = '', baudCharacter = '', marks = '', identifier = ''] = match
  const enhanced = [...marks].filter((_, index) => index % 2 === 1)
  const c = baudRates[baudCharacter]
  const mode = c !== undefined ? (enhanced.includes('2') ? 'E' : 'C') : baudRatesB[baudCharacter] ? 'B' : 'A'
  return {
    manufacturer,
    fast: /[a-z]$/.test(manufacturer),
    baudCharacter,
    mode,
    baud: c ?? baudRatesB[baudCharacter] ?? openingBaud,
    enhanced,
    identifier,
  }
}

export function writeIdentification(parts: {
  readonly manufacturer: string
  readonly baudCharacter: string
  readonly enhanced?: readonly string[]
  readonly identifier: string
}): string {
  const marks = (parts.enhanced ?? []).map((mark) => `\\${mark}`).join('')
  return `${parts.manufacturer}${parts.baudCharacter}${marks}${parts.identifier}`
}
