// What others say of a point's day: the meters of its neighbours, its witness, its tariff calendar, its phases.

import { civilDayOf, dayEnd, dayStart } from '@contor/intervals'
import { dayTypeOf, type TariffCalendar, tariffsOfDay } from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type CalendarPoint, loadCalendar } from './calendar.ts'

/** Peers that are looked at. */
const mostPeers = 24

export type Witnessed = {
  readonly ownWh: number
  readonly witnessWh: number
  readonly classes: readonly [string | null, string | null]
}

/** Facts of others about the days of one point, by day. */
export type Around = {
  registerOfSlot(day: string): Uint8Array | undefined
  peerRatios(day: string): Float64Array
  currentsA(day: string): readonly [number, number, number] | undefined
  witnesses(day: string): readonly Witnessed[]
}

type PointFacts = CalendarPoint & { readonly phases: number }

/** Loads everything for a stretch of days at once. @param days in order, at least one */
export async function loadAround(
  trx: Trx,
  meteringPointId: string,
  meterId: string,
  days: readonly string[],
): Promise<Around> {
  const [first, last] = [days[0], days[days.length - 1]]
  const { rows } = await sql<PointFacts>`
    select p.kind, p.reading_mode as "readingMode", p.station_id as "stationId", p.phases,
           (select model_id from contor.meter m where m.metering_point_id = p.id and m.id = ${meterId}) as "modelId"
      from contor.metering_point p where p.id = ${meteringPointId}`.execute(trx)
  const [point] = rows
  const calendar = point && (await loadCalendar(trx, point, last))
  const peers = point ? await loadPeers(trx, meteringPointId, point, days) : new Map<string, number[]>()
  const currents =
    point?.phases === 3 ? await loadCurrents(trx, meteringPointId, first, last) : new Map<string, Phases>()
  const witnesses = await loadWitnesses(trx, meteringPointId, days)
  return {
    registerOfSlot: (day) => registerOf(calendar, day),
    peerRatios: (day) => Float64Array.from(peers.get(day) ?? []),
    currentsA: (day) => currents.get(day),
    witnesses: (day) => witnesses.get(day) ?? [],
  }
}

const registerOf = (calendar: TariffCalendar | undefined, day: string) =>
  calendar && tariffsOfDay(calendar, day)

// Day total over own mean of the point's neighbours of the same kind, where their day is whole and measured.
async function loadPeers(
  trx: Trx,
  id: string,
  { kind, stationId }: PointFacts,
  days: readonly string[],
): Promise<Map<string, number[]>> {
  const ratios = new Map<string, number[]>()
  if (kind === 'balance') return ratios
  const { rows } = await sql<{ day: string; wh: number; working: number; saturday: number; sunday: number }>`
    select b.day, b.import_wh as wh, (h.history #>> '{types,working,meanWh}')::float8 as working,
           (h.history #>> '{types,saturday,meanWh}')::float8 as saturday, (h.history #>> '{types,sunday,meanWh}')::float8 as sunday
      from (select id from contor.metering_point where station_id = ${stationId} and kind = ${kind} and id <> ${id}
             order by id limit ${mostPeers}) p
      join contor.day_figures b on b.metering_point_id = p.id
      join contor.point_history h on h.metering_point_id = p.id
     where b.day = any(${[...days]}::date[]) and b.present = b.slots and b.estimated = 0`.execute(trx)
  for (const row of rows) {
    const meanWh = row[dayTypeOf(row.day)]
    if (!(meanWh > 0)) continue
    const list = ratios.get(row.day) ?? []
    list.push(row.wh / meanWh)
    ratios.set(row.day, list)
  }
  return ratios
}

type Phases = readonly [number, number, number]

/** Mean of the currents that sessions of the day found. */
async function loadCurrents(trx: Trx, id: string, from: string, to: string): Promise<Map<string, Phases>> {
  const { rows } = await sql<{ at: Date; l1: number; l2: number; l3: number }>`
    select at, l1_ma as l1, l2_ma as l2, l3_ma as l3 from contor.phase_current
     where metering_point_id = ${id} and at >= ${new Date(dayStart(from))} and at < ${new Date(dayEnd(to))}`.execute(
    trx,
  )
  const means = new Map<string, Phases>()
  for (const [day, found] of Map.groupBy(rows, (row) => civilDayOf(row.at.getTime()))) {
    const mean = (key: 'l1' | 'l2' | 'l3') =>
      found.reduce((all, row) => all + row[key], 0) / found.length / 1_000
    means.set(day, [mean('l1'), mean('l2'), mean('l3')])
  }
  return means
}

// The same energy at the point and at its witness, whichever of the two is judged, once both are whole.
async function loadWitnesses(
  trx: Trx,
  id: string,
  days: readonly string[],
): Promise<Map<string, Witnessed[]>> {
  const related = await sql<{ other: string; from: string; to: string | null }>`
    select case when metering_point_id = ${id} then main_point_id else metering_point_id end as other,
           valid_from as from, valid_to as to
      from contor.point_relation
     where kind = 'witness' and (metering_point_id = ${id} or main_point_id = ${id})`.execute(trx)
  const found = new Map<string, Witnessed[]>()
  for (const { other, from, to } of related.rows) {
    const { rows } = await sql<{ point: string; day: string; wh: number }>`
      select metering_point_id as point, day, import_wh as wh from contor.day_figures
       where metering_point_id in (${id}, ${other}) and day = any(${[...days]}::date[]) and present = slots`.execute(
      trx,
    )
    const classes = [await classOf(trx, id), await classOf(trx, other)] as const
    for (const [day, both] of Map.groupBy(rows, (row) => row.day)) {
      const own = both.find((row) => row.point === id)
      const witness = both.find((row) => row.point === other)
      if (!own || !witness || day < from || (to !== null && day > to)) continue
      const entry = { ownWh: own.wh, witnessWh: witness.wh, classes }
      found.set(day, [...(found.get(day) ?? []), entry])
    }
  }
  return found
}

async function classOf(trx: Trx, id: string): Promise<string | null> {
  const { rows } = await sql<{ class: string | null }>`
    select accuracy_class as class from contor.meter_installation
     where metering_point_id = ${id} order by valid_from desc limit 1`.execute(trx)
  return rows[0]?.class ?? null
}
