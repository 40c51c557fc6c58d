// Devices of IEC 62056-21 behind a converter from TCP to their line: a meter of mode C that is read out and
// programmed, and one that opens HDLC by mode E.

import type { Socket } from 'node:net'
import { createServerSession } from '@contor/dlms'
import { createDevice, type Device, type DeviceOptions } from '@contor/iec62056-21'
import { reachOf, sessionOptions, type Variety } from './dlms.ts'
import { openTcp, type ZooKind } from './kind.ts'
import { meterOf, specOf } from './meter.ts'

/** Puts a device on a socket; settings of the line are the converter's business. */
function onSocket(socket: Socket, device: Device, onHdlc?: (bytes: Uint8Array) => void): void {
  let due = 0
  const pump = () => {
    const now = Date.now()
    for (const output of device.takeOutput()) {
      if (output.kind !== 'send') continue
      due = Math.max(due, output.notBefore, now)
      setTimeout(() => socket.writable && socket.write(output.bytes), due - now)
    }
    for (const event of device.takeEvents()) if (event.kind === 'hdlc') onHdlc?.(event.rest)
  }
  const timer = setInterval(() => {
    device.tick(Date.now())
    pump()
  }, 1_000)
  socket.on('close', () => clearInterval(timer))
  socket.on('data', (chunk) => {
    device.receive(new Uint8Array(chunk), Date.now())
    pump()
  })
}

const address = '90000030'
const password = '00000000'
/** Quick answers, as a device with a small third letter gives them. */
const timing = { reactionMs: 20, fastReactionMs: 20 }

/** What programming may change stays changed while the zoo lives. */
function modeC(): DeviceOptions {
  const meter = meterOf(specOf('iec62056-21-c', 30, 0))
  const parameters = new Map([['0.2.2', '00000001']])
  const energy = () => {
    const { imported, tariffs } = meter.registers(Date.now())
    const kwh = (wh: number) => `${(wh / 1_000).toFixed(3).padStart(10, '0')}*kWh`
    return new Map([
      ['1.8.0', kwh(imported)],
      ...tariffs.map((wh, i) => [`1.8.${i + 1}`, kwh(wh)] as const),
      ...parameters,
    ])
  }
  return {
    identification: 'CTr5ZOO-C',
    deviceAddress: address,
    timing,
    readout: () => [['0.0.0', address], ...energy()].map(([name, value]) => `${name}(${value})\r\n`).join(''),
    operand: '',
    password: (command, data) => command === 'P1' && data === password,
    command(command, data) {
      const [, name = '', value = ''] = /^([^(]*)\(([^)]*)\)$/.exec(data) ?? []
      const found = energy().get(name)
      if (found === undefined) return { kind: 'error', code: 'ER06' }
      if (command === 'R1') return { kind: 'data', data: `${name}(${found})` }
      if (command !== 'W1' || !parameters.has(name)) return { kind: 'error', code: 'ER01' }
      parameters.set(name, value)
      return { kind: 'done' }
    },
  }
}

export const modeCKind: ZooKind = {
  name: 'iec62056-21-c',
  what: 'IEC 62056-21 mode C: readout, and programming with a password',
  protocol: 'iec62056-21',
  transport: 'tcp',
  reach: { deviceAddress: address, password: `P1 ${password}`, writable: '0.2.2' },
  async open(place) {
    const options = modeC()
    return openTcp(place, (socket) => onSocket(socket, createDevice(options)))
  },
}

const variety: Variety = {
  name: 'dlms-mode-e',
  what: 'sign-on by IEC 62056-21 mode E, then DLMS over HDLC',
  transport: 'hdlc',
}
const modeEIndex = 31

export const modeEKind: ZooKind = {
  name: variety.name,
  what: variety.what,
  protocol: 'dlms',
  transport: 'tcp',
  reach: { ...reachOf(variety, modeEIndex), opening: 'mode-e' },
  async open(place) {
    const meter = meterOf(specOf(variety.name, modeEIndex, 0))
    return openTcp(place, (socket) => {
      const device = createDevice({ identification: 'CTR5\\2ZOO-E', readout: () => '', timing })
      const session = createServerSession(sessionOptions(variety, meter))
      onSocket(socket, device, (bytes) => {
        session.receive(bytes, Date.now())
        session.takeEvents()
        for (const frame of session.takeOutput()) if (socket.writable) socket.write(frame)
      })
    })
  },
}
