import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { createTelegramReader, decodeP1, type P1Telegram, readTime, type TelegramEvent } from '../index.ts'

const frames = new URL('../../../../conformance/frames/', import.meta.url)
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)
const textOf = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)
type Phases = { l1?: number; l2?: number; l3?: number }
type Expected = {
  header: { identifier: string; xxx: string }
  crc: { valid: boolean } | null
  metadata: {
    dsmrVersion?: number
    timestamp?: string
    equipmentId?: string
    textMessage?: string
    events?: {
      powerFailures?: number
      longPowerFailures?: number
      voltageSags?: Phases
      voltageSwells?: Phases
    }
  }
  electricity: {
    total?: { received?: number; returned?: number }
    tariffs?: Record<string, { received?: number; returned?: number }>
    currentTariff?: number
    powerReceivedTotal?: number
    powerReturnedTotal?: number
    voltage?: Phases
    current?: Phases
    powerReceived?: Phases
    powerReturned?: Phases
  }
  mBus?: Record<
    string,
    {
      deviceType?: number
      equipmentId?: string
      timestamp?: string
      value?: number
      unit?: string
      recordingPeriodMinutes?: number
    }
  >
}
type Vector = { text: string; notes: string; expected?: Expected | Record<string, number | string> }
const vectors: [string, Vector][] = readdirSync(new URL('p1/', frames)).map((name) => [
  name,
  JSON.parse(readFileSync(new URL(`p1/${name}`, frames), 'utf8')),
])
const named = (name: string) => latin1(vectors.find(([file]) => file === `${name}.json`)?.[1].text ?? '')

/** The value of an object C.D.E on any channel of the meter's own. */
function value(telegram: P1Telegram, cde: string): number | undefined {
  const found = telegram.objects.find(({ obis }) =>
    new RegExp(`^[01]\\.[01]\\.${cde}\\.255$`).test(obis ?? ''),
  )
  return found?.values[0]?.scaled ?? found?.values[0]?.number
}

const phases = { l1: 0, l2: 20, l3: 40 } as const

function electricity(telegram: P1Telegram, { electricity: e, metadata }: Expected): void {
  const same = (cde: string, expected: number | undefined) =>
    expected !== undefined && assert.equal(value(telegram, cde), expected, cde)
  for (const [tariff, { received, returned }] of Object.entries({
    ...e.tariffs,
    ...(e.total && { 0: e.total }),
  })) {
    same(`1.8.${tariff}`, received)
    same(`2.8.${tariff}`, returned)
  }
  same('96.14.0', e.currentTariff)
  same('1.7.0', e.powerReceivedTotal)
  same('2.7.0', e.powerReturnedTotal)
  same('96.7.21', metadata.events?.powerFailures)
  same('96.7.9', metadata.events?.longPowerFailures)
  for (const [phase, shift] of Object.entries(phases) as ['l1' | 'l2' | 'l3', number][]) {
    same(`${32 + shift}.7.0`, e.voltage?.[phase])
    same(`${31 + shift}.7.0`, e.current?.[phase])
    same(`${21 + shift}.7.0`, e.powerReceived?.[phase])
    same(`${22 + shift}.7.0`, e.powerReturned?.[phase])
    same(`${32 + shift}.32.0`, metadata.events?.voltageSags?.[phase])
    same(`${32 + shift}.36.0`, metadata.events?.voltageSwells?.[phase])
  }
}

const hex = (text: string) => [...text].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')
/** Sources keep identifications as they travel; ours are decoded where they are characters. */
const sameText = (ours: string | undefined, theirs: string) =>
  assert.ok(ours === theirs || hex(ours ?? '') === theirs.toLowerCase(), `${ours} is not ${theirs}`)

for (const [name, { text, expected, notes }] of vectors) {
  test(`p1 typed ${name}`, () => {
    const telegram = decodeP1(latin1(text))
    assert.equal(telegram.error, undefined)
    const wrong = /CRC (as not valid|bad)/.test(notes)
    const none = /No CRC|no CRC \(|and no CRC/.test(notes) && !/computed/.test(notes)
    assert.equal(telegram.check, wrong ? 'mismatch' : none ? 'none' : 'match')
    if (!expected || !('metadata' in expected)) return
    const wanted = expected as Expected
    assert.equal(telegram.manufacturer, wanted.header.xxx)
    assert.equal(telegram.identifier, wanted.header.identifier)
    electricity(telegram, wanted)
    const { timestamp, equipmentId, dsmrVersion, textMessage } = wanted.metadata
    // Month 34, and month 0: the source rolls them over, a reader must not.
    if (/^(sagemcom-xt211|kamstrup-omnia)/.test(name)) assert.equal(telegram.time, undefined)
    else assert.equal(telegram.time?.local, timestamp?.slice(0, 19))
    if (equipmentId !== undefined) sameText(telegram.equipmentId, equipmentId)
    if (dsmrVersion !== undefined) assert.equal(Number(telegram.version) / 10, dsmrVersion)
    if (textMessage !== undefined) sameText(telegram.messages['0.0.96.13.0.255'], textMessage)
    for (const [number, meter] of Object.entries(wanted.mBus ?? {})) {
      const found = telegram.channels.find(({ channel }) => channel === Number(number))
      assert.equal(found?.deviceType, meter.deviceType)
      if (meter.equipmentId !== undefined) sameText(found?.equipmentId, meter.equipmentId)
      assert.equal(found?.reading?.value, meter.value)
      assert.equal(found?.reading?.unit, meter.unit)
      assert.equal(found?.reading?.time.local, meter.timestamp?.slice(0, 19))
      assert.equal(found?.reading?.periodMinutes, meter.recordingPeriodMinutes)
    }
  })
}

test('power failures, monthly peaks, instants and messages', () => {
  const dutch = decodeP1(named('dsmr-5.0-spec-example'))
  assert.deepEqual(
    dutch.powerFailures.map(({ end, seconds }) => [end.instant, seconds]),
    [
      [Date.UTC(2010, 11, 8, 14, 24, 15), 240],
      [Date.UTC(2010, 11, 8, 14, 10, 4), 301],
    ],
  )
  assert.equal(dutch.messages['0.0.96.13.0.255']?.slice(0, 16), '0123456789:;<=>?')
  const belgian = decodeP1(named('dsmrparser-fluvius-1.7.1'))
  assert.deepEqual(
    belgian.peaks.map(({ month, value, unit }) => [month.instant, value, unit]),
    [
      [Date.UTC(2020, 3, 30, 22), 3.695, 'kW'],
      [Date.UTC(2020, 2, 31, 22), 5.98, 'kW'],
      [Date.UTC(2020, 1, 29, 22), 4.318, 'kW'],
    ],
  )
  assert.equal(belgian.version, '50217')
  const [gas, water] = belgian.channels
  assert.deepEqual([gas?.deviceType, gas?.reading?.value, gas?.equipmentId], [3, 112.384, '7FLO2119033733'])
  assert.deepEqual([water?.deviceType, water?.reading?.value, water?.reading?.unit], [7, 872.234, 'm3'])
  assert.equal(readTime('120517020000')?.instant, undefined)
  assert.equal(readTime('120517020000', { zone: () => 120 })?.instant, Date.UTC(2012, 4, 17))
})

const ciphered = (() => {
  const name = 'dlms-apdu/luxembourg-smarty-p1-ciphered-without-aad.json'
  return Uint8Array.from(Buffer.from(JSON.parse(readFileSync(new URL(name, frames), 'utf8')).hex, 'hex'))
})()
const stream = (parts: readonly Uint8Array[], sizes: readonly number[] = [1 << 20]) => {
  const reader = createTelegramReader()
  const all = Uint8Array.from(Buffer.concat(parts))
  for (let at = 0, index = 0; at < all.length; index++) {
    const size = sizes[index % sizes.length] as number
    reader.receive(all.subarray(at, at + size))
    at += size
  }
  reader.flush()
  return reader.takeEvents()
}
const kinds = (events: readonly TelegramEvent[]) =>
  events.map((event) => ('code' in event ? event.code : 'check' in event ? event.check : event.kind))

const good = named('dsmrparser-fluvius-1.7.1')
const plain = named('dsmrparser-dsmr-2.2')

test('telegrams are cut out of a stream, ciphered ones handed out, garbage passed over', () => {
  const bad = latin1(textOf(good).replace('000015.758', '000015.759'))
  const cut = good.subarray(0, 300)
  const parts = [
    good.subarray(700),
    good,
    latin1('\xdb\x08/x'),
    ciphered,
    bad,
    cut,
    latin1('\r\n'),
    good,
    plain,
  ]
  const events = stream(parts)
  assert.deepEqual(kinds(events), ['match', 'ciphered', 'check', 'malformed', 'match', 'none'])
  assert.deepEqual(events[0]?.bytes, good)
  assert.deepEqual(events[1]?.bytes, ciphered)
})

test('any chunking gives the same events', () => {
  const parts = [latin1('x!/'), good, ciphered, plain, good.subarray(0, 100), good]
  const whole = stream(parts)
  assert.deepEqual(kinds(whole), ['match', 'ciphered', 'none', 'malformed', 'match'])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      assert.deepEqual(stream(parts, sizes), whole)
    }),
    { numRuns: 60 },
  )
})

test('a damaged octet never changes a value of a telegram with CRC', () => {
  const text = textOf(good)
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const copy = Uint8Array.from(good)
      copy[at] = (copy[at] as number) ^ flip
      for (const event of stream([copy])) {
        if (event.kind !== 'telegram') continue
        // What the CRC does not cover: the line end, and the digits that then are no CRC of their own.
        assert.equal(textOf(event.bytes).slice(0, text.indexOf('!')), text.slice(0, text.indexOf('!')))
      }
    }),
    { numRuns: 300 },
  )
})

test('arbitrary octets are bounded and never thrown on', () => {
  const octet = fc.oneof(
    fc.constantFrom(0x2f, 0x41, 0x21, 0x0a, 0x0d, 0xdb, 0x08, 0x28, 0x29, 0x30),
    fc.nat(255),
  )
  fc.assert(
    fc.property(fc.array(octet, { maxLength: 400 }), fc.nat(good.length - 1), (list, at) => {
      const bytes = Uint8Array.from(list)
      let total = 0
      for (const event of stream([bytes, good.subarray(at), bytes])) {
        total += event.bytes.length
        decodeP1(event.bytes)
      }
      assert.ok(total <= 2 * bytes.length + good.length)
      decodeP1(bytes)
    }),
    { numRuns: 300 },
  )
})

test('mode D: what other meters push without a CRC', () => {
  const push = (name: string) => {
    const { text } = JSON.parse(readFileSync(new URL(`iec62056-21/${name}.json`, frames), 'utf8'))
    const [event, ...more] = stream([latin1(text)])
    assert.ok(event?.kind === 'telegram' && event.check === 'none' && more.length === 0, name)
    return decodeP1(event.bytes)
  }
  const easymeter = push('dsmrparser-easymeter-q3db1024')
  assert.equal(value(easymeter, '2.8.0'), 19_949_322.1493)
  assert.equal(value(easymeter, '61.7.0'), 639.73)
  assert.equal(value(push('dsmrparser-easymeter-q3da1004'), '1.7.0'), 1688.21)
  const emh = push('emh-ehz-e0018e-push')
  assert.deepEqual([emh.manufacturer, value(emh, '1.8.1')], ['EMH', 32_942.0231])
})
