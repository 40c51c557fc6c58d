// One message for all servers: each carries it out, none answers, and only the group's key opens the door.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import { DlmsError } from '../parse.ts'
import { decodeWrapperFrame, encodeWrapperFrame } from '../wrapper/index.ts'
import { encodeApdu } from '../xdlms/index.ts'
import {
  associated,
  clientTitle,
  counter,
  energy,
  filledModel,
  kinds,
  MemoryModel,
  name,
  nodeCrypto,
  only,
  type Pair,
  pair,
  run,
  serverTitle,
} from './harness.test.ts'
import { createServerSession } from './index.ts'
import { Protection } from './protection.ts'
import { keysOf } from './securityHarness.test.ts'
import type { ServerEvent, ServerSession, ServerSessionOptions } from './serverTypes.ts'
import type { ClientSessionOptions, SecurityPolicy } from './types.ts'

const image = { classId: 18, obis: '0.0.44.0.0.255', method: 2 } as const
const transports = ['wrapper', 'udp-wrapper', 'hdlc'] as const
type Transport = (typeof transports)[number]

/** A head-end with the group's key, and one of its meters, which lets client 2 broadcast. */
function group(
  transport: Transport,
  more: { server?: object; client?: object; policy?: SecurityPolicy } = {},
) {
  const { encryptionKey, authenticationKey, broadcastKey } = keysOf(0).client
  const floors: Record<string, number | undefined> = {}
  const policy = more.policy ?? 'authenticated-encrypted'
  const client: Partial<ClientSessionOptions> = {
    transport,
    clientAddress: 2,
    ...(transport === 'hdlc' && { hdlc: { physicalAddress: 17 } }),
    security: {
      systemTitle: clientTitle,
      encryptionKey,
      authenticationKey,
      broadcastKey,
      policy,
      nextInvocationCounter: counter(300),
      ...more.client,
    },
  }
  const server: Partial<ServerSessionOptions> = {
    transport,
    ...(transport === 'hdlc' && { hdlc: { physicalAddress: 17 } }),
    associations: [
      { clientAddress: 1, mechanism: 'gmac', policy: 'authenticated-encrypted' },
      { clientAddress: 2, mechanism: 'none', policy, preEstablished: {} },
      { clientAddress: 3, mechanism: 'none', policy: 'none' },
    ],
    security: {
      systemTitle: serverTitle,
      encryptionKey,
      authenticationKey,
      broadcastKey,
      nextInvocationCounter: counter(50),
      lastClientCounter: (key) => floors[key],
      acceptClientCounter: (value, key) => {
        floors[key] = value
      },
      ...more.server,
    },
  }
  return { client, server, floors, keys: { encryptionKey, authenticationKey, broadcastKey } }
}

/** What a server of the group makes of the client's output. */
function hear(both: Pair, server: ServerSession = both.server): ServerEvent[] {
  for (const frame of both.client.takeOutput()) server.receive(frame, both.now)
  assert.deepEqual(server.takeOutput(), [], 'nothing is answered')
  return server.takeEvents()
}

for (const transport of transports) {
  test(`${transport}: SET, ACTION and DataNotification reach all and are not answered`, () => {
    const { client, server } = group(transport)
    const both = pair({ client, server })
    const id = both.client.broadcast(
      { service: 'set', requests: { attribute: name, data: data.u8(5) } },
      both.now,
    )
    const sent = only(both.client.takeEvents(), 'sent')
    assert.equal(sent.requestId, id)
    assert.equal(sent.frames.length, 1)
    assert.equal(both.client.nextDeadline(), undefined, 'nothing is awaited')
    const [set] = hear(both)
    assert.ok(set.kind === 'request' && set.service === 'set')
    assert.deepEqual(set.results, ['success'])
    assert.equal(set.frames.length, 1)
    assert.deepEqual(both.model.values.get(MemoryModel.key(name)), data.u8(5))

    // Longer than one HDLC frame holds.
    const part = data.octets(new Uint8Array(300).fill(7))
    both.client.broadcast(
      { service: 'action', requests: [{ method: image, data: part }, { method: image }] },
      both.now,
    )
    const [action] = hear(both)
    assert.ok(action.kind === 'request' && action.service === 'action')
    assert.deepEqual(
      both.model.calls.map((call) => call.data),
      [part, { type: 'null-data', value: null }],
    )
    both.client.broadcast({ service: 'data-notification', data: data.u32(9) }, both.now)
    const [told] = hear(both)
    assert.ok(told.kind === 'notification')
    assert.deepEqual([told.data, told.association.clientAddress], [data.u32(9), 2])
    assert.equal(both.server.state, 'idle')
  })

  test(`${transport}: an association with another client goes on beside it`, () => {
    const { client, server } = group(transport)
    const both = associated({ server, client: { ...client, clientAddress: 1 } })
    const title = Uint8Array.from([...clientTitle.subarray(0, 7), 9])
    const other = pair({
      client: { ...client, security: { ...client.security, systemTitle: title } as never },
    })
    both.client.get(energy, both.now)
    const [request] = both.client.takeOutput()
    other.client.broadcast({ service: 'set', requests: { attribute: name, data: data.u8(5) } }, both.now)
    assert.deepEqual(kinds(hear(other, both.server)), ['request'])
    both.server.receive(request, both.now)
    run(both)
    assert.equal(only(both.clientEvents, 'response').frames.length, 2)
    // And beside a request of its own.
    both.clientEvents.length = 0
    both.client.get(energy, both.now)
    both.client.broadcast({ service: 'data-notification', data: data.u8(1) }, both.now, { policy: 'none' })
    run(both)
    assert.deepEqual(kinds(both.clientEvents), ['sent', 'response'])
  })
}

const setName = encodeApdu({
  kind: 'set-request',
  form: 'normal',
  invokeIdAndPriority: 0x81,
  attribute: name,
  data: data.u8(5),
})

test('a broadcast acts once, and only under the key of the group', () => {
  const { client, server, floors, keys } = group('udp-wrapper')
  const both = pair({ client, server })
  const send = (payload: Uint8Array, source = 2, destination = 0x7f): string => {
    both.server.receive(encodeWrapperFrame({ source, destination, payload }), both.now)
    const answers = both.server.takeOutput().length
    const [event] = both.server.takeEvents()
    const code = event?.kind === 'failed' ? event.error.code : event?.kind
    return `${code}${answers > 0 ? ' answered' : ''}`
  }
  const sender = (more: object = {}) =>
    new Protection(nodeCrypto, {
      ...keys,
      systemTitle: clientTitle,
      nextInvocationCounter: counter(500),
      lastPeerCounter: () => undefined,
      acceptPeerCounter: () => undefined,
      ...more,
    })
  const sealed = sender().sealBroadcast(setName, 'authenticated-encrypted')
  assert.equal(send(sealed), 'request')
  assert.equal(floors.broadcast, 500)
  assert.equal(floors.global, undefined)
  assert.equal(send(sealed), 'counter-replayed')
  assert.equal(send(setName), 'policy', 'bare')
  const next = (policy: SecurityPolicy, more: object = {}, plain = setName) =>
    sender({ nextInvocationCounter: counter((floors.broadcast ?? 0) + 1), ...more }).sealBroadcast(
      plain,
      policy,
    )
  assert.equal(send(next('authenticated')), 'policy', 'too little protection')
  assert.equal(
    send(next('authenticated-encrypted', { broadcastKey: new Uint8Array(16) })),
    'decryption-failed',
  )
  const alone = sender({ nextInvocationCounter: counter(1) }).seal(
    setName,
    'authenticated-encrypted',
    'general-global',
  )
  assert.equal(send(alone), 'policy', 'a message for this meter alone, sent to all')
  assert.equal(send(next('authenticated-encrypted'), 3), 'not-associated', 'a client that may not broadcast')
  assert.equal(send(next('authenticated-encrypted'), 77), 'not-associated')
  assert.equal(send(next('authenticated-encrypted'), 2, 5), 'undefined', 'another device')
  const confirmed = setName.slice()
  confirmed[2] |= 0x40
  const get = encodeApdu({ kind: 'get-request', form: 'normal', invokeIdAndPriority: 1, attribute: energy })
  assert.equal(send(next('authenticated-encrypted', {}, confirmed)), 'exception')
  assert.equal(send(next('authenticated-encrypted', {}, get)), 'exception')
  assert.equal(send(next('authenticated-encrypted', {}, Uint8Array.of(0xc1, 9))), 'malformed')
  assert.equal(send(Uint8Array.of(0x60, 0x00)), 'policy', 'no AARQ either')
  assert.equal(both.model.asked.length, 0)
  assert.equal(send(next('authenticated-encrypted')), 'request', 'and the next one is heard')
})

test('what every member of the group could have written is not believed in an association', () => {
  const { client, server, keys } = group('wrapper')
  const both = associated({ server, client: { ...client, clientAddress: 1 } })
  const forger = (systemTitle: Uint8Array) =>
    new Protection(nodeCrypto, {
      ...keys,
      systemTitle,
      nextInvocationCounter: counter(90_000),
      lastPeerCounter: () => undefined,
      acceptPeerCounter: () => undefined,
    })
  const forged = forger(clientTitle).sealBroadcast(setName, 'authenticated-encrypted')
  both.server.receive(encodeWrapperFrame({ source: 1, destination: 1, payload: forged }), both.now)
  const [refused] = both.server.takeEvents()
  assert.ok(refused.kind === 'failed' && refused.error.code === 'policy')
  const [answer] = both.server.takeOutput()
  const decoded = decodeWrapperFrame(answer)
  assert.ok(decoded.kind === 'ok' && decoded.value.payload[0] === 0xd8)
  assert.notDeepEqual(both.model.values.get(MemoryModel.key(name)), data.u8(5))

  const push = encodeApdu({
    kind: 'data-notification',
    longInvokeId: 1,
    dateTime: new Uint8Array(0),
    body: data.u8(1),
  })
  const pushed = forger(serverTitle).sealBroadcast(push, 'authenticated-encrypted')
  both.client.receive(encodeWrapperFrame({ source: 1, destination: 1, payload: pushed }), both.now)
  assert.deepEqual(both.client.takeEvents(), [])
  both.client.get(energy, both.now)
  const response = encodeApdu({
    kind: 'get-response',
    form: 'normal',
    invokeIdAndPriority: 0xc2,
    result: { ok: true, data: data.u32(666) },
  })
  const lie = forger(serverTitle)
  lie.sealBroadcast(push, 'authenticated-encrypted')
  const faked = lie.sealBroadcast(response, 'authenticated-encrypted')
  both.client.receive(encodeWrapperFrame({ source: 1, destination: 1, payload: faked }), both.now)
  assert.equal(only(both.client.takeEvents().slice(0, 1), 'failed').error.code, 'policy')
})

test('without security broadcasts are bare, and heard where the policy allows it', () => {
  const both = pair({
    client: { authentication: { mechanism: 'none' }, security: undefined, transport: 'hdlc' },
    association: { mechanism: 'none', policy: 'none', preEstablished: {} },
    server: { transport: 'hdlc' },
  })
  both.client.broadcast({ service: 'set', requests: [{ attribute: name, data: data.u8(5) }] }, both.now)
  assert.deepEqual(kinds(hear(both)), ['request'])
  // A meter without the group's key passes over what it cannot open.
  const { client, server } = group('udp-wrapper', { server: { broadcastKey: undefined } })
  const deaf = pair({ client, server })
  deaf.client.broadcast({ service: 'action', requests: { method: image } }, deaf.now)
  const [failed] = hear(deaf)
  assert.ok(failed.kind === 'failed' && failed.error.code === 'decryption-failed')
})

test('impossible broadcasts are errors of the caller and take no counter', () => {
  const { client, server } = group('wrapper', { client: { broadcastKey: undefined } })
  const keyless = pair({ client, server })
  const message = { service: 'action', requests: { method: image } } as const
  assert.throws(() => keyless.client.broadcast(message, 0), DlmsError)
  const able = pair(group('wrapper'))
  assert.throws(() => able.client.broadcast({ service: 'set', requests: [] }, 0), DlmsError)
  const long = data.octets(new Uint8Array(70_000))
  assert.throws(
    () => able.client.broadcast({ service: 'set', requests: { attribute: name, data: long } }, 0),
    DlmsError,
  )
  able.client.broadcast(message, 0)
  const sessions = [1, 2, 3].map(() => createServerSession({ ...basics(), ...group('wrapper').server }))
  const [frame] = able.client.takeOutput()
  for (const session of sessions) {
    session.receive(frame, 0)
    assert.deepEqual(kinds(session.takeEvents()), ['request'])
  }

  function basics(): ServerSessionOptions {
    return { associations: [], crypto: nodeCrypto, model: filledModel() }
  }
})
