// Sessions over HDLC, both sides against each other: what arrives on a good line, and what each fault on a bad
// one leads to. The clock is the test's: it runs to the next deadline when nobody has anything to say.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { data } from '../axdr/data.ts'
import { toHex } from '../bytes.ts'
import { decodeHdlcFrame } from '../hdlc/index.ts'
import {
  energy,
  filledModel,
  MemoryModel,
  name,
  type Pair,
  type PairOptions,
  pair,
  profile,
  profileRows,
} from './harness.test.ts'
import type { ClientHdlcOptions, ServerHdlcOptions } from './lower/index.ts'
import type { SessionEvent } from './types.ts'

type HdlcPair = PairOptions & {
  readonly clientHdlc?: ClientHdlcOptions
  readonly serverHdlc?: ServerHdlcOptions
}

function hdlcPair(options: HdlcPair = {}): Pair {
  return pair({
    ...options,
    client: { transport: 'hdlc', hdlc: options.clientHdlc ?? {}, ...options.client },
    server: { transport: 'hdlc', hdlc: options.serverHdlc ?? {}, ...options.server },
  })
}

const unciphered: HdlcPair = {
  association: { mechanism: 'low', policy: 'none', password: 'Gurux' },
  client: { authentication: { mechanism: 'low', password: 'Gurux' }, security: undefined },
}

/** What the line does with the frame of a number, counted over both directions. */
type Line = (frame: Uint8Array, index: number) => Uint8Array[]
const goodLine: Line = (frame) => [frame]

/** Lets both talk until neither has anything to say nor to wait for; returns how many frames the line saw. */
function talk(both: Pair, line: Line = goodLine, from = 0, untilServerIdle = false): number {
  let index = from
  for (let round = 0; round < 20_000; round++) {
    const up = both.client.takeOutput()
    for (const frame of up) for (const part of line(frame, index++)) both.server.receive(part, both.now)
    const down = both.server.takeOutput()
    for (const frame of down) for (const part of line(frame, index++)) both.client.receive(part, both.now)
    both.clientEvents.push(...both.client.takeEvents())
    both.serverEvents.push(...both.server.takeEvents())
    if (up.length + down.length > 0) continue
    const deadline = both.client.nextDeadline() ?? (untilServerIdle ? both.server.nextDeadline() : undefined)
    if (deadline === undefined) return index
    assert.ok(deadline < 10_000_000, 'bounded time')
    both.now = Math.max(both.now, deadline)
    both.client.tick(both.now)
    both.server.tick(both.now)
  }
  assert.fail('the two never came to rest')
}

const kinds = (events: readonly SessionEvent[]) => events.map((event) => event.kind).join()
const wires = (event: SessionEvent | undefined) => event?.frames.map((frame) => toHex(frame.bytes)) ?? []

test('SNRM, AARQ, GET, RLRQ and DISC, with each HDLC frame in the events', () => {
  const both = hdlcPair(unciphered)
  both.client.associate(both.now)
  both.client.get(energy, both.now)
  talk(both)
  both.client.release(both.now)
  talk(both)
  assert.equal(kinds(both.clientEvents), 'associated,response,released', JSON.stringify(both.clientEvents))
  const [associated, response, released] = both.clientEvents
  assert.match(wires(associated)[0], /^7ea007030393....7e$/)
  assert.equal(associated.frames.length, 4)
  assert.equal(response.frames.length, 2)
  assert.equal(released.frames.length, 4)
  assert.ok(response.kind === 'response' && response.service === 'get')
  assert.deepEqual(response.results, [{ ok: true, data: data.u32(123456) }])
  assert.equal(both.serverEvents.map((event) => event.kind).join(), 'associated,request,released')
})

test('a link that is kept carries a second association; a closed one comes up again', () => {
  for (const release of ['rlrq', 'rlrq-and-disc', 'disc'] as const) {
    const both = hdlcPair({ ...unciphered, clientHdlc: { release } })
    for (let round = 0; round < 2; round++) {
      both.client.associate(both.now)
      both.client.get(energy, both.now)
      talk(both)
      both.client.release(both.now)
      talk(both)
    }
    const expected = 'associated,response,released'
    assert.equal(kinds(both.clientEvents), `${expected},${expected}`, release)
    const snrms = both.clientEvents.flatMap(wires).filter((hex) => /^7ea0070303(93)/.test(hex))
    assert.equal(snrms.length, release === 'rlrq' ? 1 : 2)
  }
})

test('addresses of one, two and four octets; sizes and windows are negotiated', () => {
  const cases = [
    { clientHdlc: {}, snrm: '7ea01f030393' },
    { clientHdlc: { physicalAddress: 17 }, snrm: '7ea02002230393' },
    { clientHdlc: { physicalAddress: 1000 }, snrm: '7ea02200020ed10393' },
  ]
  for (const { clientHdlc, snrm } of cases) {
    const model = filledModel()
    model.values.set(MemoryModel.key(profile), profileRows(200))
    const both = hdlcPair({
      ...unciphered,
      model,
      clientHdlc: { ...clientHdlc, windowReceive: 3, maxInfoReceive: 400, windowTransmit: 2 },
      serverHdlc: {
        windowTransmit: 7,
        maxInfoTransmit: 512,
        ...('physicalAddress' in clientHdlc && { physicalAddress: clientHdlc.physicalAddress }),
      },
      server: { maxPduSize: 1024 },
    })
    both.client.associate(both.now)
    both.client.get(profile, both.now, { raw: true })
    talk(both)
    assert.equal(kinds(both.clientEvents.filter((event) => event.kind !== 'progress')), 'associated,response')
    const frames = both.clientEvents.flatMap((event) => event.frames)
    assert.ok(toHex(frames[0].bytes).startsWith(snrm), toHex(frames[0].bytes))
    const inFrames = frames.filter((frame) => frame.direction === 'in')
    const longest = Math.max(
      ...inFrames.map(({ bytes }) => {
        const frame = decodeHdlcFrame(bytes)
        assert.ok(frame.kind === 'ok')
        return frame.value.information.length
      }),
    )
    assert.equal(longest, 400)
    const finals = inFrames.filter(({ bytes }) => {
      const frame = decodeHdlcFrame(bytes)
      return frame.kind === 'ok' && frame.value.control.kind === 'i' && !frame.value.control.pf
    })
    assert.ok(finals.length > 10, 'several frames per poll')
  }
})

test('a server on another physical address stays silent, and the link is given up in bounded time', () => {
  const both = hdlcPair({
    ...unciphered,
    clientHdlc: { physicalAddress: 17 },
    serverHdlc: { physicalAddress: 18 },
  })
  both.client.associate(both.now)
  const frames = talk(both)
  assert.equal(frames, 4)
  assert.equal(kinds(both.clientEvents), 'failed')
  const [failed] = both.clientEvents
  assert.ok(failed.kind === 'failed' && failed.error.code === 'timeout' && failed.fatal)
  assert.ok(both.now <= 1_000 + 15_000)
})

test('octets before the first flag are passed over; a push crosses an exchange', () => {
  const both = hdlcPair(unciphered)
  both.client.receive(Uint8Array.of(0x06, 0x32, 0x0d, 0x0a), both.now)
  both.client.associate(both.now)
  talk(both)
  both.client.get(energy, both.now)
  both.server.notify({ service: 'data-notification', data: data.u8(7) }, both.now)
  talk(both)
  assert.equal(kinds(both.clientEvents), 'associated,notification,response')
  assert.equal(both.clientEvents[1].frames.length, 1)
})

test('quiet for too long: the link and the association end, and a new SNRM is answered', () => {
  const both = hdlcPair({ ...unciphered, serverHdlc: { inactivityTimeoutMs: 5_000 } })
  both.client.associate(both.now)
  talk(both)
  both.now += 5_000
  both.server.tick(both.now)
  assert.equal(both.server.state, 'idle')
  both.client.get(energy, both.now)
  talk(both)
  const failed = both.clientEvents.at(-1)
  assert.ok(failed?.kind === 'failed' && failed.error.code === 'association-lost')
})

test('behind a gateway every APDU carries its prefix, and answers repeat it', () => {
  const gateway = { networkId: 2, deviceAddress: Uint8Array.of(0xca, 0xfe) }
  for (const transport of ['hdlc', 'wrapper', 'udp-wrapper'] as const) {
    const both = pair({
      ...unciphered,
      client: { ...unciphered.client, transport, gateway },
      server: { transport },
    })
    both.client.associate(both.now)
    both.client.get(energy, both.now)
    talk(both)
    assert.equal(kinds(both.clientEvents), 'associated,response')
    const hex = wires(both.clientEvents[1])
    assert.ok(hex[0].includes('e60202cafec001'), hex[0])
    assert.ok(hex[1].includes('e70202cafec401'), hex[1])
  }
})

test('a malformed datagram costs itself only', () => {
  const both = pair({
    ...unciphered,
    client: { ...unciphered.client, transport: 'udp-wrapper' },
    server: { transport: 'udp-wrapper' },
  })
  both.client.associate(both.now)
  talk(both)
  for (const bad of [Uint8Array.of(1, 2, 3), Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 9, 1)]) {
    both.server.receive(bad, both.now)
    both.client.receive(bad, both.now)
  }
  both.client.get(energy, both.now)
  talk(both)
  assert.equal(kinds(both.clientEvents), 'associated,response')
})

// Every fault at every frame of a whole session: association with HLS, segmented and block-wise GET, SET in
// blocks, ACTION, release.

type Fault = 'lost' | 'repeated' | 'late' | 'swapped' | 'truncated' | 'corrupted' | 'corrupted-length'

function faulty(kind: Fault, at: number): Line {
  let kept: Uint8Array | undefined
  return (frame, index) => {
    if (index === at) {
      switch (kind) {
        case 'lost':
          return []
        case 'repeated':
          return [frame, frame]
        case 'truncated':
          return [frame.subarray(0, Math.ceil(frame.length / 2))]
        case 'corrupted':
          return [frame.map((octet, i) => (i === frame.length - 4 ? octet ^ 0x10 : octet))]
        case 'corrupted-length':
          return [frame.map((octet, i) => (i === 2 ? octet ^ 0x40 : octet))]
        default:
          kept = frame
          return kind === 'swapped' ? [] : [frame]
      }
    }
    if (!kept) return [frame]
    const held = kept
    // 'swapped': behind the frame that follows, in whichever direction; 'late': once more, five frames later.
    if (kind === 'swapped' || index === at + 5) {
      kept = undefined
      return [frame, held]
    }
    return [frame]
  }
}

const bigName = data.octets(Uint8Array.from({ length: 700 }, (_, i) => i & 0xff))

function story(line: Line, ciphered: boolean) {
  const model = filledModel()
  model.values.set(MemoryModel.key(profile), profileRows(25))
  const both = hdlcPair({
    ...(ciphered ? {} : unciphered),
    model,
    clientHdlc: { windowReceive: 3, windowTransmit: 2 },
    serverHdlc: { windowTransmit: 3, windowReceive: 3 },
    client: { ...(ciphered ? {} : unciphered.client), maxPduSize: 600 },
    server: { maxPduSize: 400 },
  })
  both.client.associate(both.now)
  both.client.get(profile, both.now)
  both.client.set({ attribute: name, data: bigName }, both.now)
  const action = both.client.action(
    { method: { classId: 70, obis: '0.0.96.3.10.255', method: 1 }, data: data.i8(0) },
    both.now,
  )
  both.client.get(name, both.now)
  const frames = talk(both, line)
  const before = frames
  if (both.client.state === 'associated') both.client.release(both.now)
  talk(both, line, before)
  return { both, model, frames, action }
}

for (const ciphered of [false, true]) {
  const { frames, both: good } = story(goodLine, ciphered)
  assert.equal(
    kinds(good.clientEvents.filter((event) => event.kind !== 'progress')),
    'associated,response,response,response,response,released',
  )
  for (const kind of [
    'lost',
    'repeated',
    'late',
    'swapped',
    'truncated',
    'corrupted',
    'corrupted-length',
  ] as const) {
    test(`each of ${frames} frames ${kind}${ciphered ? ', ciphered' : ''}: right values or an error, the relay acts at most once`, () => {
      let perfect = 0
      for (let at = 0; at < frames + 4; at++) {
        const { both, model, action } = story(faulty(kind, at), ciphered)
        const acted = model.calls.length
        assert.ok(acted <= 1, `${kind} at ${at}: ${acted} actions`)
        const responses = both.clientEvents.filter((event) => event.kind === 'response')
        for (const response of responses) {
          assert.ok(response.results.every((result) => result.ok))
          if (response.service !== 'get') continue
          const [result] = response.results
          assert.ok(result.ok)
          if (response.requestId === 1) assert.deepEqual(result.data, profileRows(25))
          else assert.deepEqual(result.data, bigName)
        }
        if (responses.some((response) => response.requestId === action)) assert.equal(acted, 1)
        if (responses.length === 4) perfect += 1
        else {
          const failed = both.clientEvents.find((event) => event.kind === 'failed')
          assert.ok(failed, `${kind} at ${at}: ${kinds(both.clientEvents)}`)
        }
        assert.ok(both.now < 200_000)
      }
      // A single fault is what the link is there for.
      const recovers = kind !== 'swapped' && kind !== 'late'
      if (recovers) assert.equal(perfect, frames + 4)
      else assert.ok(perfect > frames / 2, `${perfect} of ${frames}`)
    })
  }
}

test('any chunking gives the same events', () => {
  const reference = story(goodLine, false).both.clientEvents.filter((event) => event.kind === 'response')
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      let turn = 0
      const chunked: Line = (frame) => {
        const parts: Uint8Array[] = []
        for (let at = 0; at < frame.length; ) {
          const size = sizes[turn++ % sizes.length]
          parts.push(frame.subarray(at, at + size))
          at += size
        }
        return parts
      }
      const { both } = story(chunked, false)
      const responses = both.clientEvents.filter((event) => event.kind === 'response')
      assert.deepEqual(
        responses.map(({ results }) => results),
        reference.map(({ results }) => results),
      )
    }),
    { numRuns: 30 },
  )
})

test('a line that loses, repeats and corrupts at random never yields a wrong value, and ends', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { minLength: 30, maxLength: 200 }), (fates) => {
      const line: Line = (frame, index) => {
        const fate = fates[index % fates.length]
        if (fate === 0) return []
        if (fate === 1) return [frame, frame]
        if (fate === 2) return [frame.map((octet, i) => (i === frame.length >> 1 ? octet ^ 1 : octet))]
        return [frame]
      }
      const { both, model } = story(line, false)
      assert.ok(model.calls.length <= 1)
      for (const event of both.clientEvents) {
        if (event.kind !== 'response' || event.service !== 'get') continue
        const [result] = event.results
        assert.ok(result.ok)
        assert.deepEqual(result.data, event.requestId === 1 ? profileRows(25) : bigName)
      }
    }),
    { numRuns: 60 },
  )
})

test('arbitrary octets and mutated frames throw nowhere and hold nothing for long', () => {
  const frames = story(goodLine, false).both.clientEvents.flatMap((event) => event.frames)
  const mutated = fc
    .record({ pick: fc.nat(frames.length - 1), at: fc.nat(), bit: fc.nat(7) })
    .map(({ pick, at, bit }) => {
      const bytes = frames[pick].bytes.slice()
      bytes[at % bytes.length] ^= 1 << bit
      return bytes
    })
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), { maxLength: 30 }),
      (chunks) => {
        const both = hdlcPair(unciphered)
        both.client.associate(both.now)
        for (const chunk of chunks) {
          both.client.receive(chunk, both.now)
          both.server.receive(chunk, both.now)
        }
        talk(both)
      },
    ),
    { numRuns: 200 },
  )
})
