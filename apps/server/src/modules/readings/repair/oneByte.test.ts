import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { octetFaults } from './oneByte.ts'

test('every alteration of one octet is found by the seal, at its place', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 900 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (bytes, where, change) => {
        const at = where % bytes.length
        const damaged = Uint8Array.from(bytes)
        damaged[at] ^= change
        const found = octetFaults(bytes.length, crc32(damaged) | 0, crc32(bytes) | 0)
        assert.ok(found.some((fault) => fault.at === at && fault.change === change))
        // Whatever it names makes the seal hold.
        for (const fault of found) {
          const healed = Uint8Array.from(damaged)
          healed[fault.at] ^= fault.change
          assert.equal(crc32(healed), crc32(bytes))
        }
      },
    ),
  )
})

test('a sound day has no fault', () => {
  assert.deepEqual(octetFaults(10, 5, 5), [])
})
