// Child of crash.test.ts: does one piece of work of the store, and is killed in the middle of it.

import { daysBetween, emptySeries, quality } from '@contor/intervals'
import { asSystem, createPool, type Db } from '../../../platform/index.ts'
import { compact } from '../months/index.ts'
import type { IncomingDay } from '../profile.ts'
import { repairDay } from '../repair/index.ts'
import { runRetention } from '../retention/expire.ts'
import { storeDays } from '../store.ts'

/** A day whose slots from `from` on hold `wh`. */
export function measured(day: string, from: number, wh: number, exchangeId: number): IncomingDay {
  const series = emptySeries('A+', day)
  const sources: IncomingDay['sources'] = new Array(series.values.length).fill(undefined)
  for (let slot = from; slot < series.values.length; slot++) {
    series.values[slot] = wh + slot
    series.quality[slot] = quality.measured
    sources[slot] = { exchangeId, row: slot }
  }
  return { day, block: { day, minutes: 15, channels: [series] }, sources }
}

/** What each child does; the test does the same again after the crash. */
export const works = {
  merge: (db: Db, point: string, day: string, now: number) =>
    asSystem(db, (trx) => storeDays(trx, point, [measured(day, 0, 100, 2)], now)),
  retention: (db: Db, _point: string, _day: string, now: number) => runRetention(db, now),
  repair: (db: Db, point: string, day: string, now: number) =>
    asSystem(db, (trx) => repairDay(trx, point, day, async () => [], 'system:repair', { now })),
  // The exchange of the month is replayed from what `measured` makes, as frames would.
  repairMonth: (db: Db, point: string, day: string, now: number) =>
    asSystem(db, (trx) =>
      repairDay(
        trx,
        point,
        day,
        async (_trx, _point, { from, to }) =>
          daysBetween(from, to).map((each, i) => {
            const plain = measured(each, i, 40 + i, 20)
            return { plain, deviated: plain }
          }),
        'system:repair',
        { now },
      ),
    ),
  fold: (db: Db, _point: string, _day: string, now: number) => compact(db, { settledDays: 0, now }),
} as const
export type Work = keyof typeof works

if (process.send) {
  const [url, work, point, day, now] = process.argv.slice(2)
  const db = createPool({ connectionString: url, max: 1, parameters: { role: 'contor_app' } })
  process.once('disconnect', () => process.exit())
  await works[work as Work](db, point, day, Number(now))
  process.send('done')
}
