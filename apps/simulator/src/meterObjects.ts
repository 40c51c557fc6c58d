// The objects of a meter that only tell: who it is, what it counted, what it measures, what it remembers.
import { type CaptureObject, type Data, data, type Obis } from '@contor/dlms'
import { addDays, type CivilDay, dayStart, daysBetween, locate } from '@contor/intervals'
import { dataObject } from './behaviours/data.ts'
import { demandRegisterObject } from './behaviours/demandRegister.ts'
import { extendedRegisterObject } from './behaviours/extendedRegister.ts'
import { profileObject } from './behaviours/profileGeneric.ts'
import { registerObject, unit } from './behaviours/register.ts'
import type { CosemObject, Request } from './cosem.ts'
import type { EnergyCounter, Registers } from './energy.ts'
import { type LoggedEvent, logCapacity } from './events.ts'
import type { MeterState } from './meter.ts'
import type { SimulatedMeter } from './neighbourhood.ts'
import { random } from './random.ts'

/** Days of quarter-hours and of daily indexes that a meter holds. */
export const profileDays = 45
const quarter = 900_000

export const value = (classId: number, obis: Obis): CaptureObject => ({
  classId,
  obis,
  attribute: 2,
  dataIndex: 0,
})
const text = (words: string): Data => data.octets(new TextEncoder().encode(words))

export function identityObjects(spec: SimulatedMeter, state: MeterState): CosemObject[] {
  return [
    dataObject('0.0.42.0.0.255', () => text(spec.serial)),
    dataObject('0.0.96.1.0.255', () => text(spec.serial)),
    dataObject('1.0.0.2.0.255', () =>
      text(state.firmware ?? (spec.phases === 3 ? 'VM3P-2.4.1' : 'VM1P-2.4.0')),
    ),
    dataObject('0.0.43.1.0.255', () => data.u32((state.lastClientCounter ?? -1) + 1)),
  ]
}

export function energyObjects(registers: (now: number) => Registers): CosemObject[] {
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

export function instantaneousObjects(
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

export function dailyProfile(counter: EnergyCounter, installedOn: CivilDay): CosemObject {
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
          .filter((stamp) => stamp >= from && stamp <= to)
      },
      cells(stamp) {
        const at = counter.registersAt(stamp)
        return [at.imported, ...at.tariffs, at.exported].map((wh) => data.u32(wh))
      },
    },
  })
}

export function eventLog(
  obis: Obis,
  code: Obis,
  log: readonly LoggedEvent[],
  more: readonly { readonly column: CaptureObject; readonly cell: (event: LoggedEvent) => Data }[] = [],
): CosemObject {
  return profileObject(obis, {
    columns: [value(1, code), ...more.map(({ column }) => column)],
    periodS: 0,
    capacity: logCapacity,
    compressed: false,
    source: {
      stamps: (_, from, to) => log.map((event) => event.at).filter((at) => at >= from && at <= to),
      cells(stamp) {
        const event = log.find(({ at }) => at === stamp) ?? { at: stamp, code: 255 }
        return [data.u8(event.code), ...more.map(({ cell }) => cell(event))]
      },
    },
  })
}

/** Disconnect control log: the threshold of the moment (IDIS Package 2), and the power that met it. */
export const relayLog = (log: readonly LoggedEvent[]): CosemObject =>
  eventLog('0.0.99.98.2.255', '0.0.96.11.2.255', log, [
    {
      column: { classId: 71, obis: '0.0.17.0.0.255', attribute: 3, dataIndex: 0 },
      cell: ({ thresholdW }) => data.u32(thresholdW ?? 0),
    },
    { column: value(3, '1.0.1.7.0.255'), cell: ({ loadW }) => data.u32(Math.max(0, Math.round(loadW ?? 0))) },
  ])
