// Whatever is done, in whatever order: what is stored is what a plain model of it says, and once everything is
// estimated the quarter-hours add up to the registers wherever no person has decided otherwise.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayStart, daysBetween, quality } from '@contor/intervals'
import { tariffsOfDay } from '@contor/vee'
import fc from 'fast-check'
import { sql } from 'kysely'
import { type Actor, asSystem } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { loadDays } from '../readings/index.ts'
import { listEdits, makeEdit, undoEdit } from './edit/edits.ts'
import type { Operation } from './edit/operations.ts'
import { estimatePoint } from './estimate/estimate.ts'
import { dayOf, incomingOf, putRegisters, store, testPeriods } from './testing/curve.ts'

let database: TestDatabase
let network: TestNetwork
before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 2)
})
after(() => database.drop())

const calendar = { name: 't', version: 1, source: 't', periods: testPeriods }
// The long day of October among them.
const days = daysBetween('2026-10-24', '2026-10-26')
const lengths = [96, 100, 96]
const starts = [0, 96, 196]
const slots = 292
const person: Actor = { subject: 'user:ana', role: 'operator', scope: 'all', name: 'Ana', locale: 'ro' }
const tariffs = days.flatMap((day) => [...tariffsOfDay(calendar, day)])
const dayIndex = (slot: number) => (slot >= 196 ? 2 : slot >= 96 ? 1 : 0)
const iso = (slot: number) => new Date(dayStart(days[0]) + slot * 900_000).toISOString()

type Step =
  | { readonly kind: 'arrive'; readonly from: number; readonly count: number }
  | { readonly kind: 'estimate' }
  | { readonly kind: 'edit'; readonly from: number; readonly count: number; readonly operation: Operation }
  | { readonly kind: 'undo' }

const stretch = { from: fc.nat(slots - 1), count: fc.integer({ min: 1, max: 90 }) }
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('fill' as const), value: fc.nat(60) }),
  fc.record({
    kind: fc.constant('total' as const),
    total: fc.nat(3_000),
    shape: fc.constant('flat' as const),
  }),
  fc.record({ kind: fc.constant('clear' as const) }),
  fc.record({ kind: fc.constant('accept' as const) }),
  fc.record({ kind: fc.constant('factor' as const), factor: fc.constantFrom(0.5, 1.1, 1.333) }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('arrive' as const), ...stretch }),
  fc.record({ kind: fc.constant('arrive' as const), ...stretch }),
  fc.record({ kind: fc.constant('estimate' as const) }),
  fc.record({ kind: fc.constant('edit' as const), ...stretch, operation }),
  fc.record({ kind: fc.constant('undo' as const) }),
)

type State = { values: number[]; states: number[] }

async function stored(id: string): Promise<State> {
  const values = new Array<number>(slots).fill(0)
  const states = new Array<number>(slots).fill(0)
  for (const { day, block } of await asSystem(database.db, (trx) => loadDays(trx, id, days[0], days[2]))) {
    const first = starts[days.indexOf(day)]
    for (const series of block.channels)
      for (let slot = 0; slot < series.values.length; slot++) {
        values[first + slot] = series.values[slot]
        states[first + slot] = series.quality[slot] & 7
      }
  }
  return { values, states }
}

/** Sums of a midnight-to-midnight day by tariff. */
function sums(values: readonly number[], index: number): number[] {
  const found = [0, 0, 0, 0, 0]
  for (let slot = starts[index]; slot < starts[index] + lengths[index]; slot++)
    found[tariffs[slot]] += values[slot]
  return found
}

async function arrive(id: string, truth: readonly ReturnType<typeof dayOf>[], from: number, count: number) {
  const parts = truth.map((block, i) =>
    incomingOf(block, (slot) => starts[i] + slot >= from && starts[i] + slot < from + count),
  )
  await store(
    database.db,
    id,
    parts.filter((part) => part.sources.some((source) => source !== undefined)),
  )
}

async function estimate(id: string, mode: 'missing' | 'respread') {
  const request = { meteringPointId: id, from: days[0], to: days[2], actor: 'test', reason: 'test', mode }
  await asSystem(database.db, (trx) => estimatePoint(trx, request))
}

test('sums and registers agree after any sequence of storing, estimating, editing, undoing and late data', async () => {
  const { id } = network.points[1]
  const meterId = network.points[1].meterId
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(90), { minLength: 31, maxLength: 31 }),
      fc.array(step, { minLength: 1, maxLength: 14 }),
      async (seed, steps) => {
        const truth = days.map((day, i) => dayOf(day, (slot) => seed[(starts[i] + slot) % 31]))
        const truthValues = truth.flatMap((block) => [...block.channels[0].values])
        await reset(id)
        await asSystem(database.db, (trx) =>
          putRegisters(trx, { id, meterId }, truth, (day, slot) => tariffs[starts[days.indexOf(day)] + slot]),
        )
        let model: State = await stored(id)
        assert.ok(model.states.every((state) => state === 0))
        const past: { id: string; before: State; after: State }[] = []
        for (const each of steps) {
          if (each.kind === 'arrive') {
            await arrive(id, truth, each.from, each.count)
            for (let slot = each.from; slot < Math.min(slots, each.from + each.count); slot++) {
              if (model.states[slot] === quality.edited) continue
              model.values[slot] = truthValues[slot]
              model.states[slot] = quality.measured
            }
            assert.deepEqual(await stored(id), model)
          } else if (each.kind === 'estimate') {
            await estimate(id, 'missing')
            await estimate(id, 'respread')
            model = await checkEstimated(id, model, truthValues)
          } else if (each.kind === 'edit') {
            const to = Math.min(slots, each.from + each.count)
            const before = structuredClone(model)
            const request = {
              meteringPointId: id,
              channel: 'A+' as const,
              from: iso(each.from),
              to: iso(to),
              operation: each.operation,
              only: 'all' as const,
              reason: 'test',
            }
            const made = await asSystem(database.db, (trx) => makeEdit(trx, person, request)).catch(
              () => undefined,
            )
            const after = await stored(id)
            if (!made) assert.deepEqual(after, model)
            else {
              checkEdit(before, after, each.from, to, each.operation)
              assert.equal(
                made.preview.period.after,
                range(
                  after.values,
                  made.preview.days.map((day) => days.indexOf(day.day)),
                ),
              )
              past.push({ id: made.edit.id, before, after: structuredClone(after) })
            }
            model = after
          } else {
            const last = past.pop()
            if (!last) continue
            const touched = [...model.values.keys()].filter(
              (slot) =>
                last.before.values[slot] !== last.after.values[slot] ||
                last.before.states[slot] !== last.after.states[slot],
            )
            const intact = touched.every(
              (slot) =>
                model.values[slot] === last.after.values[slot] &&
                model.states[slot] === last.after.states[slot],
            )
            const undo = asSystem(database.db, (trx) => undoEdit(trx, person, last.id, 'test'))
            if (!intact) await assert.rejects(undo, /has changed since/)
            else {
              await undo
              for (const slot of touched) {
                model.values[slot] = last.before.values[slot]
                model.states[slot] = last.before.states[slot]
              }
            }
            assert.deepEqual(await stored(id), model)
          }
        }
        const edits = await asSystem(database.db, (trx) =>
          listEdits(trx, { meteringPointId: id, limit: 500 }),
        )
        assert.ok(edits.every((edit) => edit.state !== 'pending'))
        // All that was ever missing arrives: without a person's values the truth stands.
        await estimate(id, 'missing')
        await arrive(id, truth, 0, slots)
        const end = await stored(id)
        for (let slot = 0; slot < slots; slot++)
          if (end.states[slot] !== quality.edited)
            assert.deepEqual([end.values[slot], end.states[slot]], [truthValues[slot], 1])
      },
    ),
    { numRuns: 12 },
  )
})

const range = (values: readonly number[], indexes: readonly number[]) =>
  indexes.reduce((all, index) => all + sums(values, index).reduce((sum, each) => sum + each, 0), 0)

/** Held values stay; a day without a person's value meets every register, another one at least its total if it can. */
async function checkEstimated(id: string, before: State, truth: readonly number[]): Promise<State> {
  const now = await stored(id)
  for (let slot = 0; slot < slots; slot++)
    if (before.states[slot] === quality.measured || before.states[slot] === quality.edited)
      assert.deepEqual([now.values[slot], now.states[slot]], [before.values[slot], before.states[slot]])
  for (const index of [0, 1, 2]) {
    const part = now.states.slice(starts[index], starts[index] + lengths[index])
    const free = part.some((state) => state === quality.estimated)
    const wanted = sums(truth, index)
    const held = sums(now.values, index)
    const total = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0)
    if (!part.includes(quality.edited)) {
      assert.ok(part.every((state) => state !== quality.missing))
      assert.deepEqual(held, wanted)
    } else if (free && !part.includes(quality.missing)) {
      const fixed = now.values.reduce(
        (sum, value, slot) =>
          dayIndex(slot) === index && now.states[slot] !== quality.estimated ? sum + value : sum,
        0,
      )
      if (fixed <= total(wanted)) assert.equal(total(held), total(wanted))
    }
  }
  return now
}

function checkEdit(before: State, after: State, from: number, to: number, operation: Operation): void {
  for (let slot = 0; slot < slots; slot++) {
    const inside = slot >= from && slot < to
    const same = before.values[slot] === after.values[slot] && before.states[slot] === after.states[slot]
    if (!inside) assert.ok(same)
    else if (operation.kind === 'clear') assert.deepEqual([after.values[slot], after.states[slot]], [0, 0])
    else if (operation.kind === 'fill')
      assert.deepEqual([after.values[slot], after.states[slot]], [operation.value, 3])
    else if (!same) assert.equal(after.states[slot], quality.edited)
    assert.ok(after.values[slot] >= 0)
  }
  const sum = (state: State) => state.values.slice(from, to).reduce((all, value) => all + value, 0)
  if (operation.kind === 'total') assert.equal(sum(after), operation.total)
  if (operation.kind === 'accept') assert.equal(sum(after), sum(before))
  if (operation.kind === 'factor') assert.ok(Math.abs(sum(after) - sum(before) * operation.factor) <= 0.5)
}

/** A new point in the place of the old one: the application itself cannot forget. */
async function reset(id: string): Promise<void> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    for (const table of ['edit_day', 'edit', 'day_block_version', 'day_block', 'index_reading'])
      await client.query(`delete from contor.${table} where metering_point_id = $1`, [id])
  } finally {
    await client.end()
  }
}

test('two rounds of estimation at once leave one estimate', async () => {
  const point = network.points[2]
  const truth = days.map((day) => dayOf(day, (slot) => slot % 9))
  await asSystem(database.db, (trx) =>
    putRegisters(trx, point, truth, (day, slot) => tariffs[starts[days.indexOf(day)] + slot]),
  )
  await arrive(point.id, truth, 0, 150)
  await Promise.all([
    estimate(point.id, 'missing'),
    arrive(point.id, truth, 140, 40),
    estimate(point.id, 'missing'),
  ])
  await estimate(point.id, 'respread')
  const now = await stored(point.id)
  const truthValues = truth.flatMap((block) => [...block.channels[0].values])
  assert.deepEqual(now.values.slice(0, 180), truthValues.slice(0, 180))
  for (const index of [0, 1, 2]) assert.deepEqual(sums(now.values, index), sums(truthValues, index))
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{
      n: number
    }>`select count(*)::int as n from contor.day_block_version where metering_point_id = ${point.id} and kind = 'estimate'`.execute(
      trx,
    ),
  )
  assert.ok(rows[0].n >= 1)
})
