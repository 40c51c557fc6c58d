import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { channels, type DayBlock } from '../block.ts'
import { dayNumber, dayOfNumber, hoursOfDayNumber } from '../calendar.ts'
import { IntervalError } from '../errors.ts'
import { decodeInto, encodeDayBlock } from './dayBlock.ts'
import { beginMonth, createMonthColumns, monthStride } from './monthForm.ts'
import { decodeMonthInto, monthDay } from './monthReader.ts'
import { addMonthDay, encodeMonth } from './monthWriter.ts'
import { createDayColumns } from './quickReader.ts'

const months = ['2026-02-01', '2024-02-01', '2026-03-01', '2026-10-01', '2026-09-01', '2099-12-01']

function encode(first: string, blocks: readonly DayBlock[]) {
  const month = createMonthColumns()
  const day = createDayColumns()
  // What an earlier month left behind must not show.
  month.values.fill(77)
  month.quality.fill(9)
  beginMonth(month, dayNumber(first))
  for (const block of blocks) addMonthDay(month, decodeInto(encodeDayBlock(block), day))
  return encodeMonth(month)
}

const reader = createMonthColumns()
function decode(sections: { active: Uint8Array; others?: Uint8Array }, wanted?: number): DayBlock[] {
  reader.values.fill(55)
  reader.quality.fill(200)
  decodeMonthInto(sections, reader, wanted)
  return Array.from({ length: reader.count }, (_, d) => monthDay(reader, d))
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const size = fc.constantFrom(3, 40, 300, 5_000, 2 ** 20, 2 ** 31 - 1)
const anyQuality = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 31 }))
  .map(([state, flags]) => state | (flags << 3))

/** A channel of a day by seed: quick to draw, and every kind of it occurs. */
const recipe = fc.record({
  kind: fc.constantFrom('zero', 'constant', 'level', 'signed', 'wild', 'ratio', 'zero'),
  size,
  unit: fc.constantFrom(1, 1, 10, 1000),
  one: int32,
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  quality: fc.oneof(fc.constant(1), fc.constant(1), anyQuality, fc.constant(-1)),
})
type Recipe = typeof recipe extends fc.Arbitrary<infer R> ? R : never

function series({ kind, size, unit, one, seed, quality }: Recipe, slots: number, active?: Int32Array) {
  let state = seed
  const draw = (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  const values = new Int32Array(slots)
  const marks = new Uint8Array(slots)
  const whole = Math.max(1, Math.floor(size / unit))
  for (let i = 0; i < slots; i++) {
    const byte = quality >= 0 ? quality : [0, 1, 1, 1, 2, 3, 9, 129][draw(8)]
    marks[i] = byte
    if ((byte & 7) === 0) continue
    if (kind === 'constant') values[i] = one
    else if (kind === 'level') values[i] = draw(whole) * unit
    else if (kind === 'signed') values[i] = (draw(whole) - (whole >> 1)) * unit
    else if (kind === 'wild')
      values[i] = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 30, -(2 ** 30), one][draw(8)]
    else if (kind === 'ratio') values[i] = Math.floor((active?.[i] ?? 0) / 4) + draw(3)
  }
  return { values, quality: marks }
}

const anyMonth = fc
  .record({
    first: fc.constantFrom(...months),
    held: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    mask: fc.integer({ min: 0, max: 255 }),
    other: fc.option(fc.integer({ min: 0, max: 255 })),
    recipes: fc.array(recipe, { minLength: 8, maxLength: 8 }),
    changing: fc.boolean(),
  })
  .map(({ first, held, mask, other, recipes, changing }) => {
    const start = dayNumber(first)
    const blocks: DayBlock[] = []
    for (let index = 0; index < 28; index++) {
      if (((held >> index) & 1) === 0 && index !== 27) continue
      const slots = 4 * hoursOfDayNumber(start + index)
      const own = other !== null && index % 5 === 2 ? other : mask
      let active: Int32Array | undefined
      blocks.push({
        day: dayOfNumber(start + index),
        minutes: 15,
        channels: channels.flatMap((channel, c) => {
          if (((own >> c) & 1) === 0) return []
          const used = changing ? recipes[(c + index) % 8] : recipes[c]
          const made = series({ ...used, seed: used.seed + index * 7919 }, slots, active)
          if (c === 0) active = made.values
          return [{ channel, ...made }]
        }),
      })
    }
    return { first, blocks }
  })

test('a month comes back to the last bit, whatever its days hold', () => {
  fc.assert(
    fc.property(anyMonth, ({ first, blocks }) => {
      assert.deepEqual(decode(encode(first, blocks)), blocks)
    }),
    { numRuns: 300 },
  )
})

test('active energy is read without the other channels', () => {
  fc.assert(
    fc.property(anyMonth, ({ first, blocks }) => {
      const { active } = encode(first, blocks)
      decodeMonthInto({ active }, reader, 1)
      for (let d = 0; d < blocks.length; d++) {
        const own = blocks[d].channels.find(({ channel }) => channel === 'A+')
        const read = reader.values.subarray(reader.starts[d], reader.starts[d + 1])
        assert.deepEqual(read, own?.values ?? new Int32Array(read.length))
      }
    }),
    { numRuns: 60 },
  )
})

test('plain says that nobody needs to look at the quality', () => {
  fc.assert(
    fc.property(anyMonth, ({ first, blocks }) => {
      decode(encode(first, blocks))
      for (let c = 0; c < 8; c++) {
        const bytes = reader.quality.subarray(c * monthStride, c * monthStride + reader.slots)
        if ((reader.plain >> c) & 1) assert.ok(bytes.every((byte) => byte === 1))
      }
    }),
    { numRuns: 60 },
  )
})

const readOrRefuse = (sections: { active: Uint8Array; others: Uint8Array }) => {
  try {
    decode(sections)
  } catch (error) {
    assert.ok(error instanceof IntervalError && error.code === 'malformed', String(error))
  }
}

test('arbitrary and altered bytes give a month or malformed, nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (active, others) => {
      readOrRefuse({ active, others })
      if (active.length < 9) return
      active.set([0x30, 0x16, 0x51, 255, 255, 255, 15, 0], 0)
      active[8] = 255
      if (others.length > 0) others[0] = 0x31
      readOrRefuse({ active, others })
    }),
    { numRuns: 1_000 },
  )
  fc.assert(
    fc.property(
      anyMonth,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      ({ first, blocks }, at, by, cut) => {
        const { active, others } = encode(first, blocks)
        for (const one of [active, others]) if (one.length > 0) one[at % one.length] ^= by
        readOrRefuse({ active, others })
        if (cut) readOrRefuse({ active: active.subarray(0, at % active.length), others })
        if (cut) readOrRefuse({ active, others: others.subarray(0, at % (others.length + 1)) })
      },
    ),
    { numRuns: 200 },
  )
})

test('a month begins on its first day, holds quarter-hours, and each day once', () => {
  const month = createMonthColumns()
  assert.throws(() => beginMonth(month, dayNumber('2026-09-02')), IntervalError)
  beginMonth(month, dayNumber('2026-09-01'))
  assert.throws(() => encodeMonth(month), IntervalError)
  const day = createDayColumns()
  const add = (name: string, minutes: 15 | 30) =>
    addMonthDay(month, decodeInto(encodeDayBlock({ day: name, minutes, channels: [] }), day))
  add('2026-09-05', 15)
  for (const [name, minutes] of [
    ['2026-09-05', 15],
    ['2026-09-04', 15],
    ['2026-10-01', 15],
    ['2026-09-06', 30],
  ] as const)
    assert.throws(() => add(name, minutes), IntervalError)
})
