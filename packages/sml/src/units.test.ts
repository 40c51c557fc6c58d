import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { unitSymbol } from '@contor/dlms'
import { smlUnit } from './units.ts'

const vector = new URL('../../../conformance/cosem/units.json', import.meta.url)
const { units } = JSON.parse(readFileSync(vector, 'utf8')) as { units: Record<string, string> }

test('every unit code has the symbol of the standard, here and in the DLMS library alike', () => {
  assert.ok(Object.keys(units).length > 100)
  for (let code = 0; code < 256; code++) {
    assert.equal(smlUnit(code), units[code], String(code))
    if (code < 254) assert.equal(unitSymbol(code), units[code], String(code))
  }
  // Another unit, and none.
  assert.deepEqual(
    [unitSymbol(254), unitSymbol(255), smlUnit(254), smlUnit(255)],
    ['?', '', undefined, undefined],
  )
})
