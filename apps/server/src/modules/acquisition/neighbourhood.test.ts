// The collector against a small part of the virtual neighbourhood, faults included: what it stores equals what
// each meter itself holds, and what it cannot have is in the ledger with its cause.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { civilDayOf, dayStart, isPresent, seriesOf, slotStart } from '@contor/intervals'
import {
  buildNeighbourhood,
  type FaultKind,
  freePorts,
  type Neighbourhood,
  type RunningNeighbourhood,
  startNeighbourhood,
} from '@contor/simulator'
import { sql } from 'kysely'
import { asSystem, createKeyRing, createLog } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { dayBalance, recomputeStale } from '../losses/index.ts'
import { importNetwork } from '../network/index.ts'
import { loadDays } from '../readings/index.ts'
import { startCollector } from './collector.ts'
import { decodeExchange, findRow, loadExchange } from './trace.ts'

const quarterMs = 900_000
const unreadable: ReadonlySet<FaultKind> = new Set([
  'refuses-connections',
  'never-answers',
  'wrong-tag',
  'repeats-blocks',
  'garbage',
])

const keyRing = createKeyRing(randomBytes(32))
let database: TestDatabase
let neighbourhood: Neighbourhood
let running: RunningNeighbourhood
const counters = new Map<string, number[]>()
const points = new Map<string, { id: string; meterId: string | null }>()

/** One point for each kind of fault and each way to speak, six good ones, the balance point and one without meter. */
async function fewPoints(): Promise<Neighbourhood> {
  const whole = buildNeighbourhood({ meters: 78, seed: 7, basePort: await freePorts(79) })
  const kinds = new Set<string>()
  let good = 0
  const chosen = whole.points.filter((point) => {
    if (point.kind === 'balance') return true
    const kind = point.meter ? (point.meter.fault?.kind ?? 'good') : 'none'
    const { transport, suite, referencing } = point.meter ?? {}
    const speech = `${transport} ${suite} ${referencing}`
    if (kind === 'good' && !kinds.has(speech)) return kinds.add(speech)
    if (kind === 'good') return ++good <= 6
    if (kinds.has(kind)) return false
    kinds.add(kind)
    return true
  })
  return { ...whole, points: chosen }
}

/**
 * A meter's profile is a ring: a quarter-hour that ends between commissioning and the first reading takes the oldest
 * entry with it, which is then rightly lost. What is told here of good meters holds inside one quarter-hour.
 */
async function insideOneQuarter(): Promise<void> {
  const left = quarterMs - (Date.now() % quarterMs)
  if (left < settlingMs) await sleep(left + 5_000)
}
const settlingMs = 90_000

before(async () => {
  await insideOneQuarter()
  database = await createTestDatabase()
  neighbourhood = await fewPoints()
  running = await startNeighbourhood(neighbourhood, {
    hooks: {
      onClientCounter: (serial, counter) => {
        const list = counters.get(serial) ?? []
        list.push(counter)
        counters.set(serial, list)
      },
    },
  })
  await asSystem(database.db, (trx) => importNetwork(trx, keyRing, neighbourhood))
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ pod: string; id: string; meter_id: string | null }>`
      select p.pod, p.id, m.id as meter_id from contor.metering_point p left join contor.meter m on m.metering_point_id = p.id`.execute(
      trx,
    ),
  )
  for (const row of rows) points.set(row.pod, { id: row.id, meterId: row.meter_id })
  const collector = await startCollector({ db: database.db, keys: keyRing, log: createLog('test') })
  try {
    // Everyone has been tried twice or is whole: what one answer lacks is asked for again before it is lost.
    for (let i = 0; ; i++) {
      const { rows } = await asSystem(database.db, (trx) =>
        sql<{ left: number }>`
          select count(*)::int as left from contor.meter m join contor.meter_task t on t.meter_id = m.id
           where t.leased_by is not null or (m.state <> 'refused' and t.failures < 2
             and exists (select 1 from contor.gap g where g.meter_id = m.id and g.state = 'open'))`.execute(
          trx,
        ),
      )
      if (rows[0].left === 0) break
      assert.ok(i < 1_200, `${rows[0].left} meters are not settled`)
      await asSystem(database.db, (trx) =>
        sql`update contor.meter_task set next_at = now() where leased_by is null and next_at > now()
        and meter_id in (select meter_id from contor.gap where state = 'open') and failures < 2`.execute(trx),
      )
      await sleep(100)
    }
  } finally {
    await collector.stop()
  }
  await recomputeStale(database.db)
})
after(async () => {
  await running.close()
  await database.drop()
})

const query = async <T>(text: ReturnType<typeof sql<T>>): Promise<T[]> =>
  (await asSystem(database.db, (trx) => text.execute(trx))).rows

test('every readable meter is stored to the Wh, nothing twice, nothing from elsewhere', async () => {
  let compared = 0
  for (const point of neighbourhood.points) {
    const fault = point.meter?.fault?.kind
    if (!point.meter || (fault && unreadable.has(fault))) continue
    const { id } = points.get(point.pod) as { id: string }
    const days = await asSystem(database.db, (trx) => loadDays(trx, id, '2000-01-01', '2099-01-01'))
    const meter = running.meters.get(point.meter.serial)
    const [{ through }] = await query(
      sql<{
        through: Date
      }>`select read_through as through from contor.meter where metering_point_id = ${id}`,
    )
    const truth = new Map(meter?.intervals(0, through.getTime(), Date.now()).map((i) => [i.end, i]))
    assert.ok(truth.size > 4_000, `${point.meter.serial} holds ${truth.size}`)
    let stored = 0
    for (const { day, block } of days) {
      const imported = seriesOf(block, 'A+')
      const exported = seriesOf(block, 'A-')
      assert.ok(imported && exported)
      for (let slot = 0; slot < imported.values.length; slot++) {
        if (!isPresent(imported.quality[slot])) continue
        const expected = truth.get(slotStart(day, slot) + quarterMs)
        assert.deepEqual(
          [imported.values[slot], exported.values[slot]],
          [expected?.imported, expected?.exported],
          `${point.meter.serial} ${day} ${slot}`,
        )
        stored++
      }
    }
    // The profile is a ring: entries may leave it between the reading and this comparison, never enter unread.
    assert.ok(stored >= truth.size, `${point.meter.serial} (${fault ?? 'good'}): ${stored} of ${truth.size}`)
    compared++
  }
  assert.ok(compared >= 10)
})

test('every quarter-hour that is owed is present or in the ledger exactly once', async () => {
  const rows = await query(sql<{ pod: string; expected: number; present: number; gaps: number }>`
    select p.pod, (extract(epoch from l.through_at - l.from_at) / 900)::int as expected,
           coalesce((select sum(present) from contor.day_block b where b.metering_point_id = p.id), 0)::int as present,
           coalesce((select sum(count) from contor.gap g where g.metering_point_id = p.id and g.state <> 'recovered'), 0)::int as gaps
      from contor.metering_point p join contor.ledger l on l.metering_point_id = p.id`)
  assert.equal(rows.length, neighbourhood.points.length)
  for (const row of rows) assert.equal(row.present + row.gaps, row.expected, row.pod)
})

test('each fault ends in the ledger, in an exception or in a refusal, with its cause', async () => {
  const causes: Partial<Record<FaultKind, readonly string[]>> = {
    'refuses-connections': ['unreachable'],
    'never-answers': ['unreachable'],
    'wrong-tag': ['bad-answer', 'refused'],
    garbage: ['bad-answer'],
  }
  for (const point of neighbourhood.points) {
    const kind = point.meter?.fault?.kind
    const { id } = points.get(point.pod) as { id: string }
    const gaps = await query(sql<{ cause: string; state: string; n: number }>`
      select cause, state, sum(count)::int as n from contor.gap where metering_point_id = ${id} and state <> 'recovered' group by 1, 2`)
    const rules = (
      await query(
        sql<{
          rule: string
        }>`select distinct rule from contor.validation_exception where metering_point_id = ${id} and status = 'open'`,
      )
    ).map((r) => r.rule)
    if (!point.meter)
      assert.deepEqual(
        gaps.map((g) => [g.cause, g.state]),
        [['no-smart-meter', 'open']],
      )
    else if (!kind) assert.deepEqual([gaps, rules], [[], []], `${point.meter.serial} is a good meter`)
    else if (kind === 'wrong-limiter') {
      // Readings do not depend on a threshold: it is on record, and waits to be programmed.
      assert.deepEqual(gaps, [])
      const [seen] = await query(sql<{ failed: string; threshold: number; look: boolean }>`
        select (select string_agg(c->>'check', ',') from jsonb_array_elements(m.commissioning) c where c->>'ok' = 'false') as failed,
               w.threshold_w as threshold, w.look
          from contor.meter m join contor.limiter_watch w on w.metering_point_id = m.metering_point_id and w.meter_id = m.id
         where m.metering_point_id = ${id}`)
      assert.deepEqual(seen, { failed: 'approved-power', threshold: point.meter.fault?.amount, look: true })
    } else if (causes[kind]) {
      assert.ok(
        gaps.length > 0 && gaps.every((g) => causes[kind]?.includes(g.cause) && g.state === 'open'),
        `${kind}: ${JSON.stringify(gaps)}`,
      )
    } else if (kind === 'entries-lost') {
      assert.deepEqual(gaps, [{ cause: 'not-in-meter', state: 'lost', n: point.meter.fault?.amount }])
      assert.ok(rules.includes('missing-interval'))
    } else if (kind === 'clock-off') assert.deepEqual(rules, ['clock-tolerance'])
    else if (kind === 'repeats-blocks') {
      // Now and then a session gets through: what it brought is true, the rest is open.
      assert.ok(
        gaps.every((g) => ['bad-answer', 'unreachable', 'not-read-yet'].includes(g.cause)),
        JSON.stringify(gaps),
      )
    } else if (kind === 'spike') assert.ok(rules.includes('spike'), `spike: ${rules}`)
  }
})

test('counters that the meters saw only rise', () => {
  assert.ok(counters.size >= 10)
  for (const [serial, list] of counters) {
    for (let i = 1; i < list.length; i++)
      assert.ok(list[i] > list[i - 1], `${serial}: ${list[i - 1]}, ${list[i]}`)
  }
})

test('the balance of the station is that of its points', async () => {
  const day = civilDayOf(dayStart(civilDayOf(Date.now())) - 5 * 86_400_000)
  const [stored] = await query(sql<{ supplied: number; consumed: number; expected: number }>`
    select supplied_wh::float8 as supplied, consumed_wh::float8 as consumed, points_expected as expected from contor.station_day where day = ${day}`)
  const list = []
  for (const point of neighbourhood.points) {
    const { id } = points.get(point.pod) as { id: string }
    const [found] = await asSystem(database.db, (trx) => loadDays(trx, id, day, day))
    list.push({
      meteringPointId: id,
      balance: point.kind === 'balance',
      ...(found ? { block: found.block } : {}),
    })
  }
  const balance = dayBalance(day, list)
  assert.deepEqual(
    [stored.supplied, stored.consumed, stored.expected],
    [balance.suppliedWh, balance.consumedWh, neighbourhood.points.length - 1],
  )
})

test('what a meter said over HDLC is shown deciphered, its segments put together', async () => {
  for (const referencing of ['logical-name', 'short-name'] as const) {
    const point = neighbourhood.points.find(
      ({ meter }) => meter?.transport === 'hdlc' && meter.referencing === referencing && !meter.fault,
    )
    const { meterId } = points.get(point?.pod ?? '') ?? {}
    const [longest] = await query(sql<{ id: string }>`
      select id from contor.exchange where meter_id = ${meterId} and purpose = 'load-profile' order by length(frames) desc limit 1`)
    const exchange = await asSystem(database.db, (trx) => loadExchange(trx, Number(longest.id)))
    assert.ok(exchange && exchange.frames.length > 20)
    const tree = await decodeExchange(database.db, keyRing, exchange, 'en')
    const focus = findRow(tree, 5, 'row')
    assert.ok(focus, referencing)
    let node = tree
    for (const child of focus.path) node = (node.children ?? [])[child]
    assert.equal(node.type, 'structure')
    assert.equal(node.children?.length, 6)
  }
})
