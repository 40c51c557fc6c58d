import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { smlUnit } from './units.ts'

const vector = new URL('../../../conformance/cosem/units.json', import.meta.url)
const { units } = JSON.parse(readFileSync(vector, 'utf8')) as { units: Record<string, string> }

test('every unit code has the symbol of the standard; 254 and 255 have none', () => {
  assert.ok(Object.keys(units).length > 100)
  for (let code = 0; code < 256; code++) assert.equal(smlUnit(code), units[code], String(code))
})
