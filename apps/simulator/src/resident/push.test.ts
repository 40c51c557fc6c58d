// Events of the relay arrive where the push setup says, ciphered, each with its own code.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClientSession, data, type NotificationEvent } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { freePorts } from '../freePorts.ts'
import { buildNeighbourhood } from '../neighbourhood.ts'
import { type RunningNeighbourhood, startNeighbourhood } from '../start.ts'

let running: RunningNeighbourhood | undefined
const listener = createServer()
after(async () => {
  listener.close()
  await running?.close()
})

test('a trip by over-power is told as two events, and a meter without a destination tells nobody', async () => {
  const basePort = await freePorts(8)
  const neighbourhood = buildNeighbourhood({ meters: 6, seed: 3, basePort })
  const spec = neighbourhood.points.find(
    ({ meter, kind }) => meter && !meter.fault && meter.transport === 'hdlc' && kind === 'household',
  )?.meter
  assert.ok(spec)
  const heard: NotificationEvent[] = []
  listener.on('connection', (socket) => {
    const session = createClientSession({
      clientAddress: 1,
      serverAddress: 1,
      authentication: { mechanism: 'none' },
      security: {
        systemTitle: spec.systemTitle,
        encryptionKey: spec.keys.encryption,
        authenticationKey: spec.keys.authentication,
        serverSystemTitle: spec.systemTitle,
        policy: 'authenticated-encrypted',
        nextInvocationCounter: () => 1,
      },
      crypto: nodeCrypto,
    })
    socket.on('data', (chunk) => {
      session.receive(new Uint8Array(chunk), Date.now())
      for (const event of session.takeEvents()) if (event.kind === 'notification') heard.push(event)
    })
  })
  const port = basePort + 7
  await new Promise<void>((done) => listener.listen(port, '127.0.0.1', done))
  running = await startNeighbourhood(neighbourhood)
  const meter = running.meters.get(spec.serial)
  assert.ok(meter)
  const { household } = meter
  const now = Date.now()
  // Before anybody asked for messages.
  household.remote('remote-disconnect', now)
  household.remote('remote-reconnect', now)
  household.resident.pressButton(10, now)

  const aim = (destination: string, service = 0) =>
    meter.model.set(
      { classId: 40, obis: '0.4.25.9.0.255', attribute: 3 },
      data.structure(data.enum(service), data.octets(new TextEncoder().encode(destination)), data.enum(0)),
      {
        clientAddress: 1,
        mechanism: 'gmac',
        policy: 'authenticated-encrypted',
        conformance: [],
        clientMaxPduSize: 0,
      },
      now,
    )
  assert.equal(aim('nowhere'), 'object-unavailable')
  assert.equal(aim('127.0.0.1:4059', 2), 'object-unavailable')
  assert.equal(aim(`127.0.0.1:${port}`), 'success')
  household.resident.load(spec.approvedPowerW + 1_000, now)
  household.tick(now + 60_000)
  for (let n = 0; n < 200 && heard.length < 2; n++) await sleep(20)
  const told = heard.map((event) => {
    assert.equal(event.protection, 'authenticated-encrypted')
    const [, , serial, code] = event.data.value as unknown as { value: unknown }[]
    assert.equal(new TextDecoder().decode(serial.value as Uint8Array), spec.serial)
    return code.value
  })
  assert.deepEqual(told.sort(), [64, 65])
})
