// Which tariff calendar a point's meter follows.

import type { TariffCalendar, TariffPeriod } from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

/** What calendars are told apart by. */
export type CalendarPoint = {
  readonly kind: string
  readonly modelId: string | null
  readonly readingMode: string
  readonly stationId: string
}

/** The tariff calendar of the point's meter on a day; undefined when none is known. */
export async function loadCalendar(
  trx: Trx,
  point: CalendarPoint,
  day: string,
): Promise<TariffCalendar | undefined> {
  const facts: Readonly<Record<string, string | null>> = {
    segment: point.kind,
    modelId: point.modelId,
    readingMode: point.readingMode,
    stationId: point.stationId,
  }
  const { rows } = await sql<{
    name: string
    version: number
    source: string
    periods: TariffPeriod[]
    applies_to: Readonly<Record<string, string>>
  }>`
    select name, version, source, periods, applies_to from contor.tariff_calendar
     where valid_from <= ${day} order by valid_from desc, version desc`.execute(trx)
  // The group that names most things wins; of equals the newest, which comes first.
  const found = rows
    .filter((row) => Object.entries(row.applies_to).every(([key, value]) => facts[key] === value))
    .reduce<(typeof rows)[number] | undefined>(
      (best, row) =>
        best && Object.keys(best.applies_to).length >= Object.keys(row.applies_to).length ? best : row,
      undefined,
    )
  return found && { name: found.name, version: found.version, source: found.source, periods: found.periods }
}
