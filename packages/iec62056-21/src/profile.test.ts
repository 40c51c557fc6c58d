import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  profileRequest,
  readEventLog,
  readLoadProfile,
  readLocalTime,
  seasonZone,
  writeLoadProfile,
} from './index.ts'

const zone = seasonZone(60)

// Shapes as EMH and Metcom meters answer (public logs of their readers); the second header is a clock adjustment.
const emh =
  'P.01(1220823161500)(00000000)(15)(6)(1.5)(kW)(2.5)(kW)(5.5)(kvar)(6.5)(kvar)(7.5)(kvar)(8.5)(kvar)\r\n' +
  '(0.18374)(0.00078)(0.00000)(0.00006)(0.00087)(0.02431)\r\n' +
  '(0.16832)(0.00000)(0.00000)(0.00000)(0.00000)(0.02686)\r\n'

test('rows get the end of their period, values and units of their channels', () => {
  const profile = readLoadProfile(emh, zone)
  assert.equal(profile.error, undefined)
  assert.equal(profile.periodMinutes, 15)
  assert.deepEqual(profile.channels[5], { id: '8.5', unit: 'kvar' })
  assert.deepEqual(
    profile.rows.map(({ instant, local, first, values }) => [instant, local, first, values[0]?.number]),
    [
      [Date.UTC(2022, 7, 23, 14, 15), '2022-08-23T16:15:00', true, 0.18374],
      [Date.UTC(2022, 7, 23, 14, 30), '2022-08-23T16:30:00', false, 0.16832],
    ],
  )
})

test('another header begins another run with its own time and status', () => {
  const head = (time: string, status: string) => `P.01(${time})(${status})(15)(1)(1-0:1.5.0)(kW)\r\n`
  const text = `${head('0230101001500', '00')}(1.0)\r\n(2.0)\r\n${head('0230101010000', 'A1')}(3.0)\r\n`
  const { rows, error } = readLoadProfile(text, zone)
  assert.equal(error, undefined)
  assert.deepEqual(
    rows.map(({ instant, status }) => [new Date(instant ?? 0).toISOString(), status]),
    [
      ['2022-12-31T23:15:00.000Z', 0],
      ['2022-12-31T23:30:00.000Z', 0],
      ['2023-01-01T00:00:00.000Z', 0xa1],
    ],
  )
  assert.deepEqual(rows[2]?.flags, ['fatal-device-error', 'clock-adjusted', 'power-down'])
})

test('without season and zone there is a local time and no instant', () => {
  const { rows } = readLoadProfile('P.01(2301010015)(00)(15)(1)(1.5)(kW)(1.0)', zone)
  assert.deepEqual([rows[0]?.local, rows[0]?.instant], ['2023-01-01T00:15:00', undefined])
  assert.equal(readLocalTime('2301320015'), undefined)
  assert.equal(readLocalTime('2230101240000')?.local, '2023-01-02T00:00:00')
})

test('what breaks the shape is reported, and what was read before it is kept', () => {
  assert.equal(readLoadProfile(`${emh}(0.1)\r\n`, zone).error?.code, 'malformed')
  assert.equal(readLoadProfile('P.01(ERROR)', zone).error?.code, 'malformed')
  const cut = readLoadProfile(`${emh}P.01(12`, zone)
  assert.equal(cut.error?.code, 'malformed')
  assert.equal(cut.rows.length, 2)
})

test('an event log: each entry with its status and elements', () => {
  const text =
    'P.98(0230101001500)(00000080)()(0)\r\n' +
    'P.98(0230101002000)(00000020)()(2)(0.9.1)()(0.9.2)()(002005)(230101)\r\n'
  const { entries, error } = readEventLog(text, zone)
  assert.equal(error, undefined)
  assert.deepEqual(
    entries.map(({ instant, flags, elements }) => [instant, flags, elements]),
    [
      [Date.UTC(2022, 11, 31, 23, 15), ['power-down'], []],
      [
        Date.UTC(2022, 11, 31, 23, 20),
        ['clock-adjusted'],
        [
          { id: '0.9.1', value: '002005' },
          { id: '0.9.2', value: '230101' },
        ],
      ],
    ],
  )
})

test('the request names its bounds', () => {
  assert.equal(profileRequest('P.01', '02301010000'), 'P.01(02301010000;)')
  assert.throws(() => profileRequest('P.01', '1)'), { code: 'usage' })
})

test('any text is read or refused', () => {
  const token = fc.constantFrom(
    'P.01',
    'P.98',
    '(',
    ')',
    '\r\n',
    '0230101001500',
    '00',
    '15',
    '1',
    '999999999',
    'kW',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(token, fc.string({ maxLength: 4 })), { maxLength: 60 }), (parts) => {
      const text = parts.join('')
      assert.ok(readLoadProfile(text, zone).rows.length <= text.length)
      assert.ok(readEventLog(text, zone).entries.length <= text.length)
    }),
  )
})

test('what a device writes is what is read', () => {
  const cell = fc.integer({ min: 0, max: 99_999 }).map((value) => (value / 100).toFixed(2))
  const shape = fc.integer({ min: 1, max: 6 }).chain((count) =>
    fc.record({
      status: fc.nat(0xffff_ffff),
      periodMinutes: fc.constantFrom(5, 15, 30, 60),
      channels: fc.constant(
        Array.from({ length: count }, (_, index) => ({ id: `${index + 1}.5`, unit: 'kW' })),
      ),
      rows: fc.array(fc.array(cell, { minLength: count, maxLength: count }), { minLength: 1, maxLength: 20 }),
    }),
  )
  fc.assert(
    fc.property(shape, (run) => {
      const text = writeLoadProfile([{ address: 'P.01', time: '1230601001500', ...run }])
      const profile = readLoadProfile(text, zone)
      assert.equal(profile.error, undefined)
      assert.deepEqual(profile.channels, run.channels)
      assert.deepEqual(
        profile.rows.map(({ values }) => values.map(({ value }) => value)),
        run.rows,
      )
      assert.ok(profile.rows.every(({ status }) => status === run.status))
    }),
  )
})
