// What goes wrong on a line: every case ends in a clear outcome, never in a hang or in wrong data.
// One file over 500 lines on purpose: the cases share the two machines and the line between them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { data } from '../axdr/data.ts'
import { encodeWrapperFrame } from '../wrapper/index.ts'
import { encodeApdu } from '../xdlms/index.ts'
import {
  associated,
  authenticationKey,
  clientTitle,
  encryptionKey,
  energy,
  kinds,
  MemoryModel,
  name,
  nodeCrypto,
  only,
  type Pair,
  type PairOptions,
  pair,
  profile,
  profileRows,
  run,
  security,
} from './harness.test.ts'
import { createClientSession, createServerSession } from './index.ts'

const open: PairOptions = {
  association: { mechanism: 'none', policy: 'none' },
  client: { authentication: { mechanism: 'none' }, security: undefined },
}

/** Takes the client's requests to the server and hands out the answers without delivering them. */
function answersTo(both: Pair): Uint8Array[] {
  for (const frame of both.client.takeOutput()) both.server.receive(frame, both.now)
  return both.server.takeOutput()
}

function deliver(both: Pair, ...frames: Uint8Array[]) {
  for (const frame of frames) both.client.receive(frame, both.now)
  const events = both.client.takeEvents()
  both.clientEvents.push(...events)
  return events
}

const toClient = (payload: Uint8Array) => encodeWrapperFrame({ source: 1, destination: 1, payload })

test('a lost answer times out at its deadline; the queue fails with it', () => {
  const both = associated()
  const first = both.client.get(energy, both.now)
  const second = both.client.get(name, both.now)
  answersTo(both)
  assert.equal(both.client.nextDeadline(), both.now + 15_000)
  both.client.tick(both.now + 14_999)
  assert.deepEqual(deliver(both), [])
  both.client.tick(both.now + 15_000)
  const events = deliver(both)
  assert.ok(events.every((event) => event.kind === 'failed' && event.fatal))
  assert.deepEqual(
    events.map((event) => event.kind === 'failed' && [event.requestId, event.error.code]),
    [
      [first, 'timeout'],
      [undefined, 'timeout'],
      [second, 'association-lost'],
    ],
  )
  assert.equal(both.client.state, 'failed')
  assert.equal(both.client.nextDeadline(), undefined)
  const late = both.client.get(name, both.now)
  const [refused] = deliver(both)
  assert.ok(
    refused.kind === 'failed' && refused.requestId === late && refused.error.code === 'not-associated',
  )
})

test('a lost AARE times out, and a lost RLRE still ends the association', () => {
  const both = pair()
  both.client.associate(both.now)
  both.client.tick(both.now + 15_000)
  assert.equal(only(deliver(both), 'failed').error.code, 'timeout')
  const other = associated()
  other.client.release(other.now)
  other.client.tick(other.now + 15_000)
  assert.equal(only(deliver(other), 'released').clean, false)
  assert.equal(other.client.state, 'released')
})

test('a ciphered answer that arrives twice is a replay', () => {
  const both = associated()
  both.client.get(energy, both.now)
  const [answer] = answersTo(both)
  assert.deepEqual(kinds(deliver(both, answer)), ['response'])
  const failure = only(deliver(both, answer), 'failed')
  assert.equal(failure.error.code, 'counter-replayed')
  assert.equal(both.client.state, 'failed')
})

test('a server counter at or below the floor is a replay already in the AARE', () => {
  const both = pair({ client: { security: security('authenticated-encrypted', { serverCounterFloor: 50 }) } })
  both.client.associate(both.now)
  run(both)
  assert.equal(only(both.clientEvents, 'failed').error.code, 'counter-replayed')
  const seen: number[] = []
  const onServerCounter = (value: number) => seen.push(value)
  associated({
    client: { security: security('authenticated-encrypted', { serverCounterFloor: 49, onServerCounter }) },
  })
  assert.deepEqual(seen, [50, 52])
})

test('bare answers that come twice, late or with another invoke-id are passed over', () => {
  const both = associated(open)
  both.client.get(energy, both.now)
  const [answer] = answersTo(both)
  assert.deepEqual(kinds(deliver(both, answer, answer)), ['response'])
  both.client.get(name, both.now)
  assert.deepEqual(deliver(both, answer), [], 'the old answer is not the new one')
  run(both)
  const response = both.clientEvents.at(-1)
  assert.ok(response?.kind === 'response' && response.service === 'get' && response.results[0].ok)
  assert.equal(response.results[0].ok && response.results[0].data.type, 'octet-string')
})

test('a flood of strays ends the session instead of keeping it waiting', () => {
  const both = associated({ ...open, client: { ...open.client, limits: { maxStrayApdus: 5 } } })
  both.client.get(energy, both.now)
  const [answer] = answersTo(both)
  deliver(both, answer)
  both.client.get(name, both.now)
  const events = deliver(both, answer, answer, answer, answer, answer, answer)
  assert.deepEqual(
    events.map((event) => event.kind === 'failed' && event.error.code),
    ['malformed', 'malformed'],
  )
})

function block(blockNumber: number, raw: Uint8Array, lastBlock = false, invoke = 0xc1) {
  return toClient(
    encodeApdu({
      kind: 'get-response',
      form: 'with-datablock',
      invokeIdAndPriority: invoke,
      lastBlock,
      blockNumber,
      block: { ok: true, raw },
    }),
  )
}

test('blocks that come twice are passed over; a gap fails the request and leaves the association', () => {
  const both = associated({ ...open, client: { ...open.client, firstInvokeId: 1 } })
  const value = Uint8Array.of(0x09, 0x04, 1, 2, 3, 4)
  both.client.get(energy, both.now)
  both.client.takeOutput()
  const events = deliver(
    both,
    block(1, value.subarray(0, 3)),
    block(1, value.subarray(0, 3)),
    block(2, value.subarray(3), true),
  )
  assert.deepEqual(only(events, 'response').results, [{ ok: true, data: data.octets(value.subarray(2)) }])
  const id = both.client.get(energy, both.now)
  both.client.takeOutput()
  const failed = deliver(both, block(1, value, false, 0xc2), block(3, value, true, 0xc2)).at(-1)
  assert.ok(
    failed?.kind === 'failed' && failed.requestId === id && failed.error.code === 'block' && !failed.fatal,
  )
  assert.equal(both.client.state, 'associated')
})

test('a block transfer is bounded in bytes and blocks, and the association lives on', () => {
  for (const limits of [{ maxReassembledBytes: 1000 }, { maxBlocks: 3 }]) {
    const both = associated({ client: { maxPduSize: 200, limits } })
    both.model.values.set(MemoryModel.key(profile), profileRows(100))
    both.client.get(profile, both.now)
    both.client.get(energy, both.now)
    run(both)
    assert.equal(only(both.clientEvents, 'failed').error.code, 'too-large')
    assert.deepEqual(only(both.clientEvents, 'response').results, [{ ok: true, data: data.u32(123456) }])
  }
})

test('a server that breaks a transfer off fails the request with its reason', () => {
  const both = associated(open)
  both.client.get(energy, both.now)
  both.client.takeOutput()
  const aborted = encodeApdu({
    kind: 'get-response',
    form: 'with-datablock',
    invokeIdAndPriority: 0xc1,
    lastBlock: true,
    blockNumber: 1,
    block: { ok: false, result: 'long-get-aborted', code: 15 },
  })
  const failure = only(deliver(both, toClient(aborted)), 'failed')
  assert.deepEqual(
    [failure.error.code, failure.error.detail, failure.fatal],
    ['block', 'long-get-aborted', false],
  )
})

test('an exception and a service error cost one request, also bare inside a ciphered association', () => {
  const both = associated()
  both.client.get(energy, both.now)
  both.client.get(energy, both.now)
  both.client.get(energy, both.now)
  both.client.takeOutput()
  const exception = encodeApdu({ kind: 'exception-response', stateError: 1, serviceError: 2 })
  const serviceError = encodeApdu({ kind: 'confirmed-service-error', service: 1, errorKind: 5, value: 2 })
  const [first] = deliver(both, toClient(exception))
  assert.ok(first.kind === 'failed' && first.error.code === 'exception' && !first.fatal)
  assert.equal(first.error.detail, 'service-not-supported')
  both.client.takeOutput()
  const [second] = deliver(both, toClient(serviceError))
  assert.ok(second.kind === 'failed' && second.error.code === 'service-error' && !second.fatal)
  run(both)
  assert.equal(only(both.clientEvents, 'response').results.length, 1)
})

test('a bare answer inside a ciphered association could be forged: the association ends', () => {
  const both = associated()
  both.client.get(energy, both.now)
  both.client.takeOutput()
  const forged = Uint8Array.of(0xc4, 0x01, 0xc2, 0x00, 0x06, 0, 0, 0, 1)
  const [event] = deliver(both, toClient(forged))
  assert.ok(event.kind === 'failed' && event.error.code === 'policy' && event.fatal)
})

test('a server that cannot prove itself is refused: own challenge returned, wrong proof', () => {
  let drawn = new Uint8Array(0)
  const mirror = { ...nodeCrypto, randomBytes: () => drawn }
  const crypto = {
    ...nodeCrypto,
    randomBytes: (length: number) => {
      drawn = Uint8Array.from(nodeCrypto.randomBytes(length))
      return drawn
    },
  }
  const reflected = pair({ client: { crypto }, server: { crypto: mirror } })
  reflected.client.associate(reflected.now)
  run(reflected)
  assert.equal(only(reflected.clientEvents, 'failed').error.code, 'authentication-failed')

  // The GMAC that the server computes is altered; the ciphering around it stays right.
  const altered = {
    ...nodeCrypto,
    aesGcmSeal: (...parameters: Parameters<typeof nodeCrypto.aesGcmSeal>) => {
      const sealed = nodeCrypto.aesGcmSeal(...parameters)
      if (parameters[3].length === 0) sealed[0] ^= 1
      return sealed
    },
  }
  const wrong = pair({ server: { crypto: altered } })
  wrong.client.associate(wrong.now)
  run(wrong)
  const failure = only(wrong.clientEvents, 'failed')
  assert.deepEqual([failure.error.code, failure.fatal], ['authentication-failed', true])
})

test('a client that cannot prove itself is refused by the server', () => {
  const options: PairOptions = {
    association: { policy: 'none' },
    client: { security: security('none', { authenticationKey: new Uint8Array(16) }) },
  }
  const both = pair(options)
  both.client.associate(both.now)
  run(both)
  const failure = only(both.clientEvents, 'failed')
  assert.deepEqual([failure.error.code, failure.error.detail], ['authentication-failed', 'read-write-denied'])
  assert.deepEqual(kinds(both.serverEvents), ['rejected'])
  assert.equal(both.server.state, 'idle')
})

test('the server refuses a replayed request with the counter it expects, and works on', () => {
  const both = associated()
  both.client.get(energy, both.now)
  const [request] = both.client.takeOutput()
  both.server.receive(request, both.now)
  both.server.takeOutput()
  both.server.receive(request, both.now)
  const [exception] = both.server.takeOutput()
  const expected = encodeApdu({
    kind: 'exception-response',
    stateError: 1,
    serviceError: 6,
    invocationCounter: (both.seen.clientCounter ?? 0) + 1,
  })
  assert.deepEqual(exception.subarray(8), expected)
  assert.deepEqual(kinds(both.server.takeEvents()), ['request', 'failed'])
  assert.equal(both.server.state, 'associated')
  assert.equal(both.model.asked.length, 1)
})

test('the server answers exceptions to strangers, wrong keys, too little protection and unknown services', () => {
  const answer = (both: Pair, payload: Uint8Array, source = 1) => {
    both.server.receive(encodeWrapperFrame({ source, destination: 1, payload }), both.now)
    const output = both.server.takeOutput()
    assert.equal(output.length, 1)
    return [...output[0].subarray(8)]
  }
  const get = encodeApdu({
    kind: 'get-request',
    form: 'normal',
    invokeIdAndPriority: 0xc1,
    attribute: energy,
  })
  const both = associated()
  assert.deepEqual(answer(both, get, 77), [0xd8, 1, 1], 'no association')
  assert.deepEqual(answer(both, get), [0xd8, 1, 1], 'a bare request')
  const forged = Uint8Array.from([0xdb, 8, ...clientTitle, 20, 0x30, 0, 0, 9, 9, ...new Uint8Array(15)])
  assert.deepEqual(answer(both, forged), [0xd8, 1, 5], 'deciphering error')
  assert.deepEqual(answer(both, Uint8Array.of(0x62, 0x03, 0x80, 0x01, 0x00)), [0xd8, 2, 2], 'a bare release')
  const bare = associated(open)
  assert.deepEqual(answer(bare, Uint8Array.of(0x05, 1, 2, 0, 0)).slice(0, 1), [0xd8], 'a short-name read')
  assert.deepEqual(answer(bare, Uint8Array.of(0xc0, 0x09, 0xc1)).slice(0, 1), [0xd8], 'an unknown choice')
  assert.equal(bare.server.state, 'associated')
  assert.equal(both.model.asked.length + bare.model.asked.length, 0)
})

test('requests out of order get data-access-results, not silence', () => {
  const both = associated(open)
  const answer = (apdu: Parameters<typeof encodeApdu>[0]) => {
    both.server.receive(
      encodeWrapperFrame({ source: 1, destination: 1, payload: encodeApdu(apdu) }),
      both.now,
    )
    return [...both.server.takeOutput()[0].subarray(8)]
  }
  const invokeIdAndPriority = 0xc1
  const next = { kind: 'get-request', form: 'next', invokeIdAndPriority, blockNumber: 4 } as const
  assert.deepEqual(answer(next), [0xc4, 2, 0xc1, 1, 0, 0, 0, 4, 1, 16])
  const piece = { lastBlock: true, blockNumber: 2, raw: Uint8Array.of(0x11) }
  assert.deepEqual(
    answer({ kind: 'set-request', form: 'with-datablock', invokeIdAndPriority, block: piece }),
    [0xc5, 3, 0xc1, 18, 0, 0, 0, 2],
  )
  const pblock = { kind: 'action-request', form: 'with-pblock', invokeIdAndPriority, block: piece } as const
  assert.deepEqual(answer(pblock).slice(0, 4), [0xc7, 1, 0xc1, 16])
})

test('a model that throws answers hardware-fault', () => {
  const model = new MemoryModel()
  model.get = () => {
    throw new Error('flash memory')
  }
  const both = associated({ model })
  both.client.get(energy, both.now)
  run(both)
  assert.deepEqual(only(both.clientEvents, 'response').results, [
    { ok: false, result: 'hardware-fault', code: 1 },
  ])
})

test('the queue and the lists are bounded', () => {
  const both = associated({ client: { limits: { maxQueuedRequests: 2, maxListItems: 2 } } })
  for (let i = 0; i < 4; i++) both.client.get(energy, both.now)
  both.client.get([energy, energy, energy], both.now)
  const events = deliver(both)
  assert.deepEqual(
    events.map((event) => event.kind === 'failed' && [event.requestId, event.error.code, event.fatal]),
    [
      [4, 'queue-full', false],
      [5, 'queue-full', false],
    ],
  )
  run(both)
  assert.equal(both.clientEvents.filter((event) => event.kind === 'response').length, 3)
  both.client.get([energy, energy, energy], both.now)
  assert.equal(only(deliver(both), 'failed').error.code, 'too-large')
})

test('requests before an association are refused, during its making they wait', () => {
  const both = pair()
  both.client.get(energy, both.now)
  assert.equal(only(deliver(both), 'failed').error.code, 'not-associated')
  both.clientEvents.length = 0
  both.client.associate(both.now)
  both.client.get(energy, both.now)
  both.client.release(both.now)
  run(both)
  assert.deepEqual(kinds(both.clientEvents), ['associated', 'response', 'released'])
  both.client.associate(both.now)
  run(both)
  assert.equal(
    both.clientEvents.at(-1)?.kind,
    'associated',
    'after a release the same connection serves again',
  )
})

test('a request too long for the server and impossible to cut is refused here', () => {
  const both = associated({ ...open, server: { maxPduSize: 48 } })
  both.client.get([energy, name, energy, name, energy], both.now)
  const failure = only(deliver(both), 'failed')
  assert.deepEqual([failure.error.code, failure.fatal], ['too-large', false])
})

test('a closed connection and an idle server end the association', () => {
  const both = associated()
  both.client.get(energy, both.now)
  both.client.disconnected(both.now)
  assert.deepEqual(
    deliver(both).map((event) => event.kind === 'failed' && event.error.code),
    ['association-lost', 'association-lost'],
  )
  const deadline = both.server.nextDeadline() ?? 0
  both.server.tick(deadline - 1)
  assert.equal(both.server.state, 'associated')
  both.server.tick(deadline)
  assert.equal(both.server.state, 'closed')
  const [event] = both.server.takeEvents()
  assert.ok(event.kind === 'failed' && event.fatal && event.error.code === 'timeout')
})

test('garbage is malformed at once for both sides', () => {
  const both = associated()
  both.client.get(energy, both.now)
  both.client.takeOutput()
  const events = deliver(both, Uint8Array.of(0x47, 0x45, 0x54, 0x20))
  assert.deepEqual(
    events.map((event) => event.kind === 'failed' && [event.error.code, event.fatal]),
    [
      ['malformed', true],
      ['malformed', true],
    ],
  )
  both.server.receive(Uint8Array.of(0x16, 0x03, 0x01), both.now)
  const [event] = both.server.takeEvents()
  assert.ok(event.kind === 'failed' && event.fatal && event.error.code === 'malformed')
  assert.equal(both.server.state, 'closed')
})

test('arbitrary APDUs never throw, on either side, in any state', () => {
  const payload = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 60 }),
    fc
      .tuple(
        fc.constantFrom(
          0x60,
          0x61,
          0x62,
          0x63,
          0x0e,
          0x0f,
          0xc0,
          0xc1,
          0xc2,
          0xc3,
          0xc4,
          0xc5,
          0xc7,
          0xcc,
          0xd8,
          0xdb,
        ),
        fc.uint8Array({ maxLength: 60 }),
      )
      .map(([tag, rest]) => Uint8Array.of(tag, ...rest)),
  )
  fc.assert(
    fc.property(
      fc.constantFrom('idle', 'open', 'ciphered'),
      fc.array(payload, { maxLength: 6 }),
      (state, payloads) => {
        const both = state === 'idle' ? pair() : associated(state === 'open' ? open : {})
        if (state === 'idle') both.client.associate(both.now)
        else both.client.get(energy, both.now)
        for (const bytes of payloads) {
          both.client.receive(toClient(bytes), both.now)
          both.server.receive(toClient(bytes), both.now)
        }
        both.client.tick(both.now + 60_000)
        const settled = both.client
          .takeEvents()
          .some((event) => event.kind === 'failed' || event.kind === 'response')
        assert.ok(settled)
      },
    ),
    { numRuns: 300 },
  )
})

test('one altered bit in a ciphered session gives the right data or a failure, never other data', () => {
  const rows = profileRows(12)
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (which, position) => {
      const both = associated({ client: { maxPduSize: 300 } })
      both.model.values.set(MemoryModel.key(profile), rows)
      both.client.get(profile, both.now)
      let frames = 0
      for (let round = 0; round < 40; round++) {
        const answers = answersTo(both)
        for (const answer of answers) {
          if (frames++ === which % 4) answer[(position >> 3) % answer.length] ^= 1 << (position & 7)
        }
        deliver(both, ...answers)
      }
      both.client.tick(both.now + 60_000)
      deliver(both)
      const response = both.clientEvents.find((event) => event.kind === 'response')
      if (response) assert.deepEqual(response.results, [{ ok: true, data: rows }])
      else assert.ok(both.clientEvents.some((event) => event.kind === 'failed'))
    }),
    { numRuns: 150 },
  )
})

test('no key or password appears in any error', () => {
  const text = JSON.stringify(
    [security('encrypted', { encryptionKey: new Uint8Array(15).fill(0xab) })].map((bad) => {
      try {
        return createClientSession({
          clientAddress: 1,
          serverAddress: 1,
          authentication: { mechanism: 'gmac' },
          security: bad,
          crypto: nodeCrypto,
        })
      } catch (error) {
        return String(error)
      }
    }),
  )
  assert.match(text, /16 bytes/)
  assert.ok(!/abab|171,171/.test(text))
  assert.ok(encryptionKey.length === 16 && authenticationKey.length === 16)
  assert.throws(() =>
    createServerSession({
      associations: [{ clientAddress: 1, mechanism: 'low', policy: 'encrypted' }],
      crypto: nodeCrypto,
      model: new MemoryModel(),
    }),
  )
})
