import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { channels, type DayBlock } from '../block.ts'
import { addDays, type IntervalMinutes, slotsInDay } from '../calendar.ts'
import { IntervalError } from '../errors.ts'
import { decodeDayBlock, decodeInto, encodeDayBlock, type StoredForm } from './dayBlock.ts'
import { mostDayBytes } from './quickForm.ts'
import { columnStride, createDayColumns } from './quickReader.ts'
import { encodeColumns } from './quickWriter.ts'

const days = ['2000-01-01', '2026-03-29', '2026-10-25', '2026-11-09', '2099-12-31']
const curve = new URL('../../../../conformance/intervals/ch-15min-week46.csv', import.meta.url)
const households = readFileSync(curve, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').slice(1).map(Number))

const block = (values: ArrayLike<number>, day = '2026-11-09'): DayBlock => ({
  day,
  minutes: 15,
  channels: [
    { channel: 'A+', values: Int32Array.from(values), quality: new Uint8Array(values.length).fill(1) },
  ],
})
const GOLDEN_QUICK =
  '201e5101222c4262e9a5a96e8c7087a6cc916f0312c16419756b1b3ffa4cbf27417c227459691159021385c5bfb23c955493279da5ca32dde6e356ac79ff01b441569badc45231f8c7571ba1d46febc56a18dcd96b8aa6a997bd417e49b8b33ab99fc531fcf636dc427295374d3eacc38d1a9196a46a1d7ab3798fbb00'
const GOLDEN =
  '101e5101ebe435e24a85b36a8168df05ec3881b3d2bae86ed3dc289b50d098ae33d7bc3ffe3fe3f7c1cec48365cd2615cdfea3f42599f0d38d431af278da88a30eb9faa9c92d8ce31cd5cdbc85e975562f265bdf405aab1f205690b6b8e1866c4b39914cb1f8570042b92c277cebb3e675e885130acd309ae9331250'
const forms: readonly StoredForm[] = ['quick', 'dense']
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
// From calm to wild, with the sizes that break a 32-bit coder.
const anyValue = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 300 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1, -1, 3, 4, 7, 8, 2 ** 31 - 1, -(2 ** 31), 2 ** 30, -(2 ** 30)),
  },
  { weight: 1, arbitrary: int32 },
)
const unit = fc.constantFrom(1, 1, 10, 1000, 2 ** 20)
const anyQuality = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 31 }))
  .map(([state, flags]) => state | (flags << 3))

function anySeries(slots: number) {
  return fc
    .record({
      values: fc.oneof(
        fc.array(anyValue, { minLength: slots, maxLength: slots }),
        fc.array(fc.constantFrom(0, 5), { minLength: slots, maxLength: slots }),
        int32.map((value) => new Array<number>(slots).fill(value)),
        fc
          .tuple(int32, fc.integer({ min: -9, max: 9 }))
          .map(([start, step]) => Array.from({ length: slots }, (_, i) => (start + i * step) | 0)),
      ),
      unit,
      quality: fc.oneof(
        anyQuality.map((byte) => new Array<number>(slots).fill(byte)),
        fc.array(anyQuality, { minLength: slots, maxLength: slots }),
      ),
    })
    .map(({ values, unit, quality }) => ({
      values: Int32Array.from(values, (v, i) => ((quality[i] & 7) === 0 ? 0 : Math.imul(v, unit))),
      quality: Uint8Array.from(quality),
    }))
}

const anyBlock: fc.Arbitrary<DayBlock> = fc
  .record({
    day: fc.constantFrom(...days),
    minutes: fc.constantFrom<IntervalMinutes>(15, 30, 60),
    names: fc.subarray([...channels]),
  })
  .chain(({ day, minutes, names }) =>
    fc
      .tuple(...names.map(() => anySeries(slotsInDay(day, minutes))))
      .map((all) => ({ day, minutes, channels: names.map((channel, i) => ({ channel, ...all[i] })) })),
  )

test('every block comes back as it was', () => {
  fc.assert(
    fc.property(anyBlock, (original) => {
      for (const form of forms) assert.deepEqual(decodeDayBlock(encodeDayBlock(original, form)), original)
    }),
    { numRuns: 300 },
  )
})

test('a day read into columns is the day, in either form, and only the channels asked for', () => {
  const into = createDayColumns()
  fc.assert(
    fc.property(anyBlock, fc.constantFrom(...forms), fc.nat({ max: 255 }), (original, form, wanted) => {
      into.values.fill(-7)
      const { mask, slots, minutes, values, quality } = decodeInto(
        encodeDayBlock(original, form),
        into,
        wanted,
      )
      const asked = original.channels.filter(({ channel }) => (wanted >> channels.indexOf(channel)) & 1)
      assert.equal(minutes, original.minutes)
      const isPlain = (one: (typeof asked)[number]) => one.quality.every((byte) => byte === 1)
      const plain = form === 'dense' ? [] : asked.filter(isPlain)
      assert.equal(
        into.plain,
        plain.reduce((bits, { channel }) => bits | (1 << channels.indexOf(channel)), 0),
      )
      assert.equal(
        mask,
        asked.reduce((all, { channel }) => all | (1 << channels.indexOf(channel)), 0),
      )
      for (const series of asked) {
        const at = channels.indexOf(series.channel) * columnStride
        assert.deepEqual(values.slice(at, at + slots), series.values)
        assert.deepEqual(quality.slice(at, at + slots), series.quality)
      }
    }),
    { numRuns: 200 },
  )
})

test('columns are written where they should be, and what missing slots hold is not looked at', () => {
  const values = Int32Array.from({ length: 5 + 2 * 96 }, (_, i) => i * 3)
  const quality = new Uint8Array(values.length).fill(1)
  quality[5 + 40] = 0
  const out = new Uint8Array(7 + mostDayBytes)
  const end = encodeColumns(out, 7, 20_766, 15, 0b11, 96, values, quality, 5)
  const [a, b] = decodeDayBlock(out.subarray(7, end)).channels
  assert.deepEqual([a.channel, a.values[39], a.values[40], a.values[41]], ['A+', 132, 0, 138])
  assert.deepEqual([b.channel, b.values[0], b.values[95]], ['A-', 303, 588])
  assert.deepEqual([...out.subarray(0, 7)], [0, 0, 0, 0, 0, 0, 0])
})

test('the largest day there can be fits into the room the writer asks for', () => {
  const wild = (i: number) => (i % 2 === 0 ? 2 ** 31 - 1 : -(2 ** 31))
  const original: DayBlock = {
    day: '2026-10-25',
    minutes: 15,
    channels: channels.map((channel, c) => ({
      channel,
      values: Int32Array.from({ length: 100 }, (_, i) => wild(i + c)),
      quality: Uint8Array.from({ length: 100 }, (_, i) => 1 + ((i + c) % 2)),
    })),
  }
  for (const form of forms) {
    const stored = encodeDayBlock(original, form)
    assert.ok(stored.length <= mostDayBytes, `${form}: ${stored.length}`)
    assert.deepEqual(decodeDayBlock(stored), original)
  }
})

test('real load curves come back, in less than 1.2 bytes a reading', () => {
  const bytes = { quick: 0, dense: 0 }
  let readings = 0
  for (const week of households) {
    assert.equal(week.length, 672)
    for (let d = 0; d < 7; d++) {
      const original = block(week.slice(96 * d, 96 * d + 96), addDays('2026-11-09', d))
      for (const form of forms) {
        const stored = encodeDayBlock(original, form)
        assert.deepEqual(decodeDayBlock(stored), original)
        bytes[form] += stored.length
      }
      readings += 96
    }
  }
  assert.equal(readings, 32 * 672)
  for (const form of forms)
    assert.ok(bytes[form] / readings < 1.2, `${form}: ${bytes[form] / readings} bytes a reading`)
})

test('a day of zeros or of one value takes a handful of bytes', () => {
  assert.equal(encodeDayBlock(block(new Int32Array(96))).length, 5)
  assert.ok(encodeDayBlock(block(new Int32Array(96).fill(1234))).length <= 8)
  assert.equal(encodeDayBlock({ day: '2026-11-09', minutes: 15, channels: [] }).length, 4)
})

test('missing slots take no space and stay missing', () => {
  const values = new Int32Array(100)
  const quality = new Uint8Array(100)
  values.set([7, 9, 11], 40)
  quality.set([1, 2, 0x0b], 40)
  const original: DayBlock = {
    day: '2026-10-25',
    minutes: 15,
    channels: [{ channel: 'R-', values, quality }],
  }
  const stored = encodeDayBlock(original)
  assert.deepEqual(decodeDayBlock(stored), original)
  assert.ok(stored.length <= 20, `${stored.length}`)
})

test('the stored form does not change: blocks written years ago must be readable', () => {
  const day = block([...households[0].slice(0, 95), 0])
  assert.equal(hex(encodeDayBlock(day, 'dense')), GOLDEN)
  assert.deepEqual(decodeDayBlock(Buffer.from(GOLDEN, 'hex')), day)
  assert.equal(hex(encodeDayBlock(day, 'quick')), GOLDEN_QUICK)
  assert.deepEqual(decodeDayBlock(Buffer.from(GOLDEN_QUICK, 'hex')), day)
})

test('channels are kept in their own order, whatever order they come in', () => {
  const a = {
    channel: 'A+' as const,
    values: new Int32Array(96).fill(3),
    quality: new Uint8Array(96).fill(1),
  }
  const r = {
    channel: 'R-' as const,
    values: new Int32Array(96).fill(4),
    quality: new Uint8Array(96).fill(1),
  }
  const base = { day: '2026-11-09', minutes: 15 as const }
  assert.deepEqual(
    encodeDayBlock({ ...base, channels: [r, a] }),
    encodeDayBlock({ ...base, channels: [a, r] }),
  )
})

function decodesOrRefuses(bytes: Uint8Array): void {
  try {
    const decoded = decodeDayBlock(bytes)
    assert.ok(decoded.channels.length <= 8)
    for (const { values, quality } of decoded.channels) {
      assert.equal(values.length, slotsInDay(decoded.day, decoded.minutes))
      assert.equal(quality.length, values.length)
    }
    // What was accepted is a proper block, and the same is read into columns.
    for (const form of forms) assert.deepEqual(decodeDayBlock(encodeDayBlock(decoded, form)), decoded)
    assert.equal(
      decodeInto(bytes, createDayColumns()).slots,
      decoded.channels[0]?.values.length ?? slotsInDay(decoded.day, decoded.minutes),
    )
  } catch (error) {
    assert.ok(error instanceof IntervalError && error.code === 'malformed', String(error))
  }
}

test('arbitrary bytes give a block or malformed, nothing else', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), decodesOrRefuses), { numRuns: 500 })
  const header = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 400 }), ([code, mask], body) => {
      decodesOrRefuses(Uint8Array.of(0x10 | code, 0xb0, 0x50, mask, ...body))
      decodesOrRefuses(Uint8Array.of(0x20 | code, 0xb0, 0x50, mask, ...body))
    }),
    { numRuns: 1000 },
  )
})

test('a changed or cut block gives a block or malformed, nothing else', () => {
  fc.assert(
    fc.property(
      anyBlock,
      fc.constantFrom(...forms),
      fc.nat(),
      fc.nat({ max: 255 }),
      (original, form, at, byte) => {
        const stored = encodeDayBlock(original, form)
        const changed = stored.slice()
        changed[at % stored.length] = byte
        decodesOrRefuses(changed)
        decodesOrRefuses(stored.subarray(0, at % stored.length))
      },
    ),
    { numRuns: 300 },
  )
})

test('what is no day block is refused with its reason', () => {
  const malformed = (error: unknown) => error instanceof IntervalError && error.code === 'malformed'
  for (const form of forms) {
    const good = encodeDayBlock(block(households[3].slice(0, 96)), form)
    const withByte = (at: number, byte: number) => good.map((b, i) => (i === at ? byte : b))
    assert.throws(() => decodeDayBlock(new Uint8Array(0)), malformed)
    assert.throws(() => decodeDayBlock(good.subarray(0, 3)), malformed)
    assert.throws(() => decodeDayBlock(withByte(0, 0x30)), malformed)
    assert.throws(() => decodeDayBlock(withByte(0, (good[0] & 0xf0) | 3)), malformed)
    assert.throws(() => decodeDayBlock(withByte(2, 0xff)), malformed)
    assert.throws(() => decodeDayBlock(good.subarray(0, 4)), malformed)
    assert.throws(() => decodeDayBlock(good.subarray(0, good.length >> 1)), malformed)
    assert.throws(() => decodeDayBlock(Uint8Array.of(...good, 0)), malformed)
    assert.throws(() => decodeDayBlock(new Uint8Array(100_000).fill(good[0])), malformed)
  }
})

test('a block that is none is not stored', () => {
  const refused = (error: unknown) => error instanceof IntervalError && error.code === 'invalid-block'
  const [series] = block(new Int32Array(96)).channels
  const bad = (channelList: DayBlock['channels']) => () =>
    encodeDayBlock({ day: '2026-11-09', minutes: 15, channels: channelList })
  assert.throws(bad([series, series]), refused)
  assert.throws(bad([{ ...series, quality: new Uint8Array(95) }]), refused)
  assert.throws(bad([{ ...series, quality: new Uint8Array(96).fill(4) }]), refused)
  assert.throws(
    bad([{ ...series, values: new Int32Array(96).fill(5), quality: new Uint8Array(96) }]),
    refused,
  )
  assert.throws(() => encodeDayBlock(block(new Int32Array(96), '2026-03-29')), refused)
})
