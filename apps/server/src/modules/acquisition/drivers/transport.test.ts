import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { DriverError } from './driver.ts'
import { openStream, targetText } from './transport.ts'

const options = { connectTimeoutMs: 2_000 }

test('TCP: bytes that come before there is a listener are kept, and a later listener takes over', async () => {
  let peer: Socket | undefined
  const server = createServer((socket) => {
    peer = socket
    socket.write('early')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stream = await openStream({ kind: 'tcp', host: '127.0.0.1', port }, options)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const first: string[] = []
  stream.onData((chunk) => first.push(Buffer.from(chunk).toString()))
  assert.deepEqual(first, ['early'])
  const second = new Promise<string>((resolve) =>
    stream.onData((chunk) => resolve(Buffer.from(chunk).toString())),
  )
  const closed = new Promise<void>((resolve) => stream.onClose(resolve))
  peer?.write('late')
  assert.equal(await second, 'late')
  assert.deepEqual(first, ['early'])
  peer?.end()
  await closed
  stream.close()
  server.close()
})

test('UDP: one write is one datagram, one datagram one chunk', async () => {
  const peer = createSocket('udp4')
  peer.bind(0, '127.0.0.1')
  await once(peer, 'listening')
  peer.on('message', (message, from) => {
    peer.send(Buffer.from([message.length]), from.port, from.address)
  })
  const stream = await openStream({ kind: 'udp', host: '127.0.0.1', port: peer.address().port }, options)
  const chunks: number[][] = []
  const two = new Promise<void>((resolve) =>
    stream.onData((chunk) => {
      chunks.push([...chunk])
      if (chunks.length === 2) resolve()
    }),
  )
  stream.write(Uint8Array.of(1, 2, 3))
  stream.write(Uint8Array.of(1))
  await two
  assert.deepEqual(chunks, [[3], [1]])
  stream.close()
  stream.write(Uint8Array.of(9))
  peer.close()
})

test('what cannot be reached, and a stop in between, are driver errors', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const target = { kind: 'tcp', host: '127.0.0.1', port } as const
  await assert.rejects(
    openStream(target, options),
    (error) => error instanceof DriverError && error.code === 'unreachable',
  )
  await assert.rejects(
    openStream({ kind: 'serial', path: '/dev/no-such-line' }, options),
    (error) => error instanceof DriverError && error.code === 'unreachable',
  )
  await assert.rejects(
    openStream(target, { ...options, signal: AbortSignal.abort() }),
    (error) => error instanceof DriverError && error.code === 'aborted',
  )
  assert.equal(targetText({ kind: 'serial', path: '/dev/ttyUSB0', baudRate: 300 }), '/dev/ttyUSB0@300')
  assert.equal(targetText({ kind: 'udp', host: '127.0.0.1', port: 4059 }), 'udp://127.0.0.1:4059')
})
