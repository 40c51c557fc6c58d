import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coverageOf, leftLate, standingOf } from './state.ts'
import type { Delivery } from './types.ts'

const closesAt = Date.parse('2026-11-21T11:00:00Z')
const before = closesAt - 1
const delivery = (part: Partial<Delivery>): Delivery => ({
  recipientId: '1',
  recipient: 'a',
  supplier: 'EVA',
  day: '2026-11-20',
  state: 'due',
  attempts: 0,
  nextAt: '2026-11-21T05:00:00Z',
  file: null,
  bytes: null,
  points: null,
  completePoints: null,
  sentAt: null,
  acknowledgedAt: null,
  acknowledgement: null,
  error: null,
  ...part,
})
const active = { active: true }

test('a delivery stands as its state and the window say', () => {
  const said = (part: Partial<Delivery> | undefined, now: number) =>
    standingOf(active, part && delivery(part), closesAt, now)
  assert.deepEqual(
    [
      said(undefined, before),
      said(undefined, closesAt),
      standingOf({ active: false }, undefined, closesAt, before),
    ],
    ['planned', 'none', 'none'],
  )
  assert.deepEqual(
    [said({}, before), said({ attempts: 2 }, before), said({ state: 'sending' }, before), said({}, closesAt)],
    ['waiting', 'retrying', 'waiting', 'late'],
  )
  assert.deepEqual(
    (['sent', 'acknowledged', 'failed'] as const).map((state) => said({ state }, closesAt + 1)),
    ['sent', 'acknowledged', 'failed'],
  )
})

test('what left after the window had closed left late', () => {
  assert.equal(leftLate(delivery({ sentAt: '2026-11-21T11:00:00.001Z' }), closesAt), true)
  assert.equal(leftLate(delivery({ sentAt: '2026-11-21T11:00:00Z' }), closesAt), false)
  assert.equal(leftLate(delivery({}), closesAt), false)
})

test('what was written down at the end of the window stands before what is counted now', () => {
  const rule = { validFrom: '2018-10-19', opens: '01:00', closes: '13:00', share: 1, source: 'x' }
  const counted = { supplier: 'EVA', points: 4, completePoints: 4 }
  const written = {
    day: '2026-11-20',
    supplier: 'EVA',
    points: 4,
    completePoints: 3,
    missingSample: ['RO1'],
    met: false,
    checkedAt: '2026-11-21T11:00:05Z',
  }
  assert.deepEqual(coverageOf(written, counted, { state: 'closed', rule }), {
    tone: 'bad',
    points: 4,
    completePoints: 3,
    share: 0.75,
  })
  const tone = (completePoints: number, state: 'open' | 'closed', share = 1) =>
    coverageOf(undefined, { ...counted, completePoints }, { state, rule: { ...rule, share } })?.tone
  assert.deepEqual(
    [tone(4, 'open'), tone(3, 'open'), tone(3, 'closed'), tone(3, 'closed', 0.75)],
    ['ok', 'busy', 'bad', 'ok'],
  )
  assert.equal(coverageOf(undefined, undefined, undefined), undefined)
  assert.equal(coverageOf(undefined, { supplier: 'X', points: 0, completePoints: 0 }, undefined)?.share, 1)
})
