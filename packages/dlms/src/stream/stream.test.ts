// Clients and meters on connections: a pair in memory, a socket, web streams; and how each ends.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import { fromInstant, toInstant } from '../axdr/dateTime.ts'
import { decodeData } from '../axdr/decode.ts'
import { clock, disconnectControl, profileGeneric, register } from '../cosem/index.ts'
import {
  authenticationKey,
  counter,
  encryptionKey,
  energy,
  filledModel,
  MemoryModel,
  nodeCrypto,
  profile,
  profileRows,
  security,
  serverTitle,
} from '../session/harness.test.ts'
import type { NotificationEvent, WireFrame } from '../session/types.ts'
import {
  type ByteStream,
  ClientError,
  type ClientOptions,
  connectClient,
  fromSocket,
  fromWebStreams,
  type ServeOptions,
  type StreamClock,
  serveStream,
  streamPair,
} from './index.ts'

const time = clock('0.0.1.0.0.255').time
const noon = Date.UTC(2026, 5, 1, 12)

function meter(model = filledModel()): ServeOptions {
  let seen: number | undefined
  model.values.set(MemoryModel.key(time), time.encode(fromInstant(noon, -180, true)))
  return {
    associations: [{ clientAddress: 1, mechanism: 'gmac', policy: 'authenticated-encrypted' }],
    security: {
      systemTitle: serverTitle,
      encryptionKey,
      authenticationKey,
      nextInvocationCounter: counter(50),
      lastClientCounter: () => seen,
      acceptClientCounter: (value) => {
        seen = value
      },
    },
    crypto: nodeCrypto,
    model,
  }
}

const reader = (more: Partial<ClientOptions> = {}): ClientOptions => ({
  clientAddress: 1,
  serverAddress: 1,
  authentication: { mechanism: 'gmac' },
  security: security('authenticated-encrypted'),
  crypto: nodeCrypto,
  ...more,
})

/** A clock that the test turns. */
function handClock(): StreamClock & { turn(ms: number): void } {
  let at = noon
  let due: { at: number; run: () => void }[] = []
  return {
    now: () => at,
    after: (ms, run) => {
      const timer = { at: at + ms, run }
      due.push(timer)
      return () => {
        due = due.filter((other) => other !== timer)
      }
    },
    turn: (ms) => {
      at += ms
      for (const timer of due.filter((candidate) => candidate.at <= at)) {
        due = due.filter((other) => other !== timer)
        timer.run()
      }
    },
  }
}

const coded = (code: string, detail?: string) => (error: unknown) => {
  assert.ok(error instanceof ClientError)
  assert.equal(error.code, code)
  if (detail !== undefined) assert.equal(error.detail, detail)
  return true
}

test('typed reads, writes and actions; refusals and odd shapes reject by name', async () => {
  const model = filledModel()
  const [here, there] = streamPair()
  const serving = serveStream(there, meter(model))
  const frames: WireFrame[] = []
  const client = await connectClient(here, reader({ onFrames: (some) => frames.push(...some) }))
  assert.equal(toInstant(await client.get(time)), noon)
  assert.deepEqual(await client.get(energy), data.u32(123456))
  await client.set(time.write(fromInstant(noon + 1000, -180, true)))
  const [written, missing] = await client.getAll(time, register('1.0.2.8.0.255').value)
  assert.ok(written.ok)
  assert.equal(toInstant(written.value), noon + 1000)
  assert.equal(missing.ok, false)
  await client.action(disconnectControl('0.0.96.3.10.255').remoteDisconnect())
  assert.equal(model.calls.length, 1)
  await assert.rejects(client.get(register('1.0.2.8.0.255').value), coded('access', 'object-undefined'))
  await assert.rejects(
    client.set({ attribute: profile, data: data.u8(1) }),
    coded('access', 'read-write-denied'),
  )
  model.values.set(MemoryModel.key(time), data.u8(1))
  await assert.rejects(client.get(time), coded('shape'))
  await client.close()
  await serving.closed
  assert.ok(frames.length > 10 && frames.some((frame) => frame.direction === 'in'))
  await assert.rejects(client.get(time), coded('closed'))
})

test('requests asked together are answered each with its own', async () => {
  const model = filledModel()
  const rows = profileRows(500)
  model.values.set(MemoryModel.key(profile), rows)
  const [here, there] = streamPair()
  serveStream(there, meter(model))
  const client = await connectClient(here, reader())
  const [at, bytes, value] = await Promise.all([
    client.get(time),
    client.getBytes(profileGeneric(profile.obis).buffer),
    client.get(energy),
  ])
  assert.equal(toInstant(at), noon)
  assert.deepEqual(decodeData(bytes), { kind: 'ok', value: rows, next: bytes.length })
  assert.deepEqual(value, data.u32(123456))
  await client.close()
})

test('notifications reach their listener and are confirmed', async () => {
  const [here, there] = streamPair()
  const heard: NotificationEvent[] = []
  const confirmed = Promise.withResolvers<boolean>()
  const serving = serveStream(there, {
    ...meter(),
    onEvent: (event) => event.kind === 'notified' && confirmed.resolve(event.confirmed),
  })
  await connectClient(here, reader({ onNotification: (event) => heard.push(event) }))
  serving.notify({ service: 'data-notification', data: data.u8(7) }, { confirm: {} })
  assert.equal(await confirmed.promise, true)
  assert.deepEqual(
    heard.map((event) => event.data),
    [data.u8(7)],
  )
  serving.close()
})

test('a server that never answers: the promise rejects when the time is up', async () => {
  const hand = handClock()
  const [here] = streamPair()
  const opening = connectClient(here, reader({ clock: hand, timeoutMs: 5000 }))
  hand.turn(4000)
  hand.turn(2000)
  await assert.rejects(opening, coded('timeout'))
})

test('a refused client and a lost connection reject what waits', async () => {
  const [here, there] = streamPair()
  serveStream(there, meter())
  const stranger = security('authenticated-encrypted', { encryptionKey: new Uint8Array(16) })
  await assert.rejects(connectClient(here, reader({ security: stranger })), ClientError)

  const [near, far] = streamPair()
  const serving = serveStream(far, { ...meter(), model: closing(() => serving.close()) })
  const client = await connectClient(near, reader())
  await assert.rejects(client.get(time), coded('closed'))

  function closing(close: () => void): MemoryModel {
    const model = filledModel()
    model.get = () => {
      close()
      return { ok: false, result: 'temporary-failure', code: 2 } as never
    }
    return model
  }
})

test('over sockets on one side and web streams on the other; a refused port says why', async () => {
  const server = net.createServer((socket) => serveStream(fromSocket(socket), meter()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const viaSocket = await connectClient(fromSocket(net.connect(port, '127.0.0.1')), reader())
  assert.equal(toInstant(await viaSocket.get(time)), noon)
  await viaSocket.close()
  const web: ByteStream = fromWebStreams(Duplex.toWeb(net.connect(port, '127.0.0.1')))
  const viaWeb = await connectClient(web, reader())
  assert.equal(toInstant(await viaWeb.get(time)), noon)
  await viaWeb.close()
  server.close()
  await once(server, 'close')
  await assert.rejects(
    connectClient(fromSocket(net.connect(port, '127.0.0.1')), reader()),
    (error: ClientError) =>
      error.code === 'closed' && (error.cause as { code?: string }).code === 'ECONNREFUSED',
  )
})
