// Invocation counters of the encryption keys. Green Book 9.2.3.3.7.3: a counter used twice with one key gives
// the key away, so a counter is reserved durably before any frame carries it and never handed out again;
// what a crash leaves of a block is thrown away.

import { sql } from 'kysely'
import { asSystem, ContorError, type Db } from '../../platform/index.ts'
import type { MeterRef } from '../network/index.ts'

/** Counters of one block. A day of 96 sessions uses 6,144 of 2^32: they last 1,900 years. */
export const counterBlock = 64
const maxCounter = 0xffffffff

/**
 * Reserves `count` counters of a meter. Committed when this returns.
 * @returns the first of them; the block is `first … first+count−1`
 * @throws ContorError 'conflict' when the key has no counters left and must be changed
 */
export async function reserveCounters(db: Db, meter: MeterRef, count = counterBlock): Promise<number> {
  return asSystem(db, async (trx) => {
    const { rows } = await sql<{ next: string }>`
      insert into contor.invocation_counter as c (meter_id, metering_point_id, next)
      values (${meter.meterId}::bigint, ${meter.meteringPointId}::bigint, 1 + ${count}::bigint)
      on conflict (metering_point_id, meter_id) do update set next = c.next + ${count}::bigint where c.next + ${count}::bigint <= 4294967296
      returning next`.execute(trx)
    if (!rows[0]) {
      throw new ContorError(
        'conflict',
        `The encryption key of meter ${meter.meterId} has no invocation counters left`,
        {
          remedy: 'Change the global encryption key of the meter; its counter then begins anew.',
        },
      )
    }
    return Number(rows[0].next) - count
  })
}

/** Lifts the next counter above what the meter says it has seen; it never sinks. */
export async function raiseCounter(db: Db, meter: MeterRef, seenByMeter: number): Promise<void> {
  await asSystem(db, async (trx) => {
    await sql`
      insert into contor.invocation_counter as c (meter_id, metering_point_id, next)
      values (${meter.meterId}::bigint, ${meter.meteringPointId}::bigint, ${seenByMeter}::bigint + 1)
      on conflict (metering_point_id, meter_id) do update set next = greatest(c.next, excluded.next)`.execute(
      trx,
    )
  })
}

/** Remembers the highest counter accepted from the meter, against replays; it never sinks. */
export async function raiseServerFloor(db: Db, meter: MeterRef, counter: number): Promise<void> {
  await asSystem(db, async (trx) => {
    await sql`update contor.invocation_counter set server_floor = ${counter}
               where metering_point_id = ${meter.meteringPointId} and meter_id = ${meter.meterId} and server_floor < ${counter}`.execute(
      trx,
    )
  })
}

/** Hands out counters of reserved blocks. */
export type CounterSource = {
  /** The next counter. @throws Error when the reserve is empty: `ensure` was not awaited */
  next(): number
  /** Reserves until at least `count` are at hand. */
  ensure(count: number): Promise<void>
}

/** @param reserve gives the first counter of a durably reserved block of `block` */
export function createCounterSource(
  reserve: (count: number) => Promise<number>,
  block = counterBlock,
): CounterSource {
  const blocks: { next: number; end: number }[] = []
  const left = () => blocks.reduce((all, b) => all + b.end - b.next, 0)
  return {
    next() {
      while (blocks[0] && blocks[0].next >= blocks[0].end) blocks.shift()
      const current = blocks[0]
      if (!current) throw new Error('no reserved invocation counter at hand')
      if (current.next > maxCounter) throw new Error('invocation counter beyond 32 bits')
      return current.next++
    },
    async ensure(count) {
      while (left() < count) {
        const first = await reserve(block)
        blocks.push({ next: first, end: first + block })
      }
    },
  }
}
