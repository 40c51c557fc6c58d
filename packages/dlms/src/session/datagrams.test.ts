// Over UDP datagrams are lost, come twice and overtake one another: what may be asked twice is asked again, what
// may not is left to the caller, and no answer is ever taken for another one's.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { data } from '../axdr/data.ts'
import { decodeApdu } from '../xdlms/index.ts'
import {
  associated,
  energy,
  kinds,
  MemoryModel,
  missing,
  name,
  only,
  type Pair,
  type PairOptions,
  profile,
  profileRows,
  security,
} from './harness.test.ts'

const rows = profileRows(30)
const image = { classId: 18, obis: '0.0.44.0.0.255', method: 2 } as const

/** An association over UDP; each datagram is then in the hands of `runOver`. */
function ready(ciphered: boolean, more: Partial<PairOptions['client']> = {}): Pair {
  const used: number[] = []
  let next = 1_000
  const take = () => {
    used.push(next)
    return next++
  }
  const both = associated({
    association: ciphered ? {} : { mechanism: 'none', policy: 'none' },
    client: {
      transport: 'udp-wrapper',
      maxPduSize: 200,
      ...(ciphered
        ? { security: security('authenticated-encrypted', { nextInvocationCounter: take }) }
        : { authentication: { mechanism: 'none' }, security: undefined }),
      ...more,
    },
    server: { transport: 'udp-wrapper' },
  })
  both.model.values.set(MemoryModel.key(profile), rows)
  assert.equal(new Set(used).size, used.length)
  return both
}

/** What the line makes of one datagram: what arrives, in order. */
type Line = (datagram: Uint8Array, up: boolean) => Uint8Array[]

/** Lets both talk over the line; when it is quiet, time passes to the client's deadline. @returns datagrams sent up. */
function runOver(both: Pair, line: Line): Uint8Array[] {
  const sent: Uint8Array[] = []
  for (let round = 0; round < 2_000; round++) {
    const up = both.client.takeOutput()
    sent.push(...up)
    for (const frame of up) for (const part of line(frame, true)) both.server.receive(part, both.now)
    const down = both.server.takeOutput()
    for (const frame of down) for (const part of line(frame, false)) both.client.receive(part, both.now)
    both.clientEvents.push(...both.client.takeEvents())
    both.serverEvents.push(...both.server.takeEvents())
    if (up.length > 0 || down.length > 0) continue
    const deadline = both.client.nextDeadline()
    if (deadline === undefined) return sent
    both.now = Math.max(both.now, deadline)
    both.client.tick(both.now)
  }
  return assert.fail('the two never came to rest')
}

function losing(...numbers: readonly number[]): Line {
  let count = 0
  return (frame) => {
    count += 1
    return numbers.includes(count) ? [] : [frame]
  }
}

const results = (both: Pair) => both.clientEvents.filter((event) => event.kind === 'response')

for (const ciphered of [false, true]) {
  const how = ciphered ? 'ciphered' : 'bare'

  test(`${how}: a lost request and a lost answer are asked again, each with a fresh counter`, () => {
    for (const lost of [[1], [2], [1, 2], [1, 3], [2, 4]]) {
      const both = ready(ciphered)
      both.client.get(energy, both.now)
      const sent = runOver(both, losing(...lost))
      const answer = only(both.clientEvents, 'response')
      assert.ok(answer.service === 'get')
      assert.deepEqual(answer.results, [{ ok: true, data: data.u32(123456) }])
      assert.equal(sent.length, lost.length + 1, `lost ${lost}`)
      assert.equal(new Set(sent.map((datagram) => datagram.join())).size, sent.length, 'no two are alike')
      assert.equal(both.client.state, 'associated')
    }
  })

  test(`${how}: the repetitions are bounded; 0 means none`, () => {
    for (const [udpRetries, datagrams] of [
      [undefined, 3],
      [0, 1],
      [5, 6],
    ] as const) {
      const both = ready(ciphered, udpRetries === undefined ? {} : { udpRetries })
      both.client.get(energy, both.now)
      const start = both.now
      const sent = runOver(both, () => [])
      assert.equal(sent.length, datagrams)
      assert.equal(both.now - start, datagrams * 15_000)
      const [failure] = both.clientEvents
      assert.ok(failure.kind === 'failed' && failure.fatal && failure.error.code === 'timeout')
    }
  })

  test(`${how}: SET and ACTION, also inside an ACCESS, are not repeated`, () => {
    const requests: ((both: Pair) => void)[] = [
      (both) => both.client.set({ attribute: name, data: data.u8(1) }, both.now),
      (both) => both.client.action({ method: image, data: data.u8(1) }, both.now),
      (both) => both.client.access([{ service: 'action', method: image }], both.now),
      (both) =>
        both.client.access(
          [
            { service: 'get', attribute: energy },
            { service: 'set', attribute: name, data: data.u8(1) },
          ],
          both.now,
        ),
    ]
    for (const request of requests) {
      const both = ready(ciphered)
      request(both)
      const sent = runOver(both, losing(2))
      assert.equal(sent.length, 1)
      assert.equal(both.clientEvents[0].kind, 'failed')
    }
    const both = ready(ciphered)
    both.client.access([{ service: 'get', attribute: energy }], both.now)
    assert.equal(runOver(both, losing(1, 3)).length, 3)
    assert.deepEqual(kinds(both.clientEvents), ['response'])
  })

  test(`${how}: every single loss inside a block transfer is made good`, () => {
    const calm = ready(ciphered)
    calm.client.get(profile, calm.now)
    const all = 2 * runOver(calm, losing()).length
    assert.ok(all > 10)
    for (let lost = 1; lost <= all; lost++) {
      const both = ready(ciphered)
      both.client.get(profile, both.now)
      runOver(both, losing(lost))
      const answer = only(both.clientEvents, 'response')
      assert.ok(answer.service === 'get')
      assert.deepEqual(answer.results, [{ ok: true, data: rows }], `datagram ${lost}`)
      assert.equal(both.model.asked.length, lost === 2 ? 2 : 1)
    }
  })

  test(`${how}: a list that is asked for one by one goes on where it stopped`, () => {
    for (let lost = 1; lost <= 6; lost++) {
      const both = ready(ciphered, {
        conformance: ['get', 'block-transfer-with-get-or-read', 'general-protection'],
      })
      both.client.get([energy, missing, energy], both.now)
      runOver(both, losing(lost))
      const answer = only(both.clientEvents, 'response')
      assert.ok(answer.service === 'get')
      assert.deepEqual(
        answer.results.map((result) => result.ok),
        [true, false, true],
      )
    }
  })

  test(`${how}: on a line that loses, doubles and reorders, values are right or there are none`, () => {
    const fate = fc.constantFrom('pass', 'pass', 'pass', 'lose', 'double', 'hold', 'late')
    fc.assert(
      fc.property(fc.array(fate, { minLength: 20, maxLength: 60 }), (fates) => {
        const both = ready(ciphered)
        const wanted = [
          both.client.get(energy, both.now),
          both.client.get(profile, both.now),
          both.client.get(missing, both.now),
        ]
        let count = 0
        const held: { frame: Uint8Array; up: boolean; until: number }[] = []
        const line: Line = (frame, up) => {
          count += 1
          const due = held.filter((item) => item.up === up && item.until <= count)
          for (const item of due) held.splice(held.indexOf(item), 1)
          const now = due.map((item) => item.frame)
          const what = fates[count - 1] ?? 'pass'
          if (what === 'lose') return now
          if (what === 'double') return [frame, frame, ...now]
          if (what === 'pass') return [frame, ...now]
          held.push({ frame, up, until: count + (what === 'hold' ? 2 : 9) })
          return now
        }
        runOver(both, line)
        for (const answer of results(both)) {
          assert.ok(answer.kind === 'response' && answer.service === 'get')
          const [result] = answer.results
          if (answer.requestId === wanted[0]) assert.deepEqual(result, { ok: true, data: data.u32(123456) })
          if (answer.requestId === wanted[1]) assert.deepEqual(result, { ok: true, data: rows })
          if (answer.requestId === wanted[2]) assert.equal(result.ok, false)
        }
        const failed = both.clientEvents.filter(
          (event) => event.kind === 'failed' && event.requestId !== undefined,
        )
        assert.equal(results(both).length + failed.length, 3)
      }),
      { numRuns: 150 },
    )
  })
}

test('an old datagram neither ends the association nor is answered', () => {
  const both = ready(true)
  both.client.get(energy, both.now)
  const [request] = both.client.takeOutput()
  both.server.receive(request, both.now)
  const [answer] = both.server.takeOutput()
  both.server.receive(request, both.now)
  assert.deepEqual(both.server.takeOutput(), [])
  assert.deepEqual(kinds(both.server.takeEvents()), ['request', 'failed'])
  both.client.receive(answer, both.now)
  both.client.receive(answer, both.now)
  assert.deepEqual(kinds(both.client.takeEvents()), ['response'])
  assert.equal(both.client.state, 'associated')
  // Nor do they keep the client waiting for ever.
  for (let i = 0; i < 40; i++) both.client.receive(answer, both.now)
  assert.equal(both.client.state, 'failed')
})

test('over TCP nothing is asked twice: there silence means that the connection is gone', () => {
  const both = associated()
  both.client.get(energy, both.now)
  assert.equal(runOver(both, () => []).length, 1)
})

test('an answer that was given up does not pass for the one that is asked for again', () => {
  const both = ready(false)
  both.client.get(energy, both.now)
  const invokes = runOver(both, losing(2, 4)).map((datagram) => {
    const decoded = decodeApdu(datagram.subarray(8))
    return decoded.kind === 'ok' && decoded.value.kind === 'get-request' && decoded.value.invokeIdAndPriority
  })
  assert.equal(new Set(invokes).size, 3)
})
