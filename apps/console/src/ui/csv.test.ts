import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toCsv } from './csv.ts'

test('quotes what must be quoted and defuses formulas', () => {
  const text = toCsv(
    ['a', 'b'],
    [
      ['x, "y"', null],
      ['=SUM(A1)', -5],
    ],
  )
  assert.equal(text, 'a,b\r\n"x, ""y""",\r\n\'=SUM(A1),-5')
})
