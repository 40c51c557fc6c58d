import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ApprovedPower, approvedHolds, recentlyApprovedW, sealApproved } from './approvedPower.ts'
import { generateSigner } from './signing.ts'

const signer = generateSigner()
const now = Date.UTC(2026, 10, 23, 12)
const day = 86_400_000
const dayOf = (daysAgo: number) => new Date(now - daysAgo * day).toISOString().slice(0, 10)
const row = (watts: number, validDaysAgo: number, recordedDaysAgo = validDaysAgo, revision = 1) => {
  const approved: ApprovedPower = {
    meteringPointId: '7',
    validFrom: dayOf(validDaysAgo),
    revision,
    watts,
    atr: 'ATR',
    reason: 'a permit',
    actor: 'user:1',
    recordedAt: new Date(now - recordedDaysAgo * day),
  }
  return { ...approved, seal: sealApproved(signer, approved) }
}
const recent = (...rows: ReturnType<typeof row>[]) => recentlyApprovedW(signer.verifier, rows, now, 30)

test('every field is under the seal', () => {
  const whole = row(6_000, 3)
  assert.ok(approvedHolds(signer.verifier, whole))
  const changes: Partial<ApprovedPower>[] = [
    { meteringPointId: '8' },
    { validFrom: dayOf(4) },
    { revision: 2 },
    { watts: 1 },
    { atr: null },
    { reason: 'another' },
    { actor: 'user:2' },
    { recordedAt: new Date(now) },
  ]
  for (const change of changes) assert.ok(!approvedHolds(signer.verifier, { ...whole, ...change }))
  assert.ok(!approvedHolds(generateSigner().verifier, whole))
})

test('a reduction is compared with the power before it for a month from when it took effect', () => {
  assert.equal(recent(), 0)
  assert.equal(recent(row(9_000, 400)), 9_000)
  assert.equal(recent(row(9_000, 400), row(3_000, 5)), 9_000)
  assert.equal(recent(row(9_000, 400), row(3_000, 40)), 3_000)
  // Backdated, and recorded long ahead of its day: neither shortens the month.
  assert.equal(recent(row(9_000, 400), row(3_000, 300, 1)), 9_000)
  assert.equal(recent(row(9_000, 400), row(3_000, 2, 90)), 9_000)
  // Step by step is no way around.
  assert.equal(recent(row(9_000, 400), row(6_000, 10), row(3_000, 1)), 9_000)
})

test('a row that a stranger added neither raises nor hides what was approved', () => {
  const forged = { ...row(1, 399), seal: Buffer.alloc(64) }
  assert.equal(recent(row(9_000, 400), forged, row(3_000, 1)), 9_000)
  assert.equal(recent(row(3_000, 400), { ...row(90_000, 1), seal: Buffer.alloc(64) }), 3_000)
})
