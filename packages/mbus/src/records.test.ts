import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultMbusLimits, type MbusRecord, readRecords } from './index.ts'

const read = (hex: string) => {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  return readRecords(bytes, 0, bytes.length, defaultMbusLimits)
}
const only = (hex: string): MbusRecord => {
  const { records, fault } = read(hex)
  assert.equal(fault, undefined)
  return records[0] as MbusRecord
}

test('compact profiles of EN 13757-3 annex F', () => {
  // F.2.7: volume 12300.0 m³ at 00:00, then hourly increments of 0.3, 0.5 (0.2 more) and 1.1 m³.
  const { records } = read('84046d002041118b04150030128d04951f056901030211')
  assert.equal(records[1]?.scaled, 12300)
  assert.deepEqual(records[2]?.profile, {
    kind: 'compact',
    increment: 'positive',
    spacingUnit: 'hour',
    spacing: 1,
    values: [3, 2, 11],
  })
  // F.2.8, backwards.
  assert.equal(read('8d049513056901110203').records[0]?.profile?.kind, 'inverse')
})

test('variable lengths of every range', () => {
  assert.equal(only('0dfd110461626364').value, 'dcba')
  assert.equal(only('0d13c23412').value, 1234)
  assert.equal(only('0d13d23412').value, -1234)
  assert.equal(only('0d13e2ffff').value, -1)
  assert.equal((only(`0dfd67f0${'01'.repeat(16)}`).value as Uint8Array).length, 16)
  assert.equal((only(`0dfd67f5${'01'.repeat(48)}`).value as Uint8Array).length, 48)
  assert.equal(read('0d13f7').fault?.code, 'lvar')
  assert.equal(read('0d13cf').fault?.code, 'lvar')
})

test('VIFE corrections, errors and addends', () => {
  assert.equal(only('029375e803').scaled, 0.1)
  assert.equal(only('02937de803').scaled, 1000)
  assert.equal(only('02957be803').scaled, 100.1)
  assert.deepEqual(only('04931500000000').errors, ['no data available'])
  assert.equal(only('02db41e803').unit, undefined)
  assert.equal(only('02db51e803').scaled, 60_000)
  assert.equal(only('04a9fc0101000000').qualifiers[0]?.text, 'phase L1')
})

test('negative BCD, wide integers, reals and times', () => {
  assert.equal(only('0a133412').value, 1234)
  assert.equal(only('0a1334f2').value, -234)
  assert.equal(only('0713ffffffffffffff7f').value, 2n ** 63n - 1n)
  assert.equal(only('05139a196c43').value, 236.1)
  const time = only('066d05173319b71a').value as { type: string }
  assert.equal(time.type, 'I')
  assert.equal((only('036d050d13').value as { text: string }).text, '19:13:05')
})
