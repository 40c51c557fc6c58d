// Times, values and trees that the messages are made of (annex IV b 6.4, 7).

import { SmlError } from './parse.ts'
import {
  anyInteger,
  choiceHead,
  integer8,
  integer16,
  lazy,
  octetString,
  optional,
  sequence,
  sequenceOf,
  type Type,
  unsigned8,
  unsigned32,
  type ValueOf,
} from './schema.ts'
import type { Composer, Cursor, SmlInteger } from './tlv.ts'

/** SML_Time, annex IV b 7.2.11. */
export type SmlTime =
  /** Seconds of operation. `bare`: sent without the choice around it, as some meters do. */
  | { readonly kind: 'secIndex'; readonly value: number; readonly bare?: true }
  /** Seconds since 1970 in UTC. */
  | { readonly kind: 'timestamp'; readonly value: number }
  /** The same with offsets in minutes: local time is the sum of the three. */
  | {
      readonly kind: 'localTimestamp'
      readonly value: number
      readonly localOffset: number
      readonly seasonTimeOffset: number
    }

const localTimestamp = sequence({
  timestamp: unsigned32,
  localOffset: integer16,
  seasonTimeOffset: integer16,
})

/** Declares a field inside of a choice for the inspector. */
function named<T>(cursor: Cursor, name: string, read: () => T): T {
  cursor.trace?.enter(name, cursor.offset)
  const value = read()
  cursor.trace?.leave(cursor.offset)
  return value
}

export const time: Type<SmlTime> = {
  read(cursor) {
    if (cursor.peek().type === 'unsigned')
      return { kind: 'secIndex', value: unsigned32.read(cursor), bare: true }
    return cursor.within(() => {
      const tag = choiceHead(cursor)
      if (tag === 1)
        return { kind: 'secIndex', value: named(cursor, 'secIndex', () => unsigned32.read(cursor)) }
      if (tag === 2)
        return { kind: 'timestamp', value: named(cursor, 'timestamp', () => unsigned32.read(cursor)) }
      if (tag !== 3) throw new SmlError('choice', `time of kind ${tag} is not defined`, cursor.offset)
      const { timestamp, ...offsets } = named(cursor, 'localTimestamp', () => localTimestamp.read(cursor))
      return { kind: 'localTimestamp', value: timestamp, ...offsets }
    })
  },
  write(composer, value) {
    if (value.kind === 'secIndex' && value.bare) return unsigned32.write(composer, value.value)
    composer.head('list', 2)
    const tag = { secIndex: 1, timestamp: 2, localTimestamp: 3 }[value.kind]
    composer.integer({ type: 'unsigned', octets: 1, value: BigInt(tag) })
    if (value.kind === 'localTimestamp') {
      const { localOffset, seasonTimeOffset } = value
      localTimestamp.write(composer, { timestamp: value.value, localOffset, seasonTimeOffset })
    } else unsigned32.write(composer, value.value)
  },
}

/** SML_Value, annex IV b 7.2.10. Numbers keep the size they were sent with. */
export type SmlValue =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'octets'; readonly value: Uint8Array }
  | SmlInteger
  | { readonly type: 'time'; readonly value: SmlTime }

export const value: Type<SmlValue> = {
  read(cursor) {
    const start = cursor.offset
    const { type } = cursor.peek()
    if (type === 'integer' || type === 'unsigned') return anyInteger.read(cursor)
    if (type === 'octets') return { type, value: octetString.read(cursor) }
    if (type === 'boolean') {
      const found = cursor.boolean()
      cursor.trace?.value(found, 'boolean')
      return { type, value: found }
    }
    // SML_ListType of version 1.04: a choice with one alternative, a time.
    if (type === 'list') {
      return cursor.within(() => {
        const tag = choiceHead(cursor)
        if (tag !== 1) throw new SmlError('choice', `list value of kind ${tag} is not defined`, start)
        return { type: 'time', value: named(cursor, 'time', () => time.read(cursor)) }
      })
    }
    throw new SmlError('type', `a value expected, ${type} found`, start)
  },
  write(composer, found) {
    if (found.type === 'boolean') composer.boolean(found.value)
    else if (found.type === 'octets') composer.octets(found.value)
    else if (found.type === 'time') {
      composer.head('list', 2)
      composer.integer({ type: 'unsigned', octets: 1, value: 1n })
      time.write(composer, found.value)
    } else composer.integer(found)
  },
}

/** SML_ListEntry: one measured value; `value × 10^scaler unit`. */
export const listEntry = sequence({
  objName: octetString,
  status: optional(anyInteger),
  valTime: optional(time),
  unit: optional(unsigned8),
  scaler: optional(integer8),
  value,
  valueSignature: optional(octetString),
})
export type SmlListEntry = ValueOf<typeof listEntry>

export const periodEntry = sequence({
  objName: octetString,
  unit: unsigned8,
  scaler: integer8,
  value,
  valueSignature: optional(octetString),
})
export type SmlPeriodEntry = ValueOf<typeof periodEntry>

const active = (letter: string) => ({
  [`unit_${letter}`]: unsigned8,
  [`scaler_${letter}`]: integer8,
  [`value_${letter}`]: anyInteger,
})

/** SML_TupelEntry: active energies and the reactive energies of the four quadrants with one signature each. */
const tupleEntry = sequence({
  serverId: octetString,
  secIndex: time,
  status: anyInteger,
  ...active('pA'),
  ...active('R1'),
  ...active('R4'),
  signature_pA_R1_R4: octetString,
  ...active('mA'),
  ...active('R2'),
  ...active('R3'),
  signature_mA_R2_R3: octetString,
} as Readonly<Record<string, Type<unknown>>>)

/** SML_ProcParValue, annex IV b 7.2.9. */
export type SmlParameterValue =
  | { readonly kind: 'value'; readonly value: SmlValue }
  | { readonly kind: 'periodEntry'; readonly value: SmlPeriodEntry }
  | { readonly kind: 'tupleEntry'; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: 'time'; readonly value: SmlTime }
  | { readonly kind: 'listEntry'; readonly value: SmlListEntry }

const parameterKinds = ['value', 'periodEntry', 'tupleEntry', 'time', 'listEntry'] as const
const parameterTypes: Readonly<Record<SmlParameterValue['kind'], Type<never>>> = {
  value: value as Type<never>,
  periodEntry: periodEntry as Type<never>,
  tupleEntry: tupleEntry as Type<never>,
  time: time as Type<never>,
  listEntry: listEntry as Type<never>,
}

const parameterValue: Type<SmlParameterValue> = {
  read(cursor) {
    return cursor.within(() => {
      const start = cursor.offset
      const tag = choiceHead(cursor)
      const kind = parameterKinds[tag - 1]
      if (kind === undefined)
        throw new SmlError('choice', `parameter value of kind ${tag} is not defined`, start)
      return { kind, value: named(cursor, kind, () => parameterTypes[kind].read(cursor)) }
    })
  },
  write(composer: Composer, found) {
    composer.head('list', 2)
    composer.integer({ type: 'unsigned', octets: 1, value: BigInt(parameterKinds.indexOf(found.kind) + 1) })
    parameterTypes[found.kind].write(composer, found.value as never)
  },
}

/** SML_Tree: a parameter, its value and what hangs below it. */
export type SmlTree = {
  readonly parameterName: Uint8Array
  readonly parameterValue?: SmlParameterValue
  readonly childList?: readonly SmlTree[]
}

export const tree: Type<SmlTree> = sequence({
  parameterName: octetString,
  parameterValue: optional(parameterValue),
  childList: optional(
    sequenceOf(
      'child',
      lazy((): Type<SmlTree> => tree),
    ),
  ),
})

export const treePath = sequenceOf('path entry', octetString)
