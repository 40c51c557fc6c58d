// Judges the balance of a station when every point behind it is whole.

import { slotsInDay } from '@contor/intervals'
import { stationBalance } from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { openExceptions, resolveExceptions } from './exceptions.ts'
import type { RuleBook } from './ruleBook.ts'

export type StationDay = {
  readonly stationId: string
  readonly day: string
  /** Supplied by the grid and produced behind the station, Wh. */
  readonly enteredWh: number
  /** Used by the points and returned to the grid, Wh. */
  readonly leftWh: number
  readonly complete: boolean
}

/**
 * Opens or resolves the exception of a station's day; it stands at the station's balance point. A day that is not
 * complete says nothing.
 */
export async function judgeStationDay(trx: Trx, book: RuleBook, of: StationDay): Promise<void> {
  if (!of.complete) return
  const { rows } = await sql<{
    id: string
    meterId: string | null
    readingMode: string
    modelId: string | null
  }>`
    select p.id, m.id as "meterId", p.reading_mode as "readingMode", m.model_id as "modelId"
      from contor.metering_point p left join contor.meter m on m.metering_point_id = p.id and m.removed_at is null
     where p.station_id = ${of.stationId} and p.kind = 'balance' order by p.id limit 1`.execute(trx)
  const [point] = rows
  if (!point) return
  const rules = book.rulesFor({
    segment: 'balance',
    readingMode: point.readingMode,
    stationId: of.stationId,
    ...(point.modelId ? { modelId: point.modelId } : {}),
  })
  const rule = rules['station-balance']
  if (!rule) return
  const found = stationBalance(of.day, slotsInDay(of.day), of.enteredWh, of.leftWh, rule.parameters)
  await openExceptions(trx, { meteringPointId: point.id, meterId: point.meterId }, found, rules)
  await resolveExceptions(trx, point.id, ['station-balance'], [of.day], found)
}
