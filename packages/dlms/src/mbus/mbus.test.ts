import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeMbusFrame, encodeMbusApdu, encodeMbusFrame, MbusReassembler, mbusSegment } from './index.ts'

const octet = fc.integer({ min: 0, max: 255 })
const frame = fc.record(
  { control: octet, address: octet, controlInformation: octet, data: fc.uint8Array({ maxLength: 252 }) },
  { noNullPrototype: true },
)

test('a long frame decodes to what was encoded', () => {
  fc.assert(
    fc.property(frame, (f) => {
      const wire = encodeMbusFrame(f)
      assert.deepEqual(decodeMbusFrame(wire), {
        kind: 'ok',
        value: { ...f, wrapped: false },
        next: wire.length,
      })
    }),
  )
})

test('every strict prefix asks for more, never for more than is missing', () => {
  fc.assert(
    fc.property(frame, fc.nat(), (f, cut) => {
      const wire = encodeMbusFrame(f)
      const length = cut % wire.length
      const parsed = decodeMbusFrame(wire.subarray(0, length))
      assert.equal(parsed.kind, 'more')
      if (parsed.kind === 'more') assert.ok(parsed.need >= 1 && parsed.need <= wire.length - length)
    }),
  )
})

test('a changed octet is malformed at an offset inside the frame', () => {
  fc.assert(
    fc.property(frame, fc.nat(), fc.integer({ min: 1, max: 255 }), (f, position, change) => {
      const wire = encodeMbusFrame(f)
      const at = position % wire.length
      wire[at] = (wire[at] as number) ^ change
      const parsed = decodeMbusFrame(wire)
      assert.equal(parsed.kind, 'malformed')
      if (parsed.kind === 'malformed') assert.ok(parsed.error.offset < wire.length)
    }),
  )
})

test('a length that wrapped modulo 256 is recognised by checksum and stop octet', () => {
  const data = new Uint8Array(254).fill(0x5a)
  const body = [0x53, 0xff, 0x00, ...data]
  const checksum = body.reduce((total, value) => (total + value) & 0xff, 0)
  const wire = new Uint8Array([0x68, 0x01, 0x01, 0x68, ...body, checksum, 0x16])
  const parsed = decodeMbusFrame(wire)
  assert.equal(parsed.kind, 'ok')
  if (parsed.kind === 'ok') {
    assert.equal(parsed.value.wrapped, true)
    assert.deepEqual(parsed.value.data, data)
  }
})

test('an APDU comes back from its segments; a lost one is an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 2000 }), (apdu) => {
      const segments = encodeMbusApdu(apdu, { source: 1, destination: 0x67 }).map((wire) => {
        const parsed = decodeMbusFrame(wire)
        assert.equal(parsed.kind, 'ok')
        const segment = parsed.kind === 'ok' ? mbusSegment(parsed.value) : undefined
        assert.ok(segment)
        return segment
      })
      const reassembler = new MbusReassembler()
      const results = segments.map((segment) => reassembler.push(segment))
      const last = results.at(-1)
      assert.equal(results.filter((result) => result.kind === 'more').length, segments.length - 1)
      assert.deepEqual(last?.kind === 'ok' && last.apdu, apdu)
      const second = segments[1]
      if (second) assert.equal(new MbusReassembler().push(second).kind, 'malformed')
    }),
  )
})
