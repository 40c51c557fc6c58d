// How many messages came from where, and what became of them: bounded in memory and in the database, whoever sends.

import { sql } from 'kysely'
import { asSystem, type Db } from '../../../platform/index.ts'

export type PushOutcome =
  | 'accepted'
  /** Authentic, of a meter of the register, and about nothing that is followed. */
  | 'not-followed'
  | 'unknown-sender'
  | 'forged'
  | 'replayed'
  | 'malformed'
  | 'too-many'

/** Rows of one hour; senders beyond them are counted together. */
const maxRows = 500
/** Hours that are kept. */
const keptHours = 24 * 35

export function createPushCounts(db: Db) {
  const counts = new Map<string, { key: readonly [PushOutcome, string, string]; count: number; at: number }>()
  return {
    add(outcome: PushOutcome, remote: string, title: string, at = Date.now()): void {
      const full = counts.size >= maxRows
      const named = JSON.stringify([outcome, remote, title])
      const key = full && !counts.has(named) ? JSON.stringify([outcome, 'other', '']) : named
      const found = counts.get(key)
      if (found) {
        found.count++
        found.at = at
      } else counts.set(key, { key: JSON.parse(key), count: 1, at })
    },
    /** Writes what was counted since the last time. */
    async flush(): Promise<void> {
      if (counts.size === 0) return
      const taken = [...counts.values()]
      counts.clear()
      await asSystem(db, async (trx) => {
        const { rows } = await sql<{ held: number }>`
          select count(*)::int as held from contor.push_count where hour = date_trunc('hour', now())`.execute(
          trx,
        )
        let room = maxRows - (rows[0]?.held ?? 0)
        for (const { key, count, at } of taken) {
          const [outcome, remote, title] = room-- > 0 ? key : ([key[0], 'other', ''] as const)
          await sql`
            insert into contor.push_count as c (hour, outcome, remote, system_title, count, last_at)
            values (date_trunc('hour', now()), ${outcome}, ${remote}, ${title}, ${count}, ${new Date(at)})
            on conflict (hour, outcome, remote, system_title) do update
               set count = c.count + excluded.count, last_at = greatest(c.last_at, excluded.last_at)`.execute(
            trx,
          )
        }
        await sql`delete from contor.push_count where hour < now() - ${`${keptHours} hours`}::interval`.execute(
          trx,
        )
      })
    },
  }
}
