// A counter out of step recovers without a technician, and without letting a stranger use the key up.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import {
  authenticationKey,
  counter,
  encryptionKey,
  energy,
  filledModel,
  MemoryModel,
  nodeCrypto,
  security,
  serverTitle,
} from '../session/harness.test.ts'
import { judgeCounter } from '../session/index.ts'
import { encodeWrapperFrame } from '../wrapper/index.ts'
import {
  associateWithRecovery,
  type ByteStream,
  ClientError,
  type CounterKeeper,
  type RecoveryOptions,
  type ServeOptions,
  serveStream,
  streamPair,
} from './index.ts'

type Transport = 'wrapper' | 'hdlc'
const shown = { classId: 1, obis: '0.0.43.1.0.255', attribute: 2 } as const

/** A meter that has seen `seen.counter`, shows it to the public client, and serves any number of connections. */
function meter(first: number, transport: Transport, more: Partial<ServeOptions> = {}) {
  const seen = { counter: first, connections: 0 }
  const model = filledModel()
  const own = counter(50)
  const get = model.get.bind(model)
  model.get = (attribute) =>
    MemoryModel.key(attribute) === MemoryModel.key(shown)
      ? ({ ok: true, data: data.u32(seen.counter) } as never)
      : get(attribute)
  const connect = (): ByteStream => {
    const [here, there] = streamPair()
    seen.connections += 1
    serveStream(there, {
      transport,
      associations: [
        { clientAddress: 16, mechanism: 'none', policy: 'none' },
        { clientAddress: 1, mechanism: 'gmac', policy: 'authenticated-encrypted' },
      ],
      security: {
        systemTitle: serverTitle,
        encryptionKey,
        authenticationKey,
        nextInvocationCounter: own,
        lastClientCounter: () => seen.counter,
        acceptClientCounter: (value) => {
          seen.counter = value
        },
      },
      crypto: nodeCrypto,
      model,
      ...more,
    })
    return here
  }
  return { seen, connect }
}

/** A head-end whose next counter is `next`, kept as a database would: it only rises. */
function headEnd(next: number, transport: Transport) {
  const used: number[] = []
  const raised: number[] = []
  const take = () => {
    used.push(next)
    return next++
  }
  const counters: CounterKeeper = {
    upcoming: async () => next,
    raise: async (floor) => {
      assert.ok(floor > next, `${floor} is asked for where ${next} is next`)
      raised.push(floor)
      next = floor
    },
  }
  const session = () => ({
    transport,
    clientAddress: 1,
    serverAddress: 1,
    authentication: { mechanism: 'gmac' } as const,
    security: security('authenticated-encrypted', { nextInvocationCounter: take }),
    crypto: nodeCrypto,
  })
  return { used, raised, options: { counters, session } }
}

const failsWith =
  (code: string, ...causes: string[]) =>
  (error: unknown) => {
    assert.ok(error instanceof ClientError)
    assert.equal(error.code, code, error.message)
    if (causes.length > 0) assert.ok(causes.includes((error.cause as ClientError).code))
    return true
  }

/** A meter, or whoever sits on its line, that answers everything in the same way. */
function answering(answer: () => Uint8Array): () => ByteStream {
  return () => {
    let tell: (bytes: Uint8Array) => void = () => undefined
    return {
      write: () =>
        queueMicrotask(() => tell(encodeWrapperFrame({ source: 1, destination: 1, payload: answer() }))),
      onData: (listener) => {
        tell = listener
      },
      onClose: () => undefined,
      close: () => undefined,
    }
  }
}

const exception = (expected: number) => {
  const apdu = Uint8Array.of(0xd8, 1, 6, 0, 0, 0, 0)
  new DataView(apdu.buffer).setUint32(3, expected)
  return apdu
}

for (const transport of ['wrapper', 'hdlc'] as const) {
  test(`${transport}: a head-end out of a backup goes on above the meter's counter`, async () => {
    const { seen, connect } = meter(40_000, transport)
    const { used, raised, options } = headEnd(1_000, transport)
    const told: unknown[] = []
    const client = await associateWithRecovery({ ...options, connect, onRaise: (raise) => told.push(raise) })
    assert.deepEqual(await client.get(energy), data.u32(123456))
    await client.close()
    assert.deepEqual(raised, [40_001])
    assert.deepEqual(told, [{ from: 1_001, to: 40_001 }])
    assert.equal(used[0], 1_000)
    assert.equal(used[1], 40_001)
    assert.equal(new Set(used).size, used.length, 'no counter is used twice')
    assert.equal(seen.connections, 2, 'the exception said enough')
  })

  test(`${transport}: a meter that names no counter is asked as the public client`, async () => {
    const { seen, connect } = meter(70_000, transport)
    const { raised, options } = headEnd(1_000, transport)
    let refusals = 0
    // A server that refuses with an AARE alone: its counter is told to nobody but the public client.
    const mute = (): ByteStream => {
      const stream = connect()
      return {
        ...stream,
        onData: (listener) =>
          stream.onData((bytes) => {
            const at = bytes.findIndex((octet, i) => octet === 0xd8 && bytes[i + 2] === 6)
            if (at < 0) return listener(bytes)
            refusals += 1
            stream.close()
          }),
      }
    }
    const client = await associateWithRecovery({ ...options, connect: mute })
    await client.close()
    assert.equal(refusals, 1)
    assert.deepEqual(raised, [70_001])
    assert.equal(seen.connections, 3, 'refused, read, associated')
  })

  test(`${transport}: a meter that jumped ahead between two sessions`, async () => {
    const { seen, connect } = meter(10, transport)
    const { raised, options } = headEnd(11, transport)
    await (await associateWithRecovery({ ...options, connect })).close()
    assert.deepEqual(raised, [])
    seen.counter = 5_000
    await (await associateWithRecovery({ ...options, connect })).close()
    assert.deepEqual(raised, [5_001])
  })

  test(`${transport}: who announces the end of the counters is not followed`, async () => {
    for (const last of [0xffff_ffff, 0xffff_fffe, 0xf000_0000 - 1, 0x10_0000 + 1_000]) {
      const { seen, connect } = meter(last, transport)
      const { used, raised, options } = headEnd(1_000, transport)
      await assert.rejects(associateWithRecovery({ ...options, connect }), failsWith('counter', 'exception'))
      assert.deepEqual([used, raised, seen.counter], [[1_000], [], last])
    }
  })
}

test('the jump is counted over all attempts: announcements that creep end as well', async () => {
  let expected = 2_000
  const connect = answering(() => {
    expected += 400
    return exception(expected)
  })
  const { used, raised, options } = headEnd(1_000, 'wrapper')
  const all: RecoveryOptions = { ...options, connect, publicCounter: false, maxJump: 2_000, attempts: 50 }
  await assert.rejects(associateWithRecovery(all), failsWith('counter', 'exception'))
  assert.deepEqual(raised, [2_400, 2_800])
  assert.equal(used.length, 3)
})

test('counter errors without an end are given up after the attempts', async () => {
  for (const expected of [0, 5, 1_000, 2_000]) {
    const { used, raised, options } = headEnd(1_000, 'wrapper')
    const connect = answering(() => exception(expected))
    await assert.rejects(
      associateWithRecovery({ ...options, connect, publicCounter: false, attempts: 4 }),
      failsWith('exception'),
    )
    assert.equal(used.length, 4)
    assert.deepEqual(raised, expected > 1_001 ? [2_000] : [])
  }
})

test('a refusal that is not about the counter stays what it is', async () => {
  const { seen, connect } = meter(10, 'wrapper')
  const { raised, options } = headEnd(1_000, 'wrapper')
  const wrongKey = () => ({
    ...options.session(),
    security: security('authenticated-encrypted', { encryptionKey: new Uint8Array(16) }),
  })
  await assert.rejects(
    associateWithRecovery({ ...options, session: wrongKey, connect }),
    failsWith('authentication-failed'),
  )
  assert.deepEqual([raised, seen.connections], [[], 2])
  const deaf = { ...options, connect, publicCounter: { obis: '0.0.43.1.9.255' }, session: wrongKey }
  await assert.rejects(associateWithRecovery(deaf), failsWith('authentication-failed'))
  // A counter of the server's that does not rise is a replay, and no reason to believe more of it.
  const replayed = () => ({
    ...options.session(),
    security: { ...options.session().security, serverCounterFloor: 0xffff },
  })
  const before = seen.connections
  await assert.rejects(
    associateWithRecovery({ ...options, session: replayed, connect }),
    failsWith('counter-replayed'),
  )
  assert.equal(seen.connections, before + 1)
})

test('what an announced counter may do', () => {
  assert.deepEqual(judgeCounter(10, 11), { kind: 'raise', floor: 11 })
  assert.deepEqual(judgeCounter(10, 10), { kind: 'keep' })
  assert.deepEqual(judgeCounter(10, 0), { kind: 'keep' })
  assert.deepEqual(judgeCounter(10, 10 + 0x10_0000), { kind: 'raise', floor: 10 + 0x10_0000 })
  assert.equal(judgeCounter(10, 11 + 0x10_0000).kind, 'refused')
  assert.equal(judgeCounter(0xefff_fff0, 0xf000_0000).kind, 'refused')
  assert.deepEqual(judgeCounter(0xefff_fff0, 0xefff_ffff), { kind: 'raise', floor: 0xefff_ffff })
  assert.equal(judgeCounter(10, 0xf000_0000, { maxJump: Number.POSITIVE_INFINITY }).kind, 'refused')
  assert.equal(judgeCounter(10, 3_000_000, { maxJump: Number.POSITIVE_INFINITY }).kind, 'raise')
  assert.equal(judgeCounter(10, 20, { ceiling: 20 }).kind, 'refused')
  for (const wrong of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY]) {
    assert.equal(judgeCounter(10, wrong).kind, 'refused')
  }
})
