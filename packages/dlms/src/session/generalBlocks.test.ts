// General block transfer between the two machines, on lines that lose, repeat and reorder: the outcome is the
// right value or a clear error, and a method runs at most once for each request.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { data } from '../axdr/data.ts'
import { decodeApdu, type GeneralBlockTransfer } from '../xdlms/index.ts'
import {
  associated,
  energy,
  MemoryModel,
  name,
  only,
  type Pair,
  type PairOptions,
  profile,
  profileRows,
  run,
  security,
} from './harness.test.ts'
import type { GeneralBlockTransferOptions } from './types.ts'

const rows = 120
const image = { classId: 18, obis: '0.0.44.0.0.255', method: 2 } as const

function options(ciphered: boolean, client: GeneralBlockTransferOptions, server = client): PairOptions {
  const bits = ['get', 'set', 'action', 'access', 'general-block-transfer', 'general-protection'] as const
  return {
    association: ciphered ? {} : { mechanism: 'none', policy: 'none' },
    client: {
      ...(ciphered
        ? { security: security('authenticated-encrypted') }
        : { authentication: { mechanism: 'none' }, security: undefined }),
      maxPduSize: 128,
      conformance: bits,
      generalBlockTransfer: client,
    },
    server: { maxPduSize: 100, generalBlockTransfer: server },
  }
}

function ready(given: PairOptions): Pair {
  const both = associated(given)
  both.model.values.set(MemoryModel.key(profile), profileRows(rows))
  return both
}

const payload = (wire: Uint8Array) => wire.subarray(8)
const blockOf = (wire: Uint8Array): GeneralBlockTransfer | undefined => {
  const decoded = decodeApdu(payload(wire))
  return decoded.kind === 'ok' && decoded.value.kind === 'general-block-transfer' ? decoded.value : undefined
}

/** What the line makes of one frame: what arrives, in order. */
type Line = (frame: Uint8Array, direction: 'up' | 'down') => Uint8Array[]

/** Lets both talk over the line; when it is quiet, time passes to the client's deadline. */
function runOver(both: Pair, line: Line): void {
  for (let round = 0; round < 5_000; round++) {
    const up = both.client.takeOutput()
    for (const frame of up) for (const part of line(frame, 'up')) both.server.receive(part, both.now)
    const down = both.server.takeOutput()
    for (const frame of down) for (const part of line(frame, 'down')) both.client.receive(part, both.now)
    both.clientEvents.push(...both.client.takeEvents())
    both.serverEvents.push(...both.server.takeEvents())
    if (up.length > 0 || down.length > 0) continue
    const deadline = both.client.nextDeadline()
    if (deadline === undefined) return
    both.now = Math.max(both.now, deadline)
    both.client.tick(both.now)
  }
  assert.fail('the two never came to rest')
}

/** A line that loses the frames with these numbers, counted from 1 in both directions together. */
function losing(...numbers: readonly number[]): Line {
  let count = 0
  return (frame) => {
    count += 1
    return numbers.includes(count) ? [] : [frame]
  }
}

for (const ciphered of [false, true]) {
  for (const window of [1, 3, 63]) {
    test(`GET, SET, ACTION and ACCESS in blocks, window ${window}${ciphered ? ', ciphered' : ''}`, () => {
      const both = ready(options(ciphered, { window }))
      const long = data.octets(Uint8Array.from({ length: 1_500 }, (_, i) => i & 0xff))
      both.client.get(profile, both.now)
      both.client.set({ attribute: name, data: long }, both.now)
      both.client.action({ method: image, data: long }, both.now)
      both.client.access([{ service: 'get', attribute: profile }], both.now)
      run(both)
      const events = both.clientEvents.filter((event) => event.kind === 'response')
      const [get, set, action, access] = events
      assert.ok(get?.service === 'get' && get.results[0].ok)
      assert.deepEqual(get.results[0].data, profileRows(rows))
      assert.ok(set?.service === 'set' && set.results[0].ok)
      assert.deepEqual(both.model.values.get(MemoryModel.key(name)), long)
      assert.ok(action?.service === 'action' && action.results[0].ok)
      assert.deepEqual(action.results[0].data, long)
      assert.equal(both.model.calls.length, 1)
      assert.ok(access?.service === 'access')
      assert.deepEqual(access.results[0].data, profileRows(rows))
      for (const frame of get.frames) {
        assert.ok(payload(frame.bytes).length <= (frame.direction === 'out' ? 100 : 128))
        assert.ok(blockOf(frame.bytes), 'every frame is a block')
      }
    })
  }
}

test('a window of blocks streams, its last block asks for the acknowledgement', () => {
  const both = ready(options(false, { window: 4 }))
  both.client.get(profile, both.now)
  run(both)
  const { frames } = only(both.clientEvents, 'response')
  const down = frames.filter((frame) => frame.direction === 'in').map((frame) => blockOf(frame.bytes))
  assert.deepEqual(
    down.slice(0, 5).map((block) => [block?.blockNumber, block?.streaming, block?.blockNumberAck]),
    [
      [1, true, 1],
      [2, true, 1],
      [3, true, 1],
      [4, false, 1],
      [5, true, 2],
    ],
  )
  assert.deepEqual([down.at(-1)?.lastBlock, down.at(-1)?.streaming], [true, false])
  const up = frames.filter((frame) => frame.direction === 'out').map((frame) => blockOf(frame.bytes))
  assert.deepEqual(
    up
      .slice(0, 2)
      .map((block) => [block?.blockNumber, block?.blockNumberAck, block?.window, block?.lastBlock]),
    [
      [1, 0, 4, true],
      [2, 4, 4, true],
    ],
  )
})

test('without streaming every block is acknowledged', () => {
  const both = ready(options(false, { window: 8, streaming: false }))
  both.client.get(profile, both.now)
  run(both)
  const { frames } = only(both.clientEvents, 'response')
  assert.ok(frames.every((frame) => blockOf(frame.bytes)?.streaming === false))
})

test('a lost block is asked for alone, from behind the last good one', () => {
  const both = ready(options(false, { window: 5 }))
  both.client.get(profile, both.now)
  // Frame 1 is the request; 4 is block 3 of the answer.
  runOver(both, losing(4))
  const { frames, service } = only(both.clientEvents, 'response')
  assert.equal(service, 'get')
  const up = frames.filter((frame) => frame.direction === 'out').map((frame) => blockOf(frame.bytes))
  assert.deepEqual([up[1]?.blockNumberAck, up[1]?.window], [2, 1])
  assert.deepEqual([up[2]?.blockNumberAck, up[2]?.window], [5, 5])
  const numbers = frames.filter((frame) => frame.direction === 'in').map((f) => blockOf(f.bytes)?.blockNumber)
  assert.deepEqual(numbers.slice(0, 6), [1, 2, 4, 5, 3, 6])
})

test('a bare request may be answered in blocks when the service has none of its own', () => {
  const given = options(false, { window: 2 })
  const both = ready({ ...given, client: { ...given.client, generalBlockTransfer: undefined } })
  both.client.get(profile, both.now)
  run(both)
  const event = only(both.clientEvents, 'response')
  assert.ok(event.service === 'get' && event.results[0].ok)
  assert.deepEqual(event.results[0].data, profileRows(rows))
  assert.ok(!blockOf(event.frames[0].bytes) && blockOf(event.frames[1].bytes))
})

for (const ciphered of [false, true]) {
  test(`any one frame lost${ciphered ? ', ciphered' : ''}: the value arrives and the method runs once`, () => {
    const parameter = data.octets(new Uint8Array(700).fill(1))
    const total = (() => {
      const both = ready(options(ciphered, { window: 3 }))
      let count = 0
      both.client.action({ method: image, data: parameter }, both.now)
      runOver(both, (frame) => {
        count += 1
        return [frame]
      })
      return count
    })()
    assert.ok(total > 15)
    for (let lost = 1; lost <= total; lost++) {
      const both = ready(options(ciphered, { window: 3 }))
      both.client.action({ method: image, data: parameter }, both.now)
      runOver(both, losing(lost))
      const event = only(both.clientEvents, 'response')
      assert.ok(event.service === 'action' && event.results[0].ok, `frame ${lost} lost`)
      assert.deepEqual(event.results[0].data, parameter)
      assert.equal(both.model.calls.length, 1, `frame ${lost} lost`)
      both.client.get(energy, both.now)
      both.clientEvents.length = 0
      run(both)
      only(both.clientEvents, 'response')
    }
  })
}

test('lines that lose, repeat and reorder give the right values or a failure, never a method twice', () => {
  const fate = fc.constantFrom('pass', 'pass', 'pass', 'pass', 'lose', 'twice', 'late')
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.array(fate, { minLength: 5, maxLength: 60 }),
      (ciphered, clientWindow, serverWindow, fates) => {
        const both = ready(options(ciphered, { window: clientWindow }, { window: serverWindow }))
        let count = 0
        let held: { frame: Uint8Array; direction: string } | undefined
        const line: Line = (frame, direction) => {
          const fated = fates[count++] ?? 'pass'
          // Blocks do not say which APDU they are of: what comes after its APDU is over is told only by ciphering.
          const what = fated === 'late' && !ciphered ? 'lose' : fated
          const late = held?.direction === direction ? [held.frame] : []
          if (what === 'late' && !held) {
            held = { frame, direction }
            return []
          }
          if (late.length > 0) held = undefined
          if (what === 'lose') return late
          return what === 'twice' ? [frame, frame, ...late] : [frame, ...late]
        }
        const images = [1, 2, 3].map((part) => data.octets(new Uint8Array(300).fill(part)))
        for (const part of images) both.client.action({ method: image, data: part }, both.now)
        both.client.get(profile, both.now)
        runOver(both, line)
        const responses = both.clientEvents.filter((event) => event.kind === 'response')
        for (const event of responses) {
          if (event.service === 'get')
            assert.deepEqual(event.results[0], { ok: true, data: profileRows(rows) })
          else if (event.service === 'action') {
            assert.deepEqual(event.results[0].data, images[event.requestId - 1])
          }
        }
        const failed = both.clientEvents.some((event) => event.kind === 'failed')
        assert.ok(failed || responses.length === 4)
        const done = both.model.calls.map((call) => call.data)
        const parts = images.filter((part) => done.some((given) => isDeepStrictEqual(given, part)))
        assert.deepEqual(done, parts, 'whole, in order, and none twice')
      },
    ),
    { numRuns: 200 },
  )
})

test('what arrives in blocks is bounded', () => {
  const given = options(false, { window: 2 })
  const both = ready({ ...given, client: { ...given.client, limits: { maxReassembledBytes: 2_000 } } })
  both.client.get(profile, both.now)
  run(both)
  const [failure] = both.clientEvents.filter((event) => event.kind === 'failed')
  assert.ok(failure?.kind === 'failed' && failure.error.code === 'too-large')
})

test('a dead line fails the request after its repetitions', () => {
  const both = ready(options(false, { window: 2, retries: 3 }))
  both.client.action({ method: image }, both.now)
  let sent = 0
  runOver(both, () => {
    sent += 1
    return []
  })
  assert.equal(sent, 4)
  const failure = both.clientEvents.find((event) => event.kind === 'failed')
  assert.ok(failure?.kind === 'failed' && failure.error.code === 'timeout')
})
