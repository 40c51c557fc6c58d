// What persons decided about the guard: stop and resume, freeze and thaw, break-glass. Tightening takes effect from
// any row; loosening only with a signature, so that whoever reaches the table can stop the house and never open it.

import { sql } from 'kysely'
import { type Actor, ContorError, type Trx } from '../../../platform/index.ts'
import type { Signer, Verifier } from '../signing.ts'
import { type Limit, limitScopes, type RateLimit, shippedLimits, shippedRate } from './limits.ts'

export type GuardEventKind = 'stop' | 'resume' | 'freeze' | 'thaw' | 'break-glass' | 'alarm'

interface GuardEventRow {
  readonly id: string
  readonly at: Date
  readonly kind: GuardEventKind
  readonly actor: string
  readonly approvedBy: string | null
  readonly reason: string
  readonly until: Date | null
  readonly details: Record<string, unknown>
  readonly signature: Buffer | null
}
export type GuardEvent = Omit<GuardEventRow, 'signature'>

export interface GuardState {
  readonly stopped?: GuardEvent | undefined
  readonly frozen?: GuardEvent | undefined
  /** Budgets and freezes are lifted until then. */
  readonly breakGlass?: GuardEvent | undefined
}

const eventBytes = (
  event: Pick<GuardEventRow, 'kind' | 'at' | 'actor' | 'approvedBy' | 'reason' | 'until'>,
) =>
  Buffer.from(
    JSON.stringify([
      'contor-guard-1',
      event.kind,
      event.at.getTime(),
      event.actor,
      event.approvedBy,
      event.reason,
      event.until?.getTime() ?? null,
    ]),
  )

/** Longest break-glass, ms. */
const maxBreakGlassMs = 4 * 3_600_000
const columns = sql`id, at, kind, actor, approved_by as "approvedBy", reason, until, details, signature`
// More rows than this that pretend to open are nobody's work: what is closed stays closed.
const maxClaims = 500

/**
 * What holds at `now`: the last closing of each kind, unless a row with a genuine signature opened it after. Rows without
 * one change nothing, however many are written; a signed row that is copied later keeps its own time.
 */
export async function guardState(trx: Trx, verifier: Verifier, now: number): Promise<GuardState> {
  // A closing holds as soon as either clock has come to it; a row of the future would never be opened again.
  const { rows: closings } = await sql<GuardEventRow>`
    select distinct on (kind) ${columns} from contor.guard_event
     where kind in ('stop', 'freeze') and at <= greatest(clock_timestamp(), ${new Date(now)}) + interval '1 second'
     order by kind, at desc`.execute(trx)
  const opened = async (kind: 'resume' | 'thaw' | 'break-glass', after: Date) => {
    const { rows } = await sql<GuardEventRow>`
      select ${columns} from contor.guard_event
       where kind = ${kind} and signature is not null and at > ${after} and at <= ${new Date(now + 1_000)}
       order by at desc limit ${maxClaims}`.execute(trx)
    return rows.find((row) => row.signature !== null && verifier.verify(eventBytes(row), row.signature))
  }
  const holds = async (closing: GuardEventKind, opening: 'resume' | 'thaw') => {
    const closed = closings.find(({ kind }) => kind === closing)
    return closed && !(await opened(opening, closed.at)) ? closed : undefined
  }
  const breakGlass = await opened('break-glass', new Date(now - maxBreakGlassMs))
  return {
    stopped: await holds('stop', 'resume'),
    frozen: await holds('freeze', 'thaw'),
    ...(breakGlass?.until && breakGlass.until.getTime() > now ? { breakGlass } : {}),
  }
}

/** Closes: anybody in charge may, at once, alone. */
export async function tighten(
  trx: Trx,
  kind: 'stop' | 'freeze' | 'alarm',
  actor: string,
  reason: string,
  details: object = {},
): Promise<void> {
  await sql`insert into contor.guard_event (at, kind, actor, reason, details)
            values (clock_timestamp(), ${kind}, ${actor}, ${reason}, ${JSON.stringify(details)}::jsonb)`.execute(
    trx,
  )
}

/**
 * Opens: two persons, signed. Break-glass may be one person's alone, and raises an alarm.
 * @throws ContorError 'not-allowed' when the second person is the first
 */
export async function loosen(
  trx: Trx,
  signer: Signer,
  kind: 'resume' | 'thaw' | 'break-glass',
  actor: Actor,
  input: { readonly approvedBy: string | null; readonly reason: string; readonly until?: Date | undefined },
): Promise<void> {
  if (kind !== 'break-glass' && (input.approvedBy === null || input.approvedBy === actor.subject))
    throw new ContorError('not-allowed', 'Opening the guard takes two persons', {
      field: 'approvedBy',
      value: input.approvedBy,
      remedy: 'Another person with the right to the guard confirms it.',
    })
  const at = new Date()
  const until = kind === 'break-glass' ? (input.until ?? new Date(at.getTime() + 3_600_000)) : null
  if (until && (until <= at || until.getTime() - at.getTime() > maxBreakGlassMs))
    throw new ContorError('invalid-request', 'Break-glass lasts at most 4 hours', {
      field: 'until',
      value: until.toISOString(),
      remedy: 'Choose an instant within the next 4 hours.',
    })
  const event = { kind, at, actor: actor.subject, approvedBy: input.approvedBy, reason: input.reason, until }
  await sql`insert into contor.guard_event (at, kind, actor, approved_by, reason, until, signature)
            values (${at}, ${kind}, ${event.actor}, ${event.approvedBy}, ${event.reason}, ${until}, ${signer.sign(eventBytes(event))})`.execute(
    trx,
  )
  await wakeHeld(trx)
  if (kind === 'break-glass')
    await tighten(trx, 'alarm', actor.subject, `break-glass: ${input.reason}`, { until })
}

/** What was held asks again at once, and is judged again. */
async function wakeHeld(trx: Trx): Promise<void> {
  await sql`update contor.relay_command set next_at = clock_timestamp()
             where state = 'queued' and held is not null and next_at > clock_timestamp() and not_before <= clock_timestamp()`.execute(
    trx,
  )
}

/** Newest first. */
export async function listGuardEvents(trx: Trx, limit: number): Promise<GuardEvent[]> {
  const { rows } = await sql<GuardEventRow>`
    select id, at, kind, actor, approved_by as "approvedBy", reason, until, details, null as signature
      from contor.guard_event order by id desc limit ${limit}`.execute(trx)
  return rows.map(({ signature: _, ...event }) => event)
}

interface LimitRow {
  readonly scope: string
  readonly window_s: number
  readonly max_count: number
  readonly max_share: number
  readonly max_power_share: number
  readonly factor: number | null
  readonly set_at: Date
  readonly set_by: string
  readonly approved_by: string
  readonly reason: string
  readonly signature: Buffer
}

const limitBytes = (row: Omit<LimitRow, 'signature'>) =>
  Buffer.from(
    JSON.stringify([
      'contor-limit-1',
      row.scope,
      row.window_s,
      row.max_count,
      row.max_share,
      row.max_power_share,
      row.factor,
      row.set_at.getTime(),
      row.set_by,
      row.approved_by,
      row.reason,
    ]),
  )

export interface GuardLimits {
  readonly limits: readonly Limit[]
  readonly rate: RateLimit
  /** Why what persons set cannot be known; nothing that darkens leaves meanwhile. */
  readonly unreadable?: string
}

// The table has one genuine row for each change of a limit; with more than this, others wrote it.
const maxLimitRows = 5_000
const tooManyRows =
  'limits: more rows than persons set; the owner of the database removes from guard_limit what no two persons signed'

/**
 * The limits in force: for each scope and window the newest genuine row; the shipped ones where there is none.
 * `unreadable` when the table is flooded: a tightened limit among the rows must not be missed.
 */
export async function guardLimits(trx: Trx, verifier: Verifier): Promise<GuardLimits> {
  const { rows } = await sql<LimitRow>`
    select * from contor.guard_limit order by set_at desc limit ${maxLimitRows + 1}`.execute(trx)
  const limits = new Map(shippedLimits.map((limit) => [`${limit.scope} ${limit.windowS}`, limit]))
  const seen = new Set<string>()
  let rate = shippedRate
  for (const row of rows) {
    // The rate has one value, whatever its window: an older one must not come back behind a newer.
    const key = row.scope === 'rate' ? 'rate' : `${row.scope} ${row.window_s}`
    if (seen.has(key) || !verifier.verify(limitBytes(row), row.signature)) continue
    seen.add(key)
    if (row.scope === 'rate')
      rate = { windowS: row.window_s, minimum: row.max_count, factor: row.factor ?? shippedRate.factor }
    else
      limits.set(key, {
        scope: row.scope as Limit['scope'],
        windowS: row.window_s,
        maxCount: row.max_count,
        maxShare: row.max_share,
        maxPowerShare: row.max_power_share,
      })
  }
  return {
    limits: [...limits.values()],
    rate,
    ...(rows.length > maxLimitRows ? { unreadable: tooManyRows } : {}),
  }
}

export interface LimitChange {
  readonly scope: Limit['scope'] | 'rate'
  readonly windowS: number
  readonly maxCount: number
  readonly maxShare: number
  readonly maxPowerShare: number
  readonly factor?: number | undefined
}

/** Sets one limit, signed. @throws ContorError 'not-allowed' without a second person */
export async function setLimit(
  trx: Trx,
  signer: Signer,
  actor: Actor,
  approvedBy: string,
  change: LimitChange,
  reason: string,
): Promise<void> {
  if (approvedBy === actor.subject)
    throw new ContorError('not-allowed', 'A limit of the guard is set by two persons', {
      field: 'approvedBy',
      value: approvedBy,
      remedy: 'Another person with the right to the guard confirms it.',
    })
  const row = {
    scope: change.scope,
    window_s: change.windowS,
    max_count: change.maxCount,
    max_share: change.maxShare,
    max_power_share: change.maxPowerShare,
    factor: change.factor ?? null,
    set_at: new Date(),
    set_by: actor.subject,
    approved_by: approvedBy,
    reason,
  }
  await sql`
    insert into contor.guard_limit (scope, window_s, max_count, max_share, max_power_share, factor, set_at, set_by, approved_by, reason, signature)
    values (${row.scope}, ${row.window_s}, ${row.max_count}, ${row.max_share}, ${row.max_power_share}, ${row.factor},
            ${row.set_at}, ${row.set_by}, ${row.approved_by}, ${row.reason}, ${signer.sign(limitBytes(row))})`.execute(
    trx,
  )
  await wakeHeld(trx)
}

export const scopesWithRate = [...limitScopes, 'rate'] as const
