import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commission, type Registered } from './commission.ts'

const registered: Registered = {
  serial: '77001',
  manufacturer: 'CTR',
  systemTitle: Uint8Array.of(0x43, 0x54, 0x52, 0, 0, 0, 0, 1),
  approvedPowerW: 8_000,
  kind: 'household',
}

function meter(
  over: { serial?: string; deviationS?: number; limiterThresholdW?: number | undefined; title?: number } = {},
) {
  const systemTitle = Uint8Array.from(registered.systemTitle)
  if (over.title !== undefined) systemTitle[7] = over.title
  const limiterThresholdW = 'limiterThresholdW' in over ? over.limiterThresholdW : 8_000
  const deviationS = over.deviationS ?? 2
  return {
    identify: async () => ({
      exchangeId: 1,
      value: { logicalDeviceName: 'CTR77001', serial: over.serial ?? '77001', systemTitle },
    }),
    readClock: async () => ({
      exchangeId: 2,
      value: { meterAt: deviationS * 1000, serverAt: 0, deviationS },
    }),
    readSwitch: async () => ({
      exchangeId: 3,
      value: { relayOutput: true, relayControl: 1, limiterThresholdW },
    }),
  }
}

const failed = async (over: Parameters<typeof meter>[0]) => {
  const result = await commission(meter(over), registered)
  return { accepted: result.accepted, failed: result.checks.filter((c) => !c.ok).map((c) => c.check) }
}

test('the meter in the register is accepted and every check is on record', async () => {
  const result = await commission(meter(), registered)
  assert.equal(result.accepted, true)
  assert.equal(result.checks.length, 5)
  assert.ok(result.checks.every((c) => c.ok))
})

test('another serial or another system title refuses it, by name', async () => {
  assert.deepEqual(await failed({ serial: '77002' }), { accepted: false, failed: ['serial'] })
  assert.deepEqual(await failed({ title: 9 }), { accepted: false, failed: ['system-title'] })
})

test('another limit is on record and is no refusal: the meter is programmed', async () => {
  assert.deepEqual(await failed({ limiterThresholdW: 12_000 }), {
    accepted: true,
    failed: ['approved-power'],
  })
})

test('a slow clock is on record but does not refuse; one beyond an interval does', async () => {
  assert.deepEqual(await failed({ deviationS: -300 }), { accepted: true, failed: ['clock'] })
  assert.deepEqual(await failed({ deviationS: 1_000 }), { accepted: false, failed: ['clock'] })
})

test('a meter without limiter is not judged by one', async () => {
  assert.deepEqual(await failed({ limiterThresholdW: undefined }), { accepted: true, failed: [] })
})
