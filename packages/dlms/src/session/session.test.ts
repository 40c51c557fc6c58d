// Client and server against each other: every mechanism, policy, ciphering and service form.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { data } from '../axdr/data.ts'
import { toHex } from '../bytes.ts'
import {
  associated,
  type Chunking,
  encryptionKey,
  energy,
  kinds,
  MemoryModel,
  missing,
  name,
  nodeCrypto,
  only,
  type PairOptions,
  pair,
  profile,
  profileRows,
  run,
  security,
  serverTitle,
} from './harness.test.ts'
import { createClientSession, createServerSession } from './index.ts'
import type { SecurityPolicy } from './types.ts'

const policies: SecurityPolicy[] = ['none', 'authenticated', 'encrypted', 'authenticated-encrypted']
const open: PairOptions = {
  association: { mechanism: 'none', policy: 'none' },
  client: { authentication: { mechanism: 'none' }, security: undefined },
}

test('the main path: HLS-GMAC, a GET, a profile in blocks, release', () => {
  const both = associated()
  const rows = profileRows(500)
  both.model.values.set(MemoryModel.key(profile), rows)
  both.client.get(energy, both.now)
  run(both)
  const first = only(both.clientEvents, 'response')
  assert.deepEqual(first.results, [{ ok: true, data: data.u32(123456) }])
  both.clientEvents.length = 0
  both.client.get(profile, both.now)
  run(both)
  const second = only(both.clientEvents, 'response')
  assert.deepEqual(second.results, [{ ok: true, data: rows }])
  both.clientEvents.length = 0
  both.client.release(both.now)
  run(both)
  assert.equal(only(both.clientEvents, 'released').clean, true)
  assert.equal(both.client.state, 'released')
  assert.equal(both.server.state, 'idle')
})

for (const policy of policies) {
  for (const ciphering of ['global', 'general-global'] as const) {
    test(`HLS-GMAC with policy '${policy}' and ${ciphering} ciphering reads, writes and invokes`, () => {
      const both = associated({
        association: { policy },
        client: { security: security(policy, { ciphering }) },
      })
      both.client.get(energy, both.now)
      both.client.set({ attribute: name, data: data.octets(Uint8Array.of(1)) }, both.now)
      both.client.action(
        { method: { classId: 70, obis: '0.0.96.3.10.255', method: 1 }, data: data.i8(0) },
        both.now,
      )
      run(both)
      assert.deepEqual(kinds(both.clientEvents), ['response', 'response', 'response'])
      const [read, written, invoked] = both.clientEvents
      assert.deepEqual('results' in read && read.results, [{ ok: true, data: data.u32(123456) }])
      assert.deepEqual('results' in written && written.results, [{ ok: true, result: 'success', code: 0 }])
      assert.deepEqual('results' in invoked && invoked.results, [
        { ok: true, result: 'success', code: 0, data: data.i8(0) },
      ])
      const wire = toHex(read.frames[0].bytes)
      assert.equal(wire.includes('0100010800ff02'), policy === 'none' || policy === 'authenticated')
      if (policy !== 'none') assert.equal(wire.slice(16, 18), ciphering === 'global' ? 'c8' : 'db')
    })
  }
}

test('low level security and no security associate and read', () => {
  const low: PairOptions = {
    association: { mechanism: 'low', policy: 'none', password: 'Parola01' },
    client: { authentication: { mechanism: 'low', password: 'Parola01' }, security: undefined },
  }
  for (const options of [low, open]) {
    const both = associated(options)
    both.client.get(energy, both.now)
    both.client.get(missing, both.now)
    run(both)
    assert.deepEqual(kinds(both.clientEvents), ['response', 'response'])
    const [found, lost] = both.clientEvents
    assert.deepEqual('results' in found && found.results, [{ ok: true, data: data.u32(123456) }])
    assert.deepEqual('results' in lost && lost.results, [{ ok: false, result: 'object-undefined', code: 4 }])
  }
})

test('a ciphered association without authentication mechanism works too', () => {
  const both = associated({
    association: { mechanism: 'none' },
    client: { authentication: { mechanism: 'none' } },
  })
  both.client.get(energy, both.now)
  run(both)
  assert.equal(only(both.clientEvents, 'response').results.length, 1)
})

const refusals: [string, PairOptions, string, string][] = [
  [
    'a wrong password',
    {
      association: { mechanism: 'low', policy: 'none', password: 'Parola01' },
      client: { authentication: { mechanism: 'low', password: 'parola01' }, security: undefined },
    },
    'authentication-failed',
    'authentication-failure',
  ],
  [
    'a wrong encryption key',
    { client: { security: security('authenticated-encrypted', { encryptionKey: new Uint8Array(16) }) } },
    'authentication-failed',
    'authentication-failure',
  ],
  [
    'a wrong authentication key',
    { client: { security: security('authenticated-encrypted', { authenticationKey: new Uint8Array(16) }) } },
    'authentication-failed',
    'authentication-failure',
  ],
  ['an unknown client address', { association: { clientAddress: 5 } }, 'rejected', 'no-reason-given'],
  [
    'too little protection',
    { client: { security: security('authenticated') } },
    'rejected',
    'authentication-required',
  ],
  [
    'no ciphering at all',
    { client: { security: security('none') } },
    'rejected',
    'application-context-name-not-supported',
  ],
  [
    'no mechanism where one is due',
    { client: { authentication: { mechanism: 'none' } } },
    'rejected',
    'authentication-required',
  ],
  [
    'another mechanism',
    { client: { authentication: { mechanism: 'low', password: 'x' } } },
    'rejected',
    'authentication-mechanism-name-not-recognised',
  ],
]
for (const [what, options, code, detail] of refusals) {
  test(`${what} is refused with a diagnostic, and both sides say so`, () => {
    const both = pair(options)
    both.client.associate(both.now)
    run(both)
    const failure = only(both.clientEvents, 'failed')
    assert.equal(failure.error.code, code)
    assert.equal(failure.error.detail, detail)
    assert.equal(failure.fatal, true)
    assert.equal(failure.frames.length, 2)
    assert.equal(both.client.state, 'failed')
    assert.deepEqual(kinds(both.serverEvents), ['rejected'])
    assert.equal(both.server.state, 'idle')
    assert.ok(
      !JSON.stringify([both.clientEvents, both.serverEvents], bytesOut).includes(toHex(encryptionKey)),
    )
  })
}

const bytesOut = (_: string, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value)

test('any chunking gives the same events', () => {
  const conversation = (chunking: Chunking) => {
    const both = associated({ client: { authentication: { mechanism: 'gmac' } } }, chunking)
    both.model.values.set(MemoryModel.key(profile), profileRows(60))
    both.client.get([energy, missing, name], both.now)
    both.client.get(profile, both.now)
    both.client.set({ attribute: name, data: data.octets(new Uint8Array(3000)) }, both.now)
    both.server.notify({ service: 'data-notification', data: data.u8(7) }, both.now)
    run(both, chunking)
    both.client.release(both.now)
    run(both, chunking)
    return JSON.stringify(
      both.clientEvents.map(({ frames, ...event }) => [event, frames.length]),
      bytesOutBig,
    )
  }
  const bytesOutBig = (key: string, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : bytesOut(key, value)
  const expected = conversation((bytes) => [bytes])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), (sizes) => {
      let turn = 0
      const chunking: Chunking = (bytes) => {
        const chunks: Uint8Array[] = []
        for (let at = 0; at < bytes.length; ) {
          const size = sizes[turn++ % sizes.length]
          chunks.push(bytes.subarray(at, at + size))
          at += size
        }
        return chunks
      }
      assert.equal(conversation(chunking), expected)
    }),
    { numRuns: 15 },
  )
})

test('frames that arrive glued together are taken one by one', () => {
  const both = associated(open)
  both.client.get(energy, both.now)
  const [request] = both.client.takeOutput()
  const glued = new Uint8Array(request.length * 2)
  glued.set(request)
  glued.set(request, request.length)
  both.server.receive(glued, both.now)
  assert.equal(both.server.takeOutput().length, 2)
})

test('a load profile of 4,320 rows and 6 columns arrives through blocks', () => {
  const both = associated({ client: { maxPduSize: 1024 } })
  const rows = profileRows(4320)
  both.model.values.set(MemoryModel.key(profile), rows)
  both.client.get(profile, both.now)
  run(both)
  const response = only(both.clientEvents, 'response')
  assert.ok(response.service === 'get' && response.blocks > 150)
  assert.deepEqual(response.results, [{ ok: true, data: rows }])
  assert.equal(response.service === 'get' && response.dataOffset, 0)
  // Each block is one frame out and one in.
  assert.equal(response.frames.length, response.service === 'get' ? response.blocks * 2 : -1)
  assert.equal(
    both.clientEvents.filter((event) => event.kind === 'progress').length,
    response.frames.length / 2 - 1,
  )
  assert.ok(response.frames.every((frame) => frame.bytes.length <= 1024 + 8))
})

test('a raw GET hands out the encoded data without decoding it, in one APDU and in blocks', () => {
  for (const maxPduSize of [65535, 200]) {
    const both = associated({ ...open, client: { ...open.client, maxPduSize } })
    both.model.values.set(MemoryModel.key(profile), profileRows(20))
    both.client.get(profile, both.now, { raw: true })
    run(both)
    const response = only(both.clientEvents, 'response')
    assert.ok(response.service === 'get')
    assert.deepEqual(response.results, [])
    assert.equal(
      toHex(response.apdu.subarray(response.dataOffset, (response.dataOffset ?? 0) + 4)),
      '01140206',
    )
  }
  const both = associated(open)
  both.client.get(missing, both.now, { raw: true })
  run(both)
  assert.deepEqual(only(both.clientEvents, 'response').results, [
    { ok: false, result: 'object-undefined', code: 4 },
  ])
})

test('selective access reaches the model', () => {
  const both = associated()
  const clock = { classId: 8, obis: '0.0.1.0.0.255', attribute: 2, dataIndex: 0 }
  const from = data.octets(Uint8Array.from([7, 234, 11, 20, 5, 0, 0, 0, 0xff, 0x80, 0, 0]))
  const selection = { kind: 'by-range', restricting: clock, from, to: from, selected: [] } as const
  both.client.get({ ...profile, selection }, both.now)
  both.client.get(
    { ...profile, selection: { kind: 'by-entry', fromEntry: 1, toEntry: 5, fromColumn: 1, toColumn: 0 } },
    both.now,
  )
  run(both)
  assert.deepEqual(both.model.asked[0].selection, selection)
  assert.equal(both.model.asked[1].selection?.kind, 'by-entry')
})

for (const multiple of [true, false]) {
  test(`lists of GET, SET and ACTION ${multiple ? 'go in one request' : 'are split for a server that takes none'}`, () => {
    const conformance = multiple
      ? undefined
      : (['get', 'set', 'action', 'block-transfer-with-get-or-read'] as const)
    const both = associated({ association: { conformance } })
    const method = { classId: 70, obis: '0.0.96.3.10.255', method: 1 }
    both.client.get([energy, missing, name], both.now)
    both.client.set(
      [
        { attribute: energy, data: data.u32(1) },
        { attribute: missing, data: data.u8(1) },
      ],
      both.now,
    )
    both.client.action([{ method, data: data.u8(3) }, { method: { ...method, method: 10 } }], both.now)
    run(both)
    const responses = both.clientEvents.filter((event) => event.kind === 'response')
    assert.deepEqual(
      responses.map((event) => event.results.map((result) => ('result' in result ? result.result : 'data'))),
      [
        ['data', 'object-undefined', 'data'],
        ['success', 'read-write-denied'],
        ['success', 'object-undefined'],
      ],
    )
    assert.equal(responses[0].frames.length, multiple ? 2 : 6)
    assert.deepEqual(both.model.values.get(MemoryModel.key(energy)), data.u32(1))
    assert.deepEqual(both.model.calls[0].data, data.u8(3))
  })
}

test('long values are written, invoked and answered in blocks, single and listed', () => {
  const long = data.octets(Uint8Array.from({ length: 2000 }, (_, i) => i & 0xff))
  const both = associated({ client: { maxPduSize: 300 }, server: { maxPduSize: 256 } })
  const method = { classId: 18, obis: '0.0.44.0.0.255', method: 2 }
  both.client.set({ attribute: name, data: long }, both.now)
  both.client.set(
    [
      { attribute: name, data: long },
      { attribute: energy, data: data.u32(5) },
    ],
    both.now,
  )
  both.client.action({ method, data: long }, both.now)
  both.client.action(
    [
      { method, data: long },
      { method, data: data.u8(1) },
    ],
    both.now,
  )
  both.client.get([name, energy, name], both.now)
  run(both)
  assert.deepEqual(
    kinds(both.clientEvents.filter((event) => event.kind !== 'progress')),
    Array(5).fill('response'),
  )
  const results = both.clientEvents.flatMap((event) => (event.kind === 'response' ? [event.results] : []))
  assert.equal(results[0].length, 1)
  assert.equal(results[1].length, 2)
  assert.deepEqual(results[2], [{ ok: true, result: 'success', code: 0, data: long }])
  assert.deepEqual(
    results[3].map((result) => 'data' in result && result.data),
    [long, data.u8(1)],
  )
  assert.deepEqual(
    results[4].map((result) => 'data' in result && result.data),
    [long, data.u32(5), long],
  )
  const frames = both.clientEvents.flatMap((event) => event.frames)
  for (const frame of frames) assert.ok(frame.bytes.length <= 8 + (frame.direction === 'out' ? 256 : 300))
})

test('a notification between request and answer is told apart and carries its own frame', () => {
  const both = associated()
  both.client.get(energy, both.now)
  both.server.notify(
    { service: 'data-notification', data: data.structure(data.u8(1), data.u32(2)) },
    both.now,
  )
  both.server.notify({ service: 'event-notification', attribute: energy, data: data.u32(9) }, both.now)
  run(both)
  assert.deepEqual(kinds(both.clientEvents), ['notification', 'notification', 'response'])
  const [push, event, response] = both.clientEvents
  assert.ok(push.kind === 'notification' && event.kind === 'notification')
  assert.deepEqual(push.data, data.structure(data.u8(1), data.u32(2)))
  assert.equal(push.protection, 'authenticated-encrypted')
  assert.deepEqual(push.systemTitle, serverTitle)
  assert.deepEqual(event.attribute, energy)
  assert.deepEqual(
    push.frames.map((frame) => frame.direction),
    ['in'],
  )
  assert.deepEqual(
    response.frames.map((frame) => frame.direction),
    ['out', 'in'],
  )
})

test('each protected APDU takes one counter, and the GMAC of pass 3 one of its own', () => {
  const taken: number[] = []
  let next = 7
  const nextInvocationCounter = () => {
    taken.push(next)
    return next++
  }
  const both = associated({
    client: { security: security('authenticated-encrypted', { nextInvocationCounter }) },
  })
  assert.deepEqual(taken, [7, 8, 9], 'InitiateRequest, GMAC, pass 3')
  both.client.get(energy, both.now)
  run(both)
  assert.deepEqual(taken, [7, 8, 9, 10])
  assert.equal(both.seen.clientCounter, 10)
})

test('keys of a wrong length and impossible calls are errors of the caller', () => {
  const options = { clientAddress: 1, serverAddress: 1, crypto: nodeCrypto } as const
  const bad = security('authenticated', { encryptionKey: new Uint8Array(3) })
  assert.throws(() =>
    createClientSession({ ...options, authentication: { mechanism: 'gmac' }, security: bad }),
  )
  assert.throws(() => createClientSession({ ...options, authentication: { mechanism: 'gmac' } }))
  const associations = [{ clientAddress: 1, mechanism: 'gmac', policy: 'none' }] as const
  assert.throws(() => createServerSession({ associations, crypto: nodeCrypto, model: new MemoryModel() }))
  const both = associated()
  assert.throws(() => both.client.associate(both.now))
  assert.throws(() => both.client.get([], both.now))
})
