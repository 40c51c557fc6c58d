import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numberOf, problemsOf } from './parameters.ts'

const why = { validFrom: '2026-11-01', source: 'PV 12', reason: 'fișa postului' }

test('a number is written with a comma or a point; nothing is not zero', () => {
  assert.equal(numberOf('2,5'), 2.5)
  assert.equal(numberOf(' 2e-6 '), 2e-6)
  assert.equal(numberOf(''), undefined)
  assert.equal(numberOf('două'), undefined)
})

test('each field that cannot be recorded is named with what is wrong', () => {
  assert.deepEqual(problemsOf({ ...why, side: 'lv', ownUseW: '40' }), {})
  assert.deepEqual(problemsOf({ ...why, side: 'mv', transformerClass: '', noLoadW: '', loadW: '' }), {
    transformerClass: 'transformer',
  })
  assert.deepEqual(problemsOf({ ...why, side: 'mv', noLoadW: '270', loadW: '' }), { loadW: 'both' })
  assert.deepEqual(
    problemsOf({ validFrom: '', source: 'x', reason: '', ownUseW: '-1', k: '', powerFactor: '2' }),
    {
      validFrom: 'day',
      source: 'short',
      reason: 'short',
      ownUseW: 'watts',
      k: 'k',
      powerFactor: 'powerFactor',
    },
  )
})
