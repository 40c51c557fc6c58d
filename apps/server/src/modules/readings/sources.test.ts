import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { expandSources, packSources, parseTraceRef, runsOf, traceRef, unpackSources } from './sources.ts'

const source = fc.record(
  { exchangeId: fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((n) => n * 1000), row: fc.nat(5000) },
  { noNullPrototype: true },
)
const day = fc.array(fc.option(source, { nil: undefined }), { minLength: 92, maxLength: 100 })

test('sources of a day survive packing slot by slot', () => {
  fc.assert(
    fc.property(day, (slots) => {
      const back = expandSources(unpackSources(packSources(runsOf(slots))), slots.length)
      assert.deepEqual(back, slots)
    }),
  )
})

test('a day that one exchange brought is one run of few bytes', () => {
  const slots = Array.from({ length: 96 }, (_, i) => ({ exchangeId: 123456, row: 480 + i }))
  assert.deepEqual(runsOf(slots), [{ fromSlot: 0, count: 96, exchangeId: 123456, row: 480 }])
  assert.ok(packSources(runsOf(slots)).length <= 10)
})

test('arbitrary bytes give runs inside a day or a RangeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        for (const run of unpackSources(bytes)) assert.ok(run.fromSlot + run.count <= 100)
      } catch (error) {
        assert.ok(error instanceof RangeError)
      }
    }),
  )
})

test('overlapping runs are refused', () => {
  const runs = [
    { fromSlot: 0, count: 4, exchangeId: 1, row: 0 },
    { fromSlot: 3, count: 1, exchangeId: 2, row: 0 },
  ]
  assert.throws(() => packSources(runs), RangeError)
})

test('a trace reference reads back, other texts do not', () => {
  assert.deepEqual(parseTraceRef(traceRef({ exchangeId: 77, row: 12 })), { exchangeId: 77, row: 12 })
  for (const text of ['', '77', '77.', '.1', '77.-1', 'a.1', '1.2.3'])
    assert.equal(parseTraceRef(text), undefined)
})
