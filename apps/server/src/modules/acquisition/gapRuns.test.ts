import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type GapRow, reconcileGaps, runsWhere, slicesOf } from './gapRuns.ts'

const slots = 96
const bitmap = fc.array(fc.boolean(), { minLength: slots, maxLength: slots })

function rowsFrom(missing: readonly boolean[], cut: number): GapRow[] {
  // Cut runs at `cut` so that adjacent rows exist which ought to merge.
  const left = runsWhere((s) => missing[s], 0, cut)
  const right = runsWhere((s) => missing[s], cut, slots)
  return [...left, ...right].map((run, i) => ({
    ...run,
    id: String(i),
    cause: 'not-read-yet',
    state: 'open',
  }))
}

test('after reconciling, the ledger covers exactly what is missing and no two equal rows touch', () => {
  fc.assert(
    fc.property(bitmap, bitmap, fc.nat(slots), (old, now, cut) => {
      const rows = rowsFrom(old, cut)
      const missing = runsWhere((s) => now[s], 0, slots)
      const change = reconcileGaps(rows, missing, () => ({ cause: 'not-read-yet', state: 'open' }))
      const gone = new Set([...change.recovered, ...change.replaced])
      const after = [...rows.filter((r) => !gone.has(r.id)), ...change.opened].sort(
        (a, b) => a.fromSlot - b.fromSlot,
      )
      assert.deepEqual(
        after.map(({ fromSlot, count }) => ({ fromSlot, count })),
        missing,
      )
      for (const id of change.recovered) {
        const row = rows[Number(id)]
        for (let i = 0; i < row.count; i++) assert.equal(now[row.fromSlot + i], false)
      }
    }),
  )
})

test('a row that already tells the truth is left alone', () => {
  const rows: GapRow[] = [{ id: '1', fromSlot: 4, count: 3, cause: 'unreachable', state: 'open' }]
  const change = reconcileGaps(rows, [{ fromSlot: 4, count: 3 }], (_, b) => ({
    cause: b?.cause ?? 'not-read-yet',
    state: 'open',
  }))
  assert.deepEqual(change, { recovered: [], replaced: [], opened: [] })
})

test('a slot the meter does not hold is told apart from its neighbours', () => {
  const rows: GapRow[] = [{ id: '1', fromSlot: 0, count: 4, cause: 'not-read-yet', state: 'open' }]
  const change = reconcileGaps(rows, [{ fromSlot: 1, count: 2 }], (slot) =>
    slot === 1 ? { cause: 'not-in-meter', state: 'lost' } : { cause: 'not-read-yet', state: 'open' },
  )
  assert.deepEqual(change, {
    recovered: [],
    replaced: ['1'],
    opened: [
      { fromSlot: 1, count: 1, cause: 'not-in-meter', state: 'lost' },
      { fromSlot: 2, count: 1, cause: 'not-read-yet', state: 'open' },
    ],
  })
})

test('slices are oldest first, bounded, and cover every range once', () => {
  const range = fc
    .tuple(fc.nat(500), fc.integer({ min: 1, max: 60 }))
    .map(([from, n]) => ({ from, to: from + n }))
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), fc.integer({ min: 1, max: 25 }), (ranges, max) => {
      const covered = new Set<number>()
      let last = -1
      for (const slice of slicesOf(ranges, max)) {
        assert.ok(slice.to - slice.from <= max && slice.to > slice.from && slice.from >= last)
        last = slice.to
        for (let t = slice.from; t < slice.to; t++) covered.add(t)
      }
      const wanted = new Set(
        ranges.flatMap((r) => Array.from({ length: r.to - r.from }, (_, i) => r.from + i)),
      )
      assert.deepEqual(
        [...covered].sort((a, b) => a - b),
        [...wanted].sort((a, b) => a - b),
      )
    }),
  )
})
