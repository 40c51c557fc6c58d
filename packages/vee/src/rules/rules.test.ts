// One table of cases for every rule, however long: a rule without a good and a bad case is found by the last test, and
// whoever adds one sees how the others are told.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Channel,
  type DayBlock,
  emptySeries,
  flag,
  isPresent,
  quality,
  seriesOf,
} from '@contor/intervals'
import fc from 'fast-check'
import {
  clockTolerance,
  dayTypeOf,
  duplicate,
  emptyHistory,
  exportWithoutProduction,
  type Finding,
  firstAfterExchange,
  type History,
  highUse,
  inactive,
  intervalSum,
  lowUse,
  medianOf,
  meterStatus,
  missingInterval,
  multiplierStep,
  negative,
  overLimit,
  overlap,
  peerDeviation,
  phaseImbalance,
  powerFactor,
  registerRollover,
  remember,
  ruleNames,
  spike,
  stationBalance,
  stuck,
  tariffSum,
  witnessDeviation,
} from './index.ts'

const day = '2026-11-20'

/** A whole measured day; `other` sets slots of channels. */
function dayOf(value = 100, other: Partial<Record<Channel, Record<number, number>>> = {}): DayBlock {
  const wanted = new Set<Channel>(['A+', ...(Object.keys(other) as Channel[])])
  const channels = [...wanted].map((channel) => {
    const series = emptySeries(channel, day)
    if (channel === 'A+') series.values.fill(value)
    series.quality.fill(quality.measured)
    for (const [slot, one] of Object.entries(other[channel] ?? {})) series.values[Number(slot)] = one
    return series
  })
  return { day, minutes: 15, channels }
}

function without(block: DayBlock, slots: readonly number[]): DayBlock {
  for (const series of block.channels)
    for (const slot of slots) {
      series.values[slot] = 0
      series.quality[slot] = quality.missing
    }
  return block
}

function marked(slots: Record<number, number>): DayBlock {
  const block = dayOf()
  for (const [slot, mark] of Object.entries(slots)) block.channels[0].quality[Number(slot)] |= mark
  return block
}

/** The past of a point that used `wh` every day for `days` days, with a little swing. */
function past(wh: number, days = 28, swing = 0.05): History {
  let history = emptyHistory
  for (let i = 0; i < days; i++) {
    const date = new Date(Date.UTC(2026, 9, 1 + i)).toISOString().slice(0, 10)
    history = remember(history, date, dayTypeOf(date), Math.round(wh * (1 + (i % 2 ? swing : -swing))))
  }
  return history
}

const total = '1.0.1.8.0.255'
const t1 = '1.0.1.8.1.255'
const t2 = '1.0.1.8.2.255'
const zones = Uint8Array.from({ length: 96 }, (_, slot) => (slot < 24 ? 2 : 1))
const use = { shortestMemory: 10, deviations: 4, floorWh: 500 }
const peers = { fewestPeers: 3, factor: 3, floorWh: 500 }
const ratios = { ratios: [5, 10, 20], tolerancePercent: 8, shortestMemory: 10 }
const ends = (...minutes: number[]) => Float64Array.from(minutes, (minute) => minute * 60_000)

// One row a case: the rule, what is judged, and the runs that are told ('from+count', nothing when good).
const cases: readonly (readonly [rule: string, title: string, found: () => Finding[], runs: string])[] = [
  [
    'missing-interval',
    'a whole day',
    () => missingInterval({ block: dayOf(), expected: { from: 0, to: 96 } }),
    '',
  ],
  [
    'missing-interval',
    'two holes, one cut by what is expected',
    () => missingInterval({ block: without(dayOf(), [0, 1, 40, 41, 42, 95]), expected: { from: 1, to: 95 } }),
    '1+1 40+3',
  ],
  [
    'missing-interval',
    'a day of which nothing came',
    () => missingInterval({ block: { day, minutes: 15, channels: [] }, expected: { from: 0, to: 96 } }),
    '0+96',
  ],
  ['duplicate', 'grouped by neighbourhood', () => duplicate(day, [7, 5, 6, 20].map(conflict)), '5+3 20+1'],
  [
    'overlap',
    'periods one after the other',
    () => overlap(day, ends(15, 30, 45), 900_000, slotOf, { toleranceS: 5 }),
    '',
  ],
  [
    'overlap',
    'a gap is no overlap',
    () => overlap(day, ends(15, 60), 900_000, slotOf, { toleranceS: 5 }),
    '',
  ],
  [
    'overlap',
    'an entry after ten minutes',
    () => overlap(day, ends(15, 30, 40), 900_000, slotOf, { toleranceS: 5 }),
    '1+1',
  ],
  [
    'overlap',
    'a jitter within tolerance',
    () => overlap(day, ends(15, 29.95), 900_000, slotOf, { toleranceS: 5 }),
    '',
  ],
  ['clock-tolerance', 'at its tolerance', () => clockTolerance(day, 96, 60, { toleranceS: 60 }), ''],
  ['clock-tolerance', 'late', () => clockTolerance(day, 96, -60.1, { toleranceS: 60 }), '0+96'],
  ['meter-status', 'no marks', () => meterStatus(dayOf(), { marks: ['powerDown'] }), ''],
  [
    'meter-status',
    'only the marks asked for',
    () =>
      meterStatus(marked({ 3: flag.powerDown, 4: flag.powerDown, 9: flag.meterError }), {
        marks: ['powerDown'],
      }),
    '3+2',
  ],
  ['spike', 'the limit itself', () => spike(dayOf(100, { 'A+': { 10: 4_000 } }), 8_000, { factor: 2 }), ''],
  [
    'spike',
    'above it, one run',
    () => spike(dayOf(100, { 'A+': { 11: 4_001, 12: 4_500 } }), 8_000, { factor: 2 }),
    '11+2',
  ],
  ['spike', 'unknown power', () => spike(dayOf(1_000_000), 0, { factor: 2 }), ''],
  ['negative', 'zero is not', () => negative(dayOf(0)), ''],
  [
    'negative',
    'in any channel',
    () => negative(dayOf(5, { 'A+': { 3: -1, 4: -9 }, 'R+': { 50: -2 } })),
    '3+2 50+1',
  ],
  [
    'over-limit',
    'the limit with its tolerance',
    () => overLimit(dayOf(2_100), 8_000, { tolerancePercent: 5 }),
    '',
  ],
  [
    'over-limit',
    'beyond',
    () => overLimit(dayOf(100, { 'A+': { 7: 2_101 } }), 8_000, { tolerancePercent: 5 }),
    '7+1',
  ],
  ['stuck', 'stand-by repeats', () => stuck(dayOf(4), { longestRun: 8, floorWh: 10 }), ''],
  ['stuck', 'zero repeats', () => stuck(dayOf(0), { longestRun: 8, floorWh: 0 }), ''],
  [
    'stuck',
    'nine equal values where eight are believed',
    () =>
      stuck(dayOf(0, { 'A+': Object.fromEntries(Array.from({ length: 9 }, (_, i) => [20 + i, 77])) }), {
        longestRun: 8,
        floorWh: 10,
      }),
    '20+9',
  ],
  [
    'stuck',
    'a hole ends a run',
    () => stuck(without(dayOf(77), [8, 17, 26, 35, 44, 53, 62, 71, 80, 89]), { longestRun: 8, floorWh: 10 }),
    '',
  ],
  ['inactive', 'an absence', () => inactive(dayOf(0), { ...past(5_000), zeroDays: 20 }, { days: 30 }), ''],
  ['inactive', 'too long', () => inactive(dayOf(0), { ...past(5_000), zeroDays: 30 }, { days: 30 }), '0+96'],
  [
    'inactive',
    'a point that never used',
    () => inactive(dayOf(0), { ...emptyHistory, zeroDays: 90 }, { days: 30 }),
    '',
  ],
  ['high-use', 'as usual', () => highUse(dayOf(100), 'working', past(9_600), use), ''],
  ['high-use', 'three times the usual', () => highUse(dayOf(300), 'working', past(9_600), use), '0+96'],
  ['high-use', 'too little is known', () => highUse(dayOf(300), 'working', past(9_600, 7), use), ''],
  ['high-use', 'a day with a hole', () => highUse(without(dayOf(300), [5]), 'working', past(9_600), use), ''],
  ['low-use', 'a tenth of the usual', () => lowUse(dayOf(10), 'working', past(9_600), use), '0+96'],
  ['low-use', 'less than the floor', () => lowUse(dayOf(1), 'working', past(500), use), ''],
  [
    'peer-deviation',
    'a cold day for all',
    () => peerDeviation(dayOf(300), 'working', past(9_600), Float64Array.of(2.9, 3, 3.2), peers),
    '',
  ],
  [
    'peer-deviation',
    'alone',
    () => peerDeviation(dayOf(300), 'working', past(9_600), Float64Array.of(0.9, 1, 0.8), peers),
    '0+96',
  ],
  [
    'peer-deviation',
    'alone downwards',
    () => peerDeviation(dayOf(20), 'working', past(9_600), Float64Array.of(0.9, 1, 1.1), peers),
    '0+96',
  ],
  [
    'peer-deviation',
    'too few peers',
    () => peerDeviation(dayOf(300), 'working', past(9_600), Float64Array.of(0.9, 1), peers),
    '',
  ],
  [
    'export-without-production',
    'a producer may',
    () => exportWithoutProduction(dayOf(1, { 'A-': { 40: 900 } }), true, { toleranceWh: 5 }),
    '',
  ],
  [
    'export-without-production',
    'within tolerance',
    () => exportWithoutProduction(dayOf(1, { 'A-': { 40: 5 } }), false, { toleranceWh: 5 }),
    '',
  ],
  [
    'export-without-production',
    'from first to last',
    () => exportWithoutProduction(dayOf(1, { 'A-': { 40: 5, 44: 9 } }), false, { toleranceWh: 5 }),
    '40+5',
  ],
  [
    'power-factor',
    'cos φ 0.8',
    () => powerFactor(dayOf(100, { 'R+': { 1: 75, 2: 75 } }), { lowest: 0.65, floorWh: 50, shortestRun: 2 }),
    '',
  ],
  [
    'power-factor',
    'cos φ 0.5 for two slots',
    () =>
      powerFactor(dayOf(100, { 'R+': { 1: 174, 2: 174, 9: 174 } }), {
        lowest: 0.65,
        floorWh: 50,
        shortestRun: 2,
      }),
    '1+2',
  ],
  [
    'power-factor',
    'hardly any load',
    () => powerFactor(dayOf(10, { 'R+': { 1: 174, 2: 174 } }), { lowest: 0.65, floorWh: 50, shortestRun: 2 }),
    '',
  ],
  ['phase-imbalance', 'within', () => phaseImbalance(day, 96, [10, 12, 8], { percent: 30, floorA: 2 }), ''],
  [
    'phase-imbalance',
    'one carries all',
    () => phaseImbalance(day, 96, [20, 5, 5], { percent: 30, floorA: 2 }),
    '0+96',
  ],
  [
    'phase-imbalance',
    'too little current',
    () => phaseImbalance(day, 96, [3, 0, 0], { percent: 30, floorA: 2 }),
    '',
  ],
  [
    'interval-sum',
    'to the tolerance',
    () => intervalSum(dayOf(), new Map([[total, 5_000]]), new Map([[total, 14_602]]), { toleranceWh: 2 }),
    '',
  ],
  [
    'interval-sum',
    'beyond',
    () => intervalSum(dayOf(), new Map([[total, 5_000]]), new Map([[total, 14_603]]), { toleranceWh: 2 }),
    '0+96',
  ],
  [
    'interval-sum',
    'a hole is not judged',
    () =>
      intervalSum(without(dayOf(), [3]), new Map([[total, 0]]), new Map([[total, 99_999]]), {
        toleranceWh: 2,
      }),
    '',
  ],
  [
    'interval-sum',
    'registers that do not add up',
    () =>
      intervalSum(
        dayOf(),
        new Map([
          [total, 0],
          [t1, 0],
          [t2, 0],
        ]),
        new Map([
          [total, 9_600],
          [t1, 9_000],
          [t2, 700],
        ]),
        { toleranceWh: 2 },
      ),
    '0+96',
  ],
  [
    'tariff-sum',
    'each register its zone',
    () =>
      tariffSum(
        dayOf(),
        zones,
        new Map([
          [t1, 0],
          [t2, 0],
        ]),
        new Map([
          [t1, 7_200],
          [t2, 2_400],
        ]),
        { toleranceWh: 2 },
      ),
    '',
  ],
  [
    'tariff-sum',
    'energy in the wrong register',
    () =>
      tariffSum(
        dayOf(),
        zones,
        new Map([
          [t1, 0],
          [t2, 0],
        ]),
        new Map([
          [t1, 7_300],
          [t2, 2_300],
        ]),
        { toleranceWh: 2 },
      ),
    '0+96 0+96',
  ],
  [
    'tariff-sum',
    'a hole spoils its register only',
    () =>
      tariffSum(
        without(dayOf(), [30]),
        zones,
        new Map([
          [t1, 0],
          [t2, 0],
        ]),
        new Map([
          [t1, 1],
          [t2, 2_500],
        ]),
        { toleranceWh: 2 },
      ),
    '0+96',
  ],
  [
    'register-rollover',
    'going on',
    () =>
      registerRollover(dayOf(), new Map([[total, 1]]), new Map([[total, 2]]), 24, 8_000, {
        digits: 6,
        unitWh: 1_000,
      }),
    '',
  ],
  [
    'register-rollover',
    'over the top',
    () =>
      registerRollover(dayOf(), new Map([[total, 999_999_000]]), new Map([[total, 5_000]]), 24, 8_000, {
        digits: 6,
        unitWh: 1_000,
      }),
    '0+96',
  ],
  ['multiplier-step', 'as usual', () => multiplierStep(dayOf(100), 'working', past(9_600), ratios), ''],
  [
    'multiplier-step',
    'times ten',
    () => multiplierStep(dayOf(1_010), 'working', past(9_600), ratios),
    '0+96',
  ],
  ['multiplier-step', 'a fifth', () => multiplierStep(dayOf(20), 'working', past(9_600), ratios), '0+96'],
  [
    'multiplier-step',
    'a point that swings anyway',
    () => multiplierStep(dayOf(1_000), 'working', past(9_600, 28, 0.6), ratios),
    '',
  ],
  [
    'first-after-exchange',
    'as recorded',
    () =>
      firstAfterExchange(day, 96, new Map([[total, 100]]), new Map([[total, 4_000]]), 2, 8_000, {
        toleranceWh: 10,
      }),
    '',
  ],
  [
    'first-after-exchange',
    'below the record',
    () =>
      firstAfterExchange(day, 96, new Map([[total, 100]]), new Map([[total, 80]]), 2, 8_000, {
        toleranceWh: 10,
      }),
    '0+96',
  ],
  [
    'first-after-exchange',
    'more than can have been used',
    () =>
      firstAfterExchange(day, 96, new Map([[total, 100]]), new Map([[total, 40_000]]), 2, 8_000, {
        toleranceWh: 10,
      }),
    '0+96',
  ],
  [
    'first-after-exchange',
    'no reading of the register',
    () => firstAfterExchange(day, 96, new Map([[total, 100]]), new Map(), 2, 8_000, { toleranceWh: 10 }),
    '0+96',
  ],
  [
    'witness-deviation',
    'within both classes',
    () => witnessDeviation(day, 96, 10_200, 10_000, ['B', 'B'], { classPercent: [['B', 1]], floorWh: 50 }),
    '',
  ],
  [
    'witness-deviation',
    'beyond both classes',
    () => witnessDeviation(day, 96, 10_300, 10_000, ['B', 'B'], { classPercent: [['B', 1]], floorWh: 50 }),
    '0+96',
  ],
  [
    'station-balance',
    'ordinary losses',
    () => stationBalance(day, 96, 100_000, 93_000, { lowestPercent: -0.5, highestPercent: 12 }),
    '',
  ],
  [
    'station-balance',
    'more out than in',
    () => stationBalance(day, 96, 100_000, 101_000, { lowestPercent: -0.5, highestPercent: 12 }),
    '0+96',
  ],
  [
    'station-balance',
    'a sixth is gone',
    () => stationBalance(day, 96, 100_000, 84_000, { lowestPercent: -0.5, highestPercent: 12 }),
    '0+96',
  ],
]

function conflict(slot: number) {
  return { channel: 'A+' as const, slot, old: slot, new: slot + 1, oldQuality: 1, newQuality: 1 }
}
function slotOf(end: number): number {
  return Math.floor((end - 1) / 900_000) - 1
}

for (const [rule, title, found, runs] of cases)
  test(`${rule}: ${title}`, () => {
    const findings = found()
    assert.equal(findings.map((f) => `${f.fromSlot}+${f.count}`).join(' '), runs)
    assert.ok(findings.every((finding) => finding.rule === rule && finding.day === day))
  })

test('every rule has cases, good and bad', () => {
  for (const name of ruleNames) {
    if (name === 'duplicate') continue // it is only asked when there are conflicts
    const own = cases.filter(([rule]) => rule === name)
    const good = own.some(([, , , runs]) => runs === '')
    const bad = own.some(([, , , runs]) => runs !== '')
    assert.ok(bad, `${name} has no case that is told`)
    assert.ok(good, `${name} has no case that passes`)
  }
})

test('a roll-over is told from a register that ran back by what the point can have used', () => {
  const parameters = { digits: 6, unitWh: 1_000 }
  const judge = (end: number, limitW: number) =>
    registerRollover(
      dayOf(),
      new Map([[total, 999_990_000]]),
      new Map([[total, end]]),
      24,
      limitW,
      parameters,
    )[0]
  assert.equal(judge(5_000, 8_000).details['meaning'], 'roll-over')
  assert.equal(judge(5_000, 8_000).details['overWh'], 15_000)
  assert.equal(judge(500_000_000, 8_000).details['meaning'], 'decrease')
})

test('what is remembered is the mean and the spread of whole days, each added once', () => {
  const totals = fc.array(fc.nat(40_000), { minLength: 2, maxLength: 55 })
  fc.assert(
    fc.property(totals, (list) => {
      let history = emptyHistory
      const dates = list.map((_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10))
      for (const [i, wh] of list.entries()) {
        history = remember(history, dates[i], 'working', wh)
        history = remember(history, dates[i], 'working', wh + 1) // the same day again changes nothing
      }
      const mean = list.reduce((all, wh) => all + wh, 0) / list.length
      const variance = list.reduce((all, wh) => all + (wh - mean) ** 2, 0)
      assert.ok(Math.abs(history.types.working.meanWh - mean) < 1e-6 * (1 + mean))
      assert.ok(Math.abs(history.types.working.m2 - variance) < 1e-6 * (1 + variance))
      const zeros = list.length - 1 - list.findLastIndex((wh) => wh !== 0)
      assert.equal(history.zeroDays, zeros)
    }),
  )
  assert.deepEqual(
    ['2026-11-20', '2026-11-21', '2026-11-22', '2026-12-01'].map((one) => dayTypeOf(one)),
    ['working', 'saturday', 'sunday', 'sunday'],
  )
})

test('the median is that of a sort', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 30 }), (list) => {
      const sorted = [...list].sort((a, b) => a - b)
      const at = (i: number) => sorted[i]
      const n = sorted.length
      const expected = n % 2 ? at((n - 1) / 2) : (at(n / 2 - 1) + at(n / 2)) / 2
      assert.equal(medianOf(Float64Array.from(list)), expected)
    }),
  )
})

// The rules again, as plainly as they can be said: slot by slot, over words.
const arbitraryDay = fc
  .array(
    fc.record({
      value: fc.oneof(fc.integer({ min: -3, max: 6 }), fc.constant(4_000), fc.constant(77)),
      byte: fc.constantFrom<number>(0, 1, 1, 1, 2, 3, 1 | flag.powerDown, 1 | flag.meterError),
    }),
    { minLength: 96, maxLength: 96 },
  )
  .map((slots): DayBlock => {
    const series = emptySeries('A+', day)
    for (const [slot, { value, byte }] of slots.entries()) {
      series.quality[slot] = byte
      series.values[slot] = isPresent(byte) ? value : 0
    }
    return { day, minutes: 15, channels: [series] }
  })

function naive(block: DayBlock, hit: (value: number, byte: number) => boolean): number[] {
  const series = seriesOf(block, 'A+')
  return Array.from({ length: 96 }, (_, slot) => slot).filter(
    (slot) => series && hit(series.values[slot], series.quality[slot]),
  )
}
const told = (findings: readonly Finding[]) =>
  findings.flatMap((f) => Array.from({ length: f.count }, (_, i) => f.fromSlot + i)).sort((a, b) => a - b)

test('each slot rule agrees with its plain form on random days', () => {
  fc.assert(
    fc.property(arbitraryDay, (block) => {
      const expected = { from: 0, to: 96 }
      assert.deepEqual(
        told(missingInterval({ block, expected })),
        naive(block, (_, byte) => (byte & 7) === 0),
      )
      assert.deepEqual(
        told(negative(block)),
        naive(block, (value) => value < 0),
      )
      assert.deepEqual(
        told(overLimit(block, 400, { tolerancePercent: 0 })),
        naive(block, (value) => Math.abs(value) > 100),
      )
      assert.deepEqual(
        told(meterStatus(block, { marks: ['powerDown', 'meterError'] })),
        naive(block, (_, byte) => (byte & (flag.powerDown | flag.meterError)) !== 0),
      )
      const series = block.channels[0]
      const text = Array.from(series.values, (value, slot) =>
        isPresent(series.quality[slot]) ? `${value}` : '-',
      )
      const repeated = text.map((word, slot) => {
        let from = slot
        while (from > 0 && text[from - 1] === word) from--
        let to = slot
        while (to < 95 && text[to + 1] === word) to++
        return to - from + 1 > 3 && word !== '-' && Number(word) >= 2
      })
      assert.deepEqual(
        told(stuck(block, { longestRun: 3, floorWh: 2 })),
        Array.from({ length: 96 }, (_, slot) => slot).filter((slot) => repeated[slot]),
      )
      const high = naive(block, (value, byte) => (byte & 7) !== 0 && Math.abs(value) > 2_000)
      assert.deepEqual(told(spike(block, 8_000, { factor: 1 })), high)
      assert.deepEqual(
        naive(block, (_, byte) => (byte & flag.suspect) !== 0),
        high,
      )
    }),
    { numRuns: 300 },
  )
})
