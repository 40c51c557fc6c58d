// Exchanges between our sessions and an implementation written from the standard alone, in another language, by
// reading nothing of this package (conformance/sessions/independent-*.hex): each of ours in its place again.
// What we send has to be the same octet for octet, signatures excepted, which differ each time.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex, toHex } from '../bytes.ts'
import { clientOf, type Description, outcome, perform, serverOf } from './independentPeer.test.ts'

type Line = { readonly direction: 'C>S' | 'S>C'; readonly bytes: Uint8Array }
type Recording = {
  readonly name: string
  readonly description: Description
  readonly outcomes: readonly string[]
  readonly lines: readonly Line[]
}

const folder = new URL('../../../../conformance/sessions/', import.meta.url)

function recording(name: string): Recording {
  const text = readFileSync(new URL(name, folder), 'utf8').split('\n')
  const described = text.filter((line) => line.startsWith('# ')).map((line) => line.slice(2))
  const lines = text.flatMap((line) => {
    const match = /^(C>S|S>C)\s+\d+ ([0-9a-f]+)$/.exec(line)
    return match ? [{ direction: match[1] as Line['direction'], bytes: fromHex(match[2] as string) }] : []
  })
  const outcomes = text.filter((line) => line.startsWith('= ')).map((line) => line.slice(2))
  return { name, description: JSON.parse(described[0] ?? '{}'), outcomes, lines }
}

const recordings = readdirSync(folder)
  .filter((name) => name.startsWith('independent-'))
  .sort()
  .map(recording)

const now = 1_000

/** What ours sent against what it sent then. */
function compare(sent: readonly Uint8Array[], { description, lines }: Recording): void {
  const own = description.ours === 'client' ? 'C>S' : 'S>C'
  const recorded = lines.filter(({ direction }) => direction === own).map(({ bytes }) => bytes)
  assert.equal(sent.length, recorded.length, 'as many frames')
  for (const [index, bytes] of sent.entries()) {
    const then = recorded[index] as Uint8Array
    if (description.randomised) assert.equal(bytes.length, then.length, `length of frame ${index}`)
    else assert.equal(toHex(bytes), toHex(then), `frame ${index}`)
  }
}

function replayServer(played: Recording): void {
  const server = serverOf(played.description)
  const sent: Uint8Array[] = []
  const kinds: string[] = []
  for (const { direction, bytes } of played.lines) {
    if (direction === 'S>C') continue
    server.receive(bytes, now)
    sent.push(...server.takeOutput())
    for (const event of server.takeEvents()) {
      kinds.push(event.kind)
      assert.ok(event.kind !== 'failed' && event.kind !== 'rejected', JSON.stringify(event))
    }
  }
  assert.equal(kinds[0], 'associated')
  assert.equal(kinds.at(-1), 'released')
  compare(sent, played)
}

function replayClient(played: Recording): void {
  const { description, lines, outcomes } = played
  const client = clientOf(description)
  const script = [...(description.script ?? [])]
  const sent: Uint8Array[] = []
  const reached: string[] = []
  let clock = now
  client.associate(clock)
  const settle = () => {
    sent.push(...client.takeOutput())
    for (const event of client.takeEvents()) {
      if (event.kind === 'progress') continue
      reached.push(outcome(event))
      const step = script.shift()
      if (step && event.kind !== 'released') perform(client, step, clock)
      settle()
    }
  }
  settle()
  const own = lines.filter(({ direction }) => direction === 'C>S').length
  for (const [index, { direction, bytes }] of lines.entries()) {
    if (direction === 'C>S') {
      // A poll of an HDLC link is due by time.
      const before = lines.slice(0, index + 1).filter((line) => line.direction === 'C>S').length
      const deadline = client.nextDeadline()
      if (sent.length < before && deadline !== undefined && sent.length < own) {
        clock = deadline
        client.tick(clock)
        settle()
      }
      continue
    }
    client.receive(bytes, clock)
    settle()
  }
  assert.deepEqual(reached, outcomes)
  compare(sent, played)
}

test('the recordings are there', () => {
  assert.ok(recordings.length >= 60, String(recordings.length))
})

for (const played of recordings) {
  test(`${played.name}: our ${played.description.ours}`, () => {
    if (played.description.ours === 'server') replayServer(played)
    else replayClient(played)
  })
}

test('a tag that no APDU has is an unknown service, a request cut short is not', () => {
  const server = serverOf({ ours: 'server', transport: 'wrapper', mechanism: 'none' })
  const ask = (apdu: string): string => {
    const bytes = fromHex(apdu)
    server.receive(Uint8Array.from([0, 1, 0, 1, 0, 1, 0, bytes.length, ...bytes]), now)
    return server
      .takeOutput()
      .map((frame) => toHex(frame.subarray(8)))
      .join()
  }
  const aare = ask('601da109060760857405080101be10040e01000000065f1f0400001e1d0500')
  assert.match(aare, /^6129a109060760857405080101a203020100/)
  assert.equal(ask('c601c1'), 'd80202')
  assert.equal(ask('c001c10003'), 'd80103')
  assert.equal(ask('c001c100030100010800ff0200'), 'c401c100060001e240')
})
