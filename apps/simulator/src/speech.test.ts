// Meters that speak otherwise: HDLC, the later suites, short names; each answers what its neighbours answer.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dateTimeFromBytes, toInstant } from '@contor/dlms'
import { freePorts } from './freePorts.ts'
import { type Access, type Client, client } from './harness.test.ts'
import { buildNeighbourhood, type Neighbourhood, type SimulatedMeter } from './neighbourhood.ts'
import { type RunningNeighbourhood, startNeighbourhood } from './start.ts'

let valeaMare: Neighbourhood
let running: RunningNeighbourhood
const opened: Client[] = []
before(async () => {
  const whole = buildNeighbourhood({ meters: 60, seed: 11, basePort: await freePorts(61) })
  const seen = new Set<string>()
  const points = whole.points.filter(({ meter }) => {
    if (!meter || meter.fault) return false
    const kind = `${meter.transport} ${meter.suite} ${meter.referencing} ${meter.hdlc?.window}`
    return seen.has(kind) ? false : seen.add(kind)
  })
  // Frames are lost and as many are spoilt: only a link that repeats itself gets through.
  const lines = whole.lines.map((line) => ({ ...line, latencyMs: [0, 0] as const, loss: 0 }))
  valeaMare = { ...whole, points, lines: lines.map((l) => (l.code === 'PLC-4' ? { ...l, loss: 0.03 } : l)) }
  running = await startNeighbourhood(valeaMare)
})
after(async () => {
  for (const one of opened) one.close()
  await running.close()
})

const meters = () => valeaMare.points.flatMap(({ meter }) => (meter ? [meter] : []))

async function associated(meter: SimulatedMeter, access: Access): Promise<Client> {
  const one = client(meter, access, { maxPduSize: 2_048, timeoutMs: 4_000 })
  opened.push(one)
  const event = await one.ask((session, now) => session.associate(now))
  assert.equal(event.kind, 'associated', JSON.stringify(event))
  return one
}

const profile = { classId: 7, obis: '1.0.99.1.0.255', attribute: 2 }

test('there is one of each way to speak', () => {
  const has = (wanted: (meter: SimulatedMeter) => boolean) => assert.ok(meters().some(wanted))
  for (const window of [1, 2, 3]) has((meter) => meter.hdlc?.window === window)
  for (const suite of [0, 1, 2]) has((meter) => meter.suite === suite)
  has((meter) => meter.referencing === 'short-name')
})

test('each tells who it is, its clock, its suite and its quarter-hours, whatever it speaks', async () => {
  for (const meter of meters()) {
    if (meter.transport === 'wrapper' && meter.line === 'PLC-4') continue
    const one = await associated(meter, 'management')
    const [serial, time, suite, register] = await one.get(
      { classId: 1, obis: '0.0.96.1.0.255', attribute: 2 },
      { classId: 8, obis: '0.0.1.0.0.255', attribute: 2 },
      { classId: 64, obis: '0.0.43.0.0.255', attribute: 3 },
      { classId: 3, obis: '1.0.1.8.0.255', attribute: 2 },
    )
    assert.equal(new TextDecoder().decode(serial as Uint8Array), meter.serial)
    const at = toInstant(dateTimeFromBytes(time as Uint8Array)) ?? 0
    assert.ok(Math.abs(at - Date.now()) < 120_000)
    assert.equal(suite, meter.suite)
    assert.ok(Number(register) > 0)
    const [rows] = (await one.get({
      ...profile,
      selection: { kind: 'by-entry', fromEntry: 1, toEntry: 96, fromColumn: 1, toColumn: 0 },
    })) as [unknown[]]
    assert.equal(rows.length, 96, `${meter.serial} ${meter.transport}`)
    await one.ask((session, now) => session.release(now))
    one.close()
  }
})
