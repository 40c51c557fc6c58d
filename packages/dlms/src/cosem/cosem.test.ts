import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import {
  applyScaler,
  attributeName,
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
