import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../bytes.ts'
import { encodeWrapperFrame } from '../wrapper/index.ts'
import { type CaptureFrame, readCapture, writeCapture } from './index.ts'

const frame = fc.record({
  direction: fc.constantFrom('sent' as const, 'received' as const),
  at: fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 4000 }),
})

/** Ones' complement sum over 16-bit words, carried at the end: FFFF when a checksum in it is right. */
function onesSum(...parts: Uint8Array[]): number {
  const all = parts.flatMap((part) => [...part, ...(part.length % 2 ? [0] : [])])
  let sum = 0
  for (let i = 0; i < all.length; i += 2) {
    sum += (all[i] as number) * 256 + (all[i + 1] as number)
    if (sum > 0xffff) sum -= 0xffff
  }
  return sum
}

/** The file read by its definition, apart from `readCapture`. */
function packetsOf(file: Uint8Array) {
  const view = new DataView(file.buffer)
  assert.equal(view.getUint32(0), 0xa1b23c4d)
  assert.deepEqual([view.getUint16(4), view.getUint16(6), view.getUint32(20)], [2, 4, 1])
  const packets = []
  for (let at = 24; at < file.length; ) {
    const length = view.getUint32(at + 8)
    assert.equal(length, view.getUint32(at + 12))
    const bytes = file.slice(at + 16, at + 16 + length)
    assert.equal(bytes.length, length)
    packets.push({ at: view.getUint32(at) * 1000 + view.getUint32(at + 4) / 1e6, ip: bytes.slice(14) })
    assert.deepEqual([...bytes.slice(12, 14)], [8, 0])
    at += 16 + length
  }
  for (const { ip } of packets) {
    assert.equal(onesSum(ip.slice(0, 20)), 0xffff)
    const transport = ip.slice(20)
    assert.equal(ip.length, (ip[2] as number) * 256 + (ip[3] as number))
    const pseudo = Uint8Array.of(
      ...ip.slice(12, 20),
      0,
      ip[9] as number,
      transport.length >> 8,
      transport.length & 255,
    )
    assert.equal(onesSum(pseudo, transport), 0xffff)
  }
  return packets
}

test('TCP streams hold every octet in order, with sequence numbers and checksums that fit', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
      const packets = packetsOf(writeCapture(frames))
      const next: Record<string, number> = {}
      const streams: Record<string, number[]> = { sent: [], received: [] }
      for (const { ip } of packets) {
        const tcp = new DataView(ip.buffer, 20)
        const sent = tcp.getUint16(2) === 4059
        const [mine, other] = sent ? ['sent', 'received'] : ['received', 'sent']
        const control = tcp.getUint8(13)
        const payload = [...ip.slice(40)]
        if (next[mine as string] !== undefined) assert.equal(tcp.getUint32(4), next[mine as string])
        if (control & 0x10) assert.equal(tcp.getUint32(8), next[other as string])
        next[mine as string] = tcp.getUint32(4) + payload.length + (control & 3 ? 1 : 0)
        streams[mine as string]?.push(...payload)
      }
      for (const direction of ['sent', 'received']) {
        const all = frames.filter((each) => each.direction === direction).flatMap((each) => [...each.bytes])
        assert.deepEqual(streams[direction], all)
      }
      const control = packets.map(({ ip }) => (ip[33] as number) & 0x03)
      assert.deepEqual([control[0], control[1], control.at(-3), control.at(-2)], [2, 2, 1, 1])
    }),
    { numRuns: 60 },
  )
})

test('each UDP datagram is one frame, at its time', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
      const packets = packetsOf(writeCapture(frames, { transport: 'udp' }))
      assert.deepEqual(
        packets.map(({ at, ip }) => [at, toHex(ip.slice(28))]),
        frames.map(({ at, bytes }) => [at, toHex(bytes)]),
      )
    }),
    { numRuns: 60 },
  )
})

test('addresses and ports are those given', () => {
  const bytes = encodeWrapperFrame({ source: 16, destination: 1, payload: Uint8Array.of(1, 2) })
  const file = writeCapture([{ direction: 'received', at: 0, bytes }], {
    transport: 'udp',
    client: { address: '10.0.0.9', port: 5000 },
    meter: { address: '10.1.2.3' },
  })
  const parsed = readCapture(file)
  assert.deepEqual(
    parsed.kind === 'ok' && parsed.value.map(({ from, to, transport }) => [from, to, transport]),
    [['10.1.2.3:4059', '10.0.0.9:5000', 'udp']],
  )
  assert.throws(() => writeCapture([], { client: { address: '300.1.1.1' } }), /IPv4/)
})

const joined = (frames: readonly CaptureFrame[], direction: string) =>
  toHex(
    new Uint8Array(frames.filter((each) => each.direction === direction).flatMap((each) => [...each.bytes])),
  )

test('what is written is read back; repeated segments are left out', () => {
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 6 }), (frames) => {
      const file = writeCapture(frames)
      const parsed = readCapture(file)
      assert.equal(parsed.kind, 'ok')
      if (parsed.kind !== 'ok') return
      const back = parsed.value.map(
        ({ destinationPort, at, bytes }): CaptureFrame => ({
          direction: destinationPort === 4059 ? 'sent' : 'received',
          at,
          bytes,
        }),
      )
      for (const direction of ['sent', 'received'])
        assert.equal(joined(back, direction), joined(frames, direction))
      // The records after the header once more, as a network repeats them.
      const twice = readCapture(new Uint8Array([...file, ...file.subarray(24)]))
      assert.equal(twice.kind === 'ok' && twice.value.length, parsed.value.length)
    }),
    { numRuns: 40 },
  )
})

test('pcapng, as other tools write it', () => {
  const [packet] = packetsOf(
    writeCapture([{ direction: 'sent', at: 0, bytes: Uint8Array.of(9, 8, 7) }], { transport: 'udp' }),
  )
  const ip = packet?.ip ?? assert.fail()
  const u32 = (value: number) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]
  const padded = [...ip, ...Array((4 - (ip.length % 4)) % 4).fill(0)]
  const block = (type: number, body: number[]) => [
    ...u32(type),
    ...u32(body.length + 12),
    ...body,
    ...u32(body.length + 12),
  ]
  const ticks = 1_700_000_000_123_456n
  const file = new Uint8Array([
    ...block(0x0a0d0d0a, [...u32(0x1a2b3c4d), 1, 0, 0, 0, ...Array(8).fill(255)]),
    ...block(1, [101, 0, 0, 0, ...u32(0)]),
    ...block(6, [
      ...u32(0),
      ...u32(Number(ticks >> 32n)),
      ...u32(Number(ticks & 0xffffffffn)),
      ...u32(ip.length),
      ...u32(ip.length),
      ...padded,
    ]),
  ])
  const parsed = readCapture(file)
  assert.equal(parsed.kind, 'ok')
  if (parsed.kind !== 'ok') return
  assert.equal(parsed.value.length, 1)
  assert.deepEqual([...(parsed.value[0]?.bytes ?? [])], [9, 8, 7])
  assert.equal(Math.floor(parsed.value[0]?.at ?? 0), 1_700_000_000_123)
})

test('arbitrary and mutated files are read or refused, never thrown on', () => {
  const whole = fc.array(frame, { maxLength: 3 }).map((frames) => writeCapture(frames))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), whole), fc.array(fc.nat()), (file, places) => {
      for (const place of places) if (file.length > 0) file[place % file.length] ^= (place >> 3) & 0xff
      const parsed = readCapture(file)
      assert.ok(['ok', 'more', 'malformed'].includes(parsed.kind))
    }),
  )
})
