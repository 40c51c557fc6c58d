// Days whose seal does not hold: found, named once, and work for the operator until they are repaired.

import { slotsInDay } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../../platform/index.ts'
import { type BlockRow, CorruptDay, openBlock } from '../blockRow.ts'
import { faultOfMonth, monthColumns, type StoredMonth } from './monthFault.ts'

const rule = { name: 'stored-day-altered', version: 1 } as const

/** Notes a fault and opens an exception; a fault that stands open already is not noted again. @returns whether it is new */
export async function noteFault(trx: Trx, fault: CorruptDay): Promise<boolean> {
  const { meteringPointId, day, lastDay } = fault
  const noted = await sql`
    insert into contor.block_fault (metering_point_id, day, last_day, fault)
    values (${meteringPointId}, ${day}, ${lastDay}, ${fault.fault})
    on conflict do nothing`.execute(trx)
  if (noted.numAffectedRows !== 1n) return false
  await sql`
    insert into contor.validation_exception as e
      (metering_point_id, day, channel, rule, rule_version, severity, from_slot, count, details)
    values (${meteringPointId}, ${day}, 'A+', ${rule.name}, ${rule.version}, 'error', 0, ${slotsInDay(day)},
            ${JSON.stringify({ fault: fault.fault })}::jsonb)
    on conflict (metering_point_id, day, channel, rule, from_slot) do update
       set status = 'open', details = excluded.details, closed_at = null, closed_by = null, resolution = null`.execute(
    trx,
  )
  return true
}

/** Ends a fault and its exception in the transaction of the repair. */
export async function closeFault(
  trx: Trx,
  meteringPointId: string,
  day: string,
  from: string,
): Promise<void> {
  await sql`update contor.block_fault set repaired_at = clock_timestamp(), repaired_from = ${from}
             where metering_point_id = ${meteringPointId} and day = ${day} and repaired_at is null`.execute(
    trx,
  )
  await sql`update contor.validation_exception
               set status = 'resolved', closed_at = now(), closed_by = 'system:repair', resolution = ${`repaired from ${from}`}
             where metering_point_id = ${meteringPointId} and day = ${day} and rule = ${rule.name}
               and status <> 'resolved'`.execute(trx)
}

/** Keeps with an open fault what was done about it, or what is lacking. */
export async function detailFault(
  trx: Trx,
  meteringPointId: string,
  day: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql`update contor.block_fault set details = ${JSON.stringify(details)}::jsonb
             where metering_point_id = ${meteringPointId} and day = ${day} and repaired_at is null`.execute(
    trx,
  )
}

export type OpenFault = { readonly meteringPointId: string; readonly day: string; readonly fault: string }

/** Faults that stand open, of all points or of one, oldest day first. */
export async function openFaults(trx: Trx, meteringPointId?: string, day?: string): Promise<OpenFault[]> {
  const { rows } = await sql<OpenFault>`
    select metering_point_id as "meteringPointId", day, fault from contor.block_fault
     where repaired_at is null and (${meteringPointId ?? null}::bigint is null or metering_point_id = ${meteringPointId ?? null}::bigint)
       and (${day ?? null}::date is null or ${day ?? null}::date between day and coalesce(last_day, day))
     order by day, metering_point_id`.execute(trx)
  return rows
}

/** Days, and month blocks, whose seals are looked at in one transaction. */
const sliceDays = 2_000
const sliceMonths = 100

export type SealCheck = { readonly checked: number; readonly faults: number; readonly roundEnded: boolean }

/**
 * Looks at the seals of about `most` stored days and month blocks, beginning where the last call ended, and notes those that do not
 * hold. After the last day of the last point the next call begins anew. A crash repeats at most one slice.
 */
export async function checkSeals(db: Db, most: number, signal?: AbortSignal): Promise<SealCheck> {
  let checked = 0
  let faults = 0
  while (checked < most && !signal?.aborted) {
    const slice = await asSystem(db, (trx) => checkSlice(trx, Math.min(sliceDays, most - checked)))
    checked += slice.checked
    faults += slice.faults
    if (slice.roundEnded) return { checked, faults, roundEnded: true }
  }
  return { checked, faults, roundEnded: false }
}

async function checkSlice(trx: Trx, limit: number): Promise<SealCheck> {
  await sql`insert into contor.seal_check default values on conflict do nothing`.execute(trx)
  const cursor = await sql<Place>`
    select after_point as point, after_day as day from contor.seal_check for update`.execute(trx)
  const after = cursor.rows[0]
  const { rows: days } = await sql<BlockRow & { point: string }>`
    select metering_point_id as point, day, version, payload, sources, growth, checksum, known_from, changed_at
      from contor.day_block
     where (metering_point_id, day) > (${after.point}::bigint, ${after.day}::date) and version > 0
     order by metering_point_id, day limit ${limit}`.execute(trx)
  const { rows: months } = await sql<StoredMonth & { point: string }>`
    select metering_point_id as point, ${monthColumns} from contor.month_block
     where (metering_point_id, month) > (${after.point}::bigint, ${after.day}::date)
     order by metering_point_id, month limit ${sliceMonths}`.execute(trx)
  // Whichever list was cut short says how far this slice goes: what lies beyond is the next one's.
  const [day, month] = [days.at(-1), months.at(-1)]
  const ends: Place[] = []
  if (day && days.length === limit) ends.push(day)
  if (month && months.length === sliceMonths) ends.push(placeOf(month))
  const end = ends.sort(comparePlaces).at(0)
  const within = (place: Place) => end === undefined || comparePlaces(place, end) <= 0
  const someDays = days.filter(within)
  const someMonths = months.filter((row) => within(placeOf(row)))
  let faults = 0
  for (const row of someDays) if (await isNewFault(trx, () => openBlock(row.point, row))) faults++
  for (const row of someMonths) if (await isNewMonthFault(trx, row.point, row)) faults++
  const roundEnded = end === undefined
  const checked = someDays.length + someMonths.length
  await sql`
    update contor.seal_check set after_point = ${end?.point ?? '0'}, after_day = ${end?.day ?? '0001-01-01'}::date,
           checked = case when ${roundEnded}::boolean then 0 else checked + ${checked}::int end,
           faults = case when ${roundEnded}::boolean then 0 else faults + ${faults}::int end,
           round_started_at = case when ${roundEnded}::boolean then now() else round_started_at end,
           last_round_at = case when ${roundEnded}::boolean then now() else last_round_at end`.execute(trx)
  return { checked, faults, roundEnded }
}

type Place = { readonly point: string; readonly day: string }
const placeOf = ({ point, month }: { readonly point: string; readonly month: string }): Place => ({
  point,
  day: month,
})
const comparePlaces = (a: Place, b: Place) =>
  Number(BigInt(a.point) - BigInt(b.point)) || (a.day < b.day ? -1 : a.day > b.day ? 1 : 0)

/** Looks at the seals of one point and notes those that do not hold. @returns faults that were not known */
export async function checkPoint(trx: Trx, meteringPointId: string): Promise<number> {
  const { rows } = await sql<BlockRow>`
    select day, version, payload, sources, growth, checksum, known_from, changed_at from contor.day_block
     where metering_point_id = ${meteringPointId} and version > 0 order by day`.execute(trx)
  const months = await sql<StoredMonth>`
    select ${monthColumns} from contor.month_block
     where metering_point_id = ${meteringPointId} order by month`.execute(trx)
  let faults = 0
  for (const row of rows) if (await isNewFault(trx, () => openBlock(meteringPointId, row))) faults++
  for (const month of months.rows) if (await isNewMonthFault(trx, meteringPointId, month)) faults++
  return faults
}

async function isNewFault(trx: Trx, open: () => unknown): Promise<boolean> {
  try {
    open()
    return false
  } catch (error) {
    if (!(error instanceof CorruptDay)) throw error
    return noteFault(trx, error)
  }
}

async function isNewMonthFault(trx: Trx, meteringPointId: string, row: StoredMonth): Promise<boolean> {
  const fault = faultOfMonth(meteringPointId, row)
  return fault !== undefined && noteFault(trx, fault.error)
}
