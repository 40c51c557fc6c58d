import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { emptySeries, quality, slotStart } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { finalise } from './billed.ts'
import { printExplanation } from './cli.ts'
import { answerExplain } from './explainRoutes.ts'
import type { IncomingDay } from './profile.ts'
import { loadDays, replaceDay, storeDays } from './store.ts'
import { DayCanvas } from './versions/patch.ts'

let database: TestDatabase
let network: TestNetwork
const day = '2026-11-10'

function measured(slots: readonly number[], value: number, exchangeId: number): IncomingDay {
  const series = emptySeries('A+', day)
  const sources: IncomingDay['sources'] = new Array(96).fill(undefined)
  for (const slot of slots) {
    series.values[slot] = value
    series.quality[slot] = quality.measured
    sources[slot] = { exchangeId, row: slot }
  }
  return { day, block: { day, minutes: 15, channels: [series] }, sources }
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 2)
  const id = network.points[1].id
  // 0–39 read at first, 40–59 later, 60–69 estimated, 64 measured late, 10 edited after the bill by two persons.
  await asSystem(database.db, async (trx) => {
    await storeDays(trx, id, [measured(range(0, 40), 10, 501)], 1_000)
    await storeDays(trx, id, [measured(range(40, 60), 20, 502)], 2_000)
    const [standing] = await loadDays(trx, id, day, day)
    const canvas = new DayCanvas(standing.block)
    for (const slot of range(60, 70)) canvas.set('A+', slot, 15, quality.estimated)
    const estimate = { rule: 'linear', ruleVersion: 3, actor: 'system:estimation', reason: 'short gap' }
    await replaceDay(trx, id, canvas.finish(), standing.sources, estimate, 3_000)
    await storeDays(trx, id, [measured([64], 18, 503)], 4_000)
    await finalise(trx, id, { from: day, to: day, billRef: 'F-1', actor: 'biller' }, 5_000)
    const [billed] = await loadDays(trx, id, day, day)
    const edit = new DayCanvas(billed.block)
    edit.set('A+', 10, 7, quality.edited)
    await replaceDay(
      trx,
      id,
      edit.finish(),
      billed.sources,
      {
        rule: 'edit',
        ruleVersion: 1,
        actor: 'ana',
        approvedBy: 'ion',
        reason: 'wrong reading',
        kind: 'edit',
      },
      6_000,
    )
  })
})
after(() => database.drop())

test('each quarter-hour leads to its frame, its rule or its person, and the sum is that of the runs', async () => {
  const { id } = network.points[1]
  const answer = await asSystem(database.db, (trx) => answerExplain(trx, id, 'A+', day, day))
  assert.equal(answer.sum, 39 * 10 + 7 + 20 * 20 + 9 * 15 + 18)
  assert.equal(
    answer.sum,
    answer.runs.reduce((all, run) => all + run.sum, 0),
  )
  assert.deepEqual(answer.counts, { measured: 60, estimated: 9, edited: 1, missing: 26 })
  assert.deepEqual(
    answer.runs.map((run) => [
      (Date.parse(run.from) - slotStart(day, 0)) / 900_000,
      run.slots,
      run.origin.kind === 'frame'
        ? run.origin.trace
        : run.origin.kind === 'made'
          ? `${run.origin.by} ${run.origin.rule} ${run.origin.actor} ${run.origin.approvedBy}`
          : run.origin.kind,
      run.history.length,
    ]),
    [
      [0, 10, '501.0', 0],
      [10, 1, 'edit edit ana ion', 1],
      [11, 29, '501.11', 0],
      [40, 20, '502.40', 0],
      [60, 4, 'estimate linear system:estimation null', 1],
      [64, 1, '503.64', 2],
      [65, 5, 'estimate linear system:estimation null', 1],
      [70, 26, 'missing', 0],
    ],
  )
  assert.equal(
    answer.runs[3].origin.kind === 'frame' && answer.runs[3].origin.knownAt,
    new Date(2_000).toISOString(),
  )
  assert.deepEqual(
    answer.runs[5].history.map((step) => [step.kind, step.before, step.after]),
    [
      ['estimate', null, 15],
      ['late', 15, 18],
    ],
  )
  assert.deepEqual(
    answer.bills.map((bill) => [bill.billRef, bill.sum]),
    [['F-1', answer.sum + 3]],
  )
  assert.deepEqual(
    answer.differences.map((one) => [one.billRef, one.beforeWh, one.afterWh, one.kind]),
    [['F-1', 10, 7, 'edit']],
  )
  // The edited value leads straight to the frame of what was measured; an estimate of nothing leads nowhere.
  assert.deepEqual(
    answer.runs.map(({ origin }) => (origin.kind === 'made' ? origin.measured : undefined)),
    [
      undefined,
      { trace: '501.10', file: null, line: null, value: 10 },
      undefined,
      undefined,
      null,
      undefined,
      null,
      undefined,
    ],
  )
  assert.deepEqual(answer.runs[1].history[0].replaced, { trace: '501.10', file: null, line: null })
  const text = printExplanation(answer)
  for (const words of [
    'in place of 10 Wh, measured: frame 501.10',
    'frame 501.0',
    'edit by ana and ion: 10 → 7 Wh',
    'bill F-1',
    'to settle: 2026-11-10 10 → 7',
  ])
    assert.ok(text.includes(words), text)
})

test('a value that a file brought names the file and its line', async () => {
  const { id } = network.points[2]
  const other = '2026-11-12'
  await asSystem(database.db, async (trx) => {
    const { rows } = await sql<{ exchange: string }>`
      insert into contor.import_file (name, format, layout, path, bytes, sha256, requested_by)
      values ('octombrie.csv', 'csv', 'wide', 'x', 1, ''::bytea, 'ana') returning exchange_id as exchange`.execute(
      trx,
    )
    const day = measured([3], 12, Number(rows[0].exchange))
    day.sources[3] = { exchangeId: Number(rows[0].exchange), row: 17 * 128 + 3 }
    await storeDays(trx, id, [{ ...day, day: other, block: { ...day.block, day: other } }])
  })
  const answer = await asSystem(database.db, (trx) => answerExplain(trx, id, 'A+', other, other))
  const origin = answer.runs.find((run) => run.slots === 1)?.origin
  assert.deepEqual(origin?.kind === 'file' && [origin.file, origin.line], ['octombrie.csv', 17])
  assert.ok(printExplanation(answer).includes('file octombrie.csv, line 17'))
})

test('an edit of an edit still leads to the line of the file; another channel of the quarter-hour keeps its own', async () => {
  const { id } = network.points[2]
  const other = '2026-11-13'
  const exchange = await asSystem(database.db, async (trx) => {
    const { rows } = await sql<{ exchange: string }>`
      insert into contor.import_file (name, format, layout, path, bytes, sha256, requested_by)
      values ('noiembrie.csv', 'csv', 'tall', 'x', 1, ''::bytea, 'ana') returning exchange_id as exchange`.execute(
      trx,
    )
    const exchangeId = Number(rows[0].exchange)
    const day = measured([3, 4], 12, exchangeId)
    const [series] = day.block.channels
    const reverse = { ...series, channel: 'A-' as const }
    await storeDays(trx, id, [
      { ...day, day: other, block: { ...day.block, day: other, channels: [series, reverse] } },
    ])
    return exchangeId
  })
  for (const value of [5, 6])
    await asSystem(database.db, async (trx) => {
      const [stored] = await loadDays(trx, id, other, other)
      const canvas = new DayCanvas(stored.block)
      canvas.set('A+', 3, value, quality.edited)
      const sources = stored.sources.with(3, undefined)
      const why = { rule: 'edit', ruleVersion: 1, actor: 'ana', reason: 'r', kind: 'edit' as const }
      await replaceDay(trx, id, canvas.finish(), sources, why)
    })
  const ask = (channel: 'A+' | 'A-') =>
    asSystem(database.db, (trx) => answerExplain(trx, id, channel, other, other))
  const edited = (await ask('A+')).runs.find((run) => run.quality === 'edited')
  assert.deepEqual(edited?.origin.kind === 'made' && edited.origin.measured, {
    trace: `${exchange}.3`,
    file: 'noiembrie.csv',
    line: 3,
    value: 12,
  })
  assert.deepEqual(
    edited?.history.map(({ replaced }) => replaced?.trace ?? null),
    [`${exchange}.3`, null],
  )
  const beside = (await ask('A-')).runs.find((run) => run.slots === 2)
  assert.equal(beside?.origin.kind, 'file')
})

test('a point is found by its code, a span by instants; what is not there is said', async () => {
  const at = (slot: number) => new Date(slotStart(day, slot)).toISOString()
  const ask = (point: string, from: string, to: string) =>
    asSystem(database.db, (trx) => answerExplain(trx, point, 'A+', from, to))
  const answer = await ask('RO000001', at(58), at(62))
  assert.deepEqual(
    answer.runs.map((run) => run.slots),
    [2, 2],
  )
  await assert.rejects(ask('RO999999', day, day), { code: 'not-found' })
  await assert.rejects(ask('RO000001', day, '2026-11-09'), { code: 'invalid-request', field: 'to' })
  await assert.rejects(ask('RO000001', day, '2027-11-09'), { code: 'invalid-request' })
  const empty = await ask('RO000002', day, '2026-11-11')
  assert.deepEqual([empty.sum, empty.runs.length, empty.counts.missing], [0, 1, 192])
})
