// Meters on buses: M-Bus behind a level converter on TCP, and Modbus/TCP with a shipped map.

import { createSlave, decodeFrame, selectionOctets } from '@contor/mbus'
import { eastronSdm630 } from '@contor/modbus'
import modbusSerial from 'modbus-serial'
import { openTcp, type ZooKind } from './kind.ts'
import { meterOf, specOf } from './meter.ts'

const primary = 5
const secondary = { id: '90000032', manufacturer: 0x0e92, version: 1, medium: 2 }
/** A readout is short; what grows beyond this is noise. */
const maxHeld = 1_024

/** Fixed header of a variable structure, energy as DIF 04 VIF 03 (Wh), power as DIF 04 VIF 2B (W). */
function telegram(energyWh: number, powerW: number): Uint8Array {
  const bytes = new Uint8Array(8 + 4 + 12)
  bytes.set(selectionOctets(secondary))
  const view = new DataView(bytes.buffer)
  bytes.set([0x04, 0x03], 12)
  view.setUint32(14, energyWh, true)
  bytes.set([0x04, 0x2b], 18)
  view.setInt32(20, powerW, true)
  return bytes
}

const wattsOf = (values: { imported: number }[]) => (values.at(-1)?.imported ?? 0) * 4

export const mbusKind: ZooKind = {
  name: 'mbus',
  what: 'wired M-Bus slave behind a converter',
  protocol: 'mbus',
  transport: 'tcp',
  reach: { primary, secondary: secondary.id },
  async open(place) {
    const meter = meterOf(specOf('mbus', 32, 0))
    return openTcp(place, (socket) => {
      const now = Date.now()
      const power = wattsOf(meter.intervals(now - 3_600_000, now, now))
      const { imported } = meter.registers(now)
      const slave = createSlave({ primary, secondary, telegrams: [telegram(imported, power)] })
      let held = new Uint8Array(0)
      socket.on('data', (chunk) => {
        held = Uint8Array.from([...held, ...chunk]).subarray(-maxHeld)
        for (;;) {
          const frame = decodeFrame(held)
          if (frame.kind === 'more') return
          const end = frame.kind === 'ok' ? frame.next : 1
          const answer = frame.kind === 'ok' ? slave.receive(held.subarray(0, end)) : undefined
          held = held.slice(end)
          if (answer?.length) socket.write(answer)
        }
      })
    })
  },
}

const unit = 1

/** Registers of the map as a device answers them; the rest of its spans reads as 0. */
function registersOf(values: Readonly<Record<string, number>>): Map<number, number> {
  const image = new Map<number, number>()
  for (const { name, address, scale = 1 } of eastronSdm630.registers) {
    const view = new DataView(new ArrayBuffer(4))
    view.setFloat32(0, (values[name] ?? 0) / scale)
    image.set(address, view.getUint16(0)).set(address + 1, view.getUint16(2))
  }
  return image
}

export const modbusKind: ZooKind = {
  name: 'modbus-tcp',
  what: `Modbus/TCP with the registers of ${eastronSdm630.title}`,
  protocol: 'modbus',
  transport: 'tcp',
  reach: { unit, map: eastronSdm630.id },
  async open(place) {
    const meter = meterOf(specOf('modbus-tcp', 33, 0))
    const [first, last] = [0, Math.max(...eastronSdm630.registers.map(({ address }) => address)) + 2]
    const read = (address: number, length: number) => {
      // 2: illegal data address.
      if (address < first || address + length > last) throw { modbusErrorCode: 2 }
      const now = Date.now()
      const { imported, exported } = meter.registers(now)
      const image = registersOf({
        'voltage.l1': 230.4,
        'voltage.l2': 229.8,
        'voltage.l3': 231.1,
        'active-power': wattsOf(meter.intervals(now - 3_600_000, now, now)),
        'energy.import': imported,
        'energy.export': exported,
      })
      return Array.from({ length }, (_, i) => image.get(address + i) ?? 0)
    }
    const server = new modbusSerial.ServerTCP(
      { getMultipleInputRegisters: read, getMultipleHoldingRegisters: read },
      { host: place.host, port: place.port, unitID: unit },
    )
    await new Promise<void>((resolve, reject) => {
      server.on('initialized', () => resolve())
      server.on('serverError', (error) => reject(error ?? new Error('the port is not free')))
    })
    return { close: () => new Promise((done) => server.close(() => done())) }
  },
}
