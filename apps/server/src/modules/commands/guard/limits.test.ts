import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exceeded, type Limit, shippedLimits, shippedRate, unusual } from './limits.ts'

const limit: Limit = { scope: 'station', windowS: 3_600, maxCount: 4, maxShare: 0.1, maxPowerShare: 0.2 }
const place = { customers: 100, totalPowerW: 600_000 }

test('counts: the larger of the number and the share', () => {
  assert.equal(exceeded(limit, { ...place, count: 9, powerW: 54_000 }, 6_000), undefined)
  assert.match(exceeded(limit, { ...place, count: 10, powerW: 60_000 }, 6_000) ?? '', /10 in 1 h, 10 allowed/)
  const hamlet = { customers: 5, totalPowerW: 30_000 }
  assert.equal(exceeded(limit, { ...hamlet, count: 3, powerW: 18_000 }, 6_000), undefined)
  assert.ok(exceeded(limit, { ...hamlet, count: 4, powerW: 24_000 }, 6_000))
})

test('power: the first goes by its count, the next must fit', () => {
  assert.equal(exceeded(limit, { ...place, count: 0, powerW: 0 }, 500_000), undefined)
  assert.match(exceeded(limit, { ...place, count: 1, powerW: 6_000 }, 200_000) ?? '', /206000 W/)
})

test('shipped limits leave most of any place its light, within a day', () => {
  for (const customers of [30, 200, 5_000, 1_000_000]) {
    for (const one of shippedLimits.filter(({ scope }) => scope !== 'person')) {
      let count = 0
      const each = 5_000
      while (
        count < customers &&
        !exceeded(one, { customers, totalPowerW: customers * each, count, powerW: count * each }, each)
      )
        count++
      const allowed = Math.max(one.maxCount, one.maxShare * customers)
      assert.ok(count <= allowed, `${one.scope} ${customers}: ${count}`)
      assert.ok(count > 0, `${one.scope} ${customers}: nothing is possible`)
    }
  }
})

test('an hour is strange only above the least and the usual', () => {
  assert.equal(unusual(shippedRate, shippedRate.minimum, 0), false)
  assert.equal(unusual(shippedRate, shippedRate.minimum + 1, 0), true)
  assert.equal(unusual(shippedRate, 50, 10), false)
  assert.equal(unusual(shippedRate, 51, 10), true)
})
