// A meter for the tests of acquisition: the server session of the library over TCP, with the objects that the
// driver reads and a profile given as a function. What a fleet does is the simulator's matter.

import { createServer, type Server, type Socket } from 'node:net'
import {
  type AttributeDescriptor,
  createServerSession,
  type Data,
  type DataResult,
  data,
  instantFromBytes,
  type ServerModel,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { addDays, civilDayOf, dayStart } from '@contor/intervals'
import { dateTimeData, obisData } from '../drivers/dlms/values.ts'

const quarterMs = 900_000

export type TestMeterOptions = {
  readonly serial: string
  readonly systemTitle: Uint8Array
  readonly encryptionKey: Uint8Array
  readonly authenticationKey: Uint8Array
  readonly limiterW?: number
  readonly clockOffsetS?: number
  /** Interval ends from here on are held. */
  readonly heldFrom: number
  /** Wh of the interval that ends at `end`; undefined: the meter has no such entry. */
  readonly energy: (end: number) => number | undefined
  /** The counter it claims to have seen. */
  readonly seenCounter?: number
  /** Wait before each answer, ms. */
  readonly delayMs?: number
}

export type TestMeter = {
  readonly port: number
  /** Every client counter that was accepted, in order. */
  readonly counters: number[]
  /** Connections accepted. */
  connections: number
  close(): Promise<void>
}

/** Starts a meter on a free port of loopback. */
export async function startTestMeter(options: TestMeterOptions): Promise<TestMeter> {
  const counters: number[] = []
  let last = options.seenCounter
  let own = 0
  const sockets = new Set<Socket>()
  const meter = { port: 0, counters, connections: 0, close: async () => {} }
  const server: Server = createServer((socket) => {
    meter.connections++
    sockets.add(socket)
    const session = createServerSession({
      associations: [
        { clientAddress: 16, mechanism: 'none', policy: 'none' },
        { clientAddress: 1, mechanism: 'gmac', policy: 'authenticated-encrypted' },
      ],
      security: {
        systemTitle: options.systemTitle,
        encryptionKey: options.encryptionKey,
        authenticationKey: options.authenticationKey,
        nextInvocationCounter: () => own++,
        lastClientCounter: () => last,
        acceptClientCounter: (counter) => {
          last = counter
          counters.push(counter)
        },
      },
      crypto: nodeCrypto,
      model: modelOf(options, () => last ?? 0),
      maxPduSize: 1024,
    })
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      session.receive(new Uint8Array(chunk), Date.now())
      session.takeEvents()
      const output = session.takeOutput()
      setTimeout(() => {
        for (const frame of output) if (!socket.destroyed) socket.write(frame)
      }, options.delayMs ?? 0)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  meter.port = (server.address() as { port: number }).port
  meter.close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return meter
}

function modelOf(options: TestMeterOptions, seen: () => number): ServerModel {
  const now = () => Date.now() + (options.clockOffsetS ?? 0) * 1000
  const values = new Map<string, () => Data>([
    ['8/0.0.1.0.0.255/2', () => dateTimeData(now())],
    ['1/0.0.42.0.0.255/2', () => data.visible(`CTR${options.serial}`)],
    ['1/0.0.96.1.0.255/2', () => data.visible(options.serial)],
    ['1/1.0.0.2.0.255/2', () => data.visible('1.0')],
    ['1/0.0.43.1.0.255/2', () => data.u32(seen())],
    ['70/0.0.96.3.10.255/2', () => data.bool(true)],
    ['70/0.0.96.3.10.255/3', () => data.enum(1)],
    ['71/0.0.17.0.0.255/4', () => data.u32(options.limiterW ?? 8_000)],
    ['3/1.0.1.8.0.255/2', () => data.u32(indexAt(options, now()))],
    ['3/1.0.1.8.0.255/3', () => data.structure(data.i8(0), data.enum(30))],
    [
      '7/1.0.99.1.0.255/3',
      () =>
        columns([8, '0.0.1.0.0.255'], [1, '0.0.96.10.1.255'], [3, '1.0.1.29.0.255'], [3, '1.0.2.29.0.255']),
    ],
    ['7/1.0.98.2.0.255/3', () => columns([8, '0.0.1.0.0.255'], [3, '1.0.1.8.0.255'])],
    ['7/0.0.99.98.0.255/3', () => columns([8, '0.0.1.0.0.255'], [1, '0.0.96.11.0.255'])],
    ['7/0.0.99.98.1.255/3', () => columns([8, '0.0.1.0.0.255'], [1, '0.0.96.11.1.255'])],
  ])
  return {
    get(attribute): DataResult {
      const key = `${attribute.classId}/${attribute.obis}/${attribute.attribute}`
      const value = values.get(key)
      if (value) return { ok: true, data: value() }
      if (attribute.classId === 7 && attribute.attribute === 2)
        return { ok: true, data: bufferOf(options, attribute, now()) }
      return { ok: false, result: 'object-undefined', code: 4 }
    },
    set: () => 'read-write-denied',
    invoke: () => ({ result: 'object-undefined' }),
  }
}

function columns(...list: [number, string][]): Data {
  return data.array(
    ...list.map(([classId, obis]) =>
      data.structure(data.u16(classId), obisData(obis), data.i8(2), data.u16(0)),
    ),
  )
}

function indexAt(options: TestMeterOptions, at: number): number {
  let total = 1_000
  for (let end = options.heldFrom; end <= at; end += quarterMs) total += options.energy(end) ?? 0
  return total
}

function bufferOf(options: TestMeterOptions, attribute: AttributeDescriptor, now: number): Data {
  const selection = attribute.selection
  let from = 0
  let to = now
  if (selection?.kind === 'by-range') {
    from = instantFromBytes(selection.from.value as Uint8Array, 0)
    to = Math.min(now, instantFromBytes(selection.to.value as Uint8Array, 0))
  }
  const first = selection?.kind === 'by-entry'
  if (attribute.obis === '1.0.99.1.0.255') {
    const rows: Data[] = []
    for (let end = options.heldFrom; end <= to; end += quarterMs) {
      const energy = options.energy(end)
      if (end < from || energy === undefined) continue
      rows.push(data.structure(dateTimeData(end), data.u8(0), data.u32(energy), data.u32(0)))
      if (first) break
    }
    return data.array(...rows)
  }
  if (attribute.obis === '1.0.98.2.0.255') {
    const rows: Data[] = []
    for (let day = addDays(civilDayOf(options.heldFrom), 1); dayStart(day) <= to; day = addDays(day, 1)) {
      if (dayStart(day) >= from)
        rows.push(data.structure(dateTimeData(dayStart(day)), data.u32(indexAt(options, dayStart(day)))))
    }
    return data.array(...rows)
  }
  return data.array()
}
