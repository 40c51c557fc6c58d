// Which meter is read next. A lease on the meter's task is what makes one session per meter: it is taken with
// the row locked, renewed while the session runs, and free again when its holder died.

import { hostname } from 'node:os'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'
import { freeSlots, type LineLoad, type SlotBounds } from './slots.ts'

/** A lease that is not renewed for this long is anybody's. */
export const leaseMs = 45_000

export type Due = { readonly meterId: string; readonly requestId?: string }

/** Names this process in leases: host, process id, start. */
export function leaseOwner(): string {
  return `${hostname()}:${process.pid}:${Date.now().toString(36)}`
}

/** What each line bears and carries at this moment, over all collector processes. */
async function lineLoads(trx: Trx): Promise<LineLoad[]> {
  const { rows } = await sql<{ id: string; max_sessions: number; running: number }>`
    select l.id, l.max_sessions, coalesce(r.running, 0)::int as running
      from contor.line l
      left join (select m.line_id, count(*) as running from contor.meter_task t join contor.meter m on m.id = t.meter_id
                  where t.leased_until > now() group by m.line_id) r on r.line_id = l.id`.execute(trx)
  return rows.map((row) => ({ lineId: row.id, maxSessions: row.max_sessions, running: row.running }))
}

/**
 * Leases what may start now: on-demand reads first, then due tasks: meters never read, then oldest deadline first.
 * @returns the meters leased, each with the request that asked for it
 */
export async function leaseDue(db: Db, owner: string, bounds: SlotBounds): Promise<Due[]> {
  return asSystem(db, async (trx) => {
    // Collectors that choose at the same time would both see a line's last place free.
    await sql`select pg_advisory_xact_lock(hashtext('contor.acquisition.lease'))`.execute(trx)
    const lines = await lineLoads(trx)
    const running = lines.reduce((all, line) => all + line.running, 0)
    const free = freeSlots(lines, running, bounds)
    const urgent =
      free.onDemand > 0 ? await leaseRequested(trx, owner, free.onDemandByLine, free.onDemand) : []
    const places = Math.max(0, free.bulk - urgent.length)
    return places > 0 ? [...urgent, ...(await leaseTasks(trx, owner, free.bulkByLine, places))] : urgent
  })
}

async function leaseRequested(
  trx: Trx,
  owner: string,
  byLine: ReadonlyMap<string, number>,
  places: number,
): Promise<Due[]> {
  const { rows } = await sql<{ id: string; meter_id: string; line_id: string }>`
    select distinct on (r.meter_id) r.id, r.meter_id, m.line_id
      from contor.read_request r join contor.meter m on m.id = r.meter_id join contor.meter_task t on t.meter_id = r.meter_id
     where r.state = 'queued' and (t.leased_until is null or t.leased_until <= now())
     order by r.meter_id, r.id limit 100`.execute(trx)
  const left = new Map(byLine)
  const chosen = rows
    .sort((a, b) => Number(a.id) - Number(b.id))
    .filter((row) => {
      const room = left.get(row.line_id) ?? 0
      left.set(row.line_id, room - 1)
      return room > 0
    })
    .slice(0, places)
  const leased = new Set(
    await lease(
      trx,
      owner,
      chosen.map((row) => row.meter_id),
    ),
  )
  return chosen
    .filter((row) => leased.has(row.meter_id))
    .map((row) => ({ meterId: row.meter_id, requestId: row.id }))
}

async function leaseTasks(
  trx: Trx,
  owner: string,
  byLine: ReadonlyMap<string, number>,
  places: number,
): Promise<Due[]> {
  const open = [...byLine].filter(([, room]) => room > 0)
  if (open.length === 0) return []
  const { rows } = await sql<{ meter_id: string }>`
    select c.meter_id from unnest(${open.map(([line]) => line)}::bigint[], ${open.map(([, room]) => room)}::int[]) as l(id, room)
     cross join lateral (
       select t.meter_id, t.deadline, t.next_at from contor.meter m join contor.meter_task t on t.meter_id = m.id
        where m.line_id = l.id and m.state <> 'retired' and t.next_at <= now()
          and (t.leased_until is null or t.leased_until <= now())
        order by t.deadline nulls first, t.next_at, t.meter_id limit l.room) c
     order by c.deadline nulls first, c.next_at, c.meter_id limit ${places}`.execute(trx)
  const leased = await lease(
    trx,
    owner,
    rows.map((row) => row.meter_id),
  )
  return leased.map((meterId) => ({ meterId }))
}

async function lease(trx: Trx, owner: string, meterIds: readonly string[]): Promise<string[]> {
  if (meterIds.length === 0) return []
  const { rows } = await sql<{ meter_id: string }>`
    update contor.meter_task set leased_by = ${owner}, leased_until = now() + ${`${leaseMs} milliseconds`}::interval
     where meter_id in (select meter_id from contor.meter_task
                         where meter_id = any(${[...meterIds]}::bigint[]) and (leased_until is null or leased_until <= now())
                           for update skip locked)
    returning meter_id`.execute(trx)
  return rows.map((row) => row.meter_id)
}

/** Renews all leases of this process. */
export async function renewLeases(db: Db, owner: string): Promise<void> {
  await asSystem(db, (trx) =>
    sql`update contor.meter_task set leased_until = now() + ${`${leaseMs} milliseconds`}::interval
         where leased_by = ${owner} and leased_until > now()`.execute(trx),
  )
}

/** Whether the lease still stands: asked, with the row locked, in every transaction that writes readings. */
export async function holdsLease(trx: Trx, owner: string, meterId: string): Promise<boolean> {
  const { rows } =
    await sql`select 1 from contor.meter_task where meter_id = ${meterId} and leased_by = ${owner}
                               and leased_until > now() for update`.execute(trx)
  return rows.length === 1
}

/** What becomes of a task after its session. */
export type Next = {
  readonly nextAt: Date
  /** Of what is not open yet; an open gap with an earlier deadline comes first. */
  readonly deadline: Date
  readonly failures: number
  readonly lastError: string | null
}

/** Gives a lease back. An on-demand read leaves the task's own plan as it was (`next` undefined). */
export async function finishTask(trx: Trx, owner: string, meterId: string, next?: Next): Promise<void> {
  if (next) {
    await sql`update contor.meter_task set leased_by = null, leased_until = null, next_at = ${next.nextAt},
                     deadline = coalesce((select min(g.deadline) from contor.gap g
                                           where g.metering_point_id = meter_task.metering_point_id and g.state = 'open'), ${next.deadline}),
                     failures = ${next.failures}, last_error = ${next.lastError}
               where meter_id = ${meterId} and leased_by = ${owner}`.execute(trx)
  } else {
    await sql`update contor.meter_task set leased_by = null, leased_until = null
               where meter_id = ${meterId} and leased_by = ${owner}`.execute(trx)
  }
}

/**
 * Clears what a crash left: leases of processes of this host that are gone, sessions that nobody runs, and
 * requests that were being served.
 * @returns sessions marked abandoned
 */
export async function recoverAfterCrash(db: Db, alive: (pid: number) => boolean = isAlive): Promise<number> {
  return asSystem(db, async (trx) => {
    const { rows } = await sql<{ leased_by: string }>`
      select distinct leased_by from contor.meter_task where leased_by is not null`.execute(trx)
    const dead = rows
      .map((row) => row.leased_by)
      .filter((owner) => owner.startsWith(`${hostname()}:`) && !alive(Number(owner.split(':').at(-2))))
    if (dead.length > 0) {
      await sql`update contor.meter_task set leased_by = null, leased_until = null where leased_by = any(${dead}::text[])`.execute(
        trx,
      )
    }
    await sql`update contor.read_request set state = 'queued' where state = 'running' and not exists (
                select 1 from contor.meter_task t where t.meter_id = read_request.meter_id and t.leased_until > now())`.execute(
      trx,
    )
    const abandoned = await sql`
      update contor.session s set ended_at = now(), outcome = 'abandoned', error_code = 'aborted',
             error_text = 'the collector ended before the session did'
       where ended_at is null and not exists (
         select 1 from contor.meter_task t where t.meter_id = s.meter_id and t.leased_until > now())`.execute(
      trx,
    )
    return Number(abandoned.numAffectedRows ?? 0)
  })
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
