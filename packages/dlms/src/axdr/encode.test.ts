import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, fromHex, toHex, type Writer, written } from '../bytes.ts'
import { DlmsError } from '../parse.ts'
import { type Data, data } from './data.ts'
import { decodeData } from './decode.ts'
import { encodeData } from './encode.ts'

const outOfRange = (error: unknown) => error instanceof DlmsError && error.code === 'out-of-range'

test('numbers at the ends of their types, and none beyond', () => {
  const ends: readonly [(value: number) => Data, number, string, number, string][] = [
    [data.u8, 0, '1100', 0xff, '11ff'],
    [data.enum, 0, '1600', 0xff, '16ff'],
    [data.i8, -0x80, '0f80', 0x7f, '0f7f'],
    [data.u16, 0, '120000', 0xffff, '12ffff'],
    [data.i16, -0x8000, '108000', 0x7fff, '107fff'],
    [data.u32, 0, '0600000000', 0xffffffff, '06ffffffff'],
    [data.i32, -0x8000_0000, '0580000000', 0x7fff_ffff, '057fffffff'],
  ]
  for (const [make, least, first, most, last] of ends) {
    assert.equal(toHex(encodeData(make(least))), first)
    assert.equal(toHex(encodeData(make(most))), last)
    for (const wrong of [least - 1, most + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => encodeData(make(wrong)), outOfRange)
      assert.throws(() => encodeData(data.structure(data.nul(), make(wrong))), outOfRange)
    }
  }
})

test('octet strings and arrays on either side of a one-byte length', () => {
  for (const [length, field] of [
    [0, '00'],
    [63, '3f'],
    [64, '40'],
    [65, '41'],
    [127, '7f'],
    [128, '8180'],
    [300, '82012c'],
  ] as const) {
    const octets = Uint8Array.from({ length }, (_, i) => i + 1)
    assert.equal(toHex(encodeData(data.octets(octets))), `09${field}${toHex(octets)}`)
    const elements = Array.from({ length }, (_, i) => data.u8(i & 0xff))
    const body = elements.map(({ value }) => `11${toHex(Uint8Array.of(value as number))}`).join('')
    assert.equal(toHex(encodeData(data.array(...elements))), `01${field}${body}`)
  }
})

test('what one encoding wrote is in no other, however long they are and whether they throw', () => {
  const element = fc.oneof(
    fc.uint8Array({ maxLength: 6000 }).map(data.octets),
    fc.nat(0xffff_ffff).map(data.u32),
    fc.nat(0xffff).map(data.u16),
  )
  fc.assert(
    fc.property(fc.array(element, { maxLength: 8 }), (elements) => {
      const whole = encodeData(data.structure(...elements))
      assert.throws(() => encodeData(data.structure(...elements, data.u8(256))), outOfRange)
      const parts = elements.map((one) => encodeData(one))
      assert.deepEqual(whole, concat(Uint8Array.of(2, elements.length), ...parts))
      const decoded = decodeData(whole)
      assert.ok(decoded.kind === 'ok')
      assert.deepEqual(decoded.value, data.structure(...elements))
    }),
    { numRuns: 60 },
  )
})

test('a writer lent out comes back empty and overwritten, and a call within a call has its own', () => {
  let lent: Writer | undefined
  const outer = written((writer) => {
    lent = writer
    writer.bytes(fromHex('aabb'))
    const inner = written((other) => {
      assert.notEqual(other, writer)
      other.bytes(fromHex('ccdd'))
    })
    assert.equal(toHex(inner), 'ccdd')
    writer.u8(0xee)
  })
  assert.equal(toHex(outer), 'aabbee')
  assert.ok(lent)
  assert.equal(lent.size, 0)
  assert.deepEqual(lent.buffer.subarray(0, 3), new Uint8Array(3))
  written((writer) => assert.equal(writer, lent))
})
