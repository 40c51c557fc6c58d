// One file over 500 lines on purpose: every method is held against the same calendar and the same registers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addDays,
  type ChannelSeries,
  type CivilDay,
  dayEnd,
  dayStart,
  daysBetween,
  quality,
} from '@contor/intervals'
import fc from 'fast-check'
import { dayKindOf, legalHoliday, orthodoxEaster, weekdayOf } from './dayKinds.ts'
import { distribute } from './distribute.ts'
import { type EstimationInput, estimateSlots } from './estimate.ts'
import type { MethodName, MethodSetting } from './method.ts'
import { standardProfile } from './profiles/profile.ts'
import type { RegisterReading } from './registers.ts'
import { type TariffCalendar, tariffsOf } from './tariffs.ts'
import { freeSlots, seriesOfDay, slotMs, type Timeline, wallQuarter } from './timeline.ts'

const calendar: TariffCalendar = {
  name: 'test',
  version: 1,
  source: 'test',
  periods: [
    { tariff: 3, days: [], fromQuarter: 92, toQuarter: 28 },
    { tariff: 4, days: [0, 6, 'holiday'], fromQuarter: 0, toQuarter: 0 },
    { tariff: 1, days: [], fromQuarter: 28, toQuarter: 40 },
    { tariff: 1, days: [], fromQuarter: 68, toQuarter: 84 },
    { tariff: 2, days: [], fromQuarter: 0, toQuarter: 0 },
  ],
}

const setting = (method: MethodName, more: Partial<MethodSetting> = {}): MethodSetting => ({
  method,
  confidence: { scaled: 0.9, unscaled: 0.5 },
  ...more,
})
const order: readonly MethodSetting[] = [
  setting('outage'),
  setting('linear', { mostSlots: 4 }),
  setting('history', { days: 4, fewestDays: 2 }),
  setting('peers', { fewestPeers: 2 }),
  setting('station'),
  setting('profile'),
  setting('flat'),
]

function timeline(from: CivilDay, to: CivilDay, value: (slot: number) => number): Timeline {
  const start = dayStart(from)
  const slots = (dayEnd(to) - start) / slotMs
  return {
    channel: 'A+',
    from,
    to,
    start,
    values: Int32Array.from({ length: slots }, (_, i) => value(i)),
    quality: new Uint8Array(slots).fill(quality.measured),
  }
}

function cut(line: Timeline, gaps: readonly (readonly [from: number, count: number])[]): Timeline {
  const values = line.values.slice()
  const states = line.quality.slice()
  for (const [from, count] of gaps) {
    values.fill(0, from, from + count)
    states.fill(0, from, from + count)
  }
  return { ...line, values, quality: states }
}

function daysOfLine(line: Timeline): Map<CivilDay, ChannelSeries> {
  return new Map(daysBetween(line.from, line.to).map((day) => [day, seriesOfDay(line, day)]))
}

function input(line: Timeline, more: Partial<EstimationInput> = {}): EstimationInput {
  return {
    timeline: line,
    free: freeSlots(line, true),
    own: daysOfLine(line),
    peers: [],
    station: new Map(),
    profile: undefined,
    yearWh: undefined,
    readings: [],
    calendar,
    outages: [],
    registers: { tolerance: 2 },
    ...more,
  }
}

/** Registers that count the true values, read at some slots; they begin again at `capacity`. */
function read(
  truth: Timeline,
  slots: readonly number[],
  capacity: number,
  start = 0,
  meter = 'm',
): RegisterReading[] {
  const tariffs = tariffsOf(calendar, truth)
  const at = new Float64Array(9).fill(start)
  const readings: RegisterReading[] = []
  for (let slot = 0; slot <= truth.values.length; slot++) {
    if (slots.includes(slot))
      for (const tariff of [0, 1, 2, 3, 4])
        readings.push({ meter, tariff, at: truth.start + slot * slotMs, value: at[tariff] % capacity })
    if (slot === truth.values.length) break
    at[0] += truth.values[slot]
    at[tariffs[slot]] += truth.values[slot]
  }
  return readings
}

test('parts add up to the total, differ from their share by less than one, and follow their weights', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.array(fc.oneof(fc.nat(3), fc.nat(2 ** 40)), { minLength: 1, maxLength: 120 }),
      (total, weights) => {
        const parts = distribute(total, weights)
        assert.equal(
          parts.reduce((all, part) => all + part, 0),
          total,
        )
        const all = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
        for (const [i, part] of parts.entries()) {
          assert.ok(part >= 0)
          if (all > 0n) {
            const off = BigInt(part) * all - BigInt(total) * BigInt(weights[i])
            assert.ok(off < all && off > -all)
          }
        }
      },
    ),
  )
  assert.deepEqual([...distribute(10, [1, 1, 1])], [4, 3, 3])
  assert.deepEqual([...distribute(10, [1, 1, 1, 1])], [3, 2, 3, 2])
  assert.deepEqual([...distribute(5, [0, 3, 0, 1])], [0, 4, 0, 1])
  assert.deepEqual([...distribute(3, [0, 0, 0, 0])], [0, 1, 1, 1])
  assert.throws(() => distribute(-1, [1]), RangeError)
  assert.throws(() => distribute(1, []), RangeError)
  assert.throws(() => distribute(1, [-1, 2]), RangeError)
})

test('Orthodox Easter of years that calendars print', () => {
  const printed = {
    2000: '2000-04-30',
    2005: '2005-05-01',
    2010: '2010-04-04',
    2013: '2013-05-05',
    2016: '2016-05-01',
    2018: '2018-04-08',
    2019: '2019-04-28',
    2020: '2020-04-19',
    2021: '2021-05-02',
    2022: '2022-04-24',
    2023: '2023-04-16',
    2024: '2024-05-05',
    2025: '2025-04-20',
    2026: '2026-04-12',
    2027: '2027-05-02',
  }
  for (const [year, day] of Object.entries(printed)) assert.equal(orthodoxEaster(Number(year)), day)
  for (let year = 2000; year < 2100; year++) assert.equal(weekdayOf(orthodoxEaster(year)), 0)
})

test('holidays begin with the year of their law', () => {
  assert.equal(dayKindOf('2026-11-30'), 'holiday')
  assert.equal(dayKindOf('2011-11-30'), 'working')
  assert.equal(dayKindOf('2023-01-06'), 'working')
  assert.equal(dayKindOf('2026-01-06'), 'holiday')
  assert.match(legalHoliday('2026-01-06')?.source ?? '', /52\/2023/)
  assert.equal(dayKindOf('2026-04-10'), 'holiday')
  assert.equal(legalHoliday('2026-06-01')?.name, 'A doua zi de Rusalii')
  assert.equal(dayKindOf('2017-04-14'), 'working')
  assert.equal(dayKindOf('2026-11-28'), 'saturday')
  assert.equal(dayKindOf('2026-11-29'), 'sunday')
  assert.equal(dayKindOf('2026-11-27'), 'working')
})

test('the wall clock leaves out an hour in spring and repeats one in autumn', () => {
  assert.deepEqual(
    [11, 12, 91].map((slot) => wallQuarter(slot, 92)),
    [11, 16, 95],
  )
  assert.deepEqual(
    [12, 15, 16, 19, 20, 99].map((slot) => wallQuarter(slot, 100)),
    [12, 15, 12, 15, 16, 95],
  )
  const [spring, autumn] = ['2026-03-29', '2026-10-25'].map((day) =>
    tariffsOf(
      calendar,
      timeline(day, day, () => 0),
    ),
  )
  // The night ends at 07:00 on the wall: slot 24 in spring, 32 in autumn.
  assert.deepEqual([spring[23], spring[24], autumn[31], autumn[32]], [3, 4, 3, 4])
})

const day = '2026-11-18'

test('linear: a line between the neighbours, its energy rounded once', () => {
  const line = cut(
    timeline(day, day, (slot) => (slot < 50 ? 10 : 21)),
    [[48, 3]],
  )
  const result = estimateSlots(input(line), order)
  assert.deepEqual([...result.values.subarray(47, 52)], [10, 13, 16, 18, 21])
  assert.deepEqual([...result.quality.subarray(47, 52)], [1, 2, 2, 2, 1])
  assert.deepEqual(
    result.estimated.map((r) => [r.method, r.from, r.count, r.confidence]),
    [['linear', 48, 3, 0.5]],
  )
  const long = cut(
    timeline(day, day, () => 10),
    [[48, 5]],
  )
  assert.equal(estimateSlots(input(long), [setting('linear', { mostSlots: 4 })]).unfilled[0].count, 5)
  const edge = cut(
    timeline(day, day, () => 10),
    [[94, 2]],
  )
  assert.equal(
    estimateSlots(input(edge), [setting('linear')]).unfilled[0].declined[0].reason,
    'no value on one side',
  )
})

test('history: days of the same kind, by the clock on the wall, holidays apart', () => {
  // Three weeks around a holiday Monday (30 November 2026) and the Tuesday after it.
  const from = '2026-11-09'
  const base = timeline(from, '2026-12-06', () => 0)
  for (const [i, name] of daysBetween(from, '2026-12-06').entries()) {
    const kind = dayKindOf(name)
    base.values.fill(kind === 'working' ? 40 : kind === 'saturday' ? 20 : 10, i * 96, (i + 1) * 96)
  }
  const slotsOf = (name: string) => ((dayStart(name) - dayStart(from)) / slotMs) as number
  const gaps = ['2026-11-30', '2026-11-28', '2026-12-02'].map((name) => [slotsOf(name) + 30, 20] as const)
  const result = estimateSlots(input(cut(base, gaps)), [setting('history', { days: 3, fewestDays: 2 })])
  assert.deepEqual(
    result.estimated.map((run) => [run.from, result.values[run.from], result.values[run.from + 19]]),
    gaps.map(([at]) => [at, base.values[at], base.values[at]]).sort((a, b) => a[0] - b[0]),
  )
  const alone = cut(
    timeline(day, day, () => 10),
    [[48, 8]],
  )
  assert.match(
    estimateSlots(input(alone), [setting('history')]).unfilled[0].declined[0].reason,
    /fewer than 2/,
  )
})

test('peers give the curve at the level of the point; without common slots a shape only', () => {
  const truth = timeline(day, addDays(day, 1), (slot) => 10 + (slot % 7) * 4)
  const peer = (factor: number) =>
    daysOfLine(timeline(day, addDays(day, 1), (slot) => factor * (10 + (slot % 7) * 4)))
  const context = {
    peers: [
      { id: '7', days: peer(2) },
      { id: '8', days: peer(5) },
    ],
  }
  const line = cut(truth, [[40, 50]])
  const result = estimateSlots(input(line, context), [setting('peers', { fewestPeers: 2 })])
  assert.deepEqual([...result.values], [...truth.values])
  assert.equal(result.estimated[0].facts['peers'], '7 8')
  const nothing = cut(truth, [[0, 192]])
  assert.match(
    estimateSlots(input(nothing, context), [setting('peers', { fewestPeers: 2 })]).unfilled[0].declined[0]
      .reason,
    /no level/,
  )
  const scaled = estimateSlots(input(nothing, { ...context, readings: read(truth, [0, 192], 1e9) }), [
    setting('peers', { fewestPeers: 2 }),
  ])
  assert.equal(
    scaled.values.reduce((all, value) => all + value, 0),
    truth.values.reduce((all, value) => all + value, 0),
  )
  assert.match(
    estimateSlots(input(line, context), [setting('peers', { fewestPeers: 3 })]).unfilled[0].declined[0]
      .reason,
    /fewer than 3 peers/,
  )
})

test('the station less all others is what the point took, when all of them are known', () => {
  const truth = timeline(day, day, (slot) => 5 + slot)
  const line = cut(truth, [[10, 60]])
  const known = estimateSlots(input(line, { station: daysOfLine(truth) }), [setting('station')])
  assert.deepEqual([...known.values], [...truth.values])
  const lacking = estimateSlots(input(line, { station: daysOfLine(cut(truth, [[69, 1]])) }), [
    setting('station'),
  ])
  assert.equal(lacking.unfilled[0].count, 60)
})

test('a standard profile has the level of the year, and adds up to it', () => {
  let year = 0
  for (const name of daysBetween('2025-01-01', '2025-12-31'))
    year += standardProfile('household', name).reduce((all, each) => all + each, 0)
  assert.ok(Math.abs(year / 1e9 - 1) < 0.02, String(year))
  const line = cut(
    timeline(day, day, () => 0),
    [[0, 96]],
  )
  const result = estimateSlots(input(line, { profile: 'household', yearWh: 3_650_000 }), [setting('profile')])
  const sum = result.values.reduce((all, value) => all + value, 0)
  assert.ok(sum > 8_000 && sum < 13_000, String(sum))
  assert.equal(result.values[0], Math.round((standardProfile('household', day)[0] * 3.65) / 1000))
  assert.match(
    estimateSlots(input(line, { profile: 'business' }), [setting('profile')]).unfilled[0].declined[0].reason,
    /year is not known/,
  )
})

test('a confirmed outage is zero, unless the registers have energy that only it can hold', () => {
  const truth = timeline(day, day, (slot) => (slot >= 20 && slot < 40 ? 0 : 10))
  const line = cut(truth, [[18, 24]])
  const outages = [{ from: truth.start + 20 * slotMs, to: truth.start + 40 * slotMs, source: 'event 1' }]
  const result = estimateSlots(input(line, { outages, readings: read(truth, [0, 96], 1e9) }), order)
  assert.deepEqual([...result.values], [...truth.values])
  assert.deepEqual(
    result.estimated.map((run) => [run.method, run.from, run.count]),
    [
      ['flat', 18, 2],
      ['outage', 20, 20],
      ['flat', 40, 2],
    ],
  )
  const flowed = timeline(day, day, () => 10)
  const whole = [{ from: flowed.start, to: flowed.start + 96 * slotMs, source: 'event 2' }]
  const contradicted = estimateSlots(
    input(cut(flowed, [[20, 20]]), { outages: whole, readings: read(flowed, [0, 96], 1e9) }),
    order,
  )
  assert.deepEqual([...contradicted.values], [...flowed.values])
  assert.ok(contradicted.estimated.every((run) => run.method !== 'outage'))
})

test('a register that moved less than what was measured fills nothing', () => {
  const truth = timeline(day, day, () => 10)
  const line = cut(truth, [[40, 10]])
  const readings: RegisterReading[] = [
    { meter: 'm', tariff: 0, at: truth.start, value: 0 },
    { meter: 'm', tariff: 0, at: truth.start + 96 * slotMs, value: 859 },
  ]
  const result = estimateSlots(input(line, { readings }), order)
  assert.equal(result.estimated.length, 0)
  assert.match(result.unfilled[0].declined[0].reason, /moved 1 less/)
  assert.deepEqual([...result.values], [...line.values])
})

test('a calendar that is not the meter’s is not followed: the total is met', () => {
  const truth = timeline(day, day, () => 10)
  const line = cut(truth, [[40, 10]])
  const readings = read(truth, [0, 96], 1e9).map((reading) =>
    reading.tariff === 1
      ? { ...reading, tariff: 2 }
      : reading.tariff === 2
        ? { ...reading, tariff: 1 }
        : reading,
  )
  const result = estimateSlots(input(line, { readings }), order)
  assert.equal(result.segments[0].note, 'calendar-contradicts-registers')
  assert.deepEqual([...result.values], [...truth.values])
})

test('a new meter counts from its own first reading; a fallen index without a known roll-over says nothing', () => {
  const truth = timeline(day, day, () => 10)
  const line = cut(truth, [[30, 30]])
  const readings = [...read(truth, [0, 40], 1e9, 5_000, 'old'), ...read(truth, [40, 96], 1e9, 0, 'new')]
  const result = estimateSlots(input(line, { readings }), [setting('flat')])
  assert.deepEqual(
    result.segments.map((s) => [s.meter, s.from, s.to]),
    [
      ['old', 0, 40],
      ['new', 40, 96],
    ],
  )
  assert.deepEqual([...result.values], [...truth.values])
  const over = read(truth, [0, 96], 10_000, 9_900)
  assert.equal(estimateSlots(input(line, { readings: over }), [setting('flat')]).estimated.length, 0)
  const known = input(line, { readings: over, registers: { tolerance: 0, capacity: 10_000 } })
  assert.deepEqual([...estimateSlots(known, [setting('flat')]).values], [...truth.values])
})

const dstDays = ['2026-03-28', '2026-10-24', '2026-11-29']

const scenario = fc.record({
  from: fc.constantFrom(...dstDays),
  seed: fc.array(fc.nat(300), { minLength: 24, maxLength: 24 }),
  gaps: fc.array(fc.tuple(fc.nat(280), fc.integer({ min: 1, max: 120 })), { minLength: 1, maxLength: 6 }),
  readAt: fc.uniqueArray(fc.nat(276), { maxLength: 5 }),
  start: fc.nat(99_999),
  estimated: fc.boolean(),
  late: fc.nat(280),
})

function build({
  from,
  seed,
  gaps,
  readAt,
  start,
  estimated,
}: typeof scenario extends fc.Arbitrary<infer T> ? T : never) {
  const to = addDays(from, 2)
  const truth = timeline(from, to, (slot) => (seed[slot % 24] > 240 ? 0 : seed[(slot * 7) % 24]))
  const slots = truth.values.length
  const line = cut(
    truth,
    gaps.map(([at, count]) => [at % slots, Math.min(count, slots - (at % slots))]),
  )
  if (estimated)
    for (let i = 0; i < slots; i += 3) if (line.quality[i] === 0) line.quality[i] = quality.estimated
  const readings = read(truth, [...readAt, 0, slots], 100_000, start)
  return { truth, line, readings }
}

test('whatever the gaps: each tariff between two readings moves as its register, nothing else changes', () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const { truth, line, readings } = build(given)
      const registers = { tolerance: 0, capacity: 100_000, mostPerSlot: 1_000 }
      const made = estimateSlots(input(line, { readings, registers }), order)
      assert.deepEqual(made.unfilled, [])
      const tariffs = tariffsOf(calendar, truth)
      for (const segment of made.segments) {
        assert.equal(segment.note, undefined)
        for (const tariff of [1, 2, 3, 4]) {
          let want = 0
          let got = 0
          for (let slot = segment.from; slot < segment.to; slot++) {
            if (tariffs[slot] !== tariff) continue
            want += truth.values[slot]
            got += made.values[slot]
          }
          assert.equal(got, want)
        }
      }
      for (let slot = 0; slot < truth.values.length; slot++) {
        assert.ok(made.values[slot] >= 0)
        if (line.quality[slot] === 1)
          assert.deepEqual([made.values[slot], made.quality[slot]], [line.values[slot], 1])
        else assert.equal(made.quality[slot], quality.estimated)
      }
      const again = { ...line, values: made.values, quality: made.quality }
      assert.deepEqual(
        estimateSlots(input(again, { readings, registers, own: daysOfLine(line) }), order).values,
        made.values,
      )
    }),
    { numRuns: 150 },
  )
})

test('a late value takes its place and the rest is spread again: the sums still hold', () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const { truth, line, readings } = build(given)
      const registers = { tolerance: 0, capacity: 100_000, mostPerSlot: 1_000 }
      const first = estimateSlots(input(line, { readings, registers }), order)
      const slot = given.late % truth.values.length
      const values = first.values.slice()
      const states = first.quality.slice()
      values[slot] = truth.values[slot]
      states[slot] = quality.measured
      const then = estimateSlots(input({ ...line, values, quality: states }, { readings, registers }), order)
      assert.equal(
        then.values.reduce((a, b) => a + b, 0),
        truth.values.reduce((a, b) => a + b, 0),
      )
      assert.equal(then.values[slot], truth.values[slot])
    }),
    { numRuns: 60 },
  )
})

/** The plainest form of the flat way: one fraction after the other, in whole numbers of any size. */
function naive(line: Timeline, readings: readonly RegisterReading[]): number[] {
  const tariffs = tariffsOf(calendar, line)
  const values: number[] = [...line.values].map((value, slot) => (line.quality[slot] === 1 ? value : 0))
  const instants = [...new Set(readings.map((r) => r.at))].sort((a, b) => a - b)
  for (const [i, at] of instants.slice(0, -1).entries()) {
    const inside = (slot: number) =>
      line.start + slot * slotMs >= at && line.start + slot * slotMs < instants[i + 1]
    const free = values.map((_, slot) => slot).filter((slot) => inside(slot) && line.quality[slot] !== 1)
    const valueAt = (when: number, tariff: number) =>
      readings.find((r) => r.at === when && r.tariff === tariff)?.value ?? 0
    // The mean level of what is left in the segment, the same weight for every slot of a run, in mWh.
    let left = 0
    const remainder = new Map<number, number>()
    for (const tariff of [1, 2, 3, 4]) {
      let energy = valueAt(instants[i + 1], tariff) - valueAt(at, tariff)
      if (energy < 0) energy += 100_000
      for (let slot = 0; slot < values.length; slot++)
        if (inside(slot) && tariffs[slot] === tariff && line.quality[slot] === 1) energy -= line.values[slot]
      remainder.set(tariff, energy)
      left += energy
    }
    for (const tariff of [1, 2, 3, 4]) {
      const own = free.filter((slot) => tariffs[slot] === tariff)
      const total = remainder.get(tariff) ?? 0
      if (own.length === 0) continue
      if (left === 0) continue
      for (const slot of own) values[slot] = Number(BigInt(total) / BigInt(own.length))
      const odd = total % own.length
      for (let i = 0; i < odd; i++) values[own[Math.floor((i * own.length) / odd)]]++
    }
  }
  return values
}

test('the flat way agrees with its plainest form', () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const { line, readings } = build(given)
      const registers = { tolerance: 0, capacity: 100_000, mostPerSlot: 1_000 }
      const made = estimateSlots(input(line, { readings, registers }), [setting('flat')])
      const plain = naive(line, readings)
      const tariffs = tariffsOf(calendar, line)
      for (const { from, to } of made.segments) {
        const runs = made.estimated.filter((run) => run.from >= from && run.from < to)
        // Rounding of a run's level to mWh may order equal remainders otherwise when runs differ; one run is exact.
        for (let slot = from; slot < to; slot++) {
          if (runs.length === 1)
            assert.equal(made.values[slot], plain[slot], `slot ${slot} tariff ${tariffs[slot]}`)
          else assert.ok(Math.abs(made.values[slot] - plain[slot]) <= 1)
        }
      }
    }),
    { numRuns: 150 },
  )
})
