// Meters asked over sockets by a real client session, good ones and those with faults.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AttributeDescriptor,
  type Data,
  data,
  decodeProfileColumns,
  fromHex,
  type Obis,
  obisFromBytes,
} from '@contor/dlms'
import { addDays, civilDayOf, dayStart } from '@contor/intervals'
import { clockData, instantOf } from './cosem.ts'
import { type Access, type Client, client, meterWith, smallNeighbourhood } from './harness.test.ts'
import type { Neighbourhood, SimulatedMeter } from './neighbourhood.ts'
import { type RunningNeighbourhood, startNeighbourhood } from './start.ts'

let valeaMare: Neighbourhood
let running: RunningNeighbourhood
before(async () => {
  valeaMare = await smallNeighbourhood()
  running = await startNeighbourhood(valeaMare)
})
after(() => running.close())

const attribute = (classId: number, obis: Obis, n = 2): AttributeDescriptor => ({
  classId,
  obis,
  attribute: n,
})
const profile = attribute(7, '1.0.99.1.0.255')
const clockColumn = { classId: 8, obis: '0.0.1.0.0.255', attribute: 2, dataIndex: 0 }
const text = (value: unknown) => new TextDecoder().decode(value as Uint8Array)

const opened: Client[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
})

/** The meter lets go of the client before only when it has seen the connection end: tried until then. */
async function associated(meter: SimulatedMeter, access: Access): Promise<Client> {
  for (let attempt = 1; ; attempt++) {
    const one = client(meter, access, { maxPduSize: 1_024 })
    opened.push(one)
    const event = await one.ask((session, now) => session.associate(now))
    if (event.kind === 'associated') return one
    assert.ok(event.kind === 'failed' && event.error.code === 'association-lost' && attempt < 20, event.kind)
    one.close()
    await sleep(20)
  }
}

function range(from: number, to: number): AttributeDescriptor {
  return {
    ...profile,
    selection: {
      kind: 'by-range',
      restricting: clockColumn,
      from: clockData(from),
      to: clockData(to),
      selected: [],
    },
  }
}

test('the public client learns who the meter is and its counter, and nothing more', async () => {
  const meter = meterWith(valeaMare, 1)
  const one = await associated(meter, 'public')
  const [serial, counter, energy] = [
    ...(await one.get(attribute(1, '0.0.96.1.0.255'))),
    ...(await one.get(attribute(1, '0.0.43.1.0.255'))),
    ...(await one.get(attribute(3, '1.0.1.8.0.255'))),
  ]
  assert.equal(text(serial), meter.serial)
  assert.equal(typeof counter, 'number')
  assert.equal(energy, 'read-write-denied')
})

test('management reads the object list, and every attribute on it that may be read answers', async () => {
  const one = await associated(meterWith(valeaMare, 3), 'management')
  const [list] = (await one.get(attribute(15, '0.0.40.0.0.255'))) as [Data[]]
  const names = list.map((element) => {
    const [classId, , obis, rights] = element.value as Data[]
    const attributes = ((rights.value as Data[])[0].value as Data[]).length
    return {
      classId: classId.value as number,
      obis: obisFromBytes(obis.value as Uint8Array),
      attributes,
    }
  })
  for (const [classId, obis] of [
    [8, '0.0.1.0.0.255'],
    [1, '0.0.42.0.0.255'],
    [1, '1.0.0.2.0.255'],
    ...['1.8.0', '1.8.1', '1.8.4', '2.8.0', '2.8.4', '3.8.0', '4.8.0', '32.7.0', '71.7.0', '1.7.0'].map(
      (end) => [3, `1.0.${end}.255`] as const,
    ),
    [7, '1.0.99.1.0.255'],
    [7, '1.0.98.2.0.255'],
    [7, '0.0.99.98.0.255'],
    [7, '0.0.99.98.1.255'],
    [70, '0.0.96.3.10.255'],
    [71, '0.0.17.0.0.255'],
    [20, '0.0.13.0.0.255'],
    [64, '0.0.43.0.0.255'],
    [9, '0.0.10.0.0.255'],
    ...[0, 1, 2, 3].map((n) => [15, `0.0.40.0.${n}.255`] as const),
  ] as const) {
    assert.ok(
      names.some((name) => name.classId === classId && name.obis === obis),
      `${classId} ${obis}`,
    )
  }
  for (const { classId, obis, attributes } of names) {
    for (let n = 1; n <= attributes; n++) {
      if (classId === 7 && n === 2) continue
      const [answer] = await one.get(attribute(classId, obis, n))
      if (!(classId === 15 && n === 7)) assert.notEqual(answer, 'object-undefined', `${classId} ${obis} ${n}`)
    }
  }
})

for (const phases of [1, 3] as const) {
  test(`the whole profile of a ${phases}-phase meter comes in blocks and is what the meter holds`, async () => {
    const meter = meterWith(valeaMare, phases)
    const one = await associated(meter, 'management')
    const now = Date.now()
    const event = await one.ask((session) => void session.get(profile, now, { raw: true }))
    assert.ok(event.kind === 'response' && event.service === 'get', event.kind)
    assert.ok(event.blocks > 20, `${event.blocks} blocks`)
    const columns = decodeProfileColumns(
      event.apdu,
      [{ classId: 8, attribute: 2 }, ...[1, 3, 3, 3, 3].map((classId) => ({ classId, attribute: 2 }))],
      900,
      { offset: event.dataOffset ?? 0 },
    )
    assert.equal(columns.kind, 'ok')
    if (columns.kind !== 'ok') return
    const held = running.meters.get(meter.serial)!.intervals(0, now, now)
    assert.ok(columns.value.rows === held.length && held.length >= 4_319, `${columns.value.rows} rows`)
    assert.deepEqual(
      [...columns.value.epochMs],
      held.map((row) => row.end),
    )
    assert.deepEqual(
      [...columns.value.values[2]],
      held.map((row) => row.imported),
    )
  })
}

test('selective access by range and by entry gives the rows asked for', async () => {
  const one = await associated(meterWith(valeaMare, 1), 'reading')
  const day = addDays(civilDayOf(Date.now()), -3)
  const [rows] = (await one.get(range(dayStart(day) + 900_000, dayStart(addDays(day, 1))))) as [Data[]]
  const stamps = rows.map((row) => instantOf((row.value as Data[])[0]))
  assert.equal(rows.length, (dayStart(addDays(day, 1)) - dayStart(day)) / 900_000)
  assert.deepEqual([stamps[0], stamps.at(-1)], [dayStart(day) + 900_000, dayStart(addDays(day, 1))])
  const [entries] = (await one.get({
    ...profile,
    selection: { kind: 'by-entry', fromEntry: 5, toEntry: 8, fromColumn: 1, toColumn: 3 },
  })) as [Data[]]
  assert.deepEqual(
    entries.map((row) => (row.value as Data[]).length),
    [3, 3, 3, 3],
  )
  const [empty] = (await one.get(range(Date.now() + 86_400_000, Date.now() + 90_000_000))) as [Data[]]
  assert.equal(empty.length, 0)
})

test('the daily profile and the quarter-hours agree; tariff registers add up', async () => {
  const meter = meterWith(valeaMare, 1)
  const one = await associated(meter, 'reading')
  const [rows] = (await one.get(attribute(7, '1.0.98.2.0.255'))) as [Data[]]
  const cells = rows.map((row) => row.value as Data[])
  assert.equal(cells.length, 45)
  for (const row of cells) {
    const [total, ...tariffs] = row.slice(1, 6).map((cell) => cell.value as number)
    assert.equal(
      tariffs.reduce((sum, wh) => sum + wh, 0),
      total,
    )
  }
  const [first, last] = [cells[1], cells[44]]
  const between = running.meters
    .get(meter.serial)!
    .intervals(instantOf(first[0])!, instantOf(last[0])!, Date.now())
  assert.equal(
    (last[1].value as number) - (first[1].value as number),
    between.reduce((sum, row) => sum + row.imported, 0),
  )
})

test('management sets the clock and the limiter and works the relay; each leaves an event', async () => {
  const meter = meterWith(valeaMare, 3)
  const one = await associated(meter, 'management')
  const target = Date.now() + 40_000
  const limiter = attribute(71, '0.0.17.0.0.255', 4)
  for (const request of [
    { attribute: attribute(8, '0.0.1.0.0.255'), data: clockData(target) },
    { attribute: limiter, data: data.u32(4_600) },
  ]) {
    const event = await one.ask((session, now) => void session.set(request, now))
    assert.ok(event.kind === 'response' && event.service === 'set' && event.results[0].ok)
  }
  const [clock] = await one.get(attribute(8, '0.0.1.0.0.255'))
  const shown = instantOf(data.octets(clock as Uint8Array))!
  assert.ok(shown - target >= -1_000 && shown - Date.now() > 35_000)
  assert.deepEqual(await one.get(limiter), [4_600])
  const relay = (n: number) => attribute(70, '0.0.96.3.10.255', n)
  const work = (method: number) =>
    one.ask(
      (session, now) =>
        void session.action(
          { method: { classId: 70, obis: '0.0.96.3.10.255', method }, data: data.i8(0) },
          now,
        ),
    )
  await work(1)
  assert.deepEqual([...(await one.get(relay(2))), ...(await one.get(relay(3)))], [false, 0])
  await work(2)
  // Control mode 3: remotely reconnected, the meter waits for the customer's button.
  assert.deepEqual(
    [...(await one.get(relay(2))), ...(await one.get(relay(3))), ...(await one.get(relay(4)))],
    [false, 2, 3],
  )
  const codes = running.meters.get(meter.serial)!.logs.standard.map((event) => event.code)
  assert.deepEqual(codes.slice(-5), [4, 5, 47, 62, 59])
})

test('the reading client reads and may change nothing; a wrong password is refused', async () => {
  const meter = meterWith(valeaMare, 1)
  const one = await associated(meter, 'reading')
  const [energy] = await one.get(attribute(3, '1.0.1.8.0.255'))
  assert.ok((energy as number) > 0)
  const event = await one.ask(
    (session, now) =>
      void session.set({ attribute: attribute(71, '0.0.17.0.0.255', 4), data: data.u32(1) }, now),
  )
  assert.ok(event.kind === 'response' && event.service === 'set')
  assert.equal(event.results[0].result, 'read-write-denied')
  one.close()
  await sleep(100)
  const guess = client(meter, 'reading', { password: new TextEncoder().encode('00000000') })
  const refused = await guess.ask((session, now) => session.associate(now))
  assert.ok(refused.kind === 'failed' && refused.error.code !== 'association-lost', refused.kind)
  guess.close()
})

test('a meter speaks with one at a time: others are closed, and the first goes on', async () => {
  const meter = meterWith(valeaMare, 'clock-off')
  const first = await associated(meter, 'reading')
  for (const other of [client(meter, 'public'), client(meter, 'public')]) {
    const event = await other.ask((session, now) => session.associate(now))
    assert.equal(event.kind, 'failed')
    other.close()
  }
  const [clock] = await first.get(attribute(8, '0.0.1.0.0.255'))
  const ahead = instantOf(data.octets(clock as Uint8Array))! - Date.now()
  assert.ok(Math.abs(ahead) > 30_000, `${ahead} ms`)
  first.close()
})

test('bytes that are no DLMS do not hurt: the next client is served', async () => {
  const meter = meterWith(valeaMare, 'spike')
  const noise = client(meter, 'public')
  noise.socket.write(fromHex('ffffffffffffffffffffffffffffffff'.repeat(40)))
  await once(noise.socket, 'close')
  const one = await associated(meter, 'public')
  assert.equal(text((await one.get(attribute(1, '0.0.96.1.0.255')))[0]), meter.serial)
})

test('faults of the line and of the keys fail as they are told', async () => {
  const silent = client(meterWith(valeaMare, 'never-answers'), 'public', { timeoutMs: 400 })
  const timeout = await silent.ask((session, now) => session.associate(now))
  assert.ok(timeout.kind === 'failed' && timeout.error.code === 'timeout')
  silent.close()
  const down = client(meterWith(valeaMare, 'refuses-connections'), 'public')
  const [error] = (await once(down.socket, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
  down.close()
  const keys = client(meterWith(valeaMare, 'wrong-tag'), 'management', { timeoutMs: 2_000 })
  assert.equal((await keys.ask((session, now) => session.associate(now))).kind, 'failed')
  keys.close()
  for (const kind of ['garbage', 'repeats-blocks'] as const) {
    const one = client(meterWith(valeaMare, kind), 'reading', { timeoutMs: 2_000, maxPduSize: 1_024 })
    await one.ask((session, now) => session.associate(now))
    await assert.rejects(one.get(profile), kind)
    one.close()
  }
})

test('faults of the data show in the data: lost entries, a spike, a limiter, the tamper log', async () => {
  const holder = (kind: Parameters<typeof meterWith>[1]) => meterWith(valeaMare, kind)
  const lost = running.meters.get(holder('entries-lost').serial)!.intervals(0, Date.now(), Date.now())
  const steps = lost.slice(1).map((row, n) => (row.end - lost[n].end) / 900_000)
  assert.deepEqual(
    steps.filter((step) => step !== 1),
    [holder('entries-lost').fault!.amount + 1],
  )
  const spike = running.meters.get(holder('spike').serial)!.intervals(0, Date.now(), Date.now())
  assert.equal(spike.filter((row) => row.imported >= 60_000).length, 1)
  const limited = await associated(holder('wrong-limiter'), 'reading')
  const [threshold] = await limited.get(attribute(71, '0.0.17.0.0.255', 4))
  assert.notEqual(threshold, holder('wrong-limiter').approvedPowerW)
  limited.close()
  const tampered = await associated(holder('tampered'), 'reading')
  const [log] = (await tampered.get(attribute(7, '0.0.99.98.1.255'))) as [Data[]]
  assert.deepEqual(log.map((row) => (row.value as Data[])[1].value).slice(-3), [44, 42, 45])
  tampered.close()
})
