// Exceptions as work: grouped by cause, assigned, acknowledged, closed with a reason.

import { sql } from 'kysely'
import { type Actor, ContorError, type Trx } from '../../platform/index.ts'
import { findPersonWith, writeAudit } from '../access/index.ts'

/** How long an exception has waited: under a day, a week, a month, longer. */
export const ages = ['day', 'week', 'month', 'older'] as const
export type Age = (typeof ages)[number]

/** Stands for the owner of what nobody owns. */
export const nobody = 'nobody'

export type ExceptionFilter = {
  readonly status?: 'open' | 'acknowledged' | 'resolved' | undefined
  readonly rule?: string | undefined
  readonly severity?: string | undefined
  readonly stationId?: string | undefined
  /** `withoutModel`: points without a meter. */
  readonly modelId?: string | undefined
  /** Civil day that the exception is about. */
  readonly day?: string | undefined
  /** Subject of a person, or `nobody`. */
  readonly assignedTo?: string | undefined
  readonly age?: Age | undefined
  readonly meteringPointId?: string | undefined
}

export type ExceptionRow = {
  readonly id: string
  readonly meteringPointId: string
  readonly pod: string
  readonly name: string
  readonly stationId: string
  readonly station: string
  readonly serial: string | null
  readonly modelId: string | null
  readonly day: string
  readonly channel: string
  readonly rule: string
  readonly ruleVersion: number
  readonly severity: string
  readonly fromSlot: number | null
  readonly count: number | null
  readonly details: Record<string, unknown>
  readonly status: 'open' | 'acknowledged' | 'resolved'
  readonly assignedTo: string | null
  readonly dueAt: Date | null
  readonly openedAt: Date
  readonly closedAt: Date | null
  readonly closedBy: string | null
  readonly resolution: string | null
}

/** Stands for the meter model of points that have no meter. */
const withoutModel = 'none'

const joined = sql`
  contor.validation_exception e
  join contor.metering_point p on p.id = e.metering_point_id
  join contor.station s on s.id = p.station_id
  left join contor.meter m on m.metering_point_id = e.metering_point_id and m.id = e.meter_id`

const ageColumn = sql`case when e.opened_at > now() - interval '1 day' then 'day'
  when e.opened_at > now() - interval '7 days' then 'week'
  when e.opened_at > now() - interval '30 days' then 'month' else 'older' end`

const matches = (filter: ExceptionFilter) => sql`
      (${filter.status ?? null}::text is null or e.status = ${filter.status ?? null})
  and (${filter.rule ?? null}::text is null or e.rule = ${filter.rule ?? null})
  and (${filter.severity ?? null}::text is null or e.severity = ${filter.severity ?? null})
  and (${filter.stationId ?? null}::bigint is null or p.station_id = ${filter.stationId ?? null}::bigint)
  and (${filter.modelId ?? null}::text is null or coalesce(m.model_id, ${withoutModel}) = ${filter.modelId ?? null})
  and (${filter.day ?? null}::date is null or e.day = ${filter.day ?? null}::date)
  and (${filter.assignedTo ?? null}::text is null or coalesce(e.assigned_to, ${nobody}) = ${filter.assignedTo ?? null})
  and (${filter.age ?? null}::text is null or ${ageColumn} = ${filter.age ?? null})
  and (${filter.meteringPointId ?? null}::bigint is null or e.metering_point_id = ${filter.meteringPointId ?? null}::bigint)`

/** Exceptions, oldest number first; keyset by the number. */
export async function listExceptions(
  trx: Trx,
  filter: ExceptionFilter,
  limit: number,
  after?: string,
): Promise<ExceptionRow[]> {
  const { rows } = await sql<ExceptionRow>`
    select e.id, e.metering_point_id as "meteringPointId", p.pod, p.name, p.station_id as "stationId", s.code as station,
           m.serial, m.model_id as "modelId", e.day, e.channel, e.rule, e.rule_version as "ruleVersion", e.severity,
           e.from_slot as "fromSlot", e.count, e.details, e.status, e.assigned_to as "assignedTo", e.due_at as "dueAt",
           e.opened_at as "openedAt", e.closed_at as "closedAt", e.closed_by as "closedBy", e.resolution
      from ${joined} where ${matches(filter)} and (${after ?? null}::bigint is null or e.id > ${after ?? null}::bigint)
     order by e.id limit ${limit}`.execute(trx)
  return rows
}

export const groupings = ['rule', 'station', 'model', 'day', 'person', 'age'] as const
export type Grouping = (typeof groupings)[number]

export type ExceptionGroup = {
  readonly key: string
  readonly label: string
  readonly exceptions: number
  readonly points: number
  readonly errors: number
  readonly unassigned: number
  readonly oldestAt: Date
  readonly ages: Readonly<Record<Age, number>>
}

const groupColumn = {
  rule: sql`e.rule`,
  station: sql`p.station_id::text`,
  model: sql`coalesce(m.model_id, ${sql.lit(withoutModel)})`,
  day: sql`to_char(e.day, 'YYYY-MM-DD')`,
  person: sql`coalesce(e.assigned_to, ${sql.lit(nobody)})`,
  age: ageColumn,
} as const
const labelColumn = { ...groupColumn, station: sql`max(s.code || ' ' || s.name)` } as const

/** Counts by cause, the largest group first. */
export async function groupExceptions(
  trx: Trx,
  by: Grouping,
  filter: ExceptionFilter,
): Promise<ExceptionGroup[]> {
  const { rows } = await sql<Omit<ExceptionGroup, 'ages'> & Record<Age, number>>`
    select ${groupColumn[by]} as key, ${by === 'station' ? labelColumn.station : sql`max(${groupColumn[by]})`} as label,
           count(*)::int as exceptions, count(distinct e.metering_point_id)::int as points,
           count(*) filter (where e.severity = 'error')::int as errors,
           count(*) filter (where e.assigned_to is null)::int as unassigned, min(e.opened_at) as "oldestAt",
           count(*) filter (where ${ageColumn} = 'day')::int as day,
           count(*) filter (where ${ageColumn} = 'week')::int as week,
           count(*) filter (where ${ageColumn} = 'month')::int as month,
           count(*) filter (where ${ageColumn} = 'older')::int as older
      from ${joined} where ${matches(filter)} group by 1 order by 3 desc, 1 limit 500`.execute(trx)
  return rows.map(({ day, week, month, older, ...row }) => ({ ...row, ages: { day, week, month, older } }))
}

export type BulkAction =
  /** Gives it to a person, who has not begun yet; to oneself it is taken, from whoever had it; to nobody it is open. */
  | { readonly action: 'assign'; readonly to: string | null; readonly dueAt?: string | undefined }
  /** Takes what is nobody's or one's own; what another person has stays there. */
  | { readonly action: 'acknowledge' }
  | { readonly action: 'resolve' | 'reopen' }

/** Exceptions that one action may touch. */
export const bulkLimit = 5_000

/**
 * Does one thing to many exceptions, with a reason; each stays in the record of who did what.
 * @returns how many changed
 * @throws ContorError 'too-large' beyond `bulkLimit`, 'invalid-request' for an owner who may not work on exceptions
 */
export async function changeExceptions(
  trx: Trx,
  actor: Actor,
  chosen: { readonly ids: readonly string[] } | { readonly filter: ExceptionFilter },
  change: BulkAction,
  reason: string,
): Promise<number> {
  if (change.action === 'assign' && change.to !== null) await checkOwner(trx, change.to)
  const ids =
    'ids' in chosen
      ? [...chosen.ids]
      : (await listExceptions(trx, chosen.filter, bulkLimit + 1)).map((row) => row.id)
  if (ids.length > bulkLimit)
    throw new ContorError('too-large', `One action may touch ${bulkLimit} exceptions`, {
      field: 'ids',
      value: ids.length,
      remedy: 'Narrow the filter, by rule or by station.',
    })
  if (ids.length === 0) return 0
  const changed = await apply(trx, actor, ids, change, reason)
  await writeAudit(trx, actor, 'exception.change', `${changed} exceptions`, {
    ...change,
    reason,
    ids: ids.slice(0, 200),
    count: changed,
  })
  return changed
}

async function checkOwner(trx: Trx, to: string): Promise<void> {
  if ((await findPersonWith(trx, 'exceptions', to))?.subject === to) return
  throw new ContorError('invalid-request', `${to} is no person who may work on exceptions`, {
    field: 'change.to',
    value: to,
    remedy: 'Take a subject of GET /api/persons, or null for nobody.',
  })
}

async function apply(
  trx: Trx,
  actor: Actor,
  ids: readonly string[],
  change: BulkAction,
  reason: string,
): Promise<number> {
  const set =
    change.action === 'assign'
      ? sql`assigned_to = ${change.to}::text, due_at = ${change.dueAt ?? null}::timestamptz,
            status = ${change.to === actor.subject ? 'acknowledged' : 'open'}`
      : change.action === 'acknowledge'
        ? sql`status = 'acknowledged', assigned_to = ${actor.subject}`
        : change.action === 'resolve'
          ? sql`status = 'resolved', closed_at = now(), closed_by = ${actor.subject}, resolution = ${reason}`
          : sql`status = 'open', closed_at = null, closed_by = null, resolution = null`
  const from =
    change.action === 'reopen'
      ? sql`status = 'resolved'`
      : change.action === 'acknowledge'
        ? sql`status <> 'resolved' and coalesce(assigned_to, ${actor.subject}) = ${actor.subject}`
        : sql`status <> 'resolved'`
  const result = await sql`
    update contor.validation_exception set ${set}
     where id = any(${[...ids]}::bigint[]) and ${from}`.execute(trx)
  return Number(result.numAffectedRows ?? 0)
}
