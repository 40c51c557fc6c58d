// A point with a known truth: its quarter-hours, its registers, and what of them arrives.

import { type DayBlock, dayStart, emptySeries, quality } from '@contor/intervals'
import { type TariffPeriod, timelineOf } from '@contor/vee'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../../platform/index.ts'
import { type IncomingDay, storeDays } from '../../readings/index.ts'

/** The calendar of the shipped meter model, as the migration lays it. */
export const testPeriods: readonly TariffPeriod[] = [
  { tariff: 3, days: [], fromQuarter: 92, toQuarter: 28 },
  { tariff: 4, days: [0, 6], fromQuarter: 0, toQuarter: 0 },
  { tariff: 1, days: [], fromQuarter: 28, toQuarter: 40 },
  { tariff: 1, days: [], fromQuarter: 68, toQuarter: 84 },
  { tariff: 2, days: [], fromQuarter: 0, toQuarter: 0 },
]

/** A day of channel A+ with a value in each slot. */
export function dayOf(day: string, value: (slot: number) => number): DayBlock {
  const series = emptySeries('A+', day)
  for (let slot = 0; slot < series.values.length; slot++) {
    series.values[slot] = value(slot)
    series.quality[slot] = quality.measured
  }
  return { day, minutes: 15, channels: [series] }
}

/** What of a day a session brings: the slots for which `held` is true. */
export function incomingOf(block: DayBlock, held: (slot: number) => boolean, exchangeId = 1): IncomingDay {
  const [truth] = block.channels
  const series = emptySeries('A+', block.day)
  const sources: IncomingDay['sources'] = new Array(series.values.length).fill(undefined)
  for (let slot = 0; slot < series.values.length; slot++) {
    if (!held(slot)) continue
    series.values[slot] = truth.values[slot]
    series.quality[slot] = quality.measured
    sources[slot] = { exchangeId, row: slot }
  }
  return { day: block.day, block: { ...block, channels: [series] }, sources }
}

export function store(db: Db, id: string, days: readonly IncomingDay[]) {
  return asSystem(db, (trx) => storeDays(trx, id, days))
}

/** Registers (total and tariffs by `tariffOf`) at the midnights of the days and after the last. */
export async function putRegisters(
  trx: Trx,
  point: { readonly id: string; readonly meterId: string | null },
  truth: readonly DayBlock[],
  tariffOf: (day: string, slot: number) => number,
): Promise<void> {
  const line = timelineOf(truth, 'A+', truth[0].day, truth[truth.length - 1].day)
  const at = [0, 0, 0, 0, 0].map((_, tariff) => 1_000 * (tariff + 1))
  at[0] = at.slice(1).reduce((all, one) => all + one, 0)
  const put = async (instant: number) => {
    for (const [tariff, value] of at.entries())
      await sql`insert into contor.index_reading (metering_point_id, meter_id, obis, at, kind, value_wh, exchange_id)
                values (${point.id}, ${point.meterId}, ${`1.0.1.8.${tariff}.255`}, ${new Date(instant)}, 'daily', ${value}, 1)`.execute(
        trx,
      )
  }
  for (const { day, channels } of truth) {
    await put(dayStart(day))
    for (const [slot, value] of channels[0].values.entries()) {
      at[0] += value
      at[tariffOf(day, slot)] += value
    }
  }
  await put(line.start + line.values.length * 900_000)
}
