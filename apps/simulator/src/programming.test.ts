// What management changes in a meter, in sessions over sockets: keys under the master key, the passive calendar.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Data, data, needCrypto, securitySetup } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { clockData } from './cosem.ts'
import { freePorts } from './freePorts.ts'
import { type Client, client } from './harness.test.ts'
import { buildNeighbourhood, type Neighbourhood, type SimulatedMeter } from './neighbourhood.ts'
import { type RunningNeighbourhood, startNeighbourhood } from './start.ts'

const folder = mkdtempSync(join(tmpdir(), 'valea-mare-'))
const stateFile = join(folder, 'state.json')
let place: Neighbourhood
let running: RunningNeighbourhood
before(async () => {
  const whole = buildNeighbourhood({ meters: 20, seed: 13, basePort: await freePorts(21) })
  const lines = whole.lines.map((line) => ({ ...line, latencyMs: [0, 0] as const, loss: 0 }))
  const points = whole.points.filter(({ meter, kind }) => meter && !meter.fault && kind === 'household')
  place = { ...whole, lines, points }
  running = await startNeighbourhood(place, { stateFile })
})
after(async () => {
  await running.close()
  rmSync(folder, { recursive: true })
})

const meterOf = (suite: number): SimulatedMeter => {
  const found = place.points.find(({ meter }) => meter?.suite === suite)?.meter
  assert.ok(found)
  return found
}

let counter = 1
async function tried(meter: SimulatedMeter): Promise<Client | string> {
  for (let attempt = 0; ; attempt++) {
    const nextInvocationCounter = () => counter++
    const one = client(meter, 'management', { timeoutMs: 2_000, nextInvocationCounter })
    const event = await one.ask((session, now) => session.associate(now))
    if (event.kind === 'associated') return one
    one.close()
    const code = event.kind === 'failed' ? event.error.code : event.kind
    // The meter lets go of the client before only when it has seen the connection end.
    if (code !== 'association-lost' || attempt === 20) return code
    await sleep(20)
  }
}

async function associated(meter: SimulatedMeter): Promise<Client> {
  const one = await tried(meter)
  assert.ok(typeof one !== 'string', String(one))
  return one
}

async function transfer(one: Client, master: Uint8Array, key: Uint8Array): Promise<string> {
  const wrappedKey = needCrypto(nodeCrypto, 'aesKeyWrap')(master, key)
  const request = securitySetup('0.0.43.0.0.255').keyTransfer([
    { keyId: 'global unicast encryption key', wrappedKey },
  ])
  const event = await one.ask((session, now) => void session.action(request, now))
  assert.ok(event.kind === 'response' && event.service === 'action', event.kind)
  return event.results[0].result
}

for (const suite of [0, 2]) {
  test(`suite ${suite}: a key under another master key changes nothing; a right one takes over and stays`, async () => {
    const meter = meterOf(suite)
    const { length } = meter.keys.encryption
    const fresh = new Uint8Array(length).fill(0x42)
    const first = await associated(meter)
    assert.notEqual(await transfer(first, new Uint8Array(length).fill(9), fresh), 'success')
    first.close()

    const second = await associated(meter)
    assert.equal(await transfer(second, meter.keys.master, fresh), 'success')
    second.close()

    assert.equal(typeof (await tried(meter)), 'string')
    const renewed = { ...meter, keys: { ...meter.keys, encryption: fresh } }
    ;(await associated(renewed)).close()

    await running.close()
    running = await startNeighbourhood(place, { stateFile })
    assert.equal(typeof (await tried(meter)), 'string')
    ;(await associated(renewed)).close()
  })
}

test('the passive calendar is written, takes over at its time, and the event says so', async () => {
  const meter = meterOf(1)
  const one = await associated(meter)
  const attribute = (n: number) => ({ classId: 20, obis: '0.0.13.0.0.255', attribute: n })
  const set = async (n: number, value: Data) => {
    const event = await one.ask(
      (session, now) => void session.set({ attribute: attribute(n), data: value }, now),
    )
    assert.ok(event.kind === 'response' && event.service === 'set')
    return event.results[0].result
  }
  const name = async (n: number) => new TextDecoder().decode((await one.get(attribute(n)))[0] as Uint8Array)
  const events = async () => {
    const [rows] = (await one.get({ classId: 7, obis: '0.0.99.98.0.255', attribute: 2 })) as [
      { value: { value: unknown }[] }[],
    ]
    return rows.filter((row) => row.value[1].value === 9).length
  }
  assert.equal(await set(6, data.octets(new TextEncoder().encode('VM-2027'))), 'success')
  assert.equal(await name(2), 'VM-2026')
  assert.equal(await set(10, clockData(Date.now() + 3_600_000)), 'success')
  assert.equal(await name(2), 'VM-2026')
  assert.equal(await events(), 0)
  assert.equal(await set(10, clockData(Date.now() - 3_600_000)), 'success')
  assert.equal(await name(2), 'VM-2027')
  assert.equal(await events(), 1)
  one.close()
})
