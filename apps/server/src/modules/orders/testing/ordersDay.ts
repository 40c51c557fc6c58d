// A day of orders as fast as the house takes them: every meter is disconnected, connected again by its resident's hand,
// and so on, while its readings are collected. For the benchmark.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Neighbourhood } from '@contor/simulator'
import { sql } from 'kysely'
import { type Actor, asSystem, createKeyRing, createLog, type Db } from '../../../platform/index.ts'
import { startCollector } from '../../acquisition/index.ts'
import { type Signer, setLimit } from '../../commands/index.ts'
import { importNetwork } from '../../network/index.ts'
import { createOrderClock } from '../clock.ts'
import { createOrder } from '../create.ts'
import { runOrderEngine } from '../engine.ts'

const keys = createKeyRing(Buffer.alloc(32, 7))
const asker: Actor = { subject: 'user:1', role: 'operator', scope: 'all', name: 'Asks', locale: 'ro' }
const second = 'user:2'
/** Orders that are asked for at the same time. */
const askers = 4

/** Brings the list in, and sets every limit of the guard to `orders`: it counts as ever, and lets these pass. */
export async function prepareOrdersDay(
  db: Db,
  signer: Signer,
  list: Neighbourhood,
  orders: number,
): Promise<void> {
  await asSystem(db, async (trx) => {
    await importNetwork(trx, keys, list)
    const { rows } = await sql<{
      scope: 'all' | 'station' | 'feeder' | 'person' | 'supplier' | 'rate'
      windowS: number
    }>`
      select s as scope, w as "windowS" from unnest(array['all', 'station', 'feeder', 'person', 'supplier']) s, unnest(array[3600, 86400]) w
      union all select 'rate', 3600`.execute(trx)
    for (const { scope, windowS } of rows)
      await setLimit(
        trx,
        signer,
        asker,
        second,
        { scope, windowS, maxCount: orders, maxShare: 1, maxPowerShare: 1 },
        'a day of orders',
      )
  })
}

/** The collector of such a day, with everything that it does beside. */
export const collectOrdersDay = async (db: Db, verifier: Signer['verifier'], pushPort: number) => {
  const destination = `127.0.0.1:${pushPort}`
  return startCollector({
    db,
    keys,
    log: createLog('bench', '/dev/null'),
    verifier,
    push: { port: pushPort, host: '127.0.0.1', destination },
  })
}

export interface OrdersDay {
  readonly seconds: number
  /** Orders that reached their end, by how. */
  readonly ends: Readonly<Record<string, number>>
  /** From the request of who is in the dark to the act leaving, s. */
  readonly urgentStartS: readonly number[]
  /** The same of those to be disconnected, s. */
  readonly startS: readonly number[]
  /** Sessions that collected readings meanwhile. */
  readonly readings: number
  /** Quarter-hours that they brought. */
  readonly intervals: number
  /** Of the time of all sessions with meters, the part that was spent reading. */
  readonly readingShare: number
  /** Transactions of the database for each order, reading beside included. */
  readonly transactionsPerOrder: number
  /** Disconnections that the guard counted. */
  readonly released: number
}

/**
 * Asks for `orders` orders over the points with a commissioned meter, each point's next as soon as its last is closed, and
 * keeps every meter due for reading. Runs the engine of the web process.
 */
export async function runOrdersDay(db: Db, signer: Signer, orders: number): Promise<OrdersDay> {
  const log = createLog('bench', '/dev/null')
  const ending = new AbortController()
  const engine = runOrderEngine({ db, signer, clock: createOrderClock(db, false), log }, ending.signal)
  const points = await commissioned(db)
  if (points.length === 0) throw new Error('no meter is commissioned')
  const startedAt = new Date()
  const before = await progressOf(db)
  let asked = 0
  let ended = 0
  /** Points of the orders under way: as many as there are meters, however many orders there were. */
  const open = new Map<string, string>()
  const queue = [...points]
  const turns = new Map<string, number>()
  const ask = async () => {
    while (ended < orders) {
      const point = asked < orders ? queue.shift() : undefined
      if (point === undefined) {
        await sleep(50)
        continue
      }
      asked++
      const turn = turns.get(point) ?? 0
      turns.set(point, turn + 1)
      const { order } = await createOrder(
        { db, signer },
        asker,
        {
          type: turn % 2 === 0 ? 'DECO_C' : 'RECO_C',
          meteringPoint: point,
          requesterReference: `${point} ${turn}`,
        },
        { now: Date.now() },
      )
      open.set(order.id, point)
    }
  }
  const follow = async () => {
    while (ended < orders) {
      const { rows } = await asSystem(db, (trx) =>
        sql<{ id: string; state: string }>`
          select id, state from contor.work_order
           where id = any(${[...open.keys()]}::uuid[]) and (ended_at is not null or state = 'field')`.execute(
          trx,
        ),
      )
      for (const { id, state } of rows) {
        const point = open.get(id)
        if (point === undefined) continue
        open.delete(id)
        ended++
        if (state === 'closed') queue.push(point)
      }
      await sleep(200)
    }
  }
  const bulk = async () => {
    while (ended < orders) {
      await asSystem(db, (trx) =>
        sql`update contor.meter_task set next_at = now() where next_at > now()`.execute(trx),
      )
      await sleep(2_000)
    }
  }
  await Promise.all([follow(), bulk(), ...Array.from({ length: askers }, ask)])
  const seconds = (Date.now() - startedAt.getTime()) / 1_000
  ending.abort()
  await engine
  const after = await progressOf(db)
  return {
    seconds,
    intervals: after.intervals - before.intervals,
    transactionsPerOrder: (after.transactions - before.transactions) / orders,
    ...(await figuresOf(db, startedAt)),
  }
}

/** What the database has done and holds: differences are of the time between. */
async function progressOf(db: Db): Promise<{ intervals: number; transactions: number }> {
  const { rows } = await asSystem(db, (trx) =>
    sql<{ intervals: string; transactions: string }>`
      select (select coalesce(sum(extract(epoch from read_through - profile_from)) / 900, 0)::bigint from contor.meter
               where read_through is not null and profile_from is not null) as intervals,
             (select xact_commit from pg_stat_database where datname = current_database()) as transactions`.execute(
      trx,
    ),
  )
  return { intervals: Number(rows[0]?.intervals ?? 0), transactions: Number(rows[0]?.transactions ?? 0) }
}

async function commissioned(db: Db): Promise<string[]> {
  for (;;) {
    const { rows } = await asSystem(db, (trx) =>
      sql<{ id: string; state: string }>`
        select metering_point_id as id, state from contor.meter where removed_at is null order by id`.execute(
        trx,
      ),
    )
    if (rows.every(({ state }) => state === 'commissioned')) return rows.map(({ id }) => id)
    await sleep(500)
  }
}

async function figuresOf(
  db: Db,
  since: Date,
): Promise<Omit<OrdersDay, 'seconds' | 'intervals' | 'transactionsPerOrder'>> {
  return asSystem(db, async (trx) => {
    const ends = await sql<{ state: string; count: number }>`
      select state, count(*)::int as count from contor.work_order group by 1`.execute(trx)
    const starts = await sql<{ urgent: boolean; seconds: number }>`
      select o.urgent, extract(epoch from min(c.released_at) - o.created_at)::float8 as seconds
        from contor.work_order o join contor.relay_command c on c.metering_point_id = o.metering_point_id and c.order_id = o.id
       where c.kind <> 'read-state' and c.released_at is not null group by o.id, o.urgent, o.created_at`.execute(
      trx,
    )
    const counts = await sql<{ readings: number; share: number; released: number }>`
      with met as (select purpose in ('collect', 'recover') as reads, extract(epoch from ended_at - started_at)::float8 as seconds
                     from contor.session where purpose <> 'push' and outcome in ('ok', 'partial') and started_at >= ${since})
      select (select count(*)::int from met where reads) as readings,
             (select coalesce(sum(seconds) filter (where reads) / nullif(sum(seconds), 0), 0) from met) as share,
             (select count(*)::int from contor.guard_release) as released`.execute(trx)
    return {
      ends: Object.fromEntries(ends.rows.map(({ state, count }) => [state, count])),
      urgentStartS: starts.rows.filter(({ urgent }) => urgent).map(({ seconds }) => seconds),
      startS: starts.rows.filter(({ urgent }) => !urgent).map(({ seconds }) => seconds),
      readings: counts.rows[0]?.readings ?? 0,
      readingShare: counts.rows[0]?.share ?? 0,
      released: counts.rows[0]?.released ?? 0,
    }
  })
}
