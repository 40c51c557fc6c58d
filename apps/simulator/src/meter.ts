// One meter: its state, its clock and its COSEM objects. No socket: `device.ts` gives it one.
import { type AttributeDescriptor, data, fromHex, type Obis, type ServerModel, toHex } from '@contor/dlms'
import { type CivilDay, dayEnd, dayStart, locate, offsetMinutes } from '@contor/intervals'
import { modelOf, visibleTo } from './access.ts'
import { activityCalendarObject, type CalendarState, freshCalendar } from './behaviours/activityCalendar.ts'
import { associationLnObject } from './behaviours/associationLn.ts'
import { clockObject } from './behaviours/clock.ts'
import { dataObject } from './behaviours/data.ts'
import { disconnectControlObject } from './behaviours/disconnectControl.ts'
import { imageTransferObject } from './behaviours/imageTransfer.ts'
import { limiterObject } from './behaviours/limiter.ts'
import { profileObject } from './behaviours/profileGeneric.ts'
import { pushSetupObject } from './behaviours/pushSetup.ts'
import { scriptTableObject } from './behaviours/scriptTable.ts'
import { type KeyStore, securitySetupObject } from './behaviours/securitySetup.ts'
import { freshSpecialDays, specialDaysObject } from './behaviours/specialDays.ts'
import type { CosemObject } from './cosem.ts'
import { EnergyCounter, type EnergySource, hourOfSlot, type Registers, tariffOf } from './energy.ts'
import { type EventLogs, historyOf, lostFrom, record } from './events.ts'
import {
  dailyProfile,
  energyObjects,
  eventLog,
  identityObjects,
  instantaneousObjects,
  profileDays,
  relayLog,
  value,
} from './meterObjects.ts'
import type { SimulatedMeter } from './neighbourhood.ts'
import { createHousehold, type Household, type HouseState } from './resident/household.ts'
import { passed, supplied } from './supply.ts'

const quarter = 900_000
/** Push setup for events, and what a message carries: the code of the event, and the power that met it. */
const eventPush: Obis = '0.4.25.9.0.255'
export const eventPushed: readonly AttributeDescriptor[] = [
  { classId: 40, obis: eventPush, attribute: 1 },
  { classId: 8, obis: '0.0.1.0.0.255', attribute: 2 },
  { classId: 1, obis: '0.0.96.1.0.255', attribute: 2 },
  { classId: 1, obis: '0.0.96.11.2.255', attribute: 2 },
  { classId: 3, obis: '1.0.1.7.0.255', attribute: 2 },
]
/** Codes of the standard event log. */
const programmed = 47
const calendarActivated = 9
const keysReplaced = 48
const firmwareActivated = 18

/** What survives a restart of the meter. */
export interface MeterState extends HouseState {
  lastClientCounter: number | undefined
  nextServerCounter: number
  /** Error of the clock, ms, as it was at `clockSetAt`. */
  clockOffsetMs: number
  clockSetAt: number
  /** Absent: as it left the factory. */
  firmware?: string
  calendar?: CalendarState
  /** Where events of the relay are sent, host:port; absent: nowhere. */
  pushTo?: string
  /** A-XDR in hex. */
  specialDays?: string
  /** Keys that took the place of those on the installation list, in hex. */
  keys?: Partial<Record<keyof KeyStore, string>>
}

export interface Meter {
  readonly spec: SimulatedMeter
  readonly state: MeterState
  readonly model: ServerModel
  readonly logs: EventLogs
  /** Relay, limiter and what stands behind them. */
  readonly household: Household
  /** Whoever has a line to send on hears of each event of the relay; null asks for a trial message. */
  readonly listeners: Set<(code: number | null, now: number) => void>
  /** The keys in force. */
  keys(): KeyStore
  clock(now: number): number
  registers(now: number): Registers
  /** Rows that the load profile holds for (from, to], as the meter would send them. */
  intervals(from: number, to: number, now: number): { end: number; imported: number; exported: number }[]
}

export function freshState(spec: SimulatedMeter, now: number): MeterState {
  return {
    lastClientCounter: undefined,
    nextServerCounter: 1,
    clockOffsetMs: spec.clockOffsetS * 1_000,
    clockSetAt: now,
    limiterW: spec.fault?.kind === 'wrong-limiter' ? spec.fault.amount : spec.approvedPowerW,
    relay: { output: true, control: 1 },
  }
}

export interface MeterOptions {
  readonly spec: SimulatedMeter
  readonly source: EnergySource
  /** Days of curves kept in memory; absent: as many as suits a single user. */
  readonly daysHeld?: number | undefined
  readonly installedOn: CivilDay
  /** Day from which the meter's fault shows in its data. */
  readonly faultFrom: CivilDay
  readonly state: MeterState
  /** The state changed in a way that must outlive the process. */
  readonly dirty: () => void
  /** Objects beside those that every meter has. */
  readonly more?: readonly CosemObject[]
}

export function createMeter(options: MeterOptions): Meter {
  const { spec, state, installedOn, faultFrom, dirty } = options
  state.supply ??= []
  const { supply } = state
  const source = supplied(options.source, supply)
  const counter = new EnergyCounter(source, installedOn, spec.index + 1, options.daysHeld)
  const logs = historyOf(spec.fault, installedOn, faultFrom)
  const clock = (now: number) =>
    Math.round(now + state.clockOffsetMs + ((now - state.clockSetAt) * spec.clockDriftPpm) / 1_000_000)
  const habits = lastDay(options.source)
  const registers = (now: number) => {
    const at = clock(now)
    const start = Math.floor(at / quarter) * quarter
    const { day, slot } = locate(start)
    // A supply that changed inside this quarter-hour, or that a hand has set, is followed to the moment.
    const { at: since, watt } = supply.at(-1) ?? { at: 0, watt: null }
    const within = since > start || watt !== null ? passed(habits(day), slot, supply, start, at) : undefined
    return runningRegisters(counter, at, within)
  }
  const note = (code: number, now = Date.now()) => {
    record(logs.standard, { at: clock(now), code })
    dirty()
  }
  const listeners: Meter['listeners'] = new Set()
  const household = createHousehold({
    state,
    withMenu: spec.model === 'VM-AMR',
    approvedPowerW: spec.approvedPowerW,
    clock,
    curveW(now) {
      const { day, slot } = locate(clock(now))
      const energy = habits(day)
      return (energy.imported[slot] - energy.exported[slot]) * 4
    },
    supplyChanged(at) {
      counter.changedFrom(locate(at).day)
      dirty()
    },
    note(code, now) {
      record(logs.control, { at: clock(now), code, loadW: power(now), thresholdW: state.limiterW })
      note(code, now)
      for (const hear of listeners) hear(code, now)
    },
    dirty,
  })
  const { power } = household
  const keys = (): KeyStore => {
    const kept = state.keys ?? {}
    const of = (kind: keyof KeyStore) => (kept[kind] === undefined ? spec.keys[kind] : fromHex(kept[kind]))
    return { encryption: of('encryption'), authentication: of('authentication'), master: of('master') }
  }
  const lost = spec.fault?.kind === 'entries-lost' ? lostFrom(faultFrom) : Number.NaN
  const lostTo = lost + (spec.fault?.amount ?? 0) * quarter

  function stampsOfProfile(meterNow: number, from: number, to: number): number[] {
    const oldest = Math.max(dayStart(installedOn) + quarter, meterNow - profileDays * 96 * quarter)
    const stamps: number[] = []
    const last = Math.floor(Math.min(to, meterNow) / quarter) * quarter
    for (let stamp = Math.ceil(Math.max(from, oldest) / quarter) * quarter; stamp <= last; stamp += quarter) {
      if (!(stamp > lost && stamp <= lostTo)) stamps.push(stamp)
    }
    return stamps
  }

  function row(stamp: number): { status: number; values: [number, number, number, number] } {
    const { day, slot } = locate(stamp - 1)
    const energy = counter.day(day)
    const spike = spec.fault?.kind === 'spike' && day === faultFrom && slot === 30
    const status = (offsetMinutes(stamp - 1) === 180 ? 0x08 : 0) | (stamp === lostTo + quarter ? 0x80 : 0)
    const values: [number, number, number, number] = [
      energy.imported[slot] + (spike ? (spec.fault?.amount ?? 0) : 0),
      energy.exported[slot],
      energy.reactiveImported[slot],
      energy.reactiveExported[slot],
    ]
    return { status, values }
  }

  const objects = new Map<string, CosemObject>()
  const add = (object: CosemObject) => objects.set(`${object.classId} ${object.obis}`, object)
  for (const object of [
    ...identityObjects(spec, state),
    ...energyObjects(registers),
    ...instantaneousObjects(spec, power, counter, clock),
    clockObject((meterAt, now) => {
      record(logs.standard, { at: clock(now), code: 4 })
      state.clockOffsetMs = meterAt - now
      state.clockSetAt = now
      record(logs.standard, { at: meterAt, code: 5 })
      dirty()
    }),
    profileObject('1.0.99.1.0.255', {
      columns: [
        value(1, '0.0.96.10.1.255'),
        ...['1', '2', '3', '4'].map((c) => value(3, `1.0.${c}.29.0.255`)),
      ],
      periodS: 900,
      capacity: profileDays * 96,
      compressed: spec.compressedProfile,
      source: {
        stamps: ({ meterNow }, from, to) => stampsOfProfile(meterNow, from, to),
        cells(stamp) {
          const { status, values } = row(stamp)
          return [data.u8(status), ...values.map((wh) => data.u32(wh))]
        },
      },
    }),
    dailyProfile(counter, installedOn),
    eventLog('0.0.99.98.0.255', '0.0.96.11.0.255', logs.standard),
    eventLog('0.0.99.98.1.255', '0.0.96.11.1.255', logs.fraud),
    dataObject('0.0.96.11.2.255', () => data.u8(logs.control.at(-1)?.code ?? 0)),
    relayLog(logs.control),
    disconnectControlObject(state.relay, household.remote, () => note(programmed)),
    limiterObject(
      {
        get: () => state.limiterW,
        set(watt) {
          state.limiterW = watt
          note(programmed)
        },
        durations: () => [state.limiterOverS ?? 60, state.limiterUnderS ?? 30],
        setDuration(which, seconds) {
          if (which === 'over') state.limiterOverS = seconds
          else state.limiterUnderS = seconds
          note(programmed)
        },
      },
      ({ now }) => power(now),
    ),
    activityCalendarObject(
      () => state.calendar ?? freshCalendar(),
      (next) => {
        state.calendar = next
        note(programmed)
      },
      () => note(calendarActivated),
    ),
    specialDaysObject(
      () => state.specialDays ?? freshSpecialDays(),
      (next) => {
        state.specialDays = next
        note(programmed)
      },
    ),
    securitySetupObject({
      serverTitle: spec.systemTitle,
      suite: spec.suite,
      keys,
      replace(next) {
        const hexed = Object.entries(next).map(([kind, key]) => [kind, toHex(key)])
        state.keys = { ...state.keys, ...Object.fromEntries(hexed) }
        note(keysReplaced)
      },
    }),
    imageTransferObject({
      obis: '0.0.44.0.0.255',
      blockSize: Math.min(512, spec.maxPduSize - 96),
      activated(version) {
        state.firmware = version
        note(firmwareActivated)
      },
    }),
    pushSetupObject({
      obis: eventPush,
      objects: eventPushed,
      destination: () => state.pushTo ?? '',
      aim(destination) {
        state.pushTo = destination
        note(programmed)
      },
      push(now) {
        for (const hear of listeners) hear(null, now)
      },
    }),
    scriptTableObject('0.0.10.0.0.255', new Map([[1, () => ({ result: 'success' })]])),
    scriptTableObject(
      '0.0.10.0.106.255',
      new Map([
        [1, (now) => household.remote('remote-disconnect', now)],
        [2, (now) => household.remote('remote-reconnect', now)],
      ]),
    ),
    ...(options.more ?? []),
  ]) {
    add(object)
  }
  for (const n of [0, 1, 2, 3]) {
    add(
      associationLnObject(`0.0.40.0.${n}.255`, spec.maxPduSize, (client) =>
        visibleTo(client, [...objects.values()]),
      ),
    )
  }

  return {
    spec,
    state,
    logs,
    household,
    listeners,
    keys,
    clock,
    registers,
    intervals: (from, to, now) =>
      stampsOfProfile(clock(now), from + 1, to).map((end) => {
        const { values } = row(end)
        return { end, imported: values[0], exported: values[1] }
      }),
    model: modelOf(objects, clock, household.tick),
  }
}

/** The day asked last is kept: the limiter and the registers ask for it again and again. */
function lastDay(source: EnergySource): EnergySource {
  let last: ReturnType<EnergySource> | undefined
  return (day) => {
    if (last?.day !== day) last = source(day)
    return last
  }
}

/** Registers inside a running quarter-hour: its energy has passed in proportion to the time. */
function runningRegisters(
  counter: EnergyCounter,
  at: number,
  within: ReturnType<typeof passed> | undefined,
): Registers {
  const start = Math.floor(at / quarter) * quarter
  const base = counter.registersAt(start)
  const { day, slot } = locate(start)
  const energy = counter.day(day)
  const share = (kind: keyof ReturnType<typeof passed>) =>
    within?.[kind] ?? Math.floor((energy[kind][slot] * (at - start)) / quarter)
  const tariff = tariffOf(
    new Date((dayStart(day) + dayEnd(day)) / 2).getUTCDay(),
    hourOfSlot(slot, energy.slots),
  )
  const tariffs = [...base.tariffs] as [number, number, number, number]
  tariffs[tariff] += share('imported')
  return {
    imported: base.imported + share('imported'),
    exported: base.exported + share('exported'),
    tariffs,
    reactiveImported: base.reactiveImported + share('reactiveImported'),
    reactiveExported: base.reactiveExported + share('reactiveExported'),
  }
}
