// The zoo's devices that speak no DLMS, each read over a real socket by the reading side of its own package.

import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { createReader, inspectTelegram, type ReaderEvent } from '@contor/iec62056-21'
import { createMaster, type MasterOutcome, type MasterRequest } from '@contor/mbus'
import { decodeRegisters, eastronSdm630, type RegisterBlock, readGroups } from '@contor/modbus'
import { createSmlReader, readingsOf, type SmlFile } from '@contor/sml'
import modbusSerial from 'modbus-serial'
import { freePorts } from '../freePorts.ts'
import { startZoo, zooKinds, zooList } from './index.ts'
import type { Running } from './kind.ts'

let zoo: Running
let basePort = 0
const sockets: Socket[] = []
before(async () => {
  basePort = await freePorts(zooKinds.length)
  zoo = await startZoo({ basePort })
})
after(async () => {
  for (const socket of sockets) socket.destroy()
  await zoo.close()
})

function entry(name: string) {
  const found = zooList({ basePort }).find((one) => one.name === name)
  assert.ok(found, name)
  return found
}

function open(name: string): Socket {
  const { host, port } = entry(name)
  const socket = connect(port, host)
  sockets.push(socket)
  return socket
}

/** Runs a reading session until an event of this kind; what else came before it is given too. */
function reading(purpose: 'readout' | 'programming') {
  const socket = open('iec62056-21-c')
  const { deviceAddress, password } = entry('iec62056-21-c').reach as Record<string, string>
  const [command, data] = password.split(' ') as ['P1', string]
  const reader = createReader({
    deviceAddress,
    purpose,
    keepBaud: true,
    password: () => ({ command, data }),
  })
  const events: ReaderEvent[] = []
  let wake = () => {}
  const pump = () => {
    for (const output of reader.takeOutput())
      if (output.kind === 'send')
        setTimeout(() => socket.write(output.bytes), Math.max(1, output.notBefore - Date.now()))
    events.push(...reader.takeEvents())
    wake()
  }
  const timer = setInterval(() => {
    reader.tick(Date.now())
    pump()
  }, 20)
  socket.on('close', () => clearInterval(timer))
  socket.on('data', (chunk) => {
    reader.receive(new Uint8Array(chunk), Date.now())
    pump()
  })
  return {
    reader,
    async until<K extends ReaderEvent['kind']>(kind: K): Promise<Extract<ReaderEvent, { kind: K }>> {
      pump()
      for (;;) {
        const next = events.shift()
        if (next?.kind === kind) return next as Extract<ReaderEvent, { kind: K }>
        assert.ok(next?.kind !== 'failed', JSON.stringify(next))
        if (next === undefined)
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    },
  }
}

test('mode C: the readout tells address and energy', async () => {
  const { reader, until } = reading('readout')
  reader.signOn(Date.now())
  const { sets } = await until('readout')
  const value = (address: string) => sets.find((set) => set.address === address)?.values[0]
  assert.equal(value('0.0.0')?.value, entry('iec62056-21-c').reach.deviceAddress)
  assert.equal(value('1.8.0')?.unit, 'kWh')
  assert.ok(Number(value('1.8.0')?.value) > 0)
})

test('mode C: what is programmed is read back; energy is not for programming', async () => {
  const { reader, until } = reading('programming')
  reader.signOn(Date.now())
  await until('programming')
  reader.write('0.2.2', '00000042', Date.now())
  await until('acknowledged')
  reader.read('0.2.2', Date.now())
  const { sets } = await until('answer')
  assert.equal(sets[0]?.values[0]?.value, '00000042')
  reader.write('1.8.0', '0', Date.now())
  assert.match((await until('refused')).message, /ER01/)
  reader.break(Date.now())
})

test('M-Bus: reset and read by the primary address', async () => {
  const socket = open('mbus')
  const master = createMaster()
  const request = (what: MasterRequest) =>
    new Promise<MasterOutcome>((resolve) => {
      const put = ({ send, outcome }: ReturnType<typeof master.tick>) => {
        for (const bytes of send) socket.write(bytes)
        if (outcome === undefined) return
        clearInterval(timer)
        socket.off('data', hear)
        resolve(outcome)
      }
      const hear = (chunk: Buffer) => put(master.receive(new Uint8Array(chunk), Date.now()))
      const timer = setInterval(() => {
        if (master.deadline !== undefined && Date.now() >= master.deadline) put(master.tick(Date.now()))
      }, 20)
      socket.on('data', hear)
      put(master.request(what, Date.now()))
    })
  const address = entry('mbus').reach.primary as number
  assert.equal((await request({ kind: 'reset', address })).kind, 'acknowledged')
  const outcome = await request({ kind: 'read', address })
  assert.ok(outcome.kind === 'telegrams', outcome.kind)
  const [application] = outcome.applications
  assert.ok(application?.kind === 'variable')
  const [energy, power] = application.list.records
  assert.ok(Number(energy?.value) > 0)
  assert.equal(typeof power?.value, 'number')
})

test('Modbus/TCP: every register of the shipped map', async () => {
  const { host, port, reach } = entry('modbus-tcp')
  const client = new modbusSerial.default()
  await client.connectTCP(host, { port })
  client.setID(reach.unit as number)
  const blocks: RegisterBlock[] = []
  for (const { functionCode, address, count } of readGroups(eastronSdm630)) {
    const { data } = await client.readInputRegisters(address, count)
    blocks.push({ functionCode, address, registers: data })
  }
  const readings = decodeRegisters(eastronSdm630, blocks)
  await new Promise<void>((done) => client.close(() => done()))
  const value = (name: string) => readings.find((one) => one.name === name)?.value
  assert.equal(value('voltage.l1'), 230.4)
  assert.ok(Number(value('energy.import')) > 1_000)
})

/** Octets until `enough` says that they are. */
function listen<T>(name: string, enough: (chunk: Uint8Array) => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const socket = open(name)
    socket.on('data', (chunk) => {
      const found = enough(new Uint8Array(chunk))
      if (found === undefined) return
      socket.destroy()
      resolve(found)
    })
  })
}

test('P1: telegrams come by themselves and their check holds', async () => {
  let text = ''
  const telegram = await listen('p1', (chunk) => {
    text += Buffer.from(chunk).toString('latin1')
    return /\/[^!]*![0-9A-F]{4}\r\n/.exec(text)?.[0]
  })
  const result = inspectTelegram(Buffer.from(telegram, 'latin1'))
  assert.deepEqual([result.ok, result.protocol], [true, 'p1'])
  assert.match(JSON.stringify(result.tree), /1-0:1\.8\.1/)
})

test('SML: files come by themselves and tell the energy', async () => {
  const reader = createSmlReader()
  const file = await listen<SmlFile>('sml', (chunk) => {
    const [event] = reader.receive(chunk)
    return event?.kind === 'file' ? event : undefined
  })
  const readings = readingsOf(file)
  const energy = readings.find(({ obis }) => obis.startsWith('1-0:1.8.0'))
  assert.equal(energy?.unit, 'Wh')
  assert.ok(Number(energy?.value) > 1_000)
  assert.equal(energy?.serverId, entry('sml').reach.serverId)
})
