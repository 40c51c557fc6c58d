import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TreeNode } from '@contor/dlms'
import { civilDayOf, dayStart } from '@contor/intervals'
import fc from 'fast-check'
import { daySlices } from './collect.ts'
import { planNext } from './session.ts'
import { findRow, prune } from './trace.ts'

const quarterMs = 900_000
const base = dayStart('2026-10-20')

test('slices cover what is open, oldest first, and are cut at midnights only', () => {
  const range = fc
    .tuple(fc.nat(60 * 96), fc.integer({ min: 1, max: 40 * 96 }))
    .map(([from, count]) => ({ from: base + from * quarterMs, to: base + (from + count) * quarterMs }))
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), (ranges) => {
      const slices = daySlices(ranges)
      for (const [i, slice] of slices.entries()) {
        assert.ok(slice.to > slice.from && slice.to - slice.from <= 10 * 25 * 3_600_000)
        if (i > 0) assert.ok(slice.from >= slices[i - 1].to)
        const end = ranges.some((r) => r.to === slice.to) || dayStart(civilDayOf(slice.to)) === slice.to
        assert.ok(end, 'a slice ends where a range ends or at a midnight')
      }
      for (const { from, to } of ranges) {
        for (const at of [from, to - quarterMs]) assert.ok(slices.some((s) => s.from <= at && at < s.to))
      }
    }),
  )
})

test('a meter read is due after the next quarter-hour; a failed one after a growing wait', () => {
  const now = base + 5 * 60_000
  const deadlines = () => new Date(base)
  const ok = planNext(
    { meterId: '7', failures: 3 },
    { outcome: 'ok', code: null, text: null },
    now,
    0.5,
    deadlines,
  )
  assert.ok(ok.nextAt.getTime() > base + quarterMs && ok.nextAt.getTime() < base + quarterMs + 300_000)
  assert.equal(ok.failures, 0)
  const failed = { outcome: 'failed', code: 'unreachable', text: 'no connection' } as const
  const first = planNext({ meterId: '7', failures: 0 }, failed, now, 0.5, deadlines)
  const sixth = planNext({ meterId: '7', failures: 5 }, failed, now, 0.5, deadlines)
  assert.ok(sixth.nextAt.getTime() - now > (first.nextAt.getTime() - now) * 8)
  assert.deepEqual([sixth.failures, sixth.lastError], [6, 'unreachable: no connection'])
})

test('the row in focus is found and kept when the rows around it are left out', () => {
  const leaf = (name: string): TreeNode => ({ name, offset: Number(name), length: 1 })
  const rows: TreeNode = {
    name: 'data',
    type: 'array',
    offset: 0,
    length: 0,
    children: Array.from({ length: 960 }, (_, i) => leaf(String(i))),
  }
  const tree: TreeNode = {
    name: 'message',
    offset: 0,
    length: 0,
    children: [leaf('1'), { name: 'apdu', offset: 0, length: 0, children: [rows] }],
  }
  fc.assert(
    fc.property(fc.nat(959), (row) => {
      const focus = findRow(tree, row, 'x')
      assert.deepEqual(focus?.path, [1, 0, row])
      const small = prune(tree, focus)
      let node = small.tree
      for (const child of small.focus?.path ?? []) node = (node.children as TreeNode[])[child]
      assert.equal(node.name, String(row))
      assert.ok(JSON.stringify(small.tree).length < 2_000)
    }),
  )
  assert.equal(findRow(tree, 960, 'x'), undefined)
})
