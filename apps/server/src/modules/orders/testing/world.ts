// A small world for tests of orders: PostgreSQL, DLMS meters of the virtual neighbourhood on sockets, the collector and
// the engine. Only the calendar is the test's.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildNeighbourhood, type Meter, startNeighbourhood } from '@contor/simulator'
import { sql } from 'kysely'
import { asSystem, createKeyRing, createLog, type Db } from '../../../platform/index.ts'
import { createTestDatabase } from '../../../platform/testing/database.ts'
import { startCollector } from '../../acquisition/index.ts'
import { generateSigner, type Signer } from '../../commands/index.ts'
import { importNetwork } from '../../network/index.ts'
import { advanceOrders, type EngineContext } from '../engine.ts'
import type { OrderState } from '../machine.ts'
import type { Order } from '../store.ts'
import { loadOrder, type OrderDetail } from '../view.ts'

export interface WorldPoint {
  readonly id: string
  readonly pod: string
  readonly serial: string | null
}

export interface World {
  readonly db: Db
  readonly ownerUrl: string
  readonly signer: Signer
  readonly engine: EngineContext
  readonly points: readonly WorldPoint[]
  /** Points with a meter that works. */
  readonly metered: readonly WorldPoint[]
  now(): Promise<number>
  advance(ms: number): Promise<number>
  meter(point: WorldPoint): Meter
  /** Meters whose relay is open. */
  dark(): number
  show(order: Pick<Order, 'id'>): Promise<OrderDetail>
  /** Lets the engine work until the order is in one of these states. */
  reach(order: Order, ...states: OrderState[]): Promise<void>
  close(): Promise<void>
}

/**
 * @param meters households with a meter; one point without a meter stands beside them
 * @param more what the collector does beside
 */
export async function createWorld(
  meters: number,
  more: Pick<Parameters<typeof startCollector>[0], 'push'> = {},
): Promise<World> {
  const keys = createKeyRing(randomBytes(32))
  const signer = generateSigner()
  const database = await createTestDatabase()
  const { db } = database
  const { neighbourhood, running } = await startOnFreePorts(meters)
  await asSystem(db, (trx) => importNetwork(trx, keys, neighbourhood))
  const { rows: points } = await asSystem(db, (trx) =>
    sql<WorldPoint>`select p.id, p.pod, m.serial from contor.metering_point p left join contor.meter m on m.metering_point_id = p.id order by p.id`.execute(
      trx,
    ),
  )
  const log = createLog('test')
  // What the engine could not do is seen in the test's output.
  log.error = (details: object) => console.error(details)
  let ahead = 0
  const clock = {
    now: async () => Date.now() + ahead,
    advance: async (ms: number) => {
      ahead += ms
      return Date.now() + ahead
    },
  }
  const engine = { db, signer, clock, log }
  const collector = await startCollector({ db, keys, log, verifier: signer.verifier, ...more })
  await until(async () => {
    const { rows } = await asSystem(db, (trx) =>
      sql`select 1 from contor.meter where state <> 'commissioned'`.execute(trx),
    )
    return rows.length === 0
  }, 'every meter commissioned')
  const show = async ({ id }: Pick<Order, 'id'>) => {
    const detail = await asSystem(db, (trx) => loadOrder(trx, id))
    assert.ok(detail)
    return detail
  }
  return {
    db,
    ownerUrl: database.ownerUrl,
    signer,
    engine,
    points,
    metered: points.filter((point) => point.serial !== null),
    now: clock.now,
    advance: clock.advance,
    show,
    meter(point) {
      const meter = running.meters.get(point.serial ?? '')
      assert.ok(meter)
      return meter
    },
    dark: () => [...running.meters.values()].filter(({ state }) => !state.relay.output).length,
    reach: (order, ...states) =>
      until(
        async () => {
          await advanceOrders(engine)
          return states.includes((await show(order)).order.state)
        },
        `${order.number} ${states.join(' or ')}`,
      ),
    async close() {
      await collector.stop()
      await running.close()
      await database.drop()
    },
  }
}

/** Below the ports that the system gives out by itself; another test may be there, then it is tried elsewhere. */
async function startOnFreePorts(meters: number) {
  for (let attempt = 0; ; attempt++) {
    const basePort = 10_000 + ((process.pid * 37 + attempt * 1_009) % 200) * 100
    const whole = buildNeighbourhood({ meters: Math.max(40, meters * 2), seed: 5, basePort })
    const good = whole.points
      .filter((p) => p.kind === 'household' && p.meter && !p.meter.fault)
      .slice(0, meters)
    const neighbourhood = { ...whole, points: [...good, ...whole.points.filter((p) => !p.meter).slice(0, 1)] }
    try {
      return { neighbourhood, running: await startNeighbourhood(neighbourhood) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 20) throw error
    }
  }
}

export async function until(done: () => Promise<boolean>, what: string, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await done()); ) {
    assert.ok(Date.now() < end, `in vain: ${what}`)
    await sleep(100)
  }
}
