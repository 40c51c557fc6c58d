// Which meter is read next. A lease on the meter's task is what makes one session per meter: it is taken with
// the row locked, renewed while the session runs, and free again when its holder died.

import { hostname } from 'node:os'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'
import { findCommanded } from '../commands/index.ts'
import type { MeterRef } from '../network/index.ts'
import { freePlaces, type LineLoad, type SlotBounds, shareOut, type Turns } from './slots.ts'

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

/** A lease as it counts against places: urgent commands and on-demand reads, commands that can wait, reading in bulk. */
type LeasedFor = 'urgent' | 'ordinary' | 'reading'

interface Found extends Due {
  readonly lineId: string
}

/** What each line bears and carries at this moment, over all collector processes, and the meters that are held. */
async function lineLoads(trx: Trx): Promise<{ lines: LineLoad[]; held: string[] }> {
  const bearing = await sql<{ id: string; max_sessions: number }>`
    select id, max_sessions from contor.line`.execute(trx)
  const leases = await sql<{ meter_id: string; line_id: string; leased_for: LeasedFor | null }>`
    select t.meter_id, m.line_id, t.leased_for
      from contor.meter_task t join contor.meter m on m.metering_point_id = t.metering_point_id and m.id = t.meter_id
     where t.leased_by is not null and t.leased_until > now()`.execute(trx)
  const counts = new Map<string, { running: number; ordinary: number; reading: number }>()
  for (const { line_id, leased_for } of leases.rows) {
    const count = counts.get(line_id) ?? { running: 0, ordinary: 0, reading: 0 }
    count.running++
    if (leased_for !== 'urgent') count[leased_for ?? 'reading']++
    counts.set(line_id, count)
  }
  return {
    lines: bearing.rows.map(({ id, max_sessions }) => ({
      lineId: id,
      maxSessions: max_sessions,
      ...(counts.get(id) ?? { running: 0, ordinary: 0, reading: 0 }),
    })),
    held: leases.rows.map((row) => row.meter_id),
  }
}

/**
 * Leases what may start now, shared out between commands and reading ({@link shareOut}); of reading, meters never read
 * come first, then the oldest deadline.
 * Candidates are looked for over all meters without a lock; each is then leased in a transaction of its own row,
 * which is the only thing that decides: on a cluster no statement locks rows of several nodes.
 * @param turns kept from one call to the next
 * @returns the meters leased, each with what it was leased for
 */
export async function leaseDue(db: Db, owner: string, bounds: SlotBounds, turns: Turns): Promise<Due[]> {
  return asSystem(db, async (trx) => {
    // Collectors that choose at the same time would both see a line's last place free.
    await sql`select pg_advisory_xact_lock(hashtext('contor.acquisition.lease'))`.execute(trx)
    // Queues are read in the order of their indexes up to the few that are wanted, not sorted whole.
    await sql`set local enable_sort = off`.execute(trx)
    const { lines, held } = await lineLoads(trx)
    const free = freePlaces(lines, bounds)
    if (free.places === 0) return []
    const commands = (urgent: boolean) => (among: Among, limit: number) =>
      findCommanded(trx, among, limit, urgent)
    const waiting = {
      urgent: (await gather(free.byLine, free.places, held, commands(true))).map(commanded),
      asked: await findRequested(trx, free.places),
      ordinary: (await gather(free.ordinaryByLine, free.ordinary, held, commands(false))).map(commanded),
      reading: await gather(free.ordinaryByLine, free.ordinary, held, (among, limit) =>
        findTasks(trx, among, limit),
      ),
    }
    const started = shareOut(lines, waiting, bounds, turns)
    return [
      ...(await lease(db, owner, 'urgent', [...started.urgent, ...started.asked])),
      ...(await lease(db, owner, 'ordinary', started.ordinary)),
      ...(await lease(db, owner, 'reading', started.reading)),
    ]
  })
}

const commanded = (found: Found): Found => ({ ...found, commanded: true })

/** Lines to look at, and meters to leave out. */
type Among = { readonly lines: readonly string[]; readonly except: readonly string[] }

/** Candidates looked at in one round, for each free place. */
const candidatesPerPlace = 4

/**
 * As many candidates as there are places, no more of a line than it has room for: those who wait where everything is
 * taken hide nobody who waits elsewhere.
 */
async function gather(
  rooms: ReadonlyMap<string, number>,
  places: number,
  held: readonly string[],
  find: (among: Among, limit: number) => Promise<Found[]>,
): Promise<Found[]> {
  const room = new Map([...rooms].filter(([, left]) => left > 0))
  const chosen = new Map<string, Found>()
  // A round ends short of the places only when a line filled up: the next one leaves that line out.
  while (room.size > 0 && chosen.size < places) {
    const wanted = (places - chosen.size) * candidatesPerPlace
    const found = await find({ lines: [...room.keys()], except: [...held, ...chosen.keys()] }, wanted)
    for (const one of found) {
      const left = room.get(one.lineId) ?? 0
      if (left === 0 || chosen.size === places || chosen.has(one.meterId)) continue
      chosen.set(one.meterId, one)
      if (left > 1) room.set(one.lineId, left - 1)
      else room.delete(one.lineId)
    }
    if (found.length < wanted) break
  }
  return [...chosen.values()]
}

async function findRequested(trx: Trx, limit: number): Promise<Found[]> {
  const { rows } = await sql<Found>`
    select r.metering_point_id as "meteringPointId", r.meter_id as "meterId", min(r.id) as "requestId", min(m.line_id) as "lineId"
      from contor.read_request r
      join contor.meter m on m.metering_point_id = r.metering_point_id and m.id = r.meter_id
      join contor.meter_task t on t.metering_point_id = r.metering_point_id and t.meter_id = r.meter_id
     where r.state = 'queued' and (t.leased_until is null or t.leased_until <= now())
     group by r.metering_point_id, r.meter_id order by min(r.id) limit ${Math.max(100, limit)}`.execute(trx)
  return rows
}

async function findTasks(trx: Trx, { lines, except }: Among, limit: number): Promise<Found[]> {
  const { rows } = await sql<Found>`
    select t.metering_point_id as "meteringPointId", t.meter_id as "meterId", m.line_id as "lineId"
      from contor.meter m join contor.meter_task t on t.metering_point_id = m.metering_point_id and t.meter_id = m.id
     where m.line_id = any(${[...lines]}::bigint[]) and m.state <> 'retired' and t.next_at <= now()
       and (t.leased_until is null or t.leased_until <= now()) and not t.meter_id = any(${[...except]}::bigint[])
     order by t.deadline nulls first, t.next_at, t.meter_id limit ${limit}`.execute(trx)
  return rows
}

/** Connections that lease at once. */
const leaseWidth = 4

/** Leases each that nobody has leased in between; order is kept. */
async function lease(db: Db, owner: string, purpose: LeasedFor, candidates: readonly Due[]): Promise<Due[]> {
  const won = new Set<Due>()
  const queue = [...candidates]
  const work = async () => {
    for (let due = queue.shift(); due; due = queue.shift()) {
      const { meteringPointId, meterId } = due
      const { numAffectedRows } = await asSystem(db, (trx) =>
        sql`update contor.meter_task set leased_by = ${owner}, leased_for = ${purpose}, leased_until = now() + ${`${leaseMs} milliseconds`}::interval
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
