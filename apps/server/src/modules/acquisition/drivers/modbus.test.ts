import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { abbB23, carloGavazziEm340, eastronSdm630, type RegisterMap } from '@contor/modbus'
import { freePorts } from '@contor/simulator'
import modbusSerial from 'modbus-serial'
import { readModbusMeter, readSunspec } from './modbus.ts'

const ends: (() => void)[] = []
after(() => {
  for (const end of ends) end()
})

/** A loopback server over a sparse image of registers; addresses outside it are refused. */
async function serve(image: Map<number, number>, unit = 1): Promise<number> {
  const port = await freePorts()
  const read = (address: number, length: number) => {
    const words = Array.from({ length }, (_, i) => image.get(address + i))
    // 2: illegal data address.
    if (words.some((word) => word === undefined)) throw { modbusErrorCode: 2 }
    return words as number[]
  }
  const server = new modbusSerial.ServerTCP(
    { getMultipleInputRegisters: read, getMultipleHoldingRegisters: read },
    { host: '127.0.0.1', port, unitID: unit },
  )
  ends.push(() => server.close(() => undefined))
  await once(server as never, 'initialized')
  return port
}

const fill = (map: RegisterMap): Map<number, number> => {
  const image = new Map<number, number>()
  for (const { address, length } of map.registers) {
    for (let i = -map.maxGap; i < (length ?? 4) + map.maxGap; i++) image.set(address + i, 0)
  }
  return image
}

test('an Eastron SDM630 is read over TCP', async () => {
  const image = fill(eastronSdm630)
  const put = (address: number, value: number) => {
    const view = new DataView(new ArrayBuffer(4))
    view.setFloat32(0, value)
    image.set(address, view.getUint16(0)).set(address + 1, view.getUint16(2))
  }
  put(0x00, 230.1)
  put(0x34, -1250.5)
  put(0x48, 1234.567)
  const outcome = await readModbusMeter({
    host: '127.0.0.1',
    port: await serve(image),
    unit: 1,
    map: eastronSdm630,
  })
  assert.ok(outcome.ok)
  const reading = (name: string) => outcome.readings.find((item) => item.name === name)
  assert.equal(reading('voltage.l1')?.value, 230.1)
  assert.equal(reading('active-power')?.value, -1250.5)
  assert.deepEqual(reading('energy.import'), {
    name: 'energy.import',
    unit: 'Wh',
    quantity: 'active energy',
    obis: '1-0:1.8.0',
    value: 1_234_567,
  })
})

test('low register first and values that are not there', async () => {
  const image = fill(carloGavazziEm340)
  image.set(0x34, 0x86a0).set(0x35, 1).set(0x28, 0xfff6).set(0x29, 0xffff).set(0x00, 0xffff).set(0x01, 0x7fff)
  const port = await serve(image)
  const outcome = await readModbusMeter({ host: '127.0.0.1', port, unit: 1, map: carloGavazziEm340 })
  assert.ok(outcome.ok)
  const value = (name: string) => outcome.readings.find((item) => item.name === name)?.value
  assert.equal(value('energy.import'), 10_000_000)
  assert.equal(value('active-power'), -1)
  assert.equal(value('voltage.l1'), null)
})

test('SunSpec models are found and read', async () => {
  const image = new Map([0x5375, 0x6e53, 203, 105].map((word, i) => [40000 + i, word]))
  for (let i = 0; i < 105; i++) image.set(40004 + i, 0)
  image
    .set(40002 + 18, 731)
    .set(40002 + 22, 1)
    .set(40109, 0xffff)
    .set(40110, 0)
  const outcome = await readSunspec({ host: '127.0.0.1', port: await serve(image), unit: 1 })
  assert.ok(outcome.ok, JSON.stringify(outcome))
  assert.equal(outcome.readings.find(({ name }) => name === 'm203.active-power')?.value, 7310)
})

test('refusals, silence and closed ports are values', async () => {
  const refused = await readModbusMeter({
    host: '127.0.0.1',
    port: await serve(new Map()),
    unit: 1,
    map: abbB23,
  })
  assert.ok(!refused.ok)
  assert.equal(refused.error.code, 'exception')
  assert.equal(refused.error.exception, 2)

  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  ends.push(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const waited = await readModbusMeter({ host: '127.0.0.1', port, unit: 1, map: abbB23, timeoutMs: 200 })
  assert.ok(!waited.ok)
  assert.equal(waited.error.code, 'timeout')

  const closed = await readModbusMeter({ host: '127.0.0.1', port: await freePorts(), unit: 1, map: abbB23 })
  assert.ok(!closed.ok)
  assert.equal(closed.error.code, 'unreachable')
})
