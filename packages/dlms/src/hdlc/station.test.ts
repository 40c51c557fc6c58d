// The stations of an HDLC link on their own: negotiation, tables, what the other side's oddities lead to.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, toHex } from '../bytes.ts'
import type { HdlcControl } from './control.ts'
import { decodeHdlcFrame, encodeHdlcFrame, type HdlcFrame } from './frame.ts'
import { decodeHdlcParameters, encodeHdlcParameters, negotiateHdlc } from './parameters.ts'
import { HdlcPrimary, type HdlcPrimaryOptions } from './primary.ts'
import { HdlcSecondary, type HdlcSecondaryOptions } from './secondary.ts'
import type { HdlcLinkEvent } from './station.ts'

const client = { size: 1, upper: 16 } as const
const server = { size: 1, upper: 1 } as const
const text = (value: string) => new TextEncoder().encode(value)

type Told = { readonly control: HdlcControl; readonly information?: Uint8Array; readonly segmented?: boolean }

function frame(from: 'client' | 'server', { control, information, segmented }: Told): Uint8Array {
  const [source, destination] = from === 'client' ? [client, server] : [server, client]
  return encodeHdlcFrame({
    source,
    destination,
    control,
    segmented: segmented ?? false,
    information: information ?? new Uint8Array(0),
  })
}

function decoded(bytes: Uint8Array): HdlcFrame {
  const parsed = decodeHdlcFrame(bytes)
  assert.ok(parsed.kind === 'ok', toHex(bytes))
  return parsed.value
}

function bench<S extends HdlcPrimary | HdlcSecondary>(build: (out: Uint8Array[]) => S) {
  const out: Uint8Array[] = []
  const station = build(out)
  const said = () => out.splice(0).map((bytes) => decoded(bytes))
  const hear = (bytes: Uint8Array, now = 0): HdlcLinkEvent[] => {
    station.receive(bytes, now)
    const events: HdlcLinkEvent[] = []
    for (let event = station.next(now); event; event = station.next(now)) events.push(event)
    return events
  }
  return { station, said, hear }
}

const primary = (options: Partial<HdlcPrimaryOptions> = {}) =>
  bench(
    (out) =>
      new HdlcPrimary({
        client: 16,
        server,
        onWire: (direction, bytes) => direction === 'out' && out.push(bytes),
        ...options,
      }),
  )

const secondary = (options: Partial<HdlcSecondaryOptions> = {}) =>
  bench(
    (out) =>
      new HdlcSecondary({
        logical: 1,
        onWire: (direction, bytes) => direction === 'out' && out.push(bytes),
        ...options,
      }),
  )

const snrm = frame('client', { control: { kind: 'snrm', pf: true } })
const ua = frame('server', { control: { kind: 'ua', pf: true } })
const kinds = (events: readonly HdlcLinkEvent[]) => events.map((event) => event.kind).join()
const saidKinds = (frames: readonly HdlcFrame[]) => frames.map(({ control }) => control.kind).join()

test('parameters of any length are read; what is not named is the default', () => {
  assert.deepEqual(decodeHdlcParameters(fromHex('818012050180060180070400000001080400000001')), {
    maxInfoTransmit: 128,
    maxInfoReceive: 128,
    windowTransmit: 1,
    windowReceive: 1,
  })
  assert.deepEqual(decodeHdlcParameters(fromHex('818009 05020400 06020200 99')), {
    maxInfoTransmit: 1024,
    maxInfoReceive: 512,
    windowTransmit: 1,
    windowReceive: 1,
  })
  const odd = decodeHdlcParameters(fromHex('818012 070103 0805ffffffffff f003010203 0601'))
  assert.equal(odd.windowTransmit, 3)
  assert.equal(odd.windowReceive, 7)
  assert.equal(odd.maxInfoReceive, 128)
  for (const broken of ['', '81', '8180', '8180ff05', '00112233']) decodeHdlcParameters(fromHex(broken))
  const own = { maxInfoTransmit: 2030, maxInfoReceive: 256, windowTransmit: 7, windowReceive: 3 }
  assert.deepEqual(decodeHdlcParameters(encodeHdlcParameters(own)), own)
  const peer = { maxInfoTransmit: 100, maxInfoReceive: 512, windowTransmit: 2, windowReceive: 4 }
  assert.deepEqual(negotiateHdlc(own, peer), {
    maxInfoTransmit: 512,
    maxInfoReceive: 100,
    windowTransmit: 4,
    windowReceive: 2,
  })
})

test('an I frame that comes twice is taken once and answered twice', () => {
  const { station, said, hear } = secondary()
  assert.equal(kinds(hear(snrm)), 'connected')
  said()
  const request = frame('client', {
    control: { kind: 'i', ns: 0, nr: 0, pf: true },
    information: text('act'),
  })
  station.receive(request, 0)
  assert.equal(station.next(0)?.kind, 'progress')
  assert.equal(station.next(0)?.kind, 'sdu')
  station.send(text('done'), 0)
  const [first] = said()
  assert.equal(kinds(hear(request)), '')
  assert.deepEqual(said(), [first])
})

test('a poll asks for the frame that was lost, and for that one only', () => {
  const { station, said, hear } = secondary({ windowTransmit: 3, maxInfoTransmit: 4 })
  hear(
    frame('client', {
      control: { kind: 'snrm', pf: true },
      information: encodeHdlcParameters({
        maxInfoTransmit: 128,
        maxInfoReceive: 128,
        windowTransmit: 1,
        windowReceive: 3,
      }),
    }),
  )
  station.send(text('abcdefghijklmnop'), 0)
  said()
  const rr = (nr: number) => frame('client', { control: { kind: 'rr', nr, pf: true } })
  hear(rr(0))
  assert.equal(
    said()
      .map(({ information }) => new TextDecoder().decode(information))
      .join(),
    'abcd,efgh,ijkl',
  )
  hear(rr(1))
  assert.equal(
    said()
      .map(({ information }) => new TextDecoder().decode(information))
      .join(),
    'efgh,ijkl,mnop',
  )
  hear(rr(4))
  assert.equal(saidKinds(said()), 'rr')
})

test('a server that is disconnected says so; a SNRM of another client ends the link before', () => {
  const { said, hear } = secondary()
  hear(frame('client', { control: { kind: 'rr', nr: 0, pf: true } }))
  hear(frame('client', { control: { kind: 'disc', pf: true } }))
  assert.equal(saidKinds(said()), 'dm,dm')
  hear(snrm)
  const other = encodeHdlcFrame({ ...decoded(snrm), source: { size: 1, upper: 1 } })
  const events = hear(other)
  assert.equal(kinds(events), 'disconnected,connected')
  said()
  hear(frame('client', { control: { kind: 'rr', nr: 0, pf: true } }))
  assert.equal(saidKinds(said()), 'dm')
})

test('an N(R) that acknowledges what was never sent is rejected until the link is set up anew', () => {
  const { said, hear } = secondary()
  hear(snrm)
  said()
  hear(frame('client', { control: { kind: 'rr', nr: 5, pf: true } }))
  const [frmr] = said()
  assert.equal(frmr?.control.kind, 'frmr')
  assert.equal(toHex(frmr?.information ?? new Uint8Array(0)), 'b10008')
  hear(frame('client', { control: { kind: 'rr', nr: 0, pf: true } }))
  assert.equal(saidKinds(said()), 'frmr')
  hear(snrm)
  assert.equal(saidKinds(said()), 'ua')
})

test('broadcasts bring UI frames and are never answered; no-station is nobody', () => {
  const { said, hear } = secondary({ physical: 17 })
  const to = (destination: HdlcFrame['destination'], control: HdlcControl) =>
    hear(encodeHdlcFrame({ source: client, destination, control, segmented: false, information: text('x') }))
  assert.equal(kinds(to({ size: 2, upper: 1, lower: 0x7f }, { kind: 'ui', pf: false })), 'sdu')
  assert.equal(kinds(to({ size: 4, upper: 0x3fff, lower: 0x3fff }, { kind: 'ui', pf: false })), 'sdu')
  assert.equal(kinds(to({ size: 2, upper: 1, lower: 0x7f }, { kind: 'snrm', pf: true })), '')
  assert.equal(kinds(to({ size: 2, upper: 0, lower: 0 }, { kind: 'ui', pf: false })), '')
  assert.equal(kinds(to({ size: 2, upper: 1, lower: 18 }, { kind: 'snrm', pf: true })), '')
  assert.deepEqual(said(), [])
  assert.equal(kinds(to({ size: 2, upper: 1, lower: 17 }, { kind: 'snrm', pf: true })), 'connected')
})

test('RNR holds the client back, and it asks until the server is ready', () => {
  const { station, said, hear } = primary()
  station.connect(0)
  hear(ua)
  station.send(text('ask'), 0)
  said()
  hear(frame('server', { control: { kind: 'rnr', nr: 0, pf: true } }))
  assert.deepEqual(said(), [])
  station.tick(station.nextDeadline() ?? 0)
  assert.equal(saidKinds(said()), 'rr')
  hear(frame('server', { control: { kind: 'rr', nr: 0, pf: true } }))
  assert.equal(saidKinds(said()), 'i')
})

test('REJ has the frames sent anew; a server without an answer yet is polled later', () => {
  const { station, said, hear } = primary()
  station.connect(0)
  hear(ua)
  station.send(text('ask'), 0)
  said()
  hear(frame('server', { control: { kind: 'rej', nr: 0, pf: true } }))
  assert.equal(saidKinds(said()), 'i')
  hear(frame('server', { control: { kind: 'rr', nr: 1, pf: true } }))
  assert.deepEqual(said(), [])
  assert.equal(station.nextDeadline(), 100)
  station.tick(100)
  assert.equal(saidKinds(said()), 'rr')
})

test('a frame is lost as often as there are repetitions, polls being answered, and the link stands', () => {
  const { station, said, hear } = primary({ retries: 3, responseTimeoutMs: 10 })
  station.connect(0)
  hear(ua)
  assert.ok(station.send(text('request'), 0))
  said()
  let now = 0
  for (let loss = 0; loss < 3; loss++) {
    now += 10
    station.tick(now)
    assert.equal(saidKinds(said()), 'rr')
    assert.equal(kinds(hear(frame('server', { control: { kind: 'rr', nr: 0, pf: true } }), now)), '')
    assert.equal(saidKinds(said()), 'i')
  }
  const answer = frame('server', {
    control: { kind: 'i', ns: 0, nr: 1, pf: true },
    information: text('answer'),
  })
  assert.equal(kinds(hear(answer, now)), 'progress,sdu')
  // A server that answers each poll and takes nothing is given up too. The first answer is to the poll for more.
  assert.ok(station.send(text('again'), now))
  said()
  const deaf = frame('server', { control: { kind: 'rr', nr: 1, pf: true } })
  assert.equal([0, 1, 2, 3, 4].map(() => kinds(hear(deaf, now))).join(''), 'disconnected')
})

test('DM refuses, FRMR ends, silence is given up after the repetitions', () => {
  const refused = primary()
  refused.station.connect(0)
  const dm = frame('server', { control: { kind: 'dm', pf: true } })
  assert.deepEqual(refused.hear(dm), [{ kind: 'disconnected', reason: 'refused' }])
  const rejected = primary()
  rejected.station.connect(0)
  rejected.hear(ua)
  const frmr = frame('server', { control: { kind: 'frmr', pf: true }, information: Uint8Array.of(1, 2, 3) })
  assert.deepEqual(rejected.hear(frmr), [{ kind: 'disconnected', reason: 'rejected' }])
  for (const recovery of ['poll', 'repeat'] as const) {
    const silent = primary({ retries: 2, recovery })
    silent.station.connect(0)
    silent.hear(ua)
    silent.station.send(text('ask'), 0)
    let now = 0
    for (let i = 0; i < 3; i++) {
      now = silent.station.nextDeadline() ?? assert.fail()
      silent.station.tick(now)
    }
    assert.equal(now, 9_000)
    assert.equal(saidKinds(silent.said()), recovery === 'poll' ? 'snrm,i,rr,rr' : 'snrm,i,i,i')
    assert.deepEqual(silent.hear(new Uint8Array(0)), [{ kind: 'disconnected', reason: 'no-answer' }])
    assert.equal(silent.station.nextDeadline(), undefined)
  }
})

test('a frame cut short does not swallow the one behind it', () => {
  const { said, hear } = secondary()
  hear(snrm)
  said()
  const long = frame('client', {
    control: { kind: 'i', ns: 0, nr: 0, pf: true },
    information: new Uint8Array(120),
  })
  hear(long.subarray(0, 60))
  hear(frame('client', { control: { kind: 'rr', nr: 0, pf: true } }))
  assert.equal(saidKinds(said()), 'rr')
  hear(long.subarray(0, 60), 10)
  // Half a frame, then quiet: its rest is not waited for.
  hear(Uint8Array.of(0x7e), 5_000)
  hear(long.subarray(1), 5_000)
  assert.equal(saidKinds(said()), 'rr')
})
