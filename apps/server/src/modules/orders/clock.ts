// The calendar that orders live by: the world's, or in the demonstration some days ahead of it.

import { sql } from 'kysely'
import { asSystem, type Db } from '../../platform/index.ts'

export interface OrderClock {
  now(): Promise<number>
  /** Moves the demonstration's calendar on. @throws RangeError backwards */
  advance(ms: number): Promise<number>
}

/** The guard counts by the world's clock all the same: no calendar lifts a budget. */
export function createOrderClock(db: Db, demo: boolean): OrderClock {
  const offset = async (): Promise<number> => {
    if (!demo) return 0
    const { rows } = await asSystem(db, (trx) =>
      sql<{ offset_ms: string }>`select offset_ms from contor.demo_clock`.execute(trx),
    )
    return Number(rows[0]?.offset_ms ?? 0)
  }
  return {
    now: async () => Date.now() + (await offset()),
    async advance(ms) {
      if (!demo) throw new RangeError('only the demonstration has a calendar of its own')
      if (!(ms >= 0)) throw new RangeError('a calendar goes forward')
      await asSystem(db, (trx) =>
        sql`insert into contor.demo_clock (offset_ms) values (${Math.round(ms)})
            on conflict (one) do update set offset_ms = contor.demo_clock.offset_ms + excluded.offset_ms`.execute(
          trx,
        ),
      )
      return Date.now() + (await offset())
    },
  }
}
