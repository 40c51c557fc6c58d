// Whole reading sessions against the virtual neighbourhood in a process of its own: connect, associate with
// GMAC, registers, yesterday's load profile, release. No database: what the protocol and the sockets cost.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import {
  type AttributeDescriptor,
  type ClientSession,
  createClientSession,
  data,
  dateTimeToBytes,
  decodeProfileColumns,
  fromInstant,
  type Obis,
  type SessionEvent,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { addDays, civilDayOf, dayEnd, dayStart, offsetMinutes } from '@contor/intervals'
import { buildNeighbourhood, freePorts, type Neighbourhood, type SimulatedMeter } from '@contor/simulator'
import { median, quantile, round } from './measure.ts'
import type { Bench, Figure } from './types.ts'

const meterCount = 160
const levels = [1, 16, 64] as const
const roundMs = 2_500
const rounds = 3
const systemTitle = new TextEncoder().encode('CTRBENCH')

const attribute = (classId: number, obis: string, index: number): AttributeDescriptor => ({
  classId,
  obis: obis as Obis,
  attribute: index,
})
const registers = ['1.8.0', '1.8.1', '1.8.2', '1.8.3', '1.8.4', '2.8.0', '3.8.0', '4.8.0'].map((code) =>
  attribute(3, `1.0.${code}.255`, 2),
)
const columns = [
  { classId: 8, attribute: 2 },
  { classId: 1, attribute: 2 },
  ...Array.from({ length: 4 }, () => ({ classId: 3, attribute: 2 })),
]

const stamp = (at: number) => {
  const offset = offsetMinutes(at)
  return data.octets(dateTimeToBytes(fromInstant(at, -offset, offset === 180)))
}

/** Yesterday's load profile; the clock stamps the end of an interval. */
function yesterday(): AttributeDescriptor {
  const day = addDays(civilDayOf(Date.now()), -1)
  return {
    ...attribute(7, '1.0.99.1.0.255', 2),
    selection: {
      kind: 'by-range',
      restricting: { classId: 8, obis: '0.0.1.0.0.255' as Obis, attribute: 2, dataIndex: 0 },
      from: stamp(dayStart(day) + 1_000),
      to: stamp(dayEnd(day)),
      selected: [],
    },
  }
}

function openSession(meter: SimulatedMeter, counters: Map<string, number>): ClientSession {
  return createClientSession({
    clientAddress: 1,
    serverAddress: 1,
    authentication: { mechanism: 'gmac' },
    security: {
      systemTitle,
      encryptionKey: meter.keys.encryption,
      authenticationKey: meter.keys.authentication,
      policy: 'authenticated-encrypted',
      nextInvocationCounter() {
        const next = (counters.get(meter.serial) ?? 0) + 1
        counters.set(meter.serial, next)
        return next
      },
    },
    crypto: nodeCrypto,
  })
}

/** Rows of the profile, or throws. */
function rowsOf(event: SessionEvent): number {
  if (event.kind !== 'response' || event.service !== 'get') return 0
  const parsed = decodeProfileColumns(event.apdu, columns, 900, { offset: event.dataOffset ?? 0 })
  if (parsed.kind !== 'ok') throw new Error(`the profile does not decode: ${JSON.stringify(parsed)}`)
  return parsed.value.rows
}

/** One session. @returns intervals read (4 energy columns a row) */
function readMeter(meter: SimulatedMeter, counters: Map<string, number>): Promise<number> {
  const session = openSession(meter, counters)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: meter.host, port: meter.port, noDelay: true })
    let rows = 0
    let profile = -1
    const flush = () => {
      for (const frame of session.takeOutput()) socket.write(frame)
    }
    const onEvent = (event: SessionEvent) => {
      const now = Date.now()
      if (event.kind === 'failed')
        socket.destroy(new Error(`${meter.serial}: ${event.error.code} ${event.error.message}`))
      if (event.kind === 'associated') {
        session.get(registers, now)
        profile = session.get(yesterday(), now, { raw: true })
        session.release(now)
      }
      if (event.kind === 'response' && event.requestId === profile) rows = rowsOf(event)
      if (event.kind === 'released') socket.end()
    }
    socket.on('connect', () => {
      session.associate(Date.now())
      flush()
    })
    socket.on('data', (chunk) => {
      session.receive(chunk, Date.now())
      for (const event of session.takeEvents()) onEvent(event)
      flush()
    })
    socket.on('error', reject)
    socket.on('close', () =>
      rows > 0 ? resolve(rows * 4) : reject(new Error(`${meter.serial}: no profile`)),
    )
  })
}

function healthy(basePort: number): Neighbourhood {
  const whole = buildNeighbourhood({ meters: meterCount, seed: 5, basePort })
  const points = whole.points.filter((point) => point.meter && !point.meter.fault && point.kind !== 'balance')
  const lines = whole.lines.map((line) => ({ ...line, latencyMs: [0, 0] as const, loss: 0 }))
  return { ...whole, lines, points }
}

type Round = { perSecond: number; intervalsPerSecond: number; times: number[]; cpuMs: number }

async function runRound(
  meters: readonly SimulatedMeter[],
  concurrent: number,
  counters: Map<string, number>,
): Promise<Round> {
  const free = [...meters]
  const times: number[] = []
  let intervals = 0
  const start = performance.now()
  const cpu = process.cpuUsage()
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      while (performance.now() - start < roundMs) {
        const meter = free.shift()
        if (!meter) throw new Error('fewer meters than sessions')
        const began = performance.now()
        const read = await readMeter(meter, counters)
        intervals += read
        times.push(performance.now() - began)
        free.push(meter)
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  const used = process.cpuUsage(cpu)
  return {
    perSecond: times.length / seconds,
    intervalsPerSecond: intervals / seconds,
    times,
    cpuMs: (used.user + used.system) / 1000 / times.length,
  }
}

async function measure(meters: readonly SimulatedMeter[]): Promise<Figure[]> {
  const counters = new Map<string, number>()
  // The first session of a virtual meter computes its registers since it was installed.
  for (const meter of meters) await readMeter(meter, counters)
  const figures: Figure[] = []
  for (const concurrent of levels) {
    const done: Round[] = []
    for (let i = 0; i < rounds; i++) done.push(await runRound(meters, concurrent, counters))
    const of = (key: 'perSecond' | 'intervalsPerSecond' | 'cpuMs') => median(done.map((r) => r[key]))
    const times = done.flatMap((r) => r.times)
    figures.push({
      name: `GMAC, 8 registers, yesterday's profile; ${concurrent} at once`,
      value: round(of('perSecond'), 1),
      unit: 'sessions/s',
      note: `${Math.round(of('intervalsPerSecond'))} intervals/s; a session: median ${round(median(times), 1)}, p95 ${round(quantile(times, 0.95), 1)} ms, ${round(of('cpuMs'), 2)} ms of the client's CPU; one client process, one simulator process, no line delay`,
    })
  }
  return figures
}

const sessions: Bench = {
  name: 'sessions',
  async run() {
    const neighbourhood = healthy(await freePorts(meterCount + 1))
    const child = fork(new URL('./neighbourhood.ts', import.meta.url), { serialization: 'advanced' })
    try {
      child.send(neighbourhood)
      await once(child, 'message')
      return await measure(neighbourhood.points.flatMap((point) => (point.meter ? [point.meter] : [])))
    } finally {
      child.disconnect()
    }
  },
}

export const sessionBenches: readonly Bench[] = [sessions]
