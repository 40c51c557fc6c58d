// Which points a question is about, and which of them the asker may see one by one.

import { sql } from 'kysely'
import { type Actor, asSystem, ContorError, type Db, withActor } from '../../platform/index.ts'

/** Points by what is written of them in the register; what is left out does not choose. At least one is given. */
export type PointSet = {
  /** Code of a station. */
  readonly station?: string
  readonly feeder?: string
  readonly zone?: string
  readonly supplier?: string
  /** Default: every kind but 'balance'. */
  readonly kind?: 'household' | 'business' | 'public' | 'balance'
  readonly readingMode?: 'smart' | 'amr' | 'manual'
  readonly prosumer?: boolean
  /** PODs, at most 10,000. */
  readonly points?: readonly string[]
}

/** Members of a set, ids ascending. */
export type Members = {
  /** The asker may see them one by one. */
  readonly seen: readonly string[]
  /** The asker may not. */
  readonly hidden: readonly string[]
}

/**
 * Resolves a set on a day. Energy behind another point (sub-consumers) or counted twice on purpose (witness meters)
 * is in that point's own, so such points are left out unless they are named one by one.
 * @throws ContorError 'invalid-request' for an unknown station or POD, an empty question, or an empty set;
 *   'not-allowed' where the question itself tells of others (another supplier's points, PODs that are not seen)
 */
export async function resolveSet(db: Db, actor: Actor, set: PointSet, day: string): Promise<Members> {
  if (Object.values(set).every((value) => value === undefined))
    throw new ContorError('invalid-request', 'Nothing says which points are meant', {
      field: 'set',
      remedy: 'Give a station, feeder, zone, supplier, kind, reading mode, or PODs.',
    })
  if (actor.scope !== 'all' && set.supplier !== undefined && actor.subject !== `supplier:${set.supplier}`)
    throw new ContorError('not-allowed', "The sum of a supplier's points is for that supplier", {
      field: 'supplier',
      value: set.supplier,
    })
  const ids = await asSystem(db, async (trx) => {
    if (set.station !== undefined) {
      const { rows } = await sql`select 1 from contor.station where code = ${set.station}`.execute(trx)
      if (rows.length === 0) throw unknown('station', set.station)
    }
    const { rows } = await sql<{ id: string; pod: string }>`
      select p.id, p.pod from contor.metering_point p join contor.station s on s.id = p.station_id
       where (${set.station ?? null}::text is null or s.code = ${set.station ?? null})
         and (${set.zone ?? null}::text is null or s.zone = ${set.zone ?? null})
         and (${set.feeder ?? null}::text is null or p.feeder = ${set.feeder ?? null})
         and (${set.supplier ?? null}::text is null or p.supplier = ${set.supplier ?? null})
         and (${set.kind ?? null}::text is null or p.kind = ${set.kind ?? null})
         and (${set.readingMode ?? null}::text is null or p.reading_mode = ${set.readingMode ?? null})
         and (${set.prosumer ?? null}::boolean is null or p.prosumer = ${set.prosumer ?? null})
         and case when ${set.points === undefined}
             then (${set.kind ?? null}::text is not null or p.kind <> 'balance')
              and not exists (select 1 from contor.point_relation r
                    where r.metering_point_id = p.id and r.kind in ('witness', 'sub-consumer')
                      and r.valid_from <= ${day}::date and (r.valid_to is null or r.valid_to >= ${day}::date))
             else p.pod = any(${[...(set.points ?? [])]}::text[]) end
       order by p.id`.execute(trx)
    if (set.points !== undefined && actor.scope === 'all') {
      const known = new Set(rows.map(({ pod }) => pod))
      const missing = set.points.find((pod) => !known.has(pod))
      if (missing !== undefined) throw unknown('points', missing)
    }
    return rows.map(({ id }) => id)
  })
  if (actor.scope === 'all') return nonEmpty({ seen: ids, hidden: [] }, set)
  const seen = new Set(
    await withActor(db, actor, async (trx) => {
      const { rows } = await sql<{ id: string }>`
        select id from contor.metering_point where id = any(${ids}::bigint[])`.execute(trx)
      return rows.map(({ id }) => id)
    }),
  )
  // A POD that is not there and one that is somebody else's get one answer.
  if (set.points !== undefined && seen.size < set.points.length)
    throw new ContorError('not-found', 'There is no such point among those that you may see', {
      field: 'points',
      remedy: 'Name only points of yours, or ask for a station, feeder or zone.',
    })
  return nonEmpty({ seen: ids.filter((id) => seen.has(id)), hidden: ids.filter((id) => !seen.has(id)) }, set)
}

function nonEmpty(members: Members, set: PointSet): Members {
  if (members.seen.length + members.hidden.length > 0) return members
  throw new ContorError('not-found', 'No metering point is in this set', { field: 'set', value: set })
}

const unknown = (field: string, value: string) =>
  new ContorError('not-found', `There is no ${field === 'points' ? 'point' : field} ${value}`, {
    field,
    value,
    remedy: 'Codes are written as in the register, capitals and spaces included.',
  })
