import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packFrames, unpackFrames, type WireFrame } from './frames.ts'

const frame: fc.Arbitrary<WireFrame> = fc.record(
  {
    direction: fc.constantFrom('sent' as const, 'received' as const),
    at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    bytes: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
)

test('frames come back byte for byte, with direction and time', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
      assert.deepEqual(unpackFrames(packFrames(frames)), frames)
    }),
  )
})

test('a cut record is an error, not a shorter exchange', () => {
  const packed = packFrames([{ direction: 'sent', at: 1_790_000_000_000, bytes: Uint8Array.of(1, 2, 3) }])
  for (let end = 2; end < packed.length; end++) {
    assert.throws(() => unpackFrames(packed.subarray(0, end)), RangeError)
  }
})
