import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Data, data } from './data.ts'
import { dateTimeFromBytes, dateTimeToBytes, fromInstant, toInstant } from './dateTime.ts'
import { decodeData } from './decode.ts'
import { encodeData } from './encode.ts'
import { expandProfileBuffer, profileColumns } from './profile.ts'
import { decodeProfileColumns } from './profileBytes.ts'

const columns = [
  { classId: 8, attribute: 2 },
  { classId: 1, attribute: 2 },
  { classId: 3, attribute: 2 },
]
const stamp = (epochMs: number) => data.octets(dateTimeToBytes(fromInstant(epochMs, -120, false)))

test('an instant survives the date-time, to the hundredth of a second', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400_000_000_000 }),
      fc.constantFrom(-180, -120, 0, 60),
      (hundredths, deviation) => {
        const epochMs = hundredths * 10
        assert.equal(
          toInstant(dateTimeFromBytes(dateTimeToBytes(fromInstant(epochMs, deviation, false)))),
          epochMs,
        )
      },
    ),
  )
  const winter = dateTimeFromBytes(Uint8Array.of(0x07, 0xea, 1, 15, 4, 12, 0, 0, 0xff, 0xff, 0x88, 0))
  assert.equal(toInstant(winter), Date.UTC(2026, 0, 15, 10))
  assert.equal(toInstant({ ...winter, deviationMinutes: undefined }), undefined)
  assert.equal(toInstant({ ...winter, month: 2, day: 30 }), undefined)
})

test('null clock is the previous plus the period, null value the previous, a delta is added', () => {
  const start = Date.UTC(2026, 0, 1)
  const delta: Data = { type: 'delta-integer', value: -3 }
  const buffer = data.array(
    data.structure(stamp(start), data.u8(1), data.u32(100)),
    data.structure(data.nul(), data.nul(), data.u32(120)),
    data.structure(data.nul(), data.u8(2), delta),
    data.structure(data.nul(), data.nul(), data.nul()),
  )
  const parse = decodeProfileColumns(encodeData(buffer), columns, 900)
  assert.ok(parse.kind === 'ok')
  assert.deepEqual(
    [...parse.value.epochMs],
    [0, 1, 2, 3].map((i) => start + i * 900_000),
  )
  assert.deepEqual([...parse.value.values[1]], [1, 1, 2, 2])
  assert.deepEqual([...parse.value.values[2]], [100, 120, 117, 117])
  assert.deepEqual([...parse.value.present[2]], [0b1111])
})

test('clocks that state the deviation with the wrong sign, in runs, in odd rows and in expanded ones', () => {
  const start = Date.UTC(2026, 0, 1)
  const wrong = (epochMs: number) =>
    data.octets(dateTimeToBytes({ ...fromInstant(epochMs, -120, false), deviationMinutes: 120 }))
  const rows = Array.from({ length: 40 }, (_, i) =>
    // A text where numbers stand takes its row out of the run.
    data.structure(wrong(start + i * 900_000), data.u8(1), i % 9 === 4 ? data.visible('x') : data.u32(i)),
  )
  const buffer = data.array(...rows)
  const wanted = rows.map((_, i) => start + i * 900_000)
  const options = { deviation: 'inverted' } as const
  const parse = decodeProfileColumns(encodeData(buffer), columns, 900, options)
  assert.ok(parse.kind === 'ok')
  assert.deepEqual([...parse.value.epochMs], wanted)
  assert.deepEqual(
    expandProfileBuffer(buffer, columns, 900, options).map(({ epochMs }) => epochMs),
    wanted,
  )
  // Read by the standard, each is four hours late.
  assert.equal(expandProfileBuffer(buffer, columns, 900)[0].epochMs, start + 4 * 3_600_000)
})

const clockCell = fc.oneof(
  fc.constant(data.nul()),
  fc.nat(2_000_000_000).map((s) => stamp(s * 1000)),
)
const cell: fc.Arbitrary<Data> = fc.oneof(
  fc.constant(data.nul()),
  fc.nat(255).map(data.u8),
  fc.nat().map(data.u32),
  fc.integer({ min: -128, max: 127 }).map((value): Data => ({ type: 'delta-integer', value })),
  fc.constant(data.visible('x')),
  fc.boolean().map(data.bool),
  fc.constant(data.structure(data.u8(1))),
)
const plain = fc
  .array(fc.tuple(clockCell, cell, cell))
  .map((rows) => data.array(...rows.map((cells) => data.structure(...cells))))
const compact = fc.array(fc.tuple(fc.nat(2_000_000_000), fc.nat(255), fc.nat())).map(
  (rows): Data => ({
    type: 'compact-array',
    description: {
      type: 'structure',
      elements: [{ type: 'octet-string' }, { type: 'unsigned' }, { type: 'double-long-unsigned' }],
    },
    value: rows.map(([s, a, b]) => data.structure(stamp(s * 1000), data.u8(a), data.u32(b))),
  }),
)

test('the fast path gives what the slow path gives', () => {
  fc.assert(
    fc.property(fc.oneof(plain, compact), (buffer) => {
      const bytes = encodeData(buffer)
      const fast = decodeProfileColumns(bytes, columns, 900)
      const slow = decodeData(bytes)
      assert.ok(fast.kind === 'ok' && slow.kind === 'ok')
      const expected = profileColumns(expandProfileBuffer(slow.value, columns, 900), columns.length)
      assert.equal(fast.next, bytes.length)
      assert.deepEqual({ ...fast.value }, { ...expected })
    }),
    { numRuns: 300 },
  )
})

test('cut and arbitrary buffers never throw', () => {
  fc.assert(
    fc.property(plain, fc.nat(), (buffer, cut) => {
      const bytes = encodeData(buffer)
      assert.equal(decodeProfileColumns(bytes.subarray(0, cut % bytes.length), columns, 900).kind, 'more')
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.ok(['ok', 'more', 'malformed'].includes(decodeProfileColumns(bytes, columns, 900).kind))
    }),
  )
})
