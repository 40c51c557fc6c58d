// Each DLMS device of the zoo, read by our own client over a real socket with nothing but what the list says.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { createServer, connect as openSocket, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import {
  type ClientAuthentication,
  type ClientSecurity,
  createClientSession,
  fromHex,
  type NotificationEvent,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { type ByteStream, type ClientOptions, connectClient, fromSocket } from '@contor/dlms/stream'
import { createReader } from '@contor/iec62056-21'
import { freePorts } from '../freePorts.ts'
import { startZoo, type ZooEntry, zooKinds, zooList } from './index.ts'
import type { Running } from './kind.ts'

let zoo: Running
let entries: ZooEntry[]
const notified: NotificationEvent[] = []
let wake = () => {}
const listener = createServer((socket) => {
  const { encryptionKey, authenticationKey, systemTitle } = reach('dlms-push')
  const session = createClientSession({
    clientAddress: 1,
    serverAddress: 1,
    authentication: { mechanism: 'none' },
    security: {
      systemTitle: fromHex('4354527a6f6f3031'),
      encryptionKey: fromHex(encryptionKey),
      authenticationKey: fromHex(authenticationKey),
      serverSystemTitle: fromHex(systemTitle),
      policy: 'authenticated-encrypted',
      nextInvocationCounter: () => 1,
    },
    crypto: nodeCrypto,
  })
  socket.on('data', (chunk) => {
    session.receive(new Uint8Array(chunk), Date.now())
    for (const event of session.takeEvents()) if (event.kind === 'notification') notified.push(event)
    wake()
  })
})
before(async () => {
  const basePort = await freePorts(zooKinds.length + 1)
  const pushTo = { host: '127.0.0.1', port: basePort + zooKinds.length }
  await new Promise<void>((resolve) => listener.listen(pushTo.port, pushTo.host, resolve))
  zoo = await startZoo({ basePort, pushTo })
  entries = zooList({ basePort })
})
after(async () => {
  listener.close()
  await zoo.close()
})

const entry = (name: string) => entries.find((one) => one.name === name) as ZooEntry
const reach = (name: string) => entry(name).reach as Record<string, string>

let counter = 1
function securityOf(list: Record<string, unknown>): ClientSecurity {
  return {
    suite: list.suite as 0 | 1 | 2,
    systemTitle: fromHex(list.clientSystemTitle as string),
    encryptionKey: fromHex(list.encryptionKey as string),
    authenticationKey: fromHex(list.authenticationKey as string),
    ...(list.clientSigningKey
      ? {
          signing: {
            privateKey: fromHex(list.clientSigningKey as string),
            peerPublicKey: fromHex(list.serverPublicKey as string),
          },
        }
      : {}),
    ...(list.ciphering ? { ciphering: list.ciphering as ClientSecurity['ciphering'] } : {}),
    policy: 'authenticated-encrypted',
    nextInvocationCounter: () => counter++,
  }
}

function authenticationOf(list: Record<string, unknown>): ClientAuthentication {
  const { mechanism, password, secret } = list as Record<string, string>
  if (mechanism === 'low') return { mechanism, password }
  if (mechanism === 'md5' || mechanism === 'sha1' || mechanism === 'sha256') return { mechanism, secret }
  return { mechanism: mechanism as 'gmac' | 'ecdsa' }
}

function optionsOf({ reach: list }: ZooEntry): ClientOptions {
  const ciphered = list.mechanism === 'gmac' || list.mechanism === 'ecdsa'
  return {
    transport: list.transport as ClientOptions['transport'],
    ...(list.transport === 'hdlc' ? { hdlc: { physicalAddress: list.physicalAddress as number } } : {}),
    referencing: list.referencing as ClientOptions['referencing'],
    clientAddress: 1,
    serverAddress: 1,
    authentication: authenticationOf(list),
    ...(ciphered
      ? { security: securityOf(list) }
      : { systemTitle: fromHex(list.clientSystemTitle as string) }),
    ...(list.generalBlockTransfer ? { generalBlockTransfer: { window: 4 } } : {}),
    crypto: nodeCrypto,
    timeoutMs: 5_000,
  }
}

function streamOf({ transport, host, port, reach: list }: ZooEntry): ByteStream {
  if (list.opening === 'mode-e') return afterModeE(openSocket(port, host))
  if (transport === 'tcp') return fromSocket(openSocket(port, host))
  const socket = createSocket('udp4')
  return {
    write: (bytes) => socket.send(bytes, port, host),
    onData: (listen) => void socket.on('message', (bytes) => listen(new Uint8Array(bytes))),
    onClose: (listen) => void socket.on('close', () => listen()),
    close: () => void socket.close(),
  }
}

/** What a session says waits until the sign-on has opened the line. */
function afterModeE(socket: Socket): ByteStream {
  const reader = createReader({ purpose: 'hdlc', keepBaud: true })
  let opened = false
  let listen = (_: Uint8Array) => {}
  const held: Uint8Array[] = []
  const pump = () => {
    for (const output of reader.takeOutput())
      if (output.kind === 'send')
        setTimeout(() => socket.write(output.bytes), Math.max(1, output.notBefore - Date.now()))
    for (const event of reader.takeEvents()) {
      if (event.kind === 'octets') listen(event.bytes)
      if (event.kind !== 'hdlc') continue
      opened = true
      for (const bytes of held.splice(0)) socket.write(bytes)
      if (event.rest.length > 0) listen(event.rest)
    }
  }
  const timer = setInterval(() => {
    reader.tick(Date.now())
    pump()
  }, 20)
  socket.on('data', (chunk) => {
    reader.receive(new Uint8Array(chunk), Date.now())
    pump()
  })
  socket.on('close', () => clearInterval(timer))
  reader.signOn(Date.now())
  pump()
  return {
    write: (bytes) => void (opened ? socket.write(bytes) : held.push(bytes)),
    onData: (listener) => {
      listen = listener
    },
    onClose: (listener) => void socket.on('close', () => listener()),
    close: () => void socket.destroy(),
  }
}

const serial = { classId: 1, obis: '0.0.96.1.0.255', attribute: 2 } as const
const textOf = (value: { value: unknown }) => new TextDecoder().decode(value.value as Uint8Array)

for (const kind of zooKinds.filter(({ protocol }) => protocol === 'dlms')) {
  test(`${kind.name}: ${kind.what}`, async () => {
    const device = entry(kind.name)
    const client = await connectClient(streamOf(device), optionsOf(device))
    assert.equal(textOf(await client.get(serial)), device.reach.serial)
    const rows = await client.get({
      classId: 7,
      obis: '1.0.99.1.0.255',
      attribute: 2,
      selection: { kind: 'by-entry', fromEntry: 1, toEntry: 200, fromColumn: 1, toColumn: 0 },
    })
    assert.equal((rows.value as unknown[]).length, 200)
    if (device.reach.generalBlockTransfer)
      assert.ok(client.association.conformance.includes('general-block-transfer'))
    await client.close()
  })
}

test('the pre-established association answers without an AARQ', async () => {
  const device = entry('dlms-pre-established')
  const client = await connectClient(streamOf(device), {
    clientAddress: device.reach.preEstablishedClient as number,
    serverAddress: 1,
    authentication: { mechanism: 'none' },
    crypto: nodeCrypto,
    assume: { conformance: ['get', 'selective-access', 'block-transfer-with-get-or-read'] },
    timeoutMs: 5_000,
  })
  assert.equal(client.association.frames.length, 0)
  assert.equal(textOf(await client.get(serial)), device.reach.serial)
  await client.close()
})

test('a push on demand arrives ciphered, in the order that the push setup tells', async () => {
  const device = entry('dlms-push')
  const client = await connectClient(streamOf(device), optionsOf(device))
  const setup = device.reach.pushSetup as string
  const objects = await client.get({ classId: 40, obis: setup, attribute: 2 })
  const arrived = new Promise<void>((resolve) => {
    wake = resolve
  })
  await client.action({ method: { classId: 40, obis: setup, method: 1 } })
  await arrived
  await client.close()
  assert.equal(notified.length, 1)
  const [push] = notified
  assert.deepEqual([push.protection, push.data.type], ['authenticated-encrypted', 'structure'])
  const values = push.data.value as unknown as { value: unknown }[]
  assert.equal(values.length, (objects.value as unknown[]).length)
  assert.equal(textOf(values[2]), device.reach.serial)
  assert.ok(Number(values[3].value) > 0)
})
