import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './fuzz.ts'

test('20,000 mutated frames: every parser and session gives one of its outcomes', () => {
  const report = fuzz({ inputs: 20_000, seed: 20_241, maxMs: 2_000 })
  assert.deepEqual(report.findings, [])
  assert.equal(report.inputs, 20_000)
  // A run whose mutations reach nothing proves nothing.
  assert.ok(report.outcomes > 150, `only ${report.outcomes} different outcomes`)
})
