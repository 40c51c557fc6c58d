import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type Channel,
  channels,
  type DayBlock,
  emptySeries,
  flag,
  quality,
  seriesOf,
  slotsInDay,
} from '@contor/intervals'
import fc from 'fast-check'
import { asSystem } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { billedPeriods, finalise, rebillDifferences } from '../billed.ts'
import type { IncomingDay } from '../profile.ts'
import { type ChangeKind, loadDays, replaceDay, storeDays } from '../store.ts'
import { loadDaysAsOf } from './asOf.ts'
import { type Growth, packGrowth, unpackGrowth } from './growth.ts'
import { changesBetween, DayCanvas, packPatch, unpackPatch } from './patch.ts'

let database: TestDatabase
let network: TestNetwork

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 2)
})
after(() => database.drop())

/** A day as plain text: 'A+ 3=12/1' for every slot that holds a value. The naive model keeps only this. */
function say(block: DayBlock | undefined): string {
  if (!block) return ''
  const words: string[] = []
  for (const channel of channels) {
    const series = seriesOf(block, channel)
    series?.quality.forEach((byte, slot) => {
      if (byte !== 0) words.push(`${channel} ${slot}=${series.values[slot]}/${byte}`)
    })
  }
  return words.join(' ')
}

type Slots = readonly { readonly channel: Channel; readonly slot: number; readonly value: number }[]

function blockOf(day: string, slots: Slots, byte: number, base?: DayBlock): DayBlock {
  const canvas = new DayCanvas(base ?? { day, minutes: 15, channels: [] })
  for (const { channel, slot, value } of slots) canvas.set(channel, slot, value, byte)
  return canvas.finish()
}

function incoming(day: string, slots: Slots, exchangeId: number): IncomingDay {
  const sources: IncomingDay['sources'] = new Array(slotsInDay(day)).fill(undefined)
  for (const { slot } of slots) sources[slot] = { exchangeId, row: slot }
  const block = blockOf(day, slots, quality.measured)
  const series = block.channels.length > 0 ? block.channels : [emptySeries('A+', day)]
  return { day, block: { ...block, channels: series }, sources }
}

const slots = fc.array(
  fc.record({
    channel: fc.constantFrom<Channel>('A+', 'A-', 'Q1'),
    slot: fc.nat(11),
    value: fc.integer({ min: 0, max: 40 }),
  }),
  { maxLength: 14 },
)
const step = fc.oneof(
  fc.record({ do: fc.constant('store' as const), slots }),
  fc.record({ do: fc.constantFrom('estimate' as const, 'edit' as const, 'clear' as const), slots }),
  fc.record({ do: fc.constant('bill' as const), slots: fc.constant([]) }),
)

/** What the rules of the store say of one step, on plain slots. */
class Model {
  readonly history: { at: number; text: string }[] = []
  readonly held = new Map<string, { value: number; byte: number }>()

  store(list: Slots): void {
    for (const { channel, slot, value } of this.last(list)) {
      const key = `${channel} ${slot}`
      const known = this.held.get(key)
      if (!known) this.held.set(key, { value, byte: quality.measured })
      else if ((known.byte & 7) === quality.estimated)
        this.held.set(key, { value, byte: quality.measured | flag.late })
    }
  }

  replace(list: Slots, byte: number): void {
    for (const { channel, slot, value } of list)
      if (byte === 0) this.held.delete(`${channel} ${slot}`)
      else this.held.set(`${channel} ${slot}`, { value, byte })
  }

  /** A block holds one value a slot: the last of a list. */
  last(list: Slots): Slots {
    return [...new Map(list.map((one) => [`${one.channel} ${one.slot}`, one])).values()]
  }

  note(at: number): void {
    this.history.push({ at, text: this.text() })
  }

  text(): string {
    const words = [...this.held].map(([key, { value, byte }]) => ({ key, text: `${key}=${value}/${byte}` }))
    const order = ({ key }: { key: string }) => {
      const [channel, slot] = key.split(' ')
      return channels.indexOf(channel as Channel) * 1_000 + Number(slot)
    }
    return words
      .sort((a, b) => order(a) - order(b))
      .map((word) => word.text)
      .join(' ')
  }

  sum(channel: Channel): number {
    return [...this.held].reduce(
      (all, [key, { value }]) => (key.startsWith(`${channel} `) ? all + value : all),
      0,
    )
  }
}

test('after any sequence of stores, estimates, edits, clears and bills every earlier state can be told', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
      const id = network.points[1].id
      const day = `20${String(10 + Math.floor(run / 300)).padStart(2, '0')}-01-01`
      const name = new Date(Date.parse(day) + (run++ % 300) * 86_400_000).toISOString().slice(0, 10)
      const model = new Model()
      let at = 1_700_000_000_000
      let billed: { ref: string; sums: Map<Channel, number> } | undefined
      for (const [i, one] of steps.entries()) {
        at += i % 3 === 0 ? 0 : 1_000 // a clock that stands still must not mix events up
        await asSystem(database.db, async (trx) => {
          const [standing] = await loadDays(trx, id, name, name)
          if (one.do === 'store') {
            await storeDays(trx, id, [incoming(name, one.slots, i + 1)], at)
            model.store(one.slots)
          } else if (one.do === 'bill') {
            const ref = `B${i}`
            const { sums } = await finalise(
              trx,
              id,
              { from: name, to: name, billRef: `${name}-${ref}`, actor: 'biller' },
              at,
            )
            billed = { ref, sums: new Map(channels.map((c) => [c, sums[c] ?? 0])) }
            for (const channel of channels) assert.equal(sums[channel] ?? 0, model.sum(channel))
          } else {
            const byte = one.do === 'estimate' ? quality.estimated : one.do === 'edit' ? quality.edited : 0
            const list = byte === 0 ? one.slots.map((s) => ({ ...s, value: 0 })) : one.slots
            const block = blockOf(name, list, byte, standing?.block)
            const kind: ChangeKind = one.do === 'estimate' ? 'estimate' : 'edit'
            await replaceDay(
              trx,
              id,
              block,
              standing?.sources ?? new Array(96).fill(undefined),
              { rule: 'test', ruleVersion: 1, actor: 'ana', approvedBy: 'ion', reason: 'a test', kind },
              at,
            )
            model.replace(list, byte)
          }
          const [now] = await loadDays(trx, id, name, name)
          assert.equal(say(now?.block), model.text())
        })
        const changed = await asSystem(database.db, (trx) =>
          trx
            .selectFrom('day_block')
            .select('changed_at')
            .where('metering_point_id', '=', id)
            .where('day', '=', name)
            .where('version', '>', 0)
            .executeTakeFirst(),
        )
        if (changed) model.note(changed.changed_at.getTime())
      }
      await asSystem(database.db, async (trx) => {
        for (const { at: knownAt, text } of latestOf(model.history)) {
          const [then] = await loadDaysAsOf(trx, id, name, name, knownAt)
          assert.equal(say(then?.block), text)
        }
        assert.deepEqual(await loadDaysAsOf(trx, id, name, name, 1_600_000_000_000), [])
        if (!billed) return
        const differences = await rebillDifferences(trx, id, name, name)
        for (const channel of channels) {
          const moved = differences
            .filter((one) => one.channel === channel)
            .reduce((all, one) => all + one.afterWh - one.beforeWh, 0)
          assert.equal((billed.sums.get(channel) ?? 0) + moved, model.sum(channel), channel)
        }
        const last = (await billedPeriods(trx, id, name, name)).at(-1)
        const [final] = await loadDaysAsOf(trx, id, name, name, last?.finalisedAt ?? 0)
        for (const channel of channels) {
          const series = final && seriesOf(final.block, channel)
          const total = series ? series.values.reduce((all, value) => all + value, 0) : 0
          assert.equal(total, billed.sums.get(channel))
        }
      })
    }),
    { numRuns: 60 },
  )
})

/** Steps that change nothing leave the instant as it was: the last text of an instant is the truth. */
function latestOf(history: readonly { at: number; text: string }[]) {
  return [...new Map(history.map((entry) => [entry.at, entry])).values()]
}

test('an edit of a billed day needs a second person, in code and in the database', async () => {
  const id = network.points[2].id
  const name = '2026-03-02'
  const why = { rule: 'edit', ruleVersion: 1, actor: 'ana', reason: 'read wrongly', kind: 'edit' as const }
  const full = Array.from({ length: 96 }, (_, slot) => ({ channel: 'A+' as const, slot, value: 5 }))
  const edited = blockOf(
    name,
    [{ channel: 'A+', slot: 3, value: 9 }],
    quality.edited,
    blockOf(name, full, quality.measured),
  )
  const none = new Array(96).fill(undefined)
  await asSystem(database.db, async (trx) => {
    await storeDays(trx, id, [incoming(name, full, 7)])
    await finalise(trx, id, { from: name, to: name, billRef: 'F1', actor: 'biller' })
  })
  const attempt = (approvedBy?: string) =>
    asSystem(database.db, (trx) =>
      replaceDay(trx, id, edited, none, { ...why, ...(approvedBy ? { approvedBy } : {}) }),
    )
  await assert.rejects(attempt(), { code: 'conflict', field: 'approvedBy' })
  await assert.rejects(attempt('ana'), { code: 'conflict' })
  assert.equal(await attempt('ion'), 2)
  await assert.rejects(
    asSystem(database.db, (trx) =>
      trx
        .insertInto('day_block_version')
        .values({
          metering_point_id: id,
          day: name,
          version: 9,
          sources: Buffer.alloc(0),
          patch: Buffer.alloc(1),
          kind: 'edit',
          rule: 'edit',
          rule_version: 1,
          actor: 'ana',
          reason: 'alone',
          billed: true,
          approved_by: 'ana',
        })
        .execute(),
    ),
    /second_person/,
  )
})

test('a stored day that was altered is named and not shown', async () => {
  const id = network.points[2].id
  const name = '2026-03-09'
  await asSystem(database.db, (trx) =>
    storeDays(trx, id, [incoming(name, [{ channel: 'A+', slot: 1, value: 5 }], 8)]),
  )
  const { default: pg } = await import('pg')
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  await owner.query(
    'update contor.day_block set payload = set_byte(payload, 5, 255 - get_byte(payload, 5)) where metering_point_id = $1 and day = $2',
    [id, name],
  )
  await owner.end()
  await assert.rejects(
    asSystem(database.db, (trx) => loadDays(trx, id, name, name)),
    { code: 'data-corrupt', field: 'day', value: name },
  )
})

test('patches and growth come back as they went in, and other bytes are refused', () => {
  const entry = fc.record({
    gap: fc.nat(100_000_000),
    runs: fc.uniqueArray(fc.nat(24), { maxLength: 5 }).map((list) => list.sort((a, b) => a - b)),
  })
  fc.assert(
    fc.property(slots, slots, fc.array(entry, { maxLength: 6 }), (a, b, entries) => {
      const before = blockOf('2026-02-02', a, quality.measured)
      const after = blockOf('2026-02-02', b, quality.estimated)
      const changes = changesBetween(before, after)
      assert.deepEqual(unpackPatch(packPatch(changes)), changes)
      const canvas = new DayCanvas(before)
      canvas.redo(changes)
      assert.equal(say(canvas.finish()), say(after))
      canvas.undo(changes)
      assert.equal(say(canvas.finish()), say(before))
      const growth: Growth[] = entries.map(({ runs }, i) => ({
        at: entries.slice(0, i + 1).reduce((all, { gap }) => all + gap, 0),
        runs: runs.map((slot) => ({ fromSlot: slot * 4, count: 3, mask: 3 })),
      }))
      assert.deepEqual(unpackGrowth(packGrowth(growth)), growth)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const unpack of [unpackPatch, unpackGrowth])
        try {
          unpack(bytes)
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error))
        }
    }),
    { numRuns: 500 },
  )
})
