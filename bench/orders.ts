// A day of orders on this machine while bulk reading runs: `npm run bench -- --only 'orders day' [--points N] [--meters M]`,
// N orders over M meters, each of which is disconnected and connected again in turn.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPool, loadSigner, migrate, startEmbedded } from '@contor/server'
import { buildNeighbourhood, type Neighbourhood } from '@contor/simulator'
import {
  type OrdersDay,
  prepareOrdersDay,
  runOrdersDay,
} from '../apps/server/src/modules/orders/testing/ordersDay.ts'
import { median, quantile, round } from './measure.ts'
import type { Bench, Figure } from './types.ts'

const option = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(name)
  return at > 0 ? Number(process.argv[at + 1]) : otherwise
}
const orders = option('--points', 200)
// Bringing a meter into service takes many times as long as an order: more of them measure the same.
const meters = option('--meters', Math.min(400, Math.max(20, Math.round(orders / 4))))
const basePort = 20_100
const pushPort = 20_099

/** Healthy households with a button, on lines as they are. */
function houses(count: number): Neighbourhood {
  const whole = buildNeighbourhood({ meters: Math.min(5_000, count * 2 + 40), seed: 5, basePort })
  const points = whole.points
    .filter(
      ({ kind, meter }) => kind === 'household' && meter && !meter.fault && meter.line.startsWith('PLC'),
    )
    .slice(0, count)
  return { ...whole, points }
}

async function start(script: URL, args: string[], message?: Neighbourhood): Promise<ChildProcess> {
  const child = fork(script, args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  })
  child.once('exit', (code) => {
    if (code) throw new Error(`${script} ended with ${code}`)
  })
  if (message) child.send(message)
  await once(child, 'message')
  return child
}

async function run(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'contor-orders-'))
  await chmod(folder, 0o755)
  const children: ChildProcess[] = []
  const postgres = await startEmbedded({ dataDir: join(folder, 'pg') })
  await migrate({ ownerUrl: postgres.ownerUrl, appPassword: postgres.appPassword })
  const db = createPool({
    connectionString: postgres.ownerUrl,
    parameters: { role: 'contor_app' },
    max: 10,
  })
  try {
    const signer = await loadSigner(folder)
    const list = houses(meters)
    await prepareOrdersDay(db, signer, list, orders)
    const street = await start(new URL('./ordersHouses.ts', import.meta.url), [], list)
    children.push(street)
    children.push(
      await start(new URL('./ordersCollector.ts', import.meta.url), [
        postgres.ownerUrl,
        folder,
        String(pushPort),
      ]),
    )
    const day = await runOrdersDay(db, signer, orders)
    street.send('counts')
    const [counts] = (await once(street, 'message')) as [{ opened: number; closed: number }[]]
    return figures(day, counts, list.points.length)
  } finally {
    for (const child of children) {
      child.removeAllListeners('exit')
      child.kill('SIGKILL')
    }
    await db.close()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** @throws when a relay moved more often, or less often, than orders say */
function figures(
  day: OrdersDay,
  counts: readonly { opened: number; closed: number }[],
  installed: number,
): Figure[] {
  const opened = counts.reduce((all, one) => all + one.opened, 0)
  const closed = counts.reduce((all, one) => all + one.closed, 0)
  if (day.ends['closed'] !== orders || Object.keys(day.ends).length !== 1)
    throw new Error(`not every order was carried out: ${JSON.stringify(day.ends)}`)
  if (opened !== day.startS.length || closed !== day.urgentStartS.length || opened !== day.released)
    throw new Error(
      `relays opened ${opened} and closed ${closed} times for ${day.startS.length} and ${day.urgentStartS.length} orders; the guard counted ${day.released}`,
    )
  const note = `${orders} orders over ${installed} meters in ${round(day.seconds, 0)} s; relays opened ${opened} and closed ${closed} times, as many as were asked for`
  return [
    { name: 'orders.urgent_start_p99_s', value: round(quantile(day.urgentStartS, 0.99), 2), unit: 's', note },
    { name: 'orders.urgent_start_p50_s', value: round(median(day.urgentStartS), 2), unit: 's' },
    {
      name: 'orders.start_p99_s',
      value: round(quantile(day.startS, 0.99), 2),
      unit: 's',
      note: 'of those to be disconnected: as many as there are meters are asked for at once',
    },
    { name: 'orders.per_hour', value: round((orders * 3_600) / day.seconds, 0), unit: '1/h' },
    {
      name: 'orders.day.reading_share',
      value: round(day.readingShare, 3),
      unit: '1',
      note: `of the time of sessions with meters; ${day.readings} sessions of reading brought ${round(day.intervals, 0)} quarter-hours of profile up to date`,
    },
    { name: 'orders.readings_per_hour', value: round((day.readings * 3_600) / day.seconds, 0), unit: '1/h' },
    {
      name: 'orders.transactions_per_order',
      value: round(day.transactionsPerOrder, 1),
      unit: '',
      note: 'of the database, reading beside and messages of meters included',
    },
    { name: 'orders.twice', value: opened + closed - orders, unit: 'acts' },
  ]
}

export const orderBenches: readonly Bench[] = [{ name: 'orders day', run }]
