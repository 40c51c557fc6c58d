import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Channel, DayBlock } from './block.ts'
import { IntervalError } from './errors.ts'
import { mergeDay, replaceSlots } from './merge.ts'

const day = '2026-03-29'
const slots = 92

/** A block whose channels hold the given slots: [slot, value, quality]. */
function blockOf(held: Partial<Record<Channel, [number, number, number][]>>): DayBlock {
  const channels = Object.entries(held).map(([channel, list]) => {
    const values = new Int32Array(slots)
    const quality = new Uint8Array(slots)
    for (const [slot, value, byte] of list) {
      values[slot] = value
      quality[slot] = byte
    }
    return { channel: channel as Channel, values, quality }
  })
  return { day, minutes: 15, channels }
}

/** Two blocks cut out of one truth, so that they never contradict each other. */
const parts = fc
  .record({
    truth: fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: slots, maxLength: slots }),
    left: fc.array(fc.boolean(), { minLength: slots, maxLength: slots }),
    right: fc.array(fc.boolean(), { minLength: slots, maxLength: slots }),
    channels: fc.constantFrom<[Channel, Channel]>(['A+', 'A+'], ['R-', 'A+'], ['A-', 'Q1']),
  })
  .map(({ truth, left, right, channels }) => {
    const cut = (held: boolean[]) =>
      truth.flatMap((value, slot): [number, number, number][] => (held[slot] ? [[slot, value, 1]] : []))
    return [blockOf({ [channels[0]]: cut(left) }), blockOf({ [channels[1]]: cut(right) })] as const
  })

test('merging parts that agree does not depend on their order, and merging again adds nothing', () => {
  fc.assert(
    fc.property(parts, ([a, b]) => {
      const ab = mergeDay(a, b)
      const ba = mergeDay(b, a)
      assert.deepEqual(ab.block, ba.block)
      assert.deepEqual(ab.conflicts, [])
      assert.deepEqual(ab.confirmed, [])
      for (const again of [mergeDay(ab.block, a), mergeDay(ab.block, b)]) {
        assert.deepEqual(again.block, ab.block)
        assert.equal(again.added, 0)
        assert.deepEqual(again.conflicts, [])
      }
      assert.equal(mergeDay(undefined, a).added + ab.added, mergeDay(undefined, ab.block).added)
    }),
  )
})

test('a slot that is present is never overwritten; the difference is reported', () => {
  const existing = blockOf({
    'A+': [
      [3, 100, 1],
      [4, 50, 2],
      [5, 60, 1],
    ],
  })
  const incoming = blockOf({
    'A+': [
      [3, 101, 9],
      [4, 50, 1],
      [5, 60, 1],
      [6, 70, 1],
    ],
  })
  const before = structuredClone(existing)
  const { block, added, conflicts, confirmed } = mergeDay(existing, incoming)
  assert.equal(added, 1)
  assert.deepEqual(conflicts, [{ channel: 'A+', slot: 3, old: 100, new: 101, oldQuality: 1, newQuality: 9 }])
  assert.deepEqual(confirmed, [{ channel: 'A+', slot: 4, old: 50, new: 50, oldQuality: 2, newQuality: 1 }])
  const [series] = block.channels
  assert.deepEqual([...series.values.subarray(3, 7)], [100, 50, 60, 70])
  assert.deepEqual([...series.quality.subarray(3, 7)], [1, 2, 1, 1])
  assert.deepEqual(existing, before)
})

test('a measured zero is a value: it fills a missing slot and conflicts with another', () => {
  const { block, added, conflicts } = mergeDay(
    blockOf({ 'A-': [[0, 5, 1]] }),
    blockOf({
      'A-': [
        [0, 0, 1],
        [1, 0, 1],
      ],
    }),
  )
  assert.equal(added, 1)
  assert.deepEqual(
    conflicts.map(({ slot, old, new: value }) => [slot, old, value]),
    [[0, 5, 0]],
  )
  assert.deepEqual([...block.channels[0].quality.subarray(0, 3)], [1, 1, 0])
})

test('the result shares no memory with what was given', () => {
  const incoming = blockOf({ 'A+': [[0, 1, 1]] })
  const { block } = mergeDay(undefined, incoming)
  block.channels[0].values[0] = 99
  assert.equal(incoming.channels[0].values[0], 1)
})

const code = (wanted: string) => (error: unknown) => error instanceof IntervalError && error.code === wanted

test('days and interval lengths must agree', () => {
  const other: DayBlock = { day: '2026-03-28', minutes: 15, channels: [] }
  assert.throws(() => mergeDay(other, blockOf({})), code('mismatch'))
  assert.throws(() => mergeDay({ day, minutes: 60, channels: [] }, blockOf({})), code('mismatch'))
})

test('replaceSlots makes a new version and leaves the old one', () => {
  const old = blockOf({
    'A+': [
      [3, 100, 1],
      [4, 50, 1],
    ],
  })
  const next = replaceSlots(old, [
    { channel: 'A+', slot: 3, value: 101, quality: 3 },
    { channel: 'A+', slot: 4, value: 0, quality: 0 },
  ])
  assert.deepEqual(next, blockOf({ 'A+': [[3, 101, 3]] }))
  assert.deepEqual(
    old,
    blockOf({
      'A+': [
        [3, 100, 1],
        [4, 50, 1],
      ],
    }),
  )
  const one = { channel: 'A+' as const, slot: 0, value: 1, quality: 1 }
  assert.throws(() => replaceSlots(old, [{ ...one, slot: 92 }]), code('invalid-slot'))
  assert.throws(() => replaceSlots(old, [{ ...one, channel: 'A-' }]), code('invalid-block'))
  assert.throws(() => replaceSlots(old, [{ ...one, value: 2 ** 31 }]), code('invalid-block'))
  assert.throws(() => replaceSlots(old, [{ ...one, value: 0.5 }]), code('invalid-block'))
  assert.throws(() => replaceSlots(old, [{ ...one, quality: 0 }]), code('invalid-block'))
})
