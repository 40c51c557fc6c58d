import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs, defaultBackoff } from './backoff.ts'
import { freeSlots } from './slots.ts'

test('bulk work never takes the places kept for on-demand reads', () => {
  const line = fc.record({ running: fc.nat(10), maxSessions: fc.integer({ min: 1, max: 10 }) })
  const bounds = fc.record({ total: fc.integer({ min: 1, max: 60 }), reserved: fc.nat(8) })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), bounds, (drawn, limits) => {
      const lines = drawn.map((l, i) => ({ lineId: String(i), ...l }))
      const running = lines.reduce((sum, l) => sum + l.running, 0)
      const free = freeSlots(lines, running, limits)
      assert.ok(free.bulk === 0 || running + free.bulk <= limits.total - limits.reserved)
      assert.ok(free.onDemand === 0 || running + free.onDemand <= limits.total)
      for (const l of lines) {
        const bulk = free.bulkByLine.get(l.lineId) ?? 0
        assert.ok(bulk === 0 || l.running + bulk <= Math.max(1, l.maxSessions - 1))
        assert.ok(bulk <= (free.onDemandByLine.get(l.lineId) ?? 0))
      }
    }),
  )
})

test('backoff grows to its cap and is never zero', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, r) => {
        const wait = backoffMs(n, r)
        assert.ok(wait >= defaultBackoff.baseMs / 5 && wait <= defaultBackoff.capMs)
      },
    ),
  )
  assert.equal(backoffMs(1, 0), 1000)
  assert.equal(backoffMs(60, 0.9999999), defaultBackoff.capMs)
})
