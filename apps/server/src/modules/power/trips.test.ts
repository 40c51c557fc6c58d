import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type RelayEvent, tripsOf } from './trips.ts'

const at = Date.UTC(2026, 10, 23, 17)
const event = (code: number, afterS: number, loadW: number | null = null): RelayEvent => ({
  at: at + afterS * 1_000,
  code,
  loadW,
  thresholdW: loadW === null ? null : 6_000,
  exchangeId: String(code),
  row: 0,
})

test('a limiter that was exceeded and a relay that opened are a trip, until a hand closes it', () => {
  const open = [event(65, 0, 7_400), event(64, 0)]
  assert.deepEqual(tripsOf(open), [{ at, loadW: 7_400, thresholdW: 6_000, exchangeId: '65' }])
  const [closed] = tripsOf([...open, event(61, 300)])
  assert.deepEqual(closed?.ended, { at: at + 300_000, code: 61, exchangeId: '61' })
})

test('what opens a relay otherwise is no trip', () => {
  assert.deepEqual(tripsOf([event(65, 0, 7_400)]), [])
  assert.deepEqual(tripsOf([event(62, 0)]), [])
  assert.deepEqual(tripsOf([event(60, 0), event(64, 1)]), [])
  // Exceeded long before, or only afterwards.
  assert.deepEqual(tripsOf([event(65, 0), event(64, 700)]), [])
  assert.deepEqual(tripsOf([event(64, 0), event(65, 60)]), [])
})

test('two trips are two, and an order after a trip ends it', () => {
  const trips = tripsOf([
    event(65, 0),
    event(64, 1),
    event(69, 40),
    event(65, 100),
    event(64, 101),
    event(62, 200),
  ])
  assert.deepEqual(
    trips.map(({ ended }) => ended?.code),
    [69, 62],
  )
})

test('in any order, and read from as many logs as there are, a trip is one and keeps its load', () => {
  const told = [event(65, 0, 9_000), event(64, 0), event(61, 90)]
  const bare = told.map((one) => ({ ...one, loadW: null, thresholdW: null, at: one.at + 400 }))
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...told, ...bare, ...told], { minLength: 9, maxLength: 9 }),
      (entries) => {
        const trips = tripsOf(entries)
        assert.equal(trips.length, 1)
        assert.deepEqual([trips[0]?.loadW, trips[0]?.ended?.code], [9_000, 61])
      },
    ),
  )
})
