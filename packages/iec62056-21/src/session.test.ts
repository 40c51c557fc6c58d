// One file over 500 lines on purpose: reader and device are told against each other, and share the line between them.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createDevice,
  createReader,
  type Device,
  type DeviceEvent,
  type DeviceOptions,
  type Output,
  plainPassword,
  type Reader,
  type ReaderEvent,
  type ReaderOptions,
  readLoadProfile,
  registerCommands,
  seasonZone,
  writeLoadProfile,
} from './index.ts'

const frames = new URL('../../../conformance/frames/iec62056-21/', import.meta.url)
const vector = (name: string) => JSON.parse(readFileSync(new URL(name, frames), 'utf8'))
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)
const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes)

type Spoil = (bytes: Uint8Array, from: 'client' | 'device', index: number) => Uint8Array | undefined

/** A cable between both sides; what is sent at one rate and read at another is lost. */
function run(
  client: Reader,
  device: Device,
  options: { chunk?: number; spoil?: Spoil; until?: () => boolean; tamper?: (now: number) => void } = {},
) {
  const sides = { client, device }
  const line = { client: 'closed', device: '' }
  const log: { client: ReaderEvent[]; device: DeviceEvent[] } = { client: [], device: [] }
  const sent = { client: 0, device: 0 }
  const queues: Record<'client' | 'device', Output[]> = { client: [], device: [] }
  let now = 1_700_000_000_000
  client.signOn(now)
  const [opened] = client.takeOutput().filter((entry, index, all) => {
    if (index > 0) queues.client.push(entry)
    return index === 0 && all.length > 0
  })
  assert.ok(opened?.kind === 'line')
  line.client = `${opened.baud} ${opened.format}`
  line.device = line.client
  for (let step = 0; step < 4000; step++) {
    let moved = false
    for (const from of ['client', 'device'] as const) {
      const to = from === 'client' ? 'device' : 'client'
      queues[from].push(...sides[from].takeOutput())
      const action = queues[from].shift()
      if (!action) continue
      moved = true
      if (action.kind === 'line') {
        line[from] = `${action.baud} ${action.format}`
        continue
      }
      now = Math.max(now, action.notBefore)
      // Both sides have done what was before this message on their lines.
      queues[to].push(...sides[to].takeOutput())
      while (queues[to][0]?.kind === 'line') {
        const settings = queues[to].shift() as Output & { kind: 'line' }
        line[to] = `${settings.baud} ${settings.format}`
      }
      const bytes = options.spoil ? options.spoil(action.bytes, from, sent[from]++) : action.bytes
      if (!bytes || line[from] !== line[to]) continue
      const size = options.chunk ?? bytes.length
      for (let at = 0; at < bytes.length; at += size) sides[to].receive(bytes.subarray(at, at + size), now)
    }
    log.client.push(...(client.takeEvents() as ReaderEvent[]))
    log.device.push(...(device.takeEvents() as DeviceEvent[]))
    options.tamper?.(now)
    if (moved) continue
    const deadline = client.nextDeadline()
    if (deadline === undefined) break
    now = Math.max(now, deadline)
    client.tick(now)
    device.tick(now)
  }
  log.client.push(...client.takeEvents())
  log.device.push(...device.takeEvents())
  return { ...log, line, now }
}

const registers = new Map([
  ['1.8.0', '0000123.456*kWh'],
  ['0.9.1', '120000'],
])
const meter = (more: Partial<DeviceOptions> = {}): DeviceOptions => ({
  identification: 'ISk5MT174-0001',
  deviceAddress: '12345678',
  readout: () =>
    '0.0.0(12345678)\r\n1.8.0(0000123.456*kWh)\r\n1.6.0(1.250*kW)(2611230915)\r\n1.8.0*01(0000100.000*kWh)\r\n',
  operand: '1F2E',
  password: (command, data) => command === 'P1' && data === '00000000',
  command: (command, data) => {
    const [, address = '', value = ''] = /^([^(]*)\((.*)\)$/.exec(data) ?? []
    const found = registers.get(address)
    if (found === undefined) return { kind: 'error', code: 'ER06' }
    if (command === 'R1') return { kind: 'data', data: `${address}(${found})` }
    if (command !== 'W1') return { kind: 'error', code: 'ER01' }
    registers.set(address, value)
    return { kind: 'done' }
  },
  ...more,
})
const kinds = (events: readonly { kind: string }[]) => events.map((event) => event.kind)

test('mode C: sign-on at 300, readout at the rate agreed on', () => {
  const { client, line } = run(createReader({ deviceAddress: '12345678' }), createDevice(meter()))
  assert.deepEqual(kinds(client), ['identified', 'readout', 'finished'])
  assert.equal(line.client, '9600 7E1')
  const readout = client[1] as ReaderEvent & { kind: 'readout' }
  assert.deepEqual(readout.sets.slice(1), [
    { address: '1.8.0', obis: '1.0.1.8.0.255', values: [{ value: '0000123.456', unit: 'kWh' }] },
    {
      address: '1.6.0',
      obis: '1.0.1.6.0.255',
      values: [{ value: '1.250', unit: 'kW' }, { value: '2611230915' }],
    },
    {
      address: '1.8.0*01',
      obis: '1.0.1.8.0.1',
      historic: { mark: '*', index: 1 },
      values: [{ value: '0000100.000', unit: 'kWh' }],
    },
  ])
})

test('another address is not answered; the sign-on is repeated, then given up', () => {
  const { client, device } = run(createReader({ deviceAddress: '999' }), createDevice(meter()))
  assert.deepEqual(device, [])
  assert.deepEqual(client, [
    { kind: 'failed', error: { code: 'timeout', message: 'the device does not answer' } },
  ])
})

for (const [identification, baud] of [
  ['ITRxEM214', '300 7E1'],
  ['ITRCEM214', '2400 7E1'],
] as const) {
  test(`modes A and B: ${identification} is read at ${baud}`, () => {
    const { client, line } = run(createReader(), createDevice(meter({ identification })))
    assert.deepEqual(kinds(client), ['identified', 'readout', 'finished'])
    assert.equal(line.client, baud)
  })
}

test('the rate stays below what the line can take', () => {
  const { client, line } = run(createReader({ maxBaud: 4000 }), createDevice(meter()))
  assert.equal(client[1]?.kind, 'readout')
  assert.equal(line.client, '2400 7E1')
})

/** Does what is asked once commands are taken. */
function programmed(
  options: ReaderOptions,
  device: Partial<DeviceOptions>,
  ask: (client: Reader, now: number) => void,
  spoil?: Spoil,
  chunk?: number,
) {
  const client = createReader({ purpose: 'programming', password: plainPassword('00000000'), ...options })
  let asked = false
  return run(client, createDevice(meter(device)), {
    ...(spoil && { spoil }),
    ...(chunk && { chunk }),
    tamper: (now) => {
      if (client.state === 'ready' && !asked) {
        asked = true
        ask(client, now)
      } else if (client.state === 'ready') client.break(now)
    },
  })
}

test('programming: prompt, password, read, write, read again, an unknown register, break', () => {
  const { client, device } = programmed({}, {}, (session, now) => {
    session.read('0.9.1', now)
    session.write('0.9.1', '130000', now)
    session.read('0.9.1', now)
    session.read('7.7.7', now)
  })
  assert.deepEqual(kinds(client), [
    'identified',
    'programming',
    'answer',
    'acknowledged',
    'answer',
    'refused',
    'finished',
  ])
  assert.deepEqual(client[1], { kind: 'programming', operand: '1F2E' })
  const answers = client.filter((event) => event.kind === 'answer')
  assert.deepEqual(
    answers.map(({ requestId, sets }) => [requestId, sets[0]?.values[0]?.value]),
    [
      [1, '120000'],
      [3, '130000'],
    ],
  )
  assert.deepEqual(client[5], { kind: 'refused', requestId: 4, message: 'ER06' })
  assert.deepEqual(device.at(-1), { kind: 'ended', reason: 'break' })
})

test('a wrong password is refused, and never repeated in what is reported', () => {
  const { client } = programmed({ password: plainPassword('13572468') }, {}, () => assert.fail())
  assert.deepEqual(client.at(-1), {
    kind: 'failed',
    error: { code: 'refused', message: 'the device refuses the password' },
  })
  assert.ok(!JSON.stringify(client).includes('13572468'))
})

test('a password algorithm of the manufacturer gets the operand', () => {
  const password = (operand: string) => ({ command: 'P2' as const, data: [...operand].reverse().join('') })
  const { client } = programmed(
    { password },
    { password: (command, data) => command === 'P2' && data === 'E2F1' },
    (s, now) => {
      s.read('1.8.0', now)
    },
  )
  assert.equal(client[2]?.kind, 'answer')
})

test('long answers come in partial blocks', () => {
  const { client } = programmed({}, { blockSize: 5 }, (session, now) => session.read('1.8.0', now))
  const answer = client.find((event) => event.kind === 'answer')
  assert.equal(answer?.text, '1.8.0(0000123.456*kWh)')
})

test('the sum of Energomera in place of the XOR', () => {
  const { client } = programmed({ blockCheck: 'sum' }, { blockCheck: 'sum' }, (session, now) =>
    session.read('1.8.0', now),
  )
  assert.ok(client.some((event) => event.kind === 'answer'))
})

test('software parity on a line of eight bits', () => {
  const { client } = programmed({ softwareParity: true }, { softwareParity: true }, (session, now) =>
    session.read('1.8.0', now),
  )
  assert.ok(client.some((event) => event.kind === 'answer'))
})

test('one message lost or damaged anywhere does not change what is read', () => {
  const clean = programmed({}, { blockSize: 9 }, (session, now) => session.read('1.8.0', now))
  const expected = clean.client.filter((event) => event.kind === 'answer')
  let recovered = 0
  for (const side of ['client', 'device'] as const) {
    for (let which = 0; which < 14; which++) {
      for (const damage of ['lost', 'damaged'] as const) {
        const spoil: Spoil = (bytes, from, index) => {
          if (from !== side || index !== which) return bytes
          if (damage === 'lost') return undefined
          const copy = Uint8Array.from(bytes)
          copy[Math.floor(copy.length / 2)] = (copy[Math.floor(copy.length / 2)] as number) ^ 0x01
          return copy
        }
        const { client } = programmed(
          { softwareParity: true },
          { blockSize: 9, softwareParity: true },
          (s, now) => s.read('1.8.0', now),
          spoil,
        )
        const answers = client.filter((event) => event.kind === 'answer')
        // Either the same values, or an outcome that says what went wrong: never other values.
        if (answers.length > 0) {
          assert.deepEqual(answers, expected, `${side} ${which} ${damage}`)
          recovered++
        } else assert.equal(client.at(-1)?.kind, 'failed', `${side} ${which} ${damage}`)
      }
    }
  }
  assert.ok(recovered >= 40, `${recovered} of 56 recovered`)
})

test('mode E opens the line for HDLC', () => {
  const client = createReader({ purpose: 'hdlc' })
  const device = createDevice(meter({ identification: 'LGZ5\\2ZMD3101' }))
  const { client: events, device: seen, line } = run(client, device)
  assert.deepEqual(kinds(events), ['identified', 'hdlc'])
  assert.deepEqual(events[1], { kind: 'hdlc', baud: 9600, rest: new Uint8Array(0) })
  assert.deepEqual(seen.at(-1)?.kind, 'hdlc')
  assert.equal(line.client, '9600 8N1')
  assert.equal(line.device, '9600 8N1')
})

test('mode E without a confirmation opens the line after the time of an answer', () => {
  const device = createDevice(meter({ identification: 'LGZ5\\2ZMD3101', confirmation: 'none' }))
  const { client } = run(createReader({ purpose: 'hdlc' }), device)
  assert.deepEqual(kinds(client), ['identified', 'hdlc'])
})

test('a device without mode E is reported', () => {
  const { client } = run(createReader({ purpose: 'hdlc' }), createDevice(meter()))
  assert.equal(client.at(-1)?.kind, 'failed')
})

test('the device gives a session up after silence', () => {
  const device = createDevice(meter())
  device.receive(latin1('/?!\r\n'), 0)
  assert.equal(device.state, 'identified')
  device.tick(device.nextDeadline() as number)
  assert.equal(device.state, 'idle')
  assert.deepEqual(device.takeEvents().at(-1), { kind: 'ended', reason: 'inactivity' })
})

test('Iskra MT174: the readout of the source, its echo of the option included', () => {
  const { text } = vector('iskra-mt174-mode-c.json')
  const client = createReader()
  client.signOn(0)
  const end = text.indexOf('\n') + 1
  client.receive(latin1(text.slice(0, end)), 500)
  client.receive(latin1(text.slice(end)), 1000)
  const [identified, readout] = client.takeEvents()
  assert.ok(identified?.kind === 'identified' && identified.identification.fast)
  assert.ok(readout?.kind === 'readout')
  const found = readout.sets.find(({ address }) => address === '1-0:1.8.0*255')
  assert.deepEqual(found?.values, [{ value: '0008048.375', unit: 'kWh' }])
  assert.equal(readout.sets.filter(({ historic }) => historic?.index === 15).length > 0, true)
  const sent = client.takeOutput().filter((action) => action.kind === 'send')
  assert.deepEqual(
    sent.map(({ bytes }) => textOf(bytes)),
    ['/?!\r\n', '\x06050\r\n'],
  )
})

test('Energomera CE301: prompt, password and registers as the source has them', () => {
  const names = ['curre', 'ecdpe', 'ecmpe', 'et0pe', 'frequ', 'hello', 'powep', 'powpp']
  const client = createReader({
    purpose: 'programming',
    blockCheck: 'sum',
    password: () => ({ command: 'P1', data: 'dummy' }),
  })
  client.signOn(0)
  const answer = (name: string) => {
    const { request, text } = vector(`energomera-ce301-${name}.json`)
    const sent = client.takeOutput().filter((action) => action.kind === 'send')
    assert.equal(textOf(sent.at(-1)?.bytes ?? new Uint8Array(0)), request)
    client.receive(latin1(text), 0)
  }
  for (const name of ['ident', 'p0', 'password']) answer(name)
  for (const name of names) {
    client.request('R1', `${name.toUpperCase()}()`, 0)
    answer(name)
  }
  const events = client.takeEvents()
  assert.deepEqual(events[1], { kind: 'programming', operand: '777777' })
  const answers = events.filter((event) => event.kind === 'answer')
  assert.equal(answers.length, names.length)
  assert.deepEqual(
    answers[0]?.sets.map(({ address, values }) => [address, Number(values[0]?.value)]),
    [
      ['CURRE', 1.479],
      ['CURRE', 2.8716],
      ['CURRE', 0.782],
    ],
  )
})

test('any chunking gives the same events', () => {
  const whole = programmed({}, { blockSize: 7 }, (session, now) => session.read('1.8.0', now)).client
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), (chunk) => {
      const cut = programmed(
        {},
        { blockSize: 7 },
        (session, now) => session.read('1.8.0', now),
        undefined,
        chunk,
      )
      assert.deepEqual(cut.client, whole)
    }),
    { numRuns: 12 },
  )
})

test('arbitrary octets in any state are taken without an exception', () => {
  const octet = fc.constantFrom(
    0x01,
    0x02,
    0x03,
    0x04,
    0x06,
    0x15,
    0x0d,
    0x0a,
    0x2f,
    0x3f,
    0x21,
    0x28,
    0x29,
    0x50,
    0x30,
    0x35,
    0xff,
  )
  fc.assert(
    fc.property(fc.array(octet, { maxLength: 80 }), fc.nat(3), fc.boolean(), (list, state, programming) => {
      const bytes = Uint8Array.from(list)
      const client = createReader({
        purpose: programming ? 'programming' : 'readout',
        password: plainPassword('1'),
      })
      client.signOn(0)
      if (state > 0) client.receive(latin1('/ISK5\\2X\r\n'), 0)
      if (state > 1) client.receive(latin1('\x01P0\x02(1)\x03`'), 0)
      client.receive(bytes, 1)
      client.tick(10_000)
      client.receive(bytes, 10_001)
      const device = createDevice(meter({ identification: 'LGZ5\\2ZMD' }))
      if (state > 0) device.receive(latin1('/?!\r\n'), 0)
      if (state > 1) device.receive(latin1('\x06051\r\n'), 0)
      device.receive(bytes, 1)
      device.tick(1e6)
    }),
    { numRuns: 500 },
  )
})

const simulated = () => {
  const rows = Array.from({ length: 96 }, (_, index) => [(index / 100).toFixed(3), '0.000'])
  const channels = [
    { id: '1.5', unit: 'kW' },
    { id: '2.5', unit: 'kW' },
  ]
  return registerCommands({
    registers: new Map([
      ['1.8.0', '0000123.456*kWh'],
      ['0.9.1', '120000'],
    ]),
    writable: (address) => address === '0.9.1',
    profile: (address) =>
      address === 'P.01'
        ? writeLoadProfile([{ address, time: '0230101001500', status: 0, periodMinutes: 15, channels, rows }])
        : undefined,
  })
}

test('a simulated meter: a day of its load profile in partial blocks, writes only where they are allowed', () => {
  const { client } = programmed({}, { command: simulated(), blockSize: 128 }, (reader, now) => {
    reader.request('R5', 'P.01(02301010000;02301020000)', now)
    reader.write('1.8.0', '0', now)
    reader.write('0.9.1', '130000', now)
    reader.request('R5', 'P.01(99;)', now)
    reader.request('W9', '1.8.0(1)', now)
  })
  assert.deepEqual(kinds(client).slice(2), [
    'answer',
    'refused',
    'acknowledged',
    'refused',
    'refused',
    'finished',
  ])
  const answer = client.find((event) => event.kind === 'answer')
  const { rows, error } = readLoadProfile(answer?.text ?? '', seasonZone(60))
  assert.equal(error, undefined)
  assert.deepEqual(
    [rows.length, rows[95]?.instant, rows[95]?.values[0]?.number],
    [96, Date.UTC(2023, 0, 1, 23), 0.95],
  )
  const codes = client.flatMap((event) => (event.kind === 'refused' ? [event.message] : []))
  assert.deepEqual(codes, ['ER07', 'ER05', 'ER01'])
})

test('an echoing line: what comes back of our own is no answer', () => {
  const reader = createReader({ purpose: 'hdlc', echo: true })
  reader.signOn(0)
  reader.takeOutput()
  reader.receive(latin1('/?!\r\n/LGZ5\\2ZMD\r\n'), 1)
  reader.takeOutput()
  reader.receive(latin1('\x06252\r\n'), 2)
  assert.deepEqual(kinds(reader.takeEvents()), ['identified'])
  reader.receive(latin1('\x06252\r\n'), 3)
  assert.deepEqual(kinds(reader.takeEvents()), ['hdlc'])
})

test('many faults at once: values as the device has them or none, in bounded time', () => {
  const fault = fc.record({
    at: fc.nat(40),
    kind: fc.constantFrom('lost', 'bit', 'cut', 'noise'),
    place: fc.nat(500),
  })
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 6 }), fc.constantFrom(7, 20, 500), (faults, blockSize) => {
      let count = 0
      const spoil: Spoil = (bytes) => {
        const hit = faults.find(({ at }) => at === count)
        count++
        if (!hit) return bytes
        if (hit.kind === 'lost') return undefined
        if (hit.kind === 'cut') return bytes.subarray(0, hit.place % bytes.length)
        if (hit.kind === 'noise') return Uint8Array.of(hit.place & 0xff, ...bytes)
        const copy = Uint8Array.from(bytes)
        copy[hit.place % copy.length] = (copy[hit.place % copy.length] as number) ^ (1 << (hit.place % 8))
        return copy
      }
      const { client } = programmed(
        { softwareParity: true },
        { softwareParity: true, blockSize, command: simulated() },
        (reader, now) => {
          reader.read('1.8.0', now)
          reader.read('0.9.1', now)
        },
        spoil,
      )
      for (const event of client) {
        if (event.kind !== 'answer') continue
        assert.equal(event.text, event.requestId === 1 ? '1.8.0(0000123.456*kWh)' : '0.9.1(120000)')
      }
      assert.ok(['finished', 'failed'].includes(client.at(-1)?.kind ?? ''))
      assert.ok(count < 200)
    }),
    { numRuns: 150 },
  )
})
