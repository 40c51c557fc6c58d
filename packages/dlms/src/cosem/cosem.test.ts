import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import { secretRanges } from '../security/secrets.ts'
import {
  applyScaler,
  attributeName,
  cosemClasses,
  obisFromBytes,
  obisName,
  obisToBytes,
  parseObis,
  scalerUnitFromData,
  unitSymbol,
} from './index.ts'

test('OBIS codes in every spelling', () => {
  assert.equal(obisFromBytes(obisToBytes('1.0.1.8.0.255')), '1.0.1.8.0.255')
  assert.equal(parseObis('1-0:1.8.0*255'), '1.0.1.8.0.255')
  assert.equal(parseObis('1-0:1.8.300'), undefined)
  assert.throws(() => obisToBytes('1.0.1.8.0'))
})

test('names in Romanian and English', () => {
  assert.equal(obisName('1.0.1.8.2.255'), 'Energie activă import (A+), tariful 2')
  assert.equal(obisName('1.0.52.7.0.255', 'en'), 'Voltage L2')
  assert.equal(obisName('0.0.40.0.1.255'), 'Asociere 1')
  assert.equal(obisName('9.9.9.9.9.9'), '9.9.9.9.9.9')
})

test('classes, units and scalers', () => {
  assert.equal(attributeName(8, 2), 'Clock.time')
  assert.equal(attributeName(7, 4), 'Profile generic.capture_period')
  assert.equal(attributeName(999, 2), '999/2')
  assert.deepEqual(scalerUnitFromData(data.structure(data.i8(-1), data.enum(35))), { scaler: -1, unit: 35 })
  assert.equal(unitSymbol(32), 'varh')
  assert.equal(applyScaler(2305, -1), 230.5)
})

test('ZigBee and Wi-SUN: attributes where two sources agree, keys that no trace shows', () => {
  const names = (id: number) => cosemClasses.get(id)?.attributes.map(({ name }) => name)
  assert.deepEqual(names(102)?.slice(1), [
    'scan_attempts',
    'time_between_scans',
    'rejoin_interval',
    'rejoin_retry_interval',
  ])
  assert.equal(attributeName(101, 10), 'ZigBee SAS startup.link_key')
  assert.equal(attributeName(103, 3), 'ZigBee SAS APS fragmentation.aps_max_window_size')
  assert.equal(attributeName(105, 5), 'ZigBee tunnel setup.close_tunnel_timeout')
  assert.equal(attributeName(95, 15), 'Wi-SUN setup.reg_channel_exclusions')
  assert.equal(attributeName(95, 16), '95/16')
  // SET of link_key: the 16 octets of the key, behind tag and length, are hidden.
  const apdu = Uint8Array.from([
    ...[0xc1, 0x01, 0xc1, 0x00, 0x65, 0, 0, 35, 1, 0, 255, 0x0a, 0x00],
    ...[0x09, 0x10, ...new Uint8Array(16).fill(0xab)],
  ])
  const [range] = secretRanges(apdu)
  assert.ok(range && range.offset <= 15 && range.offset + range.length === apdu.length)
})

test('the units are those of the vector that the SML decoder is held to as well', () => {
  const vector = new URL('../../../../conformance/cosem/units.json', import.meta.url)
  const { units } = JSON.parse(readFileSync(vector, 'utf8')) as { units: Record<string, string> }
  for (let code = 0; code < 254; code++) assert.equal(unitSymbol(code), units[code], String(code))
  assert.deepEqual([unitSymbol(254), unitSymbol(255)], ['?', ''])
})
