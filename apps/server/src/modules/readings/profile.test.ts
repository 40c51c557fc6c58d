import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayStart, flag, quality } from '@contor/intervals'
import { interpretProfile, type ProfileRows } from './profile.ts'

const quarter = 900_000

function rows(ends: number[], values: number[], status?: number[]): ProfileRows {
  return {
    exchangeId: 9,
    firstRow: 0,
    ends: Float64Array.from(ends),
    ...(status ? { status: Float64Array.from(status) } : {}),
    channels: [{ channel: 'A+', values: Float64Array.from(values) }],
  }
}

test('the stamp at midnight is the last interval of the day before', () => {
  const midnight = dayStart('2026-11-20')
  const { days } = interpretProfile(rows([midnight, midnight + quarter], [11, 22]), { toleranceMs: 30_000 })
  assert.deepEqual(
    days.map((d) => d.day),
    ['2026-11-19', '2026-11-20'],
  )
  assert.equal(days[0].block.channels[0].values[95], 11)
  assert.equal(days[1].block.channels[0].values[0], 22)
  assert.deepEqual(days[0].sources[95], { exchangeId: 9, row: 0 })
  assert.deepEqual(days[1].sources[0], { exchangeId: 9, row: 1 })
})

test('the day of the autumn change takes all its hundred quarters', () => {
  const start = dayStart('2026-10-25')
  const ends = Array.from({ length: 100 }, (_, i) => start + (i + 1) * quarter)
  const { days, oddities } = interpretProfile(
    rows(
      ends,
      ends.map((_, i) => i),
    ),
    { toleranceMs: 30_000 },
  )
  assert.equal(days.length, 1)
  assert.deepEqual(
    [...days[0].block.channels[0].values],
    ends.map((_, i) => i),
  )
  assert.equal(oddities.length, 0)
})

test('a stamp some seconds early still ends its own interval; one far off is marked', () => {
  const start = dayStart('2026-11-20')
  const early = interpretProfile(rows([start + 4 * quarter - 10_000], [7]), { toleranceMs: 30_000 })
  assert.equal(early.days[0].block.channels[0].values[3], 7)
  assert.equal(early.oddities.length, 0)
  const off = interpretProfile(rows([start + 4 * quarter + 300_000], [7]), { toleranceMs: 30_000 })
  assert.equal(off.days[0].block.channels[0].quality[3], quality.measured | flag.clockDeviated)
  assert.deepEqual(
    off.oddities.map((o) => o.kind),
    ['misaligned'],
  )
})

test('status bits become marks', () => {
  const start = dayStart('2026-11-20')
  const bits = [0x01, 0x02, 0x04, 0x08, 0x20, 0x80]
  const ends = bits.map((_, i) => start + (i + 1) * quarter)
  const { days } = interpretProfile(
    rows(
      ends,
      bits.map(() => 5),
      bits,
    ),
    { toleranceMs: 30_000 },
  )
  const marks = [flag.meterError, flag.clockDeviated, flag.suspect, 0, flag.clockDeviated, flag.powerDown]
  assert.deepEqual(
    [...days[0].block.channels[0].quality.subarray(0, 6)],
    marks.map((m) => m | quality.measured),
  )
})

test('a row without clock, a second row for a slot and an impossible value are told, not stored', () => {
  const end = dayStart('2026-11-20') + quarter
  const input = rows([Number.NaN, end, end, end + quarter], [1, 2, 3, 2 ** 40])
  const { days, oddities } = interpretProfile(input, { toleranceMs: 30_000 })
  assert.deepEqual(
    oddities.map((o) => [o.kind, o.row]),
    [
      ['no-clock', 0],
      ['duplicate', 2],
      ['out-of-range', 3],
    ],
  )
  assert.equal(days[0].block.channels[0].values[0], 2)
  assert.equal(days[0].block.channels[0].quality[1], quality.missing)
})
