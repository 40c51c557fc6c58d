// What a file says of the meter: values with their scaler applied.

import type { SmlFile } from './messages.ts'
import type { SmlInteger } from './tlv.ts'
import { smlUnit } from './units.ts'
import type { SmlListEntry, SmlTime, SmlValue } from './values.ts'

export type SmlReading = {
  /** `A-B:C.D.E*F`. */
  readonly obis: string
  /** Numbers in `unit`; whole ones beyond 2^53 are rounded. Octets are lower-case hexadecimal. */
  readonly value: number | string | boolean | SmlTime
  readonly unit?: string
  /** As it was sent. */
  readonly status?: bigint
  readonly time?: SmlTime
  /** Lower-case hexadecimal identification of the meter. */
  readonly serverId: string
  /**
   * Where the energy flows, of powers and energies whose direction is known: from the grid (import) or to it.
   * The absolute power 15.7.0 has no sign; the status of the energy register tells (bit 5, FNN Lastenheft EDL).
   */
  readonly direction?: 'import' | 'export'
  /** A known fault of the meter was undone in `value`. */
  readonly corrected?: 'unsigned-as-signed'
}

const hexOf = (bytes: Uint8Array) =>
  Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')

/** OBIS of six octets as `A-B:C.D.E*F`; other names are given in hexadecimal. */
export function obisText(name: Uint8Array): string {
  if (name.length !== 6) return hexOf(name)
  const [a, b, c, d, e, f] = name
  return `${a}-${b}:${c}.${d}.${e}*${f}`
}

/** `value × 10^scaler` without the noise of a multiplication by 0.1. */
export function scaled(value: bigint, scaler: number): number {
  return Number(`${value}e${scaler}`)
}

/** Serial numbers of DZG DVS74 meters that send a positive power with its highest bit set as a negative number. */
const unsignedSerials: readonly (readonly [number, number])[] = [
  [42_000_000, 48_999_999],
  [55_000_000, 58_999_999],
]

function sendsUnsigned(serverId: Uint8Array): boolean {
  // Identification of DIN 43863-5: 0A, sparte 1, `DZG`, block, four octets of serial number.
  if (serverId.length !== 10 || hexOf(serverId.subarray(0, 5)) !== '0a01445a47') return false
  const serial = Number(BigInt(`0x${hexOf(serverId.subarray(6))}`))
  return unsignedSerials.some(([first, last]) => serial >= first && serial <= last)
}

const powerNames = ['1.7.0', '2.7.0', '15.7.0', '16.7.0']
const nameOf = (obis: string) => /^1-\d+:(.*)\*/.exec(obis)?.[1] ?? ''

function directionOf(obis: string, value: SmlReading['value'], exporting: boolean | undefined) {
  if (typeof value !== 'number') return undefined
  const name = nameOf(obis)
  if (name === '15.7.0') return exporting === undefined ? undefined : exporting ? 'export' : 'import'
  if (name === '16.7.0') return value < 0 ? 'export' : 'import'
  if (/^1\.[78]\./.test(name)) return value < 0 ? 'export' : 'import'
  return /^2\.[78]\./.test(name) ? 'export' : undefined
}

/** Bit 5 of the status that stands beside an active energy. */
function exportOf(entries: readonly SmlListEntry[]): boolean | undefined {
  const energy = entries.find(({ objName, status }) => status && /^1\.8\./.test(nameOf(obisText(objName))))
  return energy?.status && (energy.status.value & 0x20n) !== 0n
}

function plain(value: SmlValue, scaler: number): SmlReading['value'] {
  if (value.type === 'octets') return hexOf(value.value)
  return value.type === 'boolean' || value.type === 'time' ? value.value : scaled(value.value, scaler)
}

const isPower = (obis: string) => powerNames.includes(nameOf(obis))

/** All values of the lists in a file, in their order. Signatures and what is no value are left out. */
export function readingsOf(file: SmlFile): SmlReading[] {
  return file.messages.flatMap(({ body }) => {
    if (body.kind !== 'getListResponse') return []
    const { valList, serverId } = body
    const exporting = exportOf(valList)
    const faulty = sendsUnsigned(serverId)
    return valList.map((entry): SmlReading => {
      const { objName, unit, scaler = 0, status, valTime } = entry
      const obis = obisText(objName)
      const wrong = faulty && isPower(obis) && entry.value.type === 'integer' && entry.value.value < 0n
      const value = plain(wrong ? unsigned(entry.value as SmlInteger) : entry.value, scaler)
      const symbol = unit === undefined ? undefined : smlUnit(unit)
      const direction = directionOf(obis, value, exporting)
      return {
        obis,
        value,
        ...(symbol && { unit: symbol }),
        ...(status && { status: status.value }),
        ...(valTime && { time: valTime }),
        serverId: hexOf(serverId),
        ...(direction && { direction }),
        ...(wrong && { corrected: 'unsigned-as-signed' as const }),
      }
    })
  })
}

const unsigned = ({ octets, value }: SmlInteger): SmlInteger => ({
  type: 'unsigned',
  octets,
  value: BigInt.asUintN(8 * octets, value),
})

/** Active power in W, negative when energy flows to the grid; undefined when the file has none. */
export function activePowerW(readings: readonly SmlReading[]): number | undefined {
  for (const name of ['16.7.0', '15.7.0', '1.7.0']) {
    const found = readings.find(({ obis, unit }) => nameOf(obis) === name && unit === 'W')
    if (typeof found?.value !== 'number') continue
    return found.direction === 'export' ? -Math.abs(found.value) : found.value
  }
  return undefined
}
