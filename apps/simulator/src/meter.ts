// One meter: its state, its clock and its COSEM objects. No socket: `device.ts` gives it one.
import {
  type AttributeDescriptor,
  type CaptureObject,
  type Data,
  type DataResult,
  data,
  fromHex,
  type Obis,
  type ServerModel,
  toHex,
} from '@contor/dlms'
import {
  addDays,
  type CivilDay,
  dayEnd,
  dayStart,
  daysBetween,
  locate,
  offsetMinutes,
} from '@contor/intervals'
import { activityCalendarObject, type CalendarState, freshCalendar } from './behaviours/activityCalendar.ts'
import { associationLnObject } from './behaviours/associationLn.ts'
import { clockObject } from './behaviours/clock.ts'
import { dataObject } from './behaviours/data.ts'
import { demandRegisterObject } from './behaviours/demandRegister.ts'
import { disconnectControlObject } from './behaviours/disconnectControl.ts'
import { extendedRegisterObject } from './behaviours/extendedRegister.ts'
import { imageTransferObject } from './behaviours/imageTransfer.ts'
import { limiterObject } from './behaviours/limiter.ts'
import { profileObject } from './behaviours/profileGeneric.ts'
import { pushSetupObject } from './behaviours/pushSetup.ts'
import { registerObject, unit } from './behaviours/register.ts'
import { scriptTableObject } from './behaviours/scriptTable.ts'
import { type KeyStore, securitySetupObject } from './behaviours/securitySetup.ts'
import { freshSpecialDays, specialDaysObject } from './behaviours/specialDays.ts'
import { type CosemObject, given, type Request, refused } from './cosem.ts'
import { EnergyCounter, type EnergySource, hourOfSlot, type Registers, tariffOf } from './energy.ts'
import { type EventLogs, historyOf, logCapacity, lostFrom, record } from './events.ts'
import type { SimulatedMeter } from './neighbourhood.ts'
import { random } from './random.ts'
import { createHousehold, type Household, type HouseState } from './resident/household.ts'
import { passed, supplied } from './supply.ts'

/** Days of quarter-hours and of daily indexes that a meter holds. */
export const profileDays = 45
const quarter = 900_000
/** Push setup for events, and what a message carries; the event code comes last. */
const eventPush: Obis = '0.4.25.9.0.255'
export const eventPushed: readonly AttributeDescriptor[] = [
  { classId: 40, obis: eventPush, attribute: 1 },
  { classId: 8, obis: '0.0.1.0.0.255', attribute: 2 },
  { classId: 1, obis: '0.0.96.1.0.255', attribute: 2 },
  { classId: 1, obis: '0.0.96.11.2.255', attribute: 2 },
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
  /** Instant at which it was taken off, epoch ms: nothing is captured after it. */
  readonly until?: number
  /** The state changed in a way that must outlive the process. */
  readonly dirty: () => void
  /** Objects beside those that every meter has. */
  readonly more?: readonly CosemObject[]
}

export function createMeter(options: MeterOptions): Meter {
  const { spec, state, installedOn, faultFrom, dirty, until = Number.POSITIVE_INFINITY } = options
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
      record(logs.control, { at: clock(now), code })
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
    const last = Math.floor(Math.min(to, meterNow, until) / quarter) * quarter
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
    dailyProfile(counter, installedOn, until),
    eventLog('0.0.99.98.0.255', '0.0.96.11.0.255', logs.standard),
    eventLog('0.0.99.98.1.255', '0.0.96.11.1.255', logs.fraud),
    dataObject('0.0.96.11.2.255', () => data.u8(logs.control.at(-1)?.code ?? 0)),
    eventLog('0.0.99.98.2.255', '0.0.96.11.2.255', logs.control),
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

const publicObjects = [
  '0.0.1.0.0.255',
  '0.0.42.0.0.255',
  '0.0.96.1.0.255',
  '0.0.43.1.0.255',
  '0.0.40.0.0.255',
  '0.0.40.0.1.255',
]
const publicClient = 16
const managementClient = 1

function visibleTo(client: number, objects: CosemObject[]): CosemObject[] {
  return client === publicClient ? objects.filter((object) => publicObjects.includes(object.obis)) : objects
}

/** Access rights: the public client sees who the meter is, the reading client reads, management does all. */
function modelOf(
  objects: ReadonlyMap<string, CosemObject>,
  clock: (now: number) => number,
  tick: (now: number) => void,
): ServerModel {
  return {
    get(attribute, association, now): DataResult {
      tick(now)
      const object = objects.get(`${attribute.classId} ${attribute.obis}`)
      if (object === undefined) return refused('object-undefined')
      if (visibleTo(association.clientAddress, [object]).length === 0) return refused('read-write-denied')
      if (attribute.attribute === 1) return given(data.octets(obisBytes(object.obis)))
      return object.get(attribute.attribute, { now, meterNow: clock(now), association }, attribute.selection)
    },
    set(attribute, newValue, association, now) {
      const object = objects.get(`${attribute.classId} ${attribute.obis}`)
      if (object === undefined) return 'object-undefined'
      if (association.clientAddress !== managementClient || object.set === undefined)
        return 'read-write-denied'
      return object.set(attribute.attribute, newValue, { now, meterNow: clock(now), association })
    },
    invoke(method, parameters, association, now) {
      const object = objects.get(`${method.classId} ${method.obis}`)
      if (object?.invoke === undefined) return { result: 'object-undefined' }
      if (association.clientAddress !== managementClient) return { result: 'read-write-denied' }
      return object.invoke(method.method, parameters, { now, meterNow: clock(now), association })
    },
  }
}

const obisBytes = (obis: Obis) => Uint8Array.from(obis.split('.').map(Number))
const value = (classId: number, obis: Obis): CaptureObject => ({ classId, obis, attribute: 2, dataIndex: 0 })
const text = (words: string): Data => data.octets(new TextEncoder().encode(words))

function identityObjects(spec: SimulatedMeter, state: MeterState): CosemObject[] {
  return [
    dataObject('0.0.42.0.0.255', () => text(spec.serial)),
    dataObject('0.0.96.1.0.255', () => text(spec.serial)),
    dataObject('1.0.0.2.0.255', () =>
      text(state.firmware ?? (spec.phases === 3 ? 'VM3P-2.4.1' : 'VM1P-2.4.0')),
    ),
    dataObject('0.0.43.1.0.255', () => data.u32((state.lastClientCounter ?? -1) + 1)),
  ]
}

function energyObjects(registers: (now: number) => Registers): CosemObject[] {
  const register = (obis: Obis, code: number, pick: (r: Registers) => number) =>
    registerObject(obis, { scaler: 0, unit: code, value: ({ now }) => data.u32(pick(registers(now))) })
  return [
    register('1.0.1.8.0.255', unit.wattHour, (r) => r.imported),
    ...([0, 1, 2, 3] as const).map((t) =>
      register(`1.0.1.8.${t + 1}.255`, unit.wattHour, (r) => r.tariffs[t]),
    ),
    register('1.0.2.8.0.255', unit.wattHour, (r) => r.exported),
    // What is given back has one tariff: the first register carries it all.
    ...([1, 2, 3, 4] as const).map((t) =>
      register(`1.0.2.8.${t}.255`, unit.wattHour, (r) => (t === 1 ? r.exported : 0)),
    ),
    register('1.0.3.8.0.255', unit.varHour, (r) => r.reactiveImported),
    register('1.0.4.8.0.255', unit.varHour, (r) => r.reactiveExported),
  ]
}

function instantaneousObjects(
  spec: SimulatedMeter,
  power: (now: number) => number,
  counter: EnergyCounter,
  clock: (now: number) => number,
): CosemObject[] {
  const volt = (phase: number, now: number) =>
    2_300 + Math.round(45 * random(spec.index, phase, Math.floor(now / 60_000)).normal())
  const phases = spec.phases === 3 ? [0, 1, 2] : [0]
  const lastQuarter = ({ now }: Request) => {
    const stamp = Math.floor(clock(now) / quarter) * quarter
    const { day, slot } = locate(stamp - 1)
    return { value: data.u32(counter.day(day).imported[slot] * 4), capturedAt: stamp }
  }
  return [
    ...phases.map((phase) =>
      registerObject(`1.0.${32 + phase * 20}.7.0.255`, {
        scaler: -1,
        unit: unit.volt,
        value: ({ now }) => data.u16(volt(phase, now)),
      }),
    ),
    ...phases.map((phase) =>
      registerObject(`1.0.${31 + phase * 20}.7.0.255`, {
        scaler: -2,
        unit: unit.ampere,
        value: ({ now }) =>
          data.u16(
            Math.min(65_535, Math.round((Math.abs(power(now)) * 1_000) / phases.length / volt(phase, now))),
          ),
      }),
    ),
    registerObject('1.0.1.7.0.255', {
      scaler: 0,
      unit: unit.watt,
      value: ({ now }) => data.u32(Math.max(0, power(now))),
    }),
    registerObject('1.0.2.7.0.255', {
      scaler: 0,
      unit: unit.watt,
      value: ({ now }) => data.u32(Math.max(0, -power(now))),
    }),
    registerObject('1.0.14.7.0.255', {
      scaler: -2,
      unit: unit.hertz,
      value: ({ now }) => data.u16(4_998 + (Math.floor(now / 5_000) % 5)),
    }),
    extendedRegisterObject('1.0.1.6.0.255', { scaler: 0, unit: unit.watt, value: lastQuarter }),
    demandRegisterObject('1.0.1.4.0.255', {
      unit: unit.watt,
      periodS: 900,
      demand: (request) => ({
        current: data.u32(Math.max(0, power(request.now))),
        last: lastQuarter(request).value,
        periodStart: Math.floor(request.meterNow / quarter) * quarter,
      }),
    }),
  ]
}

function dailyProfile(counter: EnergyCounter, installedOn: CivilDay, until: number): CosemObject {
  const columns = ['1.0.1.8.0', '1.0.1.8.1', '1.0.1.8.2', '1.0.1.8.3', '1.0.1.8.4', '1.0.2.8.0']
  return profileObject('1.0.98.2.0.255', {
    columns: columns.map((obis) => value(3, `${obis}.255`)),
    periodS: 86_400,
    capacity: profileDays,
    compressed: false,
    source: {
      stamps({ meterNow }, from, to) {
        const today = locate(meterNow).day
        const oldest = addDays(today, -profileDays + 1)
        return daysBetween(oldest < installedOn ? installedOn : oldest, today)
          .map(dayStart)
          .filter((stamp) => stamp >= from && stamp <= Math.min(to, until))
      },
      cells(stamp) {
        const at = counter.registersAt(stamp)
        return [at.imported, ...at.tariffs, at.exported].map((wh) => data.u32(wh))
      },
    },
  })
}

function eventLog(obis: Obis, code: Obis, log: { at: number; code: number }[]): CosemObject {
  return profileObject(obis, {
    columns: [value(1, code)],
    periodS: 0,
    capacity: logCapacity,
    compressed: false,
    source: {
      stamps: (_, from, to) => log.map((event) => event.at).filter((at) => at >= from && at <= to),
      cells: (stamp) => [data.u8(log.find((event) => event.at === stamp)?.code ?? 255)],
    },
  })
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
