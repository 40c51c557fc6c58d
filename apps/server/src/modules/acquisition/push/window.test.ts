import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { takeCounter, type Window, windowSize } from './window.ts'

test('whatever the order, no counter is taken twice, and what is near is not lost', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 300 }), (counters) => {
      let window: Window = { highest: -1n, seen: 0n }
      const taken = new Set<number>()
      let highest = -1
      for (const counter of counters) {
        const next = takeCounter(window, counter)
        const near = counter > highest || highest - counter < windowSize
        assert.equal(next !== undefined, near && !taken.has(counter), `${counter} after ${highest}`)
        if (!next) continue
        assert.ok(next.seen >= 0n && next.seen < 1n << 63n)
        taken.add(counter)
        highest = Math.max(highest, counter)
        window = next
      }
    }),
  )
})
