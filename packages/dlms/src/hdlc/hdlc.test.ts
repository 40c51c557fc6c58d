import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeHdlcFrame,
  encodeHdlcFrame,
  fcs16,
  type HdlcEvent,
  type HdlcFrame,
  HdlcReader,
  HdlcReassembler,
  stuff,
  unstuff,
} from './index.ts'

const seven = fc.integer({ min: 0, max: 0x7f })
const fourteen = fc.integer({ min: 0, max: 0x3fff })
const address = fc.oneof(
  seven.map((upper) => ({ size: 1 as const, upper })),
  fc.tuple(seven, seven).map(([upper, lower]) => ({ size: 2 as const, upper, lower })),
  fc.tuple(fourteen, fourteen).map(([upper, lower]) => ({ size: 4 as const, upper, lower })),
)
const sequence = fc.integer({ min: 0, max: 7 })
const control = fc.oneof(
  fc.tuple(sequence, sequence, fc.boolean()).map(([ns, nr, pf]) => ({ kind: 'i' as const, ns, nr, pf })),
  fc
    .tuple(fc.constantFrom('rr' as const, 'rnr' as const), sequence, fc.boolean())
    .map(([kind, nr, pf]) => ({ kind, nr, pf })),
  fc
    .tuple(fc.constantFrom('snrm', 'disc', 'ua', 'dm', 'frmr', 'ui'), fc.boolean())
    .map(([kind, pf]) => ({ kind, pf }) as HdlcFrame['control']),
)
// Flags and escapes are frequent on purpose: inside a frame they are ordinary octets.
const octet = fc.oneof(fc.constantFrom(0x7e, 0x7d, 0xa0), fc.integer({ min: 0, max: 255 }))
const information = fc.array(octet, { maxLength: 200 }).map((octets) => new Uint8Array(octets))
const frame: fc.Arbitrary<HdlcFrame> = fc.record(
  { destination: address, source: address, control, segmented: fc.boolean(), information },
  { noNullPrototype: true },
)
const chunkSizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 })

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

function pushInChunks(reader: HdlcReader, bytes: Uint8Array, sizes: readonly number[]): HdlcEvent[] {
  const events: HdlcEvent[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number
    events.push(...reader.push(bytes.subarray(at, at + size)))
    at += size
  }
  return events
}

test('the check sequence is CRC-16/X-25', () => {
  assert.equal(fcs16(new TextEncoder().encode('123456789')), 0x906e)
})

test('a frame decodes to what was encoded', () => {
  fc.assert(
    fc.property(frame, (f) => {
      const wire = encodeHdlcFrame(f)
      assert.deepEqual(decodeHdlcFrame(wire), { kind: 'ok', value: f, next: wire.length })
    }),
  )
})

test('every strict prefix of a frame asks for more, never for more than is missing', () => {
  fc.assert(
    fc.property(frame, fc.nat(), (f, cut) => {
      const wire = encodeHdlcFrame(f)
      const length = cut % wire.length
      const parsed = decodeHdlcFrame(wire.subarray(0, length))
      assert.equal(parsed.kind, 'more')
      if (parsed.kind === 'more') assert.ok(parsed.need >= 1 && parsed.need <= wire.length - length)
    }),
  )
})

test('one flipped bit is malformed, or a longer length with an intact header is not possible', () => {
  fc.assert(
    fc.property(frame, fc.nat(), (f, position) => {
      const wire = encodeHdlcFrame(f)
      const bit = position % (wire.length * 8)
      wire[bit >> 3] = (wire[bit >> 3] as number) ^ (1 << (bit & 7))
      const parsed = decodeHdlcFrame(wire)
      // Frames without information have no HCS: a flipped length bit can only ask for more octets.
      if (f.information.length > 0) assert.equal(parsed.kind, 'malformed')
      else assert.notEqual(parsed.kind, 'ok')
    }),
  )
})

test('any chunking gives the same frames, with shared, single and idle flags', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(frame, fc.integer({ min: 0, max: 3 })), { maxLength: 5 }),
      chunkSizes,
      (items, sizes) => {
        const parts = items.map(([f, flags]) => {
          const wire = encodeHdlcFrame(f)
          // No extra flag: the opening flag is the closing flag of the frame before.
          return flags === 0 ? wire.subarray(1) : concat([new Uint8Array(flags - 1).fill(0x7e), wire])
        })
        const stream = concat([new Uint8Array([0x7e]), ...parts])
        const events = pushInChunks(new HdlcReader(), stream, sizes)
        assert.deepEqual(
          events.map((event) => event.kind === 'frame' && event.frame),
          items.map(([f]) => f),
        )
      },
    ),
  )
})

test('any chunking of corrupted streams gives the same events, and good frames afterwards arrive', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 3 }),
      fc.array(octet, { maxLength: 30 }),
      frame,
      chunkSizes,
      (before, noise, after, sizes) => {
        const stream = concat([...before.map(encodeHdlcFrame), new Uint8Array(noise), encodeHdlcFrame(after)])
        assert.deepEqual(pushInChunks(new HdlcReader(), stream, sizes), new HdlcReader().push(stream))
      },
    ),
  )
})

test('after octets that are no frame the next frame is found', () => {
  const good = encodeHdlcFrame({
    destination: { size: 1, upper: 16 },
    source: { size: 1, upper: 1 },
    control: { kind: 'ui', pf: false },
    segmented: false,
    information: new Uint8Array([0x7e, 0x7e, 0xa0]),
  })
  const events = new HdlcReader().push(concat([new Uint8Array([1, 2, 3, 0x7e, 0xa0, 0x09, 0x21]), good]))
  assert.equal(events[0]?.kind, 'malformed')
  assert.equal(events.at(-1)?.kind, 'frame')
})

test('arbitrary octets never leave more than one frame in the reader', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(octet, { maxLength: 400 }), { maxLength: 12 }),
      fc.boolean(),
      (chunks, stuffed) => {
        const reader = new HdlcReader({ octetStuffing: stuffed })
        for (const chunk of chunks) reader.push(new Uint8Array(chunk))
        assert.ok(reader.buffered <= 4096)
      },
    ),
  )
})

test('stuffed frames are unstuffed, in one piece and in chunks', () => {
  fc.assert(
    fc.property(frame, chunkSizes, (f, sizes) => {
      const wire = encodeHdlcFrame(f)
      const stuffed = stuff(wire)
      const plain = unstuff(stuffed)
      if (stuffed.length === wire.length) assert.equal(plain, undefined)
      else assert.deepEqual(plain, { frame: wire, next: stuffed.length })
      const events = pushInChunks(new HdlcReader({ octetStuffing: true }), stuffed, sizes)
      assert.deepEqual(
        events.map((event) => event.kind === 'frame' && event.frame),
        [f],
      )
    }),
  )
})

test('segments join in order', () => {
  fc.assert(
    fc.property(
      address,
      address,
      fc.array(information, { minLength: 1, maxLength: 12 }),
      (to, from, parts) => {
        const reassembler = new HdlcReassembler()
        let joined: Uint8Array | undefined
        parts.forEach((part, i) => {
          const result = reassembler.push({
            destination: to,
            source: from,
            control: { kind: 'i', ns: i % 8, nr: 0, pf: false },
            segmented: i < parts.length - 1,
            information: part,
          })
          assert.equal(result.kind, i < parts.length - 1 ? 'more' : 'ok')
          if (result.kind === 'ok') joined = result.information
        })
        assert.deepEqual(joined, concat(parts))
      },
    ),
  )
})

test('a lost segment and too many segments are errors', () => {
  const part = (ns: number): HdlcFrame => ({
    destination: { size: 1, upper: 1 },
    source: { size: 1, upper: 16 },
    control: { kind: 'i', ns, nr: 0, pf: false },
    segmented: true,
    information: new Uint8Array(100),
  })
  const lost = new HdlcReassembler()
  lost.push(part(0))
  const gap = lost.push(part(2))
  assert.equal(gap.kind === 'malformed' && gap.error.code, 'segment-sequence')
  const bounded = new HdlcReassembler(250)
  const results = [0, 1, 2].map((ns) => bounded.push(part(ns)).kind)
  assert.deepEqual(results, ['more', 'more', 'malformed'])
})
