import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RecalculationDraft, recalculationOf } from './recalculation.ts'

const draft: RecalculationDraft = {
  ...{ kind: 'coefficient', foundOn: '2026-11-20', lastDay: '2026-11-19', knownStart: '', lastCheck: '' },
  ...{
    errorPercent: '-12,5',
    allowedErrorPercent: '2',
    certificate: ' BV 17 ',
    from: '',
    to: '',
    factor: '1',
  },
  ...{ agreement: '', reason: 'contor defect' },
}

test('what is typed is what is asked; empty fields are left out', () => {
  assert.deepEqual(recalculationOf(draft, '5', 'A+'), {
    ...{
      meteringPointId: '5',
      channel: 'A+',
      foundOn: '2026-11-20',
      lastDay: '2026-11-19',
      reason: 'contor defect',
    },
    method: { kind: 'coefficient', errorPercent: -12.5, allowedErrorPercent: 2, certificate: 'BV 17' },
  })
  const other = { ...draft, kind: 'following-period' as const, from: '2026-10-01', to: '2026-10-31' }
  assert.deepEqual(recalculationOf(other, '5', 'A+')?.method, {
    ...{ kind: 'following-period', from: '2026-10-01', to: '2026-10-31', factor: 1 },
  })
})

test('nothing is asked while a figure, a day or the reason is missing', () => {
  for (const part of [{ errorPercent: 'x' }, { certificate: ' ' }, { foundOn: '' }, { reason: 'a' }])
    assert.equal(recalculationOf({ ...draft, ...part }, '5', 'A+'), undefined)
})
