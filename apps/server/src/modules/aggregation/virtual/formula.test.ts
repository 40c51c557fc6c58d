import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channels } from '@contor/intervals'
import fc from 'fast-check'
import { ContorError } from '../../../platform/index.ts'
import { combine, segmentsOf, type VirtualVersion } from './evaluate.ts'
import { multiply, parseFormula, type Term } from './formula.ts'

const decimal = ({ units, scale }: Term['factor']) => {
  const digits = `${units < 0n ? -units : units}`.padStart(scale + 1, '0')
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
const write = (terms: readonly Term[]) =>
  terms
    .map((term) => {
      const operand = 'pod' in term ? `"${term.pod}":${term.channel}` : `@${term.meter}`
      return `${term.factor.units < 0n ? '-' : '+'} ${decimal(term.factor)} * ${operand}`
    })
    .join(' ')

const factor = fc.record({
  units: fc.bigInt({ min: -999_999n, max: 999_999n }),
  scale: fc.integer({ min: 0, max: 6 }),
})
const term: fc.Arbitrary<Term> = fc.oneof(
  fc.record({
    factor,
    pod: fc.stringMatching(/^[^"]{1,20}$/),
    channel: fc.constantFrom(...channels),
  }),
  fc.record({ factor, meter: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.]{0,9}$/) }),
)

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 8 }), (terms) => {
      // Records of the generator have no prototype.
      assert.deepEqual(parseFormula(write(terms)), structuredClone(terms))
    }),
  )
})

test('any text gives terms or an error that names the place', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+*@:A1. "]{0,30}$/)), (text) => {
      try {
        parseFormula(text)
      } catch (error) {
        assert.ok(error instanceof ContorError && error.field === 'formula', String(error))
      }
    }),
  )
})

test('what people write', () => {
  const read = (text: string) =>
    parseFormula(text).map(
      (t) => `${t.factor.units}e-${t.factor.scale} ${'pod' in t ? t.pod + t.channel : `@${t.meter}`}`,
    )
  assert.deepEqual(read('RO1:A+ - RO2:A-'), ['1e-0 RO1A+', '-1e-0 RO2A-'])
  assert.deepEqual(read('-0,25*"RO-1":R+ + @street'), ['-25e-2 RO-1R+', '1e-0 @street'])
  for (const [text, message] of [
    ['', 'no term'],
    ['RO1', 'position 4: the channel is missing'],
    ['RO1:X', 'the channel is missing'],
    ['RO1:A+ RO2:A+', 'position 8: a + or − must stand'],
    ['2*3*RO1:A+', 'position 3: a term has one factor'],
    ['RO1:A+ +', 'a term is missing at the end'],
    ['RO1:A+ / 2', 'position 8: a + or −'],
    ['0.1234567*RO1:A+', 'at most 6 decimals'],
  ])
    assert.throws(
      () => parseFormula(text),
      (error: Error) => error.message.includes(message),
      text,
    )
})

const version = (
  code: string,
  n: number,
  formula: string | null,
  from: string,
  to: string | null = null,
): VirtualVersion => ({
  code,
  version: n,
  formula,
  validFrom: from,
  validTo: to,
})

test('each day is counted by the version of that day, nested meters by theirs', () => {
  const versions = [
    version('a', 1, '2*@b + X:A+', '2026-01-01'),
    version('b', 1, '0.5*X:A+ + Y:A-', '2026-01-01', '2026-01-10'),
    version('b', 2, 'Z:A+', '2026-01-06'),
  ]
  const text = segmentsOf('a', versions, '2026-01-01', '2026-01-12').map(({ from, to, groups }) => [
    from,
    to,
    ...groups.map(({ factor, channel, pods }) => `${factor.units} ${channel} ${pods}`),
  ])
  assert.deepEqual(text, [
    ['2026-01-01', '2026-01-05', '2 A+ X', '2 A- Y'],
    ['2026-01-06', '2026-01-12', '2 A+ Z', '1 A+ X'],
  ])
})

test('meters that name each other, gaps and mixed energies are refused', () => {
  const loop = [version('a', 1, '@b', '2026-01-01'), version('b', 1, '@a', '2026-01-01')]
  assert.throws(() => segmentsOf('a', loop, '2026-01-01', '2026-01-01'), /a → b → a/)
  assert.throws(
    () => segmentsOf('a', [version('a', 1, 'X:A+', '2026-02-01')], '2026-01-31', '2026-02-01'),
    /2026-01-31/,
  )
  assert.throws(
    () =>
      segmentsOf(
        'a',
        [version('a', 1, 'X:A+', '2026-01-01'), version('a', 2, null, '2026-01-02')],
        '2026-01-01',
        '2026-01-02',
      ),
    /no formula on 2026-01-02/,
  )
  assert.throws(
    () => segmentsOf('a', [version('a', 1, 'X:A+ + X:R+', '2026-01-01')], '2026-01-01', '2026-01-01'),
    /reactive/,
  )
  assert.throws(() => multiply({ units: 1n, scale: 4 }, { units: 1n, scale: 4 }), /six|6 decimals/)
})

test('whole Wh add up to the exact sum of every prefix within half a Wh', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          factor,
          values: fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 24, maxLength: 24 }),
        }),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      (curves) => {
        const got = combine(
          curves.map(({ factor, values }) => ({ factor, sums: Float64Array.from(values) })),
          24,
        )
        // Exact, in millionths of a Wh.
        let exact = 0n
        let sum = 0n
        for (let slot = 0; slot < 24; slot++) {
          for (const { factor, values } of curves)
            exact += factor.units * 10n ** BigInt(6 - factor.scale) * BigInt(values[slot])
          sum += BigInt(got[slot])
          const off = sum * 1_000_000n - exact
          assert.ok(off <= 500_000n && off >= -500_000n)
        }
      },
    ),
  )
})
