import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFormat, dash } from './format.ts'

test('Romanian numbers: point for thousands, comma for decimals, unit after', () => {
  const f = createFormat('ro')
  assert.equal(f.kwh(1_234_560), '1.234,56 kWh')
  assert.equal(f.percent(0.9832), '98,3 %')
  assert.equal(createFormat('en').kwh(1_234_560), '1,234.56 kWh')
})

test('what is not known is a dash, never a zero', () => {
  const f = createFormat('ro')
  assert.equal(f.kwh(null), dash)
  assert.equal(f.number(undefined), dash)
  assert.equal(f.dateTime(null), dash)
  assert.equal(f.kwh(0), '0,00 kWh')
})

test('instants are shown on the Romanian clock, both hours of the October night', () => {
  const f = createFormat('ro')
  assert.equal(f.time('2026-10-25T00:30:00Z'), '03:30')
  assert.equal(f.time('2026-10-25T01:30:00Z'), '03:30')
  assert.equal(f.dateTime('2026-12-31T22:15:00Z'), '01.01.2027 00:15')
})
