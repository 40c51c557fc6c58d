import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { dayNumber, dayOfNumber, dayStart, isPresent, quality, slotsInDay } from '@contor/intervals'
import fc from 'fast-check'
import { sql } from 'kysely'
import { createHttp } from '../../../platform/http/server.ts'
import {
  type Actor,
  type App,
  asSystem,
  createKeyRing,
  createLog,
  systemActor,
} from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { registerReadingsRoutes } from '../routes.ts'
import { loadDays, storeDays } from '../store.ts'
import { curveJson } from './curveJson.ts'
import { loadBatch } from './load.ts'
import { chartOf, type PointCurve } from './pointCurve.ts'
import { source, wholeBatch } from './testing/batches.ts'

let database: TestDatabase
let app: App
let points: string[]
let actor: Actor = systemActor
const first = dayNumber('2026-03-27')
const from = dayOfNumber(first)
const to = dayOfNumber(first + 6)

before(async () => {
  database = await createTestDatabase()
  points = (await createTestNetwork(database.db, 3)).points.map(({ id }) => id)
  // Four days stored, the last of the short kind; one without; one of A+ only, estimated; one without.
  const days = [first, first + 1, first + 2]
  await loadBatch(database.db, wholeBatch('curve', points, days, 3), source, () => [])
  const day = dayOfNumber(first + 4)
  const values = Int32Array.from({ length: slotsInDay(day) }, (_, i) => (i % 7) - 3)
  const block = {
    day,
    minutes: 15 as const,
    channels: [{ channel: 'A+' as const, values, quality: new Uint8Array(96).fill(quality.estimated | 8) }],
  }
  await asSystem(database.db, (trx) =>
    storeDays(trx, points[0], [{ day, block, sources: new Array(96).fill(undefined) }]),
  )
  const log = createLog('test', '/dev/null')
  app = await createHttp(log)
  app.decorateRequest('actor', null as never)
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  registerReadingsRoutes(app, { db: database.db, keys: createKeyRing(randomBytes(32)), log, demo: false })
})
after(async () => {
  await app.close()
  await database.drop()
})

async function get(path: string, status = 200) {
  const answer = await app.inject({ url: `/metering-points/${path}` })
  assert.equal(answer.statusCode, status, answer.body)
  return answer.json()
}

type JsonRun = { from: number; count: number; state: string; flags: string[] }
type JsonChannel = { channel: string; values: (number | null)[]; quality: JsonRun[] }

/** The stored days slot by slot, the slow way. */
async function naive(channel: string) {
  const start = dayStart(from)
  const slots = (dayStart(dayOfNumber(first + 7)) - start) / 900_000
  const values: (number | null)[] = new Array(slots).fill(null)
  const bytes = new Uint8Array(slots)
  for (const { day, block } of await asSystem(database.db, (trx) => loadDays(trx, points[0], from, to))) {
    const series = block.channels.find((one) => one.channel === channel)
    const at = (dayStart(day) - start) / 900_000
    series?.quality.forEach((byte, i) => {
      bytes[at + i] = byte
      if (isPresent(byte)) values[at + i] = series.values[i]
    })
  }
  return { values, bytes }
}

test('the curve says each stored value and quality, through the change of the clock, and null for the rest', async () => {
  const curve = await get(`${points[0]}/curve?from=${from}&to=${to}`)
  assert.equal(curve.start, new Date(dayStart(from)).toISOString())
  assert.equal(curve.slots, 7 * 96 - 4)
  assert.deepEqual(
    curve.channels.map(({ channel }: JsonChannel) => channel),
    ['A+', 'A-', 'R+', 'R-'],
  )
  for (const { channel, values, quality: runs } of curve.channels as JsonChannel[]) {
    const { values: expected, bytes } = await naive(channel)
    assert.deepEqual(values, expected)
    const states = new Array(curve.slots).fill('measured ')
    for (const run of runs)
      for (let i = run.from; i < run.from + run.count; i++) states[i] = `${run.state} ${run.flags.join()}`
    const names = ['missing', 'measured', 'estimated']
    assert.deepEqual(
      states,
      Array.from(bytes, (byte) => `${names[byte & 7]} ${byte & 8 ? 'suspect' : ''}`),
    )
  }
})

test('chosen channels come alone, and a range without days has none', async () => {
  const some = await get(`${points[0]}/curve?from=${from}&to=${to}&channels=R-,A%2B`)
  assert.deepEqual(
    some.channels.map((one: JsonChannel) => [one.channel, (one as JsonChannel & { unit: string }).unit]),
    [
      ['A+', 'Wh'],
      ['R-', 'varh'],
    ],
  )
  const none = await get(`${points[0]}/curve?from=2024-01-01&to=2024-01-02`)
  assert.deepEqual([none.slots, none.channels], [192, []])
  await get(`${points[0]}/curve?from=${from}&to=${to}&channels=B`, 400)
  await get(`${points[0]}/curve?from=${to}&to=${from}`, 400)
  await get(`${points[0]}/curve?from=2020-01-01&to=2026-01-01`, 400)
})

test('a chart has the extremes and the sum of each piece', async () => {
  const chart = await get(`${points[0]}/curve?from=${from}&to=${to}&width=50`)
  assert.equal(chart.step, Math.ceil((7 * 96 - 4) / 50))
  for (const column of chart.channels) {
    const { values } = await naive(column.channel)
    for (let p = 0; p < column.min.length; p++) {
      const piece = values.slice(p * chart.step, (p + 1) * chart.step).filter((value) => value !== null)
      const none = piece.length === 0
      assert.equal(column.present[p], piece.length)
      assert.equal(column.min[p], none ? null : Math.min(...piece))
      assert.equal(column.max[p], none ? null : Math.max(...piece))
      assert.equal(column.sum[p], none ? null : piece.reduce((a, b) => a + b, 0))
    }
  }
  assert.ok(chart.channels[0].estimated.some((count: number) => count > 0))
})

test('any curve in any width: every value is in exactly one piece', () => {
  const slot = fc.tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constantFrom(0, 1, 2, 3, 9))
  fc.assert(
    fc.property(
      fc.array(slot, { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 2, max: 400 }),
      (list, width) => {
        const values = Int32Array.from(list, ([value]) => value)
        const bytes = Uint8Array.from(list, ([, byte]) => byte)
        const curve: PointCurve = {
          start: 0,
          slots: list.length,
          channels: [{ channel: 'A+', values, quality: bytes }],
        }
        const { step, channels } = chartOf(curve, width)
        const [piece] = channels
        assert.ok(piece.min.length <= width && piece.min.length === Math.ceil(list.length / step))
        const present = list.filter(([, byte]) => byte & 7).map(([value]) => value)
        assert.equal(
          piece.sum.reduce((a, b) => a + b, 0),
          present.reduce((a, b) => a + b, 0),
        )
        assert.equal(
          piece.present.reduce((a, b) => a + b, 0),
          present.length,
        )
        assert.equal(
          piece.estimated.reduce((a, b) => a + b, 0),
          list.filter(([, byte]) => (byte & 7) > 1).length,
        )
        const seen = (extreme: Int32Array) => [...extreme].filter((_, p) => piece.present[p] > 0)
        if (present.length > 0) {
          assert.equal(Math.min(...seen(piece.min)), Math.min(...present))
          assert.equal(Math.max(...seen(piece.max)), Math.max(...present))
        }
      },
    ),
  )
})

test('what is written digit by digit is what JSON reads, in any number of pieces', () => {
  const edges = [0, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000, 99_999, 100_000, 2 ** 31 - 1]
  const value = fc.oneof(
    fc.constantFrom(...edges, ...edges.slice(1).map((n) => -n), -(2 ** 31)),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  )
  const slot = fc.tuple(value, fc.constantFrom(0, 1, 1, 1, 2, 9, 0xf9))
  fc.assert(
    fc.property(fc.array(slot, { maxLength: 400 }), fc.constantFrom(1, 60), (list, times) => {
      const all = Array.from({ length: times }, () => list).flat()
      const curve: PointCurve = {
        start: Date.UTC(2026, 0, 1),
        slots: all.length,
        channels: (['A-', 'R+'] as const).map((channel) => ({
          channel,
          values: Int32Array.from(all, ([number]) => number),
          quality: Uint8Array.from(all, ([, byte]) => byte),
        })),
      }
      const head = { meteringPointId: '7', from: '2026-01-01', to: '2026-01-02' }
      const read = JSON.parse(Buffer.concat([...curveJson(head, curve)]).toString())
      assert.deepEqual(
        [read.slots, read.channels.length, read.start],
        [all.length, 2, '2026-01-01T00:00:00.000Z'],
      )
      for (const channel of read.channels) {
        assert.deepEqual(
          channel.values,
          all.map(([number, byte]) => (byte & 7 ? number : null)),
        )
        const marked = channel.quality.reduce((sum: number, run: JsonRun) => sum + run.count, 0)
        assert.equal(marked, all.filter(([, byte]) => byte !== 1).length)
      }
    }),
    { numRuns: 60 },
  )
})

test('a stranger does not learn that the point exists, and an altered day is named', async () => {
  actor = { ...systemActor, scope: 'granted', subject: 'token:9' }
  await get(`${points[0]}/curve?from=${from}&to=${to}`, 404)
  actor = systemActor
  await asSystem(database.db, (trx) =>
    sql`update contor.day_block set sources = sources || '\\x00'::bytea
         where metering_point_id = ${points[1]} and day = ${from}`.execute(trx),
  )
  const { error } = await get(`${points[1]}/curve?from=${from}&to=${to}`, 500)
  assert.deepEqual([error.code, error.value], ['data-corrupt', from])
})
