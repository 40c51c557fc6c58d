// Recorded HDLC sessions between two other implementations (conformance/sessions): our stations are put in the
// place of either recorded one, with the recorded APDUs above them, and say byte for byte what was recorded.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import { fromHex, toHex } from '../bytes.ts'
import { decodeHdlcFrame, type HdlcFrame, HdlcPrimary, HdlcSecondary } from '../hdlc/index.ts'
import { MemoryModel, nodeCrypto } from './harness.test.ts'
import { createServerSession } from './index.ts'

type Line = { readonly direction: 'C>S' | 'S>C'; readonly bytes: Uint8Array; readonly frame: HdlcFrame }

function recording(name: string): Line[] {
  const url = new URL(`../../../../conformance/sessions/${name}.hex`, import.meta.url)
  return readFileSync(url, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /(C>S|S>C)\s+\d+ ([0-9a-f]+)$/.exec(line.trim())
      if (!match) return []
      const bytes = fromHex(match[2] as string)
      const frame = decodeHdlcFrame(bytes)
      assert.ok(frame.kind === 'ok' && frame.next === bytes.length)
      return [{ direction: match[1] as Line['direction'], bytes, frame: frame.value }]
    })
}

/** Whole information fields that one side sent in I frames, each at the index of its last frame. */
function sdus(lines: readonly Line[], direction: Line['direction']): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  let parts: Uint8Array[] = []
  lines.forEach((line, index) => {
    if (line.direction !== direction || line.frame.control.kind !== 'i') return
    parts.push(line.frame.information)
    if (line.frame.segmented) return
    found.set(index, new Uint8Array(Buffer.concat(parts)))
    parts = []
  })
  return found
}

function control(wire: Uint8Array): string {
  const frame = decodeHdlcFrame(wire)
  assert.ok(frame.kind === 'ok', toHex(wire))
  return frame.value.control.kind
}

/** Cuts a recording at its SNRMs: one link each. */
function links(lines: readonly Line[]): Line[][] {
  const cut: Line[][] = []
  for (const line of lines) {
    if (line.frame.control.kind === 'snrm') cut.push([])
    cut.at(-1)?.push(line)
  }
  return cut
}

for (const name of ['guruxC__hdlc__low__dlmscosem', 'guruxC__hdlc__gmac__guruxJava']) {
  test(`${name}: our client station says what the recorded one said`, () => {
    for (const lines of links(recording(name))) {
      const out: Uint8Array[] = []
      const said = lines[0] as Line
      const primary = new HdlcPrimary({
        client: said.frame.source.upper,
        server: said.frame.destination,
        onWire: (direction, bytes) => direction === 'out' && out.push(bytes),
      })
      const asked = [...sdus(lines, 'C>S').values()]
      const answers = [...sdus(lines, 'S>C').values()]
      const heard: Uint8Array[] = []
      primary.connect(0)
      for (const line of lines) {
        if (line.direction === 'S>C') {
          primary.receive(line.bytes, 0)
          for (let event = primary.next(0); event; event = primary.next(0)) {
            if (event.kind === 'sdu') {
              heard.push(event.information)
              primary.expect(false)
            }
          }
          continue
        }
        if (out.length === 0) {
          if (line.frame.control.kind === 'disc') primary.disconnect(0)
          else primary.send(asked.shift() ?? assert.fail('nothing left to ask'), 0)
        }
        assert.equal(toHex(out.shift() ?? new Uint8Array(0)), toHex(line.bytes))
      }
      assert.deepEqual(
        heard.map((bytes) => toHex(bytes)),
        answers.map((bytes) => toHex(bytes)),
      )
      assert.equal(out.length, 0)
      const last = lines.at(-2)?.frame.control.kind
      assert.equal(primary.state, last === 'disc' ? 'disconnected' : 'connected')
    }
  })

  test(`${name}: our server station takes the recorded client and says what the recorded server said`, () => {
    const lines = recording(name)
    // The recorded server offers 128 octets and cuts long answers at 125.
    const cut = name.includes('gmac') ? 125 : 128
    const out: Uint8Array[] = []
    const secondary = new HdlcSecondary({
      logical: 1,
      maxInfoTransmit: cut,
      onWire: (direction, bytes) => direction === 'out' && out.push(bytes),
    })
    const answers = [...sdus(lines, 'S>C').values()]
    const asked = [...sdus(lines, 'C>S').values()]
    const heard: Uint8Array[] = []
    let acknowledged = ''
    for (const line of lines) {
      if (line.direction === 'C>S') {
        acknowledged = line.frame.control.kind
        secondary.receive(line.bytes, 0)
        for (let event = secondary.next(0); event; event = secondary.next(0)) {
          if (event.kind !== 'sdu') continue
          heard.push(event.information)
          secondary.send(answers.shift() ?? assert.fail('nothing left to answer'), 0)
        }
      } else {
        const spoken = out.shift() ?? new Uint8Array(0)
        // The recorded server repeats its parameters in the UA to a DISC; ours answers what it cuts at.
        const told = acknowledged === 'disc' || (acknowledged === 'snrm' && cut !== 128)
        if (told) assert.equal(control(spoken), 'ua')
        else assert.equal(toHex(spoken), toHex(line.bytes))
      }
    }
    assert.equal(out.length, 0)
    assert.deepEqual(
      heard.map((bytes) => toHex(bytes)),
      asked.map((bytes) => toHex(bytes)),
    )
  })
}

test('our server session answers the recorded low-level client, association to range read', () => {
  const lines = recording('guruxC__hdlc__low__dlmscosem')
  const model = new MemoryModel()
  model.values.set('8/0.0.1.0.0.255/2', data.octets(new Uint8Array(12)))
  model.values.set('7/1.0.99.1.0.255/3', data.array())
  model.values.set('7/1.0.99.1.0.255/2', data.array())
  const server = createServerSession({
    transport: 'hdlc',
    associations: [
      {
        clientAddress: lines[0]?.frame.source.upper ?? 0,
        mechanism: 'low',
        password: 'Gurux',
        policy: 'none',
      },
    ],
    crypto: nodeCrypto,
    model,
  })
  for (const line of lines) if (line.direction === 'C>S') server.receive(line.bytes, 0)
  const events = server.takeEvents()
  assert.deepEqual(
    events.map((event) => event.kind),
    ['associated', 'request', 'request', 'request'],
    JSON.stringify(events.filter((event) => 'error' in event)),
  )
  assert.equal(server.takeOutput().length, 5)
})
