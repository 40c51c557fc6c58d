// The DLMS/COSEM driver: the capabilities of a driver over an association.

import {
  type AttributeDescriptor,
  type Data,
  type DataResult,
  data,
  decodeProfileColumns,
  numberOf,
  type ProfileColumns,
} from '@contor/dlms'
import type { MeterEvent, ProfileRows } from '../../../readings/index.ts'
import type { Journal } from '../../journal.ts'
import {
  type CanSwitch,
  type ClockReading,
  type DailyRow,
  type Driver,
  DriverError,
  type Identity,
  type PushedObject,
  type Recorded,
  type RegisterValue,
  type TimeRange,
} from '../driver.ts'
import type { DlmsConnection } from './connection.ts'
import { type DriverObjects, eventCodePrefix, type ProfileObject, statusObis } from './objects.ts'
import { createSwitch } from './switch.ts'
import {
  type Column,
  civilDeviation,
  columnsOf,
  dateTimeData,
  instantOf,
  scalerUnitOf,
  signOf,
  textOf,
} from './values.ts'

/** What does not change between sessions of a meter; kept by the collector, empty for a single use. */
export type MeterMemory = {
  readonly columns: Map<string, readonly Column[]>
  readonly scalers: Map<string, { scaler: number; unit: string }>
}

export function createMeterMemory(): MeterMemory {
  return { columns: new Map(), scalers: new Map() }
}

export type DlmsDriverOptions = {
  readonly connection: DlmsConnection
  readonly journal: Journal
  readonly keyVersion: number | null
  readonly memory?: MeterMemory
  /** Where the meter's model says that things are. */
  readonly objects: DriverObjects
}

/** A driver over an open association. Access errors of single objects are `not-available`, never silent. */
export function createDlmsDriver(options: DlmsDriverOptions): Driver {
  const { connection, journal, keyVersion, objects } = options
  const memory = options.memory ?? createMeterMemory()

  async function ask(purpose: string, what: AttributeDescriptor | readonly AttributeDescriptor[]) {
    const { event, frames } = await connection.get(what)
    const exchangeId = await journal.record(purpose, frames, keyVersion)
    return { results: event.results, exchangeId, frames }
  }

  async function columnsFor(purpose: string, profile: ProfileObject): Promise<readonly Column[]> {
    const { obis } = profile.captureObjects
    const known = memory.columns.get(obis)
    if (known) return known
    const { results } = await ask(`${purpose}-columns`, profile.captureObjects)
    const columns = results[0]?.ok ? columnsOf(results[0].data) : profile.columns
    if (!columns && results[0]?.ok)
      throw new DriverError('bad-answer', `capture objects of ${obis} are no list of columns`)
    if (!columns) throw new DriverError('not-available', `${purpose}: its columns are not readable`)
    memory.columns.set(obis, columns)
    return columns
  }

  /** A profile as columns, straight from the bytes of the answer. */
  async function readBuffer(
    purpose: string,
    profile: ProfileObject,
    selection: NonNullable<AttributeDescriptor['selection']>,
    wanted?: TimeRange,
  ) {
    const captured = await columnsFor(purpose, profile)
    const asked = objects.selectiveAccess === 'refused' ? profile.buffer : { ...profile.buffer, selection }
    const { event, frames } = await connection.get(asked, { raw: true })
    const exchangeId = await journal.record(purpose, frames, keyVersion)
    const [refused] = event.results
    if (refused && !refused.ok) throw new DriverError('not-available', `${purpose}: ${refused.result}`)
    const parsed = decodeProfileColumns(event.apdu, captured, profile.periodS, {
      offset: event.dataOffset ?? 0,
      zone: civilDeviation,
      deviation: signOf(objects.deviation),
    })
    if (parsed.kind !== 'ok') {
      const why = parsed.kind === 'more' ? 'the answer ends early' : parsed.error.message
      throw new DriverError('bad-answer', `${purpose}: ${why}`)
    }
    if (wanted && objects.selectiveAccess !== 'honoured') leaveAside(parsed.value, wanted)
    return { captured, columns: parsed.value, exchangeId }
  }

  const reader: Omit<Driver, keyof CanSwitch> = {
    async identify(): Promise<Recorded<Identity>> {
      const wanted = [objects.logicalDeviceName, objects.serialNumber, objects.firmwareVersion]
      const { results, exchangeId } = await ask('identity', wanted)
      const [logicalDeviceName, serial, firmware] = results.map((result) =>
        result.ok ? textOf(result.data) : undefined,
      )
      const systemTitle = connection.associated?.serverSystemTitle
      return {
        exchangeId,
        value: { logicalDeviceName, serial, firmware, ...(systemTitle ? { systemTitle } : {}) },
      }
    },

    async readClock(): Promise<Recorded<ClockReading>> {
      const { results, exchangeId, frames } = await ask('clock', objects.clockTime)
      const meterAt = instantOf(must(results[0], 'clock'), objects.deviation)
      if (meterAt === undefined) throw new DriverError('bad-answer', 'the clock is no date and time')
      const serverAt = ((frames[0]?.at ?? 0) + (frames.at(-1)?.at ?? 0)) / 2
      return { exchangeId, value: { meterAt, serverAt, deviationS: (meterAt - serverAt) / 1000 } }
    },

    async readRegisters(group): Promise<Recorded<readonly RegisterValue[]>> {
      const wanted = group === 'energy' ? objects.energyRegisters : objects.instantaneousRegisters
      const unknown = wanted.filter(({ obis }) => !memory.scalers.has(obis))
      if (unknown.length > 0) {
        const { results } = await ask(
          'scalers',
          unknown.map((register) => register.scalerUnit),
        )
        for (const [i, result] of results.entries()) {
          const scalerUnit = result.ok ? scalerUnitOf(result.data) : undefined
          if (scalerUnit) memory.scalers.set(unknown[i].obis, scalerUnit)
        }
      }
      const there = wanted.filter(({ obis }) => memory.scalers.has(obis))
      if (there.length === 0) return { exchangeId: 0, value: [] }
      const { results, exchangeId } = await ask(
        group === 'energy' ? 'registers' : 'instantaneous',
        there.map((register) => register.value),
      )
      const value: RegisterValue[] = []
      for (const [i, result] of results.entries()) {
        const raw = result.ok ? numberOf(result.data) : undefined
        const scale = memory.scalers.get(there[i].obis)
        if (raw === undefined || !scale) continue
        value.push({ obis: there[i].obis, value: scaled(raw, scale.scaler), unit: scale.unit })
      }
      return { exchangeId, value }
    },

    async readProfileStart(): Promise<Recorded<number | undefined>> {
      const { columns, exchangeId } = await readBuffer(
        'load-profile-start',
        objects.loadProfile,
        byEntry(1, 1),
      )
      const at = columns.epochMs[0]
      return { exchangeId, value: columns.rows > 0 && !Number.isNaN(at) ? at : undefined }
    },

    async readProfile(range): Promise<ProfileRows> {
      const { captured, columns, exchangeId } = await readBuffer(
        'load-profile',
        objects.loadProfile,
        byRange(objects, inclusive(range)),
        inclusive(range),
      )
      const status = captured.findIndex((c) => c.obis === statusObis)
      const channels = captured.flatMap((c, index) => {
        const channel = objects.channelOf.get(c.obis)
        return channel ? [{ channel, values: columns.values[index] }] : []
      })
      return {
        exchangeId,
        firstRow: 0,
        ends: columns.epochMs,
        ...(status >= 0 ? { status: columns.values[status] } : {}),
        channels,
      }
    },

    async readDailyIndexes(range): Promise<Recorded<readonly DailyRow[]>> {
      const { captured, columns, exchangeId } = await readBuffer(
        'daily-profile',
        objects.dailyProfile,
        byRange(objects, range),
        range,
      )
      const value: DailyRow[] = []
      eachRow(columns, (at, row) => {
        const registers = captured.flatMap((column, c) => {
          const valueWh = columns.values[c][row]
          return column.classId === 3 && Number.isInteger(valueWh) && valueWh >= 0
            ? [{ obis: column.obis, valueWh }]
            : []
        })
        value.push({ at, row, registers })
      })
      return { exchangeId, value }
    },

    async readEvents(log, range): Promise<readonly MeterEvent[]> {
      const profile = objects[logs[log]]
      const { captured, columns, exchangeId } = await readBuffer(
        `${log}-log`,
        profile,
        byRange(objects, range),
        range,
      )
      const code = captured.findIndex((c) => c.obis.startsWith(eventCodePrefix))
      // What a relay's log may capture beside the code: active power and the threshold of its moment, both in W.
      const load = captured.findIndex((c) => c.obis === '1.0.1.7.0.255')
      const threshold = captured.findIndex((c) => c.classId === 71)
      const events: MeterEvent[] = []
      eachRow(columns, (at, row) => {
        const number = columns.values[code]?.[row]
        const told = (column: number) => {
          const watt = columns.values[column]?.[row]
          return Number.isInteger(watt) && watt >= 0 ? watt : undefined
        }
        const [loadW, thresholdW] = [told(load), told(threshold)]
        if (Number.isInteger(number))
          events.push({
            ...{ log, at, code: number, exchangeId, row },
            ...(loadW !== undefined && { loadW }),
            ...(thresholdW !== undefined && { thresholdW }),
          })
      })
      return events
    },

    async aimEvents(destination) {
      const { eventPush } = objects
      const { results } = await ask('push-setup', [eventPush.objects, eventPush.destination])
      const [list, aimed] = results.map((result) => (result.ok ? result.data : undefined))
      const pushed = list && pushedObjects(list)
      if (!pushed || !aimed) return undefined
      const setup = eventPush.objects.obis
      const wanted = data.structure(
        data.enum(0),
        data.octets(new TextEncoder().encode(destination)),
        data.enum(0),
      )
      if (destinationOf(aimed) === destination) return { setup, objects: pushed, exchangeId: 0 }
      const { event, frames } = await connection.set({ attribute: eventPush.destination, data: wanted })
      const exchangeId = await journal.record('push-setup', frames, keyVersion)
      return event.results[0]?.result === 'success' ? { setup, objects: pushed, exchangeId } : undefined
    },

    close: () => connection.close(),
  }
  const relay = createSwitch({
    connection,
    journal,
    keyVersion,
    objects,
    scalers: memory.scalers,
    readRegisters: (group) => reader.readRegisters(group),
  })
  return { ...reader, ...relay }
}

/** push_object_list of class 40: {class, logical name, attribute, data index}. */
function pushedObjects(list: Data): PushedObject[] | undefined {
  const columns = columnsOf(list)
  return columns?.map(({ classId, obis, attribute }) => ({ classId, obis, attribute }))
}

/** send_destination_and_method of class 40: {transport service, destination, message type}. */
function destinationOf(aimed: Data): string | undefined {
  const [, where] = aimed.type === 'structure' ? aimed.value : []
  return where && textOf(where)
}

const logs = { standard: 'standardLog', fraud: 'fraudLog', relay: 'relayLog' } as const

function must(result: DataResult | undefined, what: string): Data {
  if (result?.ok) return result.data
  throw new DriverError('not-available', `${what}: ${result ? result.result : 'no answer to this item'}`)
}

function scaled(raw: number, scaler: number): number {
  return scaler < 0 ? raw / 10 ** -scaler : raw * 10 ** scaler
}

// The clock stamps the end of an interval and by-range selects both ends: (from, to] begins just after `from`.
function inclusive({ from, to }: TimeRange): TimeRange {
  return { from: from + 1000, to }
}

// Rows that were not asked for lose their time and keep their numbers, which the traces name.
function leaveAside(columns: ProfileColumns, { from, to }: TimeRange): void {
  for (let row = 0; row < columns.rows; row++) {
    const at = columns.epochMs[row]
    if (at < from || at > to) columns.epochMs[row] = Number.NaN
  }
}

function byRange({ clockObis, deviation }: DriverObjects, range: TimeRange) {
  const clock = { classId: 8, obis: clockObis, attribute: 2, dataIndex: 0 }
  return {
    kind: 'by-range' as const,
    restricting: clock,
    from: dateTimeData(range.from, deviation),
    to: dateTimeData(range.to, deviation),
    selected: [],
  }
}

function byEntry(from: number, to: number) {
  return { kind: 'by-entry' as const, fromEntry: from, toEntry: to, fromColumn: 1, toColumn: 0 }
}

function eachRow(columns: ProfileColumns, visit: (at: number, row: number) => void): void {
  for (let row = 0; row < columns.rows; row++) {
    const at = columns.epochMs[row]
    if (!Number.isNaN(at)) visit(at, row)
  }
}
