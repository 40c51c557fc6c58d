import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeWrapperFrame, encodeWrapperFrame, type WrapperFrame, WrapperReader } from './index.ts'

const port = fc.integer({ min: 0, max: 0xffff })
const frame = fc.record(
  { source: port, destination: port, payload: fc.uint8Array({ minLength: 1, maxLength: 600 }) },
  { noNullPrototype: true },
)

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((p) => [...p]))
}

function pushInChunks(reader: WrapperReader, bytes: Uint8Array, sizes: readonly number[]) {
  const events = []
  let at = 0
  let i = 0
  while (at < bytes.length) {
    const size = sizes.length ? (sizes[i++ % sizes.length] as number) : bytes.length
    events.push(...reader.push(bytes.subarray(at, at + size)))
    at += size
  }
  return events
}

test('a frame decodes to what was encoded', () => {
  fc.assert(
    fc.property(frame, (f) => {
      const wire = encodeWrapperFrame(f)
      assert.deepEqual(decodeWrapperFrame(wire), { kind: 'ok', value: f, next: wire.length })
    }),
  )
})

test('a prefix of a frame asks for more and never for more than is missing', () => {
  fc.assert(
    fc.property(frame, fc.nat(), (f, cut) => {
      const wire = encodeWrapperFrame(f)
      const prefix = wire.subarray(0, cut % wire.length)
      const parsed = decodeWrapperFrame(prefix)
      assert.equal(parsed.kind, 'more')
      if (parsed.kind === 'more') assert.ok(parsed.need >= 1 && parsed.need <= wire.length - prefix.length)
    }),
  )
})

test('any chunking gives the same frames', () => {
  const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), chunkSizes, (frames, sizes) => {
      const events = pushInChunks(new WrapperReader(), concat(frames.map(encodeWrapperFrame)), sizes)
      const seen: WrapperFrame[] = events.flatMap((e) => (e.kind === 'frame' ? [e.frame] : []))
      assert.equal(seen.length, events.length)
      assert.deepEqual(seen, frames)
    }),
  )
})

test('any chunking of corrupted bytes gives the same frames and the same error', () => {
  const chunkSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 3 }),
      fc.uint8Array({ maxLength: 40 }),
      chunkSizes,
      (fs, tail, sizes) => {
        const bytes = concat([...fs.map(encodeWrapperFrame), tail])
        const whole = new WrapperReader().push(bytes)
        const cut = pushInChunks(new WrapperReader(), bytes, sizes)
        const firstError = cut.findIndex((e) => e.kind === 'malformed')
        assert.deepEqual(firstError < 0 ? cut : cut.slice(0, firstError + 1), whole)
      },
    ),
  )
})

test('a wrong version is malformed from its first byte, with the offset in the stream', () => {
  const reader = new WrapperReader()
  const good = encodeWrapperFrame({ source: 1, destination: 16, payload: new Uint8Array([0xc4]) })
  assert.equal(reader.push(good).length, 1)
  const [event] = reader.push(new Uint8Array([0x7e]))
  assert.equal(event?.kind, 'malformed')
  if (event?.kind === 'malformed') assert.equal(event.error.offset, good.length)
  assert.equal(reader.push(good)[0]?.kind, 'malformed')
})

test('a length over the limit is refused from the header, not waited for', () => {
  const reader = new WrapperReader(1024)
  const [event] = reader.push(new Uint8Array([0, 1, 0, 1, 0, 16, 0x04, 0x01]))
  assert.equal(event?.kind, 'malformed')
  if (event?.kind === 'malformed') assert.deepEqual([event.error.code, event.error.offset], ['too-large', 6])
  assert.equal(reader.buffered, 0)
})
