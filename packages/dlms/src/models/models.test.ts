import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Data, data } from '../axdr/data.ts'
import { fromHex } from '../bytes.ts'
import { decodeApdu } from '../xdlms/decode.ts'
import {
  loadModel,
  matchPush,
  meterModelSchema,
  readPush,
  type ShippedModelId,
  shippedModelIds,
  validateModel,
} from './index.ts'

const file = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('every shipped model is whole, and carries its own name and licence', async () => {
  assert.ok(shippedModelIds.length >= 12)
  for (const id of shippedModelIds) {
    const model = await loadModel(id)
    assert.equal(model.id, id)
    assert.ok(model.source?.licence, id)
  }
})

test('the JSON Schema beside the models is that of the declaration', () => {
  assert.deepEqual(JSON.parse(file('./data/meter-model.schema.json')), meterModelSchema())
})

const good = () => JSON.parse(file('./data/contor-neighbourhood.json')) as Record<string, never>

test('errors name the field, the value and the remedy', () => {
  const issuesOf = (change: (model: Record<string, never>) => unknown) => {
    const model = good()
    const check = validateModel(change(model) ?? model)
    return check.ok ? [] : check.issues.map(({ field, value, remedy }) => [field, value, remedy])
  }
  assert.deepEqual(
    issuesOf(() => undefined),
    [],
  )
  assert.deepEqual(
    issuesOf((model) => ({
      ...model,
      associations: [{ purpose: 'reading', clientAddress: 200, mechanism: 'low' }],
    })),
    [['associations[0].clientAddress', '200', 'write a whole number from 1 to 127']],
  )
  assert.deepEqual(
    issuesOf((model) => ({ ...model, transports: [{ kind: 'wrapper', serverAddress: 1 }] }))[0]?.slice(0, 2),
    ['transports[0].kind', '"wrapper"'],
  )
  assert.deepEqual(issuesOf((model) => ({ ...model, profles: [] }))[0]?.[0], 'profles')
  assert.deepEqual(
    issuesOf((model) => ({
      ...model,
      clock: { obis: '1-0:1.0.0', deviation: 'standard', daylightSaving: 'switches' },
    })),
    [['clock.obis', '"1-0:1.0.0"', "write six numbers 0…255, as '1.0.1.8.0.255'"]],
  )
  assert.deepEqual(
    issuesOf((model) => ({
      ...model,
      associations: [{ purpose: 'management', clientAddress: 1, mechanism: 'gmac' }],
    })).map(([field]) => field),
    ['associations[0].ciphering'],
  )
  assert.deepEqual(
    issuesOf(() => 7).map(([field, value]) => [field, value]),
    [['', '7']],
  )
})

test('a counter that only a ciphered association may read is no use', () => {
  const ciphering = { suite: 0, policy: 'authenticated-encrypted', service: 'global' }
  const invocationCounter = { obis: '0.0.43.1.0.255', clientAddress: 1 }
  const check = validateModel({
    ...good(),
    associations: [
      { purpose: 'management', clientAddress: 1, mechanism: 'gmac', ciphering, invocationCounter },
    ],
  })
  assert.ok(!check.ok)
  assert.equal(check.issues[0].field, 'associations[0].invocationCounter.clientAddress')
})

test('no document makes the check throw, and its answer stays bounded', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      const check = validateModel(json)
      assert.ok(check.ok || (check.issues.length > 0 && check.issues.length <= 100))
    }),
  )
  const check = validateModel({ ...good(), registers: Array.from({ length: 500 }, () => 1) })
  assert.ok(!check.ok && check.issues.length === 100)
})

type Vector = { hex: string; expected: Record<string, unknown> }
function bodyOf(name: string): { body: Data; expected: Vector['expected'] } {
  const vector = JSON.parse(file(`../../../../conformance/frames/dlms-apdu/${name}.json`)) as Vector
  const apdu = decodeApdu(fromHex(vector.hex).subarray(3))
  assert.ok(apdu.kind === 'ok' && apdu.value.kind === 'data-notification')
  return { body: apdu.value.body, expected: vector.expected }
}

const quantities: Readonly<Record<string, string>> = {
  active_power_import: '1.7.0',
  active_power_export: '2.7.0',
  reactive_power_import: '3.7.0',
  reactive_power_export: '4.7.0',
  current_l1: '31.7.0',
  current_l2: '51.7.0',
  current_l3: '71.7.0',
  voltage_l1: '32.7.0',
  voltage_l2: '52.7.0',
  voltage_l3: '72.7.0',
  active_power_import_total: '1.8.0',
  active_power_export_total: '2.8.0',
  reactive_power_import_total: '3.8.0',
  reactive_power_export_total: '4.8.0',
  active_power_import_l1: '21.7.0',
  reactive_power_export_l3: '64.7.0',
}

const pushes: readonly (readonly [ShippedModelId, string, string])[] = [
  ['kaifa-han-no', 'kaifa-no-list-2-llc', 'List 2, three phases'],
  ['kaifa-han-no', 'kaifa-no-list-3-llc', 'List 3, three phases'],
  ['aidon-han-no', 'aidon-no-list-1-llc', 'List 1'],
  ['aidon-han-no', 'aidon-no-list-2-llc', 'List 2, IT network'],
  ['aidon-han-no', 'aidon-se-list-llc', 'Swedish list'],
  ['kamstrup-han-no', 'kamstrup-no-list-1-single-phase-real-sample-llc', 'List 1'],
  ['kamstrup-han-no', 'kamstrup-no-list-1-three-phase-llc', 'List 1'],
  ['kamstrup-han-no', 'kamstrup-no-list-2-single-phase-real-sample-llc', 'List 2, with energy'],
  ['kamstrup-han-no', 'kamstrup-no-list-2-three-phase-llc', 'List 2, with energy'],
]

test('captured pushes read by their models give the values of their sources', async () => {
  for (const [id, name, layout] of pushes) {
    const model = await loadModel(id)
    const { body, expected } = bodyOf(name)
    assert.equal(matchPush(model, body)?.name, layout, name)
    const values = readPush(model, body) ?? []
    let compared = 0
    for (const [key, code] of Object.entries(quantities)) {
      const wanted = expected[key]
      if (typeof wanted !== 'number') continue
      const found = values.find(({ obis }) => obis.split('.').slice(2, 5).join('.') === code)
      assert.equal(found?.value, wanted, `${name} ${key}`)
      assert.ok(found?.unit, `${name} ${key} has no unit`)
      compared++
    }
    assert.ok(compared > 0, name)
    if (id !== 'kaifa-han-no') continue
    assert.equal(matchPush(await loadModel('kamstrup-han-no'), body), undefined)
  }
})

test('a push of another shape fits no layout', async () => {
  const model = await loadModel('kaifa-han-no')
  assert.equal(readPush(model, data.structure(data.u8(1), data.u8(2))), undefined)
  assert.equal(readPush(model, data.u32(7)), undefined)
})
