// What the guard let through, counted in the database under one lock, and how large the places are.

import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import type { SignedCommand } from '../command.ts'
import { exceeded, type Limit, type LimitScope, type RateLimit, type Usage, unusual } from './limits.ts'
import type { GuardLimits } from './state.ts'

/** The place that would go dark. */
export interface Place {
  readonly stationId: string
  readonly feeder: string | null
  readonly approvedPowerW: number
}

type Who = Pick<SignedCommand, 'meteringPointId' | 'id' | 'requestedBy' | 'supplier'>

/** One darkening at a time is counted: two collectors never both take the last place. Held until the transaction ends. */
export async function lockGuard(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('contor.commands.guard'))`.execute(trx)
}

/** @returns why the limits refuse it, or undefined; under {@link lockGuard} */
export async function refusedByLimits(
  trx: Trx,
  { limits, unreadable }: GuardLimits,
  command: Who,
  place: Place,
  sizes: Sizes,
): Promise<string | undefined> {
  if (unreadable) return unreadable
  const asked = limits.filter(
    ({ scope }) =>
      !(scope === 'supplier' && command.supplier === null) && !(scope === 'feeder' && place.feeder === null),
  )
  const released = await countReleased(trx, asked, command, place)
  for (const [index, limit] of asked.entries()) {
    const why = exceeded(
      limit,
      {
        ...(released[index] ?? { count: 0, powerW: 0 }),
        ...(await sizeOf(trx, sizes, limit.scope, command, place)),
      },
      place.approvedPowerW,
    )
    if (why) return why
  }
  return undefined
}

const scopeFilter = (scope: LimitScope, command: Who, place: Place) =>
  scope === 'station'
    ? sql`station_id = ${place.stationId}`
    : scope === 'feeder'
      ? sql`station_id = ${place.stationId} and feeder = ${place.feeder}`
      : scope === 'person'
        ? sql`person = ${command.requestedBy}`
        : scope === 'supplier'
          ? sql`supplier = ${command.supplier}`
          : sql`true`

/** How `guard_tally` names the place. */
const placeName = (scope: LimitScope, command: Who, place: Place): string =>
  ({
    all: '',
    station: place.stationId,
    feeder: `${place.stationId} ${place.feeder}`,
    person: command.requestedBy,
    supplier: command.supplier ?? '',
  })[scope]

// As the trigger of 0055 lays them. Whole buckets come as sums; the one that the window cuts, and the rows of the command
// itself, are few and counted.
const bucket = sql`interval '5 minutes'`

type Window = Pick<Limit, 'scope' | 'windowS'>

/** Count and power of each limit's scope and window; a command is not among what went before it. */
async function countReleased(trx: Trx, limits: readonly Window[], command: Who, place: Place) {
  if (limits.length === 0) return []
  const parts = limits.map(({ scope, windowS }, index) => {
    const filter = scopeFilter(scope, command, place)
    return sql`
      select ${index}::int as index, whole.count + cut.count - own.count as count, whole.power + cut.power - own.power as power
        from (select since, date_bin(${bucket}, since, 'epoch') + ${bucket} as edge
                from (select statement_timestamp() - ${`${windowS} seconds`}::interval as since) w) e,
             lateral (select coalesce(sum(t.count), 0) as count, coalesce(sum(t.power_w), 0) as power
                        from contor.guard_tally t
                       where t.scope = ${scope} and t.place = ${placeName(scope, command, place)} and t.bucket >= e.edge) whole,
             lateral (select count(*) as count, coalesce(sum(power_w), 0) as power from contor.guard_release
                       where at > e.since and at < e.edge and ${filter}) cut,
             lateral (select count(*) as count, coalesce(sum(power_w), 0) as power from contor.guard_release
                       where command_id = ${command.id} and at > e.since and ${filter}) own`
  })
  const { rows } = await sql<{ count: string; power: string }>`
    ${sql.join(parts, sql` union all `)} order by index`.execute(trx)
  return rows.map(({ count, power }) => ({ count: Number(count), powerW: Number(power) }))
}

/** How many left in the whole house within each window. */
export async function releasedWithin(
  trx: Trx,
  windowsS: readonly number[],
  exceptCommand: string = nobody,
): Promise<number[]> {
  const counted = await countReleased(
    trx,
    windowsS.map((windowS) => ({ scope: 'all', windowS })),
    { meteringPointId: '', id: exceptCommand, requestedBy: '', supplier: null },
    nowhere,
  )
  return counted.map(({ count }) => count)
}

// A fleet's size changes slowly and counting it reads every point: asked again after this.
const sizeAgeMs = 600_000
const maxSizes = 20_000
type Size = Pick<Usage, 'customers' | 'totalPowerW'>

/** Sizes of places as counted a while ago; one for each process that releases. */
export type Sizes = Map<string, { readonly at: number; readonly size: Size }>

async function sizeOf(trx: Trx, sizes: Sizes, scope: LimitScope, command: Who, place: Place): Promise<Size> {
  // A person's share is one of all customers.
  const of = scope === 'person' ? 'all' : scope
  const key = JSON.stringify([
    of,
    of === 'all'
      ? ''
      : of === 'supplier'
        ? command.supplier
        : [place.stationId, of === 'feeder' ? place.feeder : ''],
  ])
  const found = sizes.get(key)
  if (found && Date.now() - found.at < sizeAgeMs) return found.size
  const { rows } = await sql<{ customers: number; total: string }>`
    select count(*)::int as customers, coalesce(sum(approved_power_w), 0) as total from contor.metering_point
     where kind <> 'balance' and ${scopeFilter(of, command, place)}`.execute(trx)
  const size = { customers: rows[0]?.customers ?? 0, totalPowerW: Number(rows[0]?.total ?? 0) }
  if (sizes.size >= maxSizes) sizes.clear()
  sizes.set(key, { at: Date.now(), size })
  return size
}

const historyDays = 28
/** The weeks before are counted again after this; what joins them in between makes the usual larger, never smaller. */
const historyAgeMs = 60_000

/** What the weeks before an hour were like, as counted a while ago; one for each process that releases. */
export interface History {
  counted?: { readonly at: number; readonly windowS: number; readonly before: number; readonly spanS: number }
}

/** Whether this one would make the hour unlike the weeks before; under {@link lockGuard}. */
export async function unlikeHistory(
  trx: Trx,
  rate: RateLimit,
  commandId: string,
  history: History = {},
): Promise<string | undefined> {
  const [recent = 0] = await releasedWithin(trx, [rate.windowS], commandId)
  const now = Date.now()
  let known = history.counted
  // The bucket that the window cuts is in neither: the usual is rather too small.
  if (known?.windowS !== rate.windowS || Math.abs(now - known.at) >= historyAgeMs) {
    const counted = await sql<{ before: number; spanS: number }>`
      select coalesce(sum(count) filter (where bucket <= statement_timestamp() - ${`${rate.windowS} seconds`}::interval - ${bucket}), 0)::int as before,
             coalesce(extract(epoch from statement_timestamp() - min(bucket)), 0)::float8 as "spanS"
        from contor.guard_tally
       where scope = 'all' and place = '' and bucket > statement_timestamp() - ${`${historyDays} days`}::interval`.execute(
      trx,
    )
    const { before = 0, spanS = 0 } = counted.rows[0] ?? {}
    known = { at: now, windowS: rate.windowS, before, spanS }
    history.counted = known
  }
  const count = recent + 1
  const spanS = known.spanS + (now - known.at) / 1_000
  const windows = Math.max(1, (spanS - rate.windowS) / rate.windowS)
  const usual = known.before / windows
  return unusual(rate, count, usual)
    ? `${count} in ${rate.windowS / 60} min, ${usual.toFixed(1)} are usual`
    : undefined
}

/** Puts a release on record. The same command again within the hour counts once. */
export async function recordRelease(trx: Trx, command: Who, place: Place): Promise<void> {
  await sql`
    insert into contor.guard_release (command_id, point_id, station_id, feeder, supplier, person, power_w)
    select ${command.id}, ${command.meteringPointId}, ${place.stationId}, ${place.feeder}, ${command.supplier},
           ${command.requestedBy}, ${place.approvedPowerW}::integer
     where not exists (
       select 1 from contor.guard_release
        where command_id = ${command.id} and at > clock_timestamp() - interval '1 hour' and station_id = ${place.stationId}
          and feeder is not distinct from ${place.feeder} and supplier is not distinct from ${command.supplier}
          and person = ${command.requestedBy} and power_w = ${place.approvedPowerW})`.execute(trx)
}

/**
 * How many of these, one after the other, the limits would let through at this time. Nothing is recorded.
 * @returns the reason for each, undefined where it would leave
 */
export async function rehearseReleases(
  trx: Trx,
  { limits, unreadable }: GuardLimits,
  person: string,
  places: readonly (Place & { readonly meteringPointId: string })[],
): Promise<(string | undefined)[]> {
  if (unreadable) return places.map(() => unreadable)
  const sizes: Sizes = new Map()
  const used = new Map<string, Usage>()
  const reasons: (string | undefined)[] = []
  for (const place of places) {
    const who = { meteringPointId: place.meteringPointId, id: nobody, requestedBy: person, supplier: null }
    const asked = limits.filter(
      ({ scope }) => scope !== 'supplier' && !(scope === 'feeder' && place.feeder === null),
    )
    const keys = asked.map(({ scope, windowS }) =>
      JSON.stringify([
        scope,
        windowS,
        ...(scope === 'station' || scope === 'feeder' ? [place.stationId] : []),
        ...(scope === 'feeder' ? [place.feeder] : []),
      ]),
    )
    const missing = asked.filter((_, index) => !used.has(keys[index] ?? ''))
    const counted = await countReleased(trx, missing, who, place)
    for (const [index, limit] of missing.entries())
      used.set(keys[asked.indexOf(limit)] ?? '', {
        ...(counted[index] ?? { count: 0, powerW: 0 }),
        ...(await sizeOf(trx, sizes, limit.scope, who, place)),
      })
    const usages = keys.map((key) => used.get(key) ?? nothing)
    const why = asked
      .map((limit, index) => exceeded(limit, usages[index] ?? nothing, place.approvedPowerW))
      .find((reason) => reason !== undefined)
    reasons.push(why)
    if (why !== undefined) continue
    for (const [index, key] of keys.entries()) {
      const usage = usages[index] ?? nothing
      used.set(key, { ...usage, count: usage.count + 1, powerW: usage.powerW + place.approvedPowerW })
    }
  }
  return reasons
}

/** Of no command: none is left out of the count. */
const nobody = '00000000-0000-0000-0000-000000000000'
const nowhere: Place = { stationId: '0', feeder: null, approvedPowerW: 0 }
const nothing: Usage = { count: 0, powerW: 0, customers: 0, totalPowerW: 0 }
