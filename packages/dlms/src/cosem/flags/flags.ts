// Manufacturers by their FLAG id, and what a system title says (Green Book 9.2.3.4.6, IEC 62056-21).

import { DlmsError } from '../../parse.ts'

export interface FlagNames {
  /** 'Kamstrup Energi' of 'KAM'; undefined when nobody holds the id. Case does not matter. */
  name(flag: string): string | undefined
  /** All ids, sorted. */
  readonly ids: readonly string[]
}

let loaded: FlagNames | undefined

/** The list of FLAG ids, loaded when it is first asked for (65 KB), so that bundles without it stay small. */
export async function loadFlagNames(): Promise<FlagNames> {
  if (loaded) return loaded
  const { flagTable } = await import('./table.ts')
  const names = new Map(flagTable.split('\n').map((line) => [line.slice(0, 3), line.slice(4)]))
  loaded = { name: (flag) => names.get(flag.toUpperCase()), ids: [...names.keys()] }
  return loaded
}

/** FLAG id of the 16-bit manufacturer code of M-Bus and class 72 (five bits a letter); undefined when it is none. */
export function flagFromCode(code: number): string | undefined {
  const letters = [10, 5, 0].map((shift) => (code >> shift) & 0x1f)
  if (code < 0 || code > 0x7fff || letters.some((letter) => letter < 1 || letter > 26)) return undefined
  return String.fromCharCode(...letters.map((letter) => letter + 64))
}

/** Manufacturer code of a FLAG id. Throws 'invalid-argument' unless it is three letters. */
export function codeFromFlag(flag: string): number {
  if (!/^[A-Za-z]{3}$/.test(flag)) throw new DlmsError('invalid-argument', `'${flag}' is no FLAG id`)
  return [...flag.toUpperCase()].reduce((code, letter) => code * 32 + letter.charCodeAt(0) - 64, 0)
}

export interface SystemTitle {
  /** Three letters; undefined when the title does not begin with a FLAG id. */
  readonly flag?: string
  readonly manufacturer?: string
  /** The last five bytes as a number: manufacturers put the serial number there. */
  readonly number?: bigint
  /** The five bytes as digits when each is one (ASCII) or two (BCD) digits. */
  readonly digits?: string
  /** Of interoperable (IDIS) meters: type of device, functions, and the serial number in the low 28 bits. */
  readonly idis?: { readonly deviceType: number; readonly functions: number; readonly serial: number }
  readonly hex: string
}

/** What the eight bytes of a system title say. A title of another length gives its hex only. Never throws. */
export function describeSystemTitle(title: Uint8Array, names?: FlagNames): SystemTitle {
  const hex = [...title].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  if (title.length !== 8) return { hex }
  const letters = String.fromCharCode(...title.subarray(0, 3))
  const flag = /^[A-Za-z]{3}$/.test(letters) ? letters.toUpperCase() : undefined
  const rest = hex.slice(6)
  const bytes = title.subarray(3)
  const ascii = bytes.every((byte) => byte >= 0x30 && byte <= 0x39)
  const digits = ascii ? String.fromCharCode(...bytes) : /^\d+$/.test(rest) ? rest : undefined
  const manufacturer = flag && names?.name(flag)
  const view = new DataView(title.buffer, title.byteOffset)
  return {
    ...(flag !== undefined && { flag }),
    ...(manufacturer !== undefined && { manufacturer }),
    number: BigInt(`0x${rest}`),
    ...(digits !== undefined && { digits }),
    ...(title[3] >= 99 &&
      title[3] <= 103 && {
        idis: { deviceType: title[3], functions: title[4] >> 4, serial: view.getUint32(4) & 0x0fff_ffff },
      }),
    hex,
  }
}
