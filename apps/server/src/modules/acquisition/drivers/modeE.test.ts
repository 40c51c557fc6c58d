import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import {
  clock,
  createServerSession,
  data,
  dateTimeToBytes,
  fromInstant,
  readResult,
  toInstant,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { createDevice } from '@contor/iec62056-21'
import { DlmsConnection } from './dlms/connection.ts'
import { DriverError } from './driver.ts'
import { openModeE } from './modeE.ts'
import { openStream } from './transport.ts'

const at = Date.UTC(2026, 10, 23, 5)

/** A meter behind an optical head: the sign-on first, HDLC on the same line after it. */
function meter(socket: Socket): void {
  const device = createDevice({
    identification: 'CTR5\\2VM-E',
    readout: () => '1-0:1.8.0(000123.4*kWh)\r\n',
    timing: { reactionMs: 5 },
  })
  const session = createServerSession({
    transport: 'hdlc',
    associations: [{ clientAddress: 16, mechanism: 'none', policy: 'none' }],
    crypto: nodeCrypto,
    model: {
      get: () => ({ ok: true, data: data.octets(dateTimeToBytes(fromInstant(at, -120, false))) }),
      set: () => 'read-write-denied',
      invoke: () => ({ result: 'object-undefined' }),
    },
  })
  let binary = false
  const flush = () => {
    for (const output of device.takeOutput()) if (output.kind === 'send') socket.write(output.bytes)
    for (const event of device.takeEvents()) if (event.kind === 'hdlc') binary = true
    for (const frame of session.takeOutput()) socket.write(frame)
    session.takeEvents()
  }
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    if (binary) session.receive(chunk, Date.now())
    else device.receive(chunk, Date.now())
    flush()
  })
}

async function listening(serve: (socket: Socket) => void) {
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    target: { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port } as const,
  }
}

const options = { deviceAddress: '', maxBaud: 9_600, timeoutMs: 8_000 }

test('after the sign-on the same line carries HDLC', async () => {
  const { server, target } = await listening(meter)
  const connection = await DlmsConnection.open({
    target,
    opening: (stream) => openModeE(stream, options),
    connectTimeoutMs: 2_000,
    session: {
      transport: 'hdlc',
      clientAddress: 16,
      serverAddress: 1,
      authentication: { mechanism: 'none' },
      crypto: nodeCrypto,
      timeoutMs: 3_000,
    },
  })
  const { time } = clock('0.0.1.0.0.255')
  const { event } = await connection.get(time)
  const read = readResult(time, event.results[0] ?? { ok: false, result: 'other-reason', code: 250 })
  assert.ok(read.ok)
  assert.equal(toInstant(read.value), at)
  await connection.close()
  server.close()
})

test('a device without mode E, and nobody at all, are driver errors', async () => {
  const { server, target } = await listening((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write('/CTR5VM-C\r\n\x0200000\x03'))
  })
  const stream = await openStream(target, { connectTimeoutMs: 2_000 })
  await assert.rejects(openModeE(stream, options), DriverError)
  stream.close()
  server.close()
  const silent = await listening((socket) => void socket.on('error', () => {}))
  const other = await openStream(silent.target, { connectTimeoutMs: 2_000 })
  await assert.rejects(
    openModeE(other, { ...options, timeoutMs: 300 }),
    (error) => error instanceof DriverError && error.code === 'timeout',
  )
  other.close()
  silent.server.close()
})
