// Which meter is read next. A lease on the meter's task is what makes one session per meter: it is taken with
// the row locked, renewed while the session runs, and free again when its holder died.

import { hostname } from 'node:os'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'
import { findCommanded } from '../commands/index.ts'
import type { MeterRef } from '../network/index.ts'
import { type FreeSlots, freeSlots, type LineLoad, type SlotBounds } from './slots.ts'

/** A lease that is not renewed for this long is anybody's. */
export const leaseMs = 45_000

export type Due = MeterRef & {
  readonly requestId?: string
  /** A command waits for the meter. */
  readonly commanded?: boolean
}

/** Names this process in leases: host, process id, start. */
export function leaseOwner(): string {
  return `${hostname()}:${process.pid}:${Date.now().toString(36)}`
}

/** What each line bears and carries at this moment, over all collector processes. */
async function lineLoads(trx: Trx): Promise<LineLoad[]> {
  const { rows } = await sql<{ id: string; max_sessions: number; running: number }>`
    select l.id, l.max_sessions, coalesce(r.running, 0)::int as running
      from contor.line l
      left join (select m.line_id, count(*) as running from contor.meter_task t join contor.meter m on m.metering_point_id = t.metering_point_id and m.id = t.meter_id
                  where t.leased_until > now() group by m.line_id) r on r.line_id = l.id`.execute(trx)
  return rows.map((row) => ({ lineId: row.id, maxSessions: row.max_sessions, running: row.running }))
}

/**
 * Leases what may start now: on-demand reads first, then due tasks: meters never read, then oldest deadline first.
 * Candidates are looked for over all meters without a lock; each is then leased in a transaction of its own row,
 * which is the only thing that decides: on a cluster no statement locks rows of several nodes.
 * @returns the meters leased, each with the request that asked for it
 */
export async function leaseDue(db: Db, owner: string, bounds: SlotBounds): Promise<Due[]> {
  return asSystem(db, async (trx) => {
    // Collectors that choose at the same time would both see a line's last place free.
    await sql`select pg_advisory_xact_lock(hashtext('contor.acquisition.lease'))`.execute(trx)
    const lines = await lineLoads(trx)
    const running = lines.reduce((all, line) => all + line.running, 0)
    const free = freeSlots(lines, running, bounds)
    // A command goes before a person who looks, and both before reading in bulk.
    const commanded = free.onDemand > 0 ? await lease(db, owner, await findCommands(trx, free)) : []
    const taken = new Set(commanded.map((due) => due.meterId))
    const places = free.onDemand - commanded.length
    const asked =
      places > 0
        ? (await findRequested(trx, free.onDemandByLine, places)).filter((due) => !taken.has(due.meterId))
        : []
    const urgent = [...commanded, ...(await lease(db, owner, asked))]
    const bulk = Math.max(0, free.bulk - urgent.length)
    if (bulk === 0) return urgent
    for (const due of urgent) taken.add(due.meterId)
    const tasks = (await findTasks(trx, free.bulkByLine, bulk)).filter((due) => !taken.has(due.meterId))
    return [...urgent, ...(await lease(db, owner, tasks))]
  })
}

async function findCommands(trx: Trx, { onDemand, onDemandByLine }: FreeSlots): Promise<Due[]> {
  const room = new Map([...onDemandByLine].filter(([, left]) => left > 0))
  const chosen = new Map<string, Due>()
  // A line that filled up is left out of the next round: those who wait there hide nobody who waits elsewhere.
  while (room.size > 0 && chosen.size < onDemand) {
    const wanted = (onDemand - chosen.size) * candidatesPerPlace
    const among = { lines: [...room.keys()], except: [...chosen.keys()] }
    const found = await findCommanded(trx, among, wanted)
    for (const { lineId, ...meter } of found) {
      const left = room.get(lineId) ?? 0
      if (left === 0 || chosen.size === onDemand || chosen.has(meter.meterId)) continue
      chosen.set(meter.meterId, { ...meter, commanded: true })
      if (left > 1) room.set(lineId, left - 1)
      else room.delete(lineId)
    }
    if (found.length < wanted) break
  }
  return [...chosen.values()]
}

async function findRequested(trx: Trx, byLine: ReadonlyMap<string, number>, places: number): Promise<Due[]> {
  const { rows } = await sql<MeterRef & { requestId: string; lineId: string }>`
    select r.metering_point_id as "meteringPointId", r.meter_id as "meterId", min(r.id) as "requestId", min(m.line_id) as "lineId"
      from contor.read_request r
      join contor.meter m on m.metering_point_id = r.metering_point_id and m.id = r.meter_id
      join contor.meter_task t on t.metering_point_id = r.metering_point_id and t.meter_id = r.meter_id
     where r.state = 'queued' and (t.leased_until is null or t.leased_until <= now())
     group by r.metering_point_id, r.meter_id order by min(r.id) limit 100`.execute(trx)
  const left = new Map(byLine)
  return rows
    .filter(({ lineId }) => {
      const room = left.get(lineId) ?? 0
      left.set(lineId, room - 1)
      return room > 0
    })
    .slice(0, places)
}

/** Candidates looked at in one round, for each free place. */
const candidatesPerPlace = 4

async function findTasks(trx: Trx, byLine: ReadonlyMap<string, number>, places: number): Promise<Due[]> {
  const room = new Map([...byLine].filter(([, left]) => left > 0))
  const chosen: Due[] = []
  // A round ends short of the places only when a line filled up: the next one leaves that line out.
  while (room.size > 0 && chosen.length < places) {
    const wanted = (places - chosen.length) * candidatesPerPlace
    const { rows } = await sql<MeterRef & { lineId: string }>`
      select t.metering_point_id as "meteringPointId", t.meter_id as "meterId", m.line_id as "lineId"
        from contor.meter m join contor.meter_task t on t.metering_point_id = m.metering_point_id and t.meter_id = m.id
       where m.line_id = any(${[...room.keys()]}::bigint[]) and m.state <> 'retired' and t.next_at <= now()
         and (t.leased_until is null or t.leased_until <= now())
         and not t.meter_id = any(${chosen.map((due) => due.meterId)}::bigint[])
       order by t.deadline nulls first, t.next_at, t.meter_id limit ${wanted}`.execute(trx)
    for (const { lineId, ...due } of rows) {
      const left = room.get(lineId) ?? 0
      if (left === 0 || chosen.length === places) continue
      chosen.push(due)
      if (left > 1) room.set(lineId, left - 1)
      else room.delete(lineId)
    }
    if (rows.length < wanted) break
  }
  return chosen
}

/** Connections that lease at once. */
const leaseWidth = 4

/** Leases each that nobody has leased in between; order is kept. */
async function lease(db: Db, owner: string, candidates: readonly Due[]): Promise<Due[]> {
  const won = new Set<Due>()
  const queue = [...candidates]
  const work = async () => {
    for (let due = queue.shift(); due; due = queue.shift()) {
      const { meteringPointId, meterId } = due
      const { numAffectedRows } = await asSystem(db, (trx) =>
        sql`update contor.meter_task set leased_by = ${owner}, leased_until = now() + ${`${leaseMs} milliseconds`}::interval
             where metering_point_id = ${meteringPointId} and meter_id = ${meterId}
               and (leased_until is null or leased_until <= now())`.execute(trx),
      )
      if (numAffectedRows === 1n) won.add(due)
    }
  }
  await Promise.all(Array.from({ length: Math.min(leaseWidth, candidates.length) }, work))
  return candidates.filter((due) => won.has(due))
}

/** Renews all leases of this process. */
export async function renewLeases(db: Db, owner: string): Promise<void> {
  await asSystem(db, (trx) =>
    sql`update contor.meter_task set leased_until = now() + ${`${leaseMs} milliseconds`}::interval
         where leased_by = ${owner} and leased_until > now()`.execute(trx),
  )
}

/** Whether the lease still stands: asked, with the row locked, in every transaction that writes readings. */
export async function holdsLease(trx: Trx, owner: string, meter: MeterRef): Promise<boolean> {
  const { rows } = await sql`select 1 from contor.meter_task
               where metering_point_id = ${meter.meteringPointId} and meter_id = ${meter.meterId} and leased_by = ${owner}
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
export async function finishTask(trx: Trx, owner: string, meter: MeterRef, next?: Next): Promise<void> {
  if (next) {
    await sql`update contor.meter_task set leased_by = null, leased_until = null, next_at = ${next.nextAt},
                     deadline = coalesce((select min(g.deadline) from contor.gap g
                                           where g.metering_point_id = meter_task.metering_point_id and g.state = 'open'), ${next.deadline}),
                     failures = ${next.failures}, last_error = ${next.lastError}
               where metering_point_id = ${meter.meteringPointId} and meter_id = ${meter.meterId} and leased_by = ${owner}`.execute(
      trx,
    )
  } else {
    await sql`update contor.meter_task set leased_by = null, leased_until = null
               where metering_point_id = ${meter.meteringPointId} and meter_id = ${meter.meterId} and leased_by = ${owner}`.execute(
      trx,
    )
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
                select 1 from contor.meter_task t where t.metering_point_id = read_request.metering_point_id
                   and t.meter_id = read_request.meter_id and t.leased_until > now())`.execute(trx)
    const abandoned = await sql`
      update contor.session s set ended_at = now(), outcome = 'abandoned', error_code = 'aborted',
             error_text = 'the collector ended before the session did'
       where ended_at is null and not exists (
         select 1 from contor.meter_task t where t.metering_point_id = s.metering_point_id and t.meter_id = s.meter_id and t.leased_until > now())`.execute(
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
