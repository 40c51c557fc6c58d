import {
  activityCalendar,
  type Data,
  type DataResult,
  data,
  decodeAs,
  decodeData,
  encodeData,
  fromHex,
  toHex,
  toInstant,
} from '@contor/dlms'
import { offsetMinutes } from '@contor/intervals'
import { type CosemObject, given, type Request, refused } from '../cosem.ts'

/** Names, seasons, weeks and days of one calendar, as A-XDR in hex. */
export type CalendarTables = readonly [string, string, string, string]

export interface CalendarState {
  active: CalendarTables
  passive: CalendarTables
  /** activate_passive_calendar_time as A-XDR in hex. */
  activateAt: string
}

const time = (hour: number) => data.octets(Uint8Array.of(hour, 0, 0, 0))
const switchAt = (hour: number, tariff: number) =>
  data.structure(time(hour), data.octets(Uint8Array.of(0, 0, 10, 0, 100, 255)), data.u16(tariff))
const never = data.octets(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0xff))

/** The calendar that meters leave the factory with. */
function factory(): CalendarTables {
  const name = data.octets(new TextEncoder().encode('VM-2026'))
  const season = data.structure(
    name,
    data.octets(Uint8Array.of(0xff, 0xff, 1, 1, 0xff, 0, 0, 0, 0, 0x80, 0, 0xff)),
    name,
  )
  const week = data.structure(name, ...[1, 1, 1, 1, 1, 2, 2].map((day) => data.u8(day)))
  const working = [
    switchAt(0, 3),
    switchAt(7, 1),
    switchAt(10, 2),
    switchAt(17, 1),
    switchAt(21, 2),
    switchAt(23, 3),
  ]
  const weekend = [switchAt(0, 3), switchAt(7, 4), switchAt(23, 3)]
  const days = [working, weekend].map((actions, index) =>
    data.structure(data.u8(index + 1), data.array(...actions)),
  )
  return tablesOf([name, data.array(season), data.array(week), data.array(...days)])
}

const tablesOf = (tables: readonly Data[]): CalendarTables => {
  const [name, seasons, weeks, days] = tables.map((table) => toHex(encodeData(table)))
  return [name, seasons, weeks, days]
}

export function freshCalendar(): CalendarState {
  const tables = factory()
  return { active: tables, passive: tables, activateAt: toHex(encodeData(never)) }
}

/**
 * Class 20, Activity calendar: the zones that the tariff registers follow (Blue Book 4.5.5). The passive calendar
 * takes over by method or at its time; the registers of these meters keep their factory zones.
 */
export function activityCalendarObject(
  state: () => CalendarState,
  change: (next: CalendarState) => void,
  activated: () => void,
): CosemObject {
  const object = activityCalendar('0.0.13.0.0.255')
  const shapes = [
    object.calendarNamePassive,
    object.seasonProfilePassive,
    object.weekProfileTablePassive,
    object.dayProfileTablePassive,
  ]

  /** The calendar as it is at the meter's time. */
  function settled({ meterNow }: Request): CalendarState {
    const current = state()
    const at = decoded(current.activateAt)
    const when = object.activatePassiveCalendarTime.decode(at)
    const due = when.ok ? toInstant(when.value, (local) => -offsetMinutes(local)) : undefined
    if (due === undefined || due > meterNow) return current
    const next = { ...current, active: current.passive, activateAt: toHex(encodeData(never)) }
    change(next)
    activated()
    return next
  }

  return {
    classId: 20,
    version: 0,
    obis: '0.0.13.0.0.255',
    attributes: 10,
    methods: 1,
    get(attribute, request): DataResult {
      const { active, passive, activateAt } = settled(request)
      if (attribute === 10) return given(decoded(activateAt))
      const table = attribute < 6 ? active[attribute - 2] : passive[attribute - 6]
      return table === undefined ? refused('object-undefined') : given(decoded(table))
    },
    set(attribute, value, request) {
      const current = settled(request)
      if (attribute === 10) {
        if (!decodeAs(object.activatePassiveCalendarTime.schema, value).ok) return 'type-unmatched'
        change({ ...current, activateAt: toHex(encodeData(value)) })
        return 'success'
      }
      const shape = shapes[attribute - 6]
      if (shape === undefined) return 'read-write-denied'
      if (!shape.decode(value).ok) return 'type-unmatched'
      const passive = [...current.passive] as [string, string, string, string]
      passive[attribute - 6] = toHex(encodeData(value))
      change({ ...current, passive })
      return 'success'
    },
    invoke(method, _, request) {
      if (method !== 1) return { result: 'object-undefined' }
      const current = settled(request)
      change({ ...current, active: current.passive, activateAt: toHex(encodeData(never)) })
      activated()
      return { result: 'success' }
    },
  }
}

function decoded(hex: string): Data {
  const parsed = decodeData(fromHex(hex))
  if (parsed.kind !== 'ok') throw new Error('the calendar in memory is no COSEM data')
  return parsed.value
}
