// The draft of a meter model from a simulated meter's object list against the model that the library ships.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActiveAssociation,
  associationLnV1,
  type DiscoveryContext,
  discoveryReads,
  draftModel,
  loadModel,
  objectListEntries,
  readResult,
  validateModel,
} from '@contor/dlms'
import { userSource } from './energy.ts'
import { createMeter, freshState } from './meter.ts'
import { buildNeighbourhood } from './neighbourhood.ts'

const now = Date.UTC(2026, 0, 20, 10)

function meter() {
  const { points } = buildNeighbourhood({ meters: 90, seed: 7 })
  const point = points.find(
    ({ meter, kind }) => meter && !meter.fault && meter.phases === 3 && kind === 'household',
  )
  assert.ok(point?.meter && point.user)
  return createMeter({
    spec: point.meter,
    source: userSource(point.user, undefined, '2026-01-19'),
    installedOn: '2026-01-01',
    faultFrom: '2026-01-19',
    state: freshState(point.meter, now),
    dirty: () => {},
  })
}

const association: ActiveAssociation = {
  clientAddress: 1,
  mechanism: 'gmac',
  policy: 'authenticated-encrypted',
  conformance: ['get', 'set', 'action'],
  clientMaxPduSize: 1_024,
}

test('the simulated meter drafts itself', async () => {
  const { model: server } = meter()
  const list = server.get(associationLnV1('0.0.40.0.0.255').objectList, association, now)
  const typed = readResult(associationLnV1('0.0.40.0.0.255').objectList, list)
  assert.ok(typed.ok && typed.value.length > 30)
  assert.ok(typed.value.every(({ accessRights }) => accessRights.attributeAccess[0].accessMode === 1))
  assert.ok(list.ok)
  const { entries, skipped } = objectListEntries(list.data)
  assert.equal(skipped, 0)

  const shipped = await loadModel('contor-neighbourhood')
  const context: DiscoveryContext = {
    id: 'draft',
    title: 'Draft',
    transport: shipped.transports[0],
    association: { ...shipped.associations[2], invocationCounter: undefined },
    reads: discoveryReads(entries).map((attribute) => ({
      attribute,
      result: server.get(attribute, association, now),
    })),
  }
  const draft = draftModel(entries, context)
  assert.ok(validateModel(draft).ok)
  // A meter may have more than its model names, never less.
  assert.deepEqual({ ...draft.objects, ...shipped.objects }, draft.objects)
  assert.ok(shipped.objects?.relay && shipped.objects.limiter)
  assert.deepEqual(draft.identity, shipped.identity)
  assert.equal(draft.clock?.deviation, shipped.clock?.deviation)
  assert.deepEqual(draft.associations[1].invocationCounter, shipped.associations[2].invocationCounter)
  for (const wanted of shipped.profiles ?? []) {
    const found = draft.profiles?.find(({ obis }) => obis === wanted.obis)
    assert.equal(found?.purpose, wanted.purpose, wanted.obis)
    assert.deepEqual(
      found?.columns.map(({ obis, channel }) => [obis, channel]),
      wanted.columns.map(({ obis, channel }) => [obis, channel]),
      wanted.obis,
    )
  }
  const drafted = new Map(draft.registers?.map((register) => [register.obis, register]))
  for (const wanted of shipped.registers ?? []) {
    const found = drafted.get(wanted.obis)
    assert.equal(found?.classId, wanted.classId, wanted.obis)
    if (wanted.classId !== 5) assert.deepEqual([found?.scaler, found?.unit], [wanted.scaler, wanted.unit])
  }
})
