// Meters that talk without being asked: a P1 port and an optical head with SML, each a stream on TCP.

import type { Socket } from 'node:net'
import { crc16 } from '@contor/iec62056-21'
import { encodeFile, encodeTransport, type SmlListEntry, type SmlMessage } from '@contor/sml'
import type { Meter } from '../meter.ts'
import { openTcp, type ZooKind } from './kind.ts'
import { meterOf, specOf } from './meter.ts'

const everyMs = 1_000

function every(socket: Socket, message: () => Uint8Array): void {
  const send = () => socket.writable && socket.write(message())
  send()
  const timer = setInterval(send, everyMs)
  socket.on('close', () => clearInterval(timer))
}

/** DSMR 5.0.2 6.12: identification, data sets, and the check of everything from `/` to `!`. */
export function p1Telegram(meter: Meter, now: number): Uint8Array {
  const { imported, exported } = meter.registers(now)
  const kwh = (wh: number) => `${(wh / 1_000).toFixed(3).padStart(10, '0')}*kWh`
  const serial = Buffer.from(meter.spec.serial, 'latin1').toString('hex').toUpperCase()
  const sets = [
    '1-3:0.2.8(50)',
    `0-0:96.1.1(${serial})`,
    `1-0:1.8.1(${kwh(imported)})`,
    `1-0:2.8.1(${kwh(exported)})`,
    '1-0:1.7.0(00.420*kW)',
    '1-0:32.7.0(230.1*V)',
  ]
  const text = `/CTR5ZOO-P1\r\n\r\n${sets.join('\r\n')}\r\n!`
  const check = crc16(new TextEncoder().encode(text))
  return new TextEncoder().encode(`${text}${check.toString(16).toUpperCase().padStart(4, '0')}\r\n`)
}

export const p1Kind: ZooKind = {
  name: 'p1',
  what: 'P1 telegrams (DSMR 5), one a second',
  protocol: 'p1',
  transport: 'tcp',
  reach: { everyS: everyMs / 1_000 },
  async open(place) {
    const meter = meterOf(specOf('p1', 34, 0))
    return openTcp(place, (socket) => every(socket, () => p1Telegram(meter, Date.now())))
  },
}

const serverId = Uint8Array.of(0x0a, 0x01, 0x43, 0x54, 0x52, 0, 0, 0, 0, 35)
const entry = (obis: string, unit: number, scaler: number, value: number): SmlListEntry => ({
  objName: Uint8Array.from(obis.split('.').map(Number)),
  unit,
  scaler,
  value: { type: 'integer', octets: 8, value: BigInt(value) },
})

/** A file as meters on optical heads send it: open, the list of values, close. */
export function smlFile(meter: Meter, now: number): Uint8Array {
  const seconds = Math.floor(now / 1_000)
  const fileId = new Uint8Array(4)
  new DataView(fileId.buffer).setUint32(0, seconds)
  const message = (number: number, body: SmlMessage['body']): SmlMessage => ({
    transactionId: Uint8Array.of(...fileId, number),
    groupNo: 0,
    abortOnError: 0,
    body,
    crc: 'x25',
  })
  const { imported, exported } = meter.registers(now)
  const messages = [
    message(1, { kind: 'openResponse', reqFileId: fileId, serverId }),
    message(2, {
      kind: 'getListResponse',
      serverId,
      actSensorTime: { kind: 'secIndex', value: seconds },
      valList: [
        entry('1.0.1.8.0.255', 30, -1, imported * 10),
        entry('1.0.2.8.0.255', 30, -1, exported * 10),
        entry('1.0.16.7.0.255', 27, 0, 420),
      ],
    }),
    message(3, { kind: 'closeResponse' }),
  ]
  return encodeTransport(encodeFile(messages))
}

export const smlKind: ZooKind = {
  name: 'sml',
  what: 'SML files as optical heads give them, one a second',
  protocol: 'sml',
  transport: 'tcp',
  reach: { serverId: Buffer.from(serverId).toString('hex'), everyS: everyMs / 1_000 },
  async open(place) {
    const meter = meterOf(specOf('sml', 35, 0))
    return openTcp(place, (socket) => every(socket, () => smlFile(meter, Date.now())))
  },
}
