// What every simulated COSEM object looks like to the meter that holds it.
import {
  type ActionAnswer,
  type ActiveAssociation,
  type Data,
  type DataAccessResult,
  type DataResult,
  data,
  dateTimeFromBytes,
  dateTimeToBytes,
  fromInstant,
  type Obis,
  type SelectiveAccess,
  toInstant,
} from '@contor/dlms'
import { offsetMinutes } from '@contor/intervals'

export interface Request {
  /** The meter's own clock, epoch ms. */
  readonly meterNow: number
  /** True time, epoch ms. */
  readonly now: number
  readonly association: ActiveAssociation
}

/** One object: attribute 1 (logical name) is the meter's business, the rest is asked here. */
export interface CosemObject {
  readonly classId: number
  readonly version: number
  readonly obis: Obis
  readonly attributes: number
  readonly methods: number
  get(attribute: number, request: Request, selection?: SelectiveAccess): DataResult
  set?(attribute: number, value: Data, request: Request): 'success' | DataAccessResult
  invoke?(method: number, value: Data | undefined, request: Request): ActionAnswer
}

const resultCodes = {
  'hardware-fault': 1,
  'read-write-denied': 3,
  'object-undefined': 4,
  'object-unavailable': 11,
  'type-unmatched': 12,
  'scope-of-access-violated': 13,
} as const

export const given = (value: Data): DataResult => ({ ok: true, data: value })
export const refused = (result: keyof typeof resultCodes): DataResult => ({
  ok: false,
  result,
  code: resultCodes[result],
})

/** Octet-string of 12: local time with its deviation, as meters in Romania show it. */
export function clockData(at: number): Data {
  return data.octets(clockBytes(at))
}

export function clockBytes(at: number): Uint8Array {
  const offset = offsetMinutes(at)
  return dateTimeToBytes(fromInstant(at, -offset, offset === 180))
}

/** Instant of a date-time in either of its forms; undefined when it names none. */
export function instantOf(value: Data): number | undefined {
  if (value.type !== 'octet-string' && value.type !== 'date-time') return undefined
  if (value.value.length !== 12) return undefined
  return toInstant(dateTimeFromBytes(value.value))
}
