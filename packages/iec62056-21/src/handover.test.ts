// Mode E from the sign-on to a DLMS value: the same line, first ours, then HDLC's.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClientSession, createServerSession, data } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { createDevice, createReader } from './index.ts'

const energy = { classId: 3, obis: '1.0.1.8.0.255', attribute: 2 } as const

test('the opening of mode E hands the line to HDLC, and a register is read over it', () => {
  const reader = createReader({ purpose: 'hdlc' })
  const device = createDevice({ identification: 'LGZ5\\2ZMD3101', readout: () => '' })
  const now = 1_000
  const client = createClientSession({
    transport: 'hdlc',
    clientAddress: 16,
    serverAddress: 1,
    authentication: { mechanism: 'low', password: 'Gurux' },
    crypto: nodeCrypto,
  })
  const server = createServerSession({
    transport: 'hdlc',
    associations: [{ clientAddress: 16, mechanism: 'low', policy: 'none', password: 'Gurux' }],
    crypto: nodeCrypto,
    model: {
      get: ({ obis }) =>
        obis === energy.obis
          ? { ok: true, data: data.u32(123456) }
          : { ok: false, result: 'object-undefined', code: 4 },
      set: () => 'read-write-denied',
      invoke: () => ({ result: 'object-undefined' }),
    },
  })
  let open = 0
  const toDevice = (bytes: Uint8Array) => {
    device.receive(bytes, now)
    for (const event of device.takeEvents()) {
      if (event.kind === 'hdlc') server.receive(event.rest, now)
    }
  }
  const toReader = (bytes: Uint8Array) => {
    reader.receive(bytes, now)
    for (const event of reader.takeEvents()) {
      if (event.kind === 'octets') client.receive(event.bytes, now)
      if (event.kind !== 'hdlc') continue
      open = event.baud
      client.receive(event.rest, now)
      client.associate(now)
      client.get(energy, now)
    }
  }
  reader.signOn(now)
  const results: unknown[] = []
  for (let round = 0; round < 50; round++) {
    for (const entry of reader.takeOutput()) if (entry.kind === 'send') toDevice(entry.bytes)
    for (const frame of client.takeOutput()) toDevice(frame)
    for (const entry of device.takeOutput()) if (entry.kind === 'send') toReader(entry.bytes)
    for (const frame of server.takeOutput()) toReader(frame)
    for (const event of client.takeEvents()) {
      if (event.kind === 'response' && event.service === 'get') results.push(...event.results)
      assert.notEqual(event.kind, 'failed')
    }
  }
  assert.equal(open, 9600)
  assert.deepEqual(results, [{ ok: true, data: data.u32(123456) }])
})
