// ACCESS and short-name referencing between the two machines: the same model answers whatever names it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import { obisToBytes } from '../cosem/obis.ts'
import { type ConformanceBit, decodeApdu } from '../xdlms/index.ts'
import {
  associated,
  energy,
  filledModel,
  MemoryModel,
  missing,
  name,
  only,
  type Pair,
  type PairOptions,
  profile,
  profileRows,
  run,
} from './harness.test.ts'

const open: PairOptions = {
  association: { mechanism: 'none', policy: 'none' },
  client: { authentication: { mechanism: 'none' }, security: undefined },
}

function merged(...parts: PairOptions[]): PairOptions {
  return {
    association: Object.assign({}, ...parts.map((part) => part.association)),
    client: Object.assign({}, ...parts.map((part) => part.client)),
    server: Object.assign({}, ...parts.map((part) => part.server)),
    ...parts.reduce<{ model?: MemoryModel }>((all, part) => (part.model ? { model: part.model } : all), {}),
  }
}

function settle(both: Pair) {
  both.clientEvents.length = 0
  both.serverEvents.length = 0
  run(both)
  return both.clientEvents
}

const reset = { classId: 3, obis: '1.0.1.8.0.255', method: 1 } as const

for (const [what, options] of [
  ['in the clear', open],
  ['ciphered', {}],
] as const) {
  test(`ACCESS ${what}: gets, sets and actions of one request, in order`, () => {
    const both = associated(options)
    both.client.access(
      [
        { service: 'get', attribute: energy },
        { service: 'set', attribute: energy, data: data.u32(7) },
        { service: 'get', attribute: energy },
        { service: 'get', attribute: missing },
        { service: 'action', method: reset, data: data.i8(0) },
        { service: 'action', method: { ...reset, method: 10 } },
      ],
      both.now,
    )
    const event = only(settle(both), 'response')
    assert.ok(event.service === 'access')
    assert.deepEqual(
      event.results.map((item) => [item.service, item.result, item.data?.value]),
      [
        ['get', 'success', 123456],
        ['set', 'success', undefined],
        ['get', 'success', 7],
        ['get', 'object-undefined', undefined],
        ['action', 'success', 0],
        ['action', 'object-undefined', undefined],
      ],
    )
    assert.equal(both.model.calls.length, 2)
    const [request] = both.serverEvents
    assert.ok(request.kind === 'request' && request.service === 'access')
    assert.equal(request.attributes?.length, 4)
  })
}

test('ACCESS with break-on-error leaves what stands behind the failure undone', () => {
  const both = associated(open)
  both.client.access(
    [
      { service: 'get', attribute: missing },
      { service: 'action', method: reset },
    ],
    both.now,
    { breakOnError: true, selfDescriptive: true },
  )
  const event = only(settle(both), 'response')
  assert.ok(event.service === 'access')
  assert.deepEqual(
    event.results.map((item) => item.result),
    ['object-undefined', 'not-processed'],
  )
  assert.equal(both.model.calls.length, 0)
  const sent = decodeApdu(event.frames[1].bytes.subarray(8))
  assert.ok(sent.kind === 'ok' && sent.value.kind === 'access-response')
  assert.equal(sent.value.specifications?.length, 2)
})

test('ACCESS is refused where it was not granted, and the association lives', () => {
  const conformance: ConformanceBit[] = ['get']
  const both = associated(merged(open, { association: { conformance } }))
  both.client.access([{ service: 'get', attribute: energy }], both.now)
  assert.equal(only(settle(both), 'failed').error.code, 'exception')
  both.client.get(energy, both.now)
  only(settle(both), 'response')
})

test('unconfirmed requests are done and not answered', () => {
  const both = associated(open)
  both.client.set({ attribute: energy, data: data.u32(9) }, both.now, { confirmed: false })
  both.client.action([{ method: reset }, { method: reset, data: data.i8(1) }], both.now, { confirmed: false })
  both.client.access([{ service: 'action', method: reset }], both.now, { confirmed: false })
  const events = settle(both)
  assert.deepEqual(
    events.map((event) => event.kind),
    ['sent', 'sent', 'sent'],
  )
  assert.equal(both.model.calls.length, 3)
  assert.equal(both.client.nextDeadline(), undefined)
  both.client.get(energy, both.now)
  const event = only(settle(both), 'response')
  assert.ok(event.service === 'get' && event.results[0].ok)
  assert.equal(event.results[0].data.value, 9)
})

function shortNameModel(): MemoryModel {
  const model = filledModel()
  const listed = [energy, name, profile, { classId: 8, obis: '0.0.1.0.0.255' }].map(({ classId, obis }) =>
    data.structure(data.u16(classId), data.u8(0), data.octets(obisToBytes(obis)), data.structure()),
  )
  model.values.set('15/0.0.40.0.0.255/2', data.array(...listed))
  model.values.set(MemoryModel.key(profile), profileRows(300))
  return model
}

const byShortName = (): PairOptions => ({
  association: { referencing: 'short-name' },
  client: { referencing: 'short-name' },
  model: shortNameModel(),
})

for (const [what, options] of [
  ['in the clear', open],
  ['with HLS and ciphered', {}],
] as const) {
  test(`short names ${what}: the same get, set and action calls`, () => {
    const both = associated(merged(options, byShortName()))
    both.client.get([energy, missing, name], both.now)
    both.client.set({ attribute: energy, data: data.u32(5) }, both.now)
    both.client.action(
      [{ method: reset, data: data.i8(0) }, { method: { ...reset, obis: '1.1.1.1.1.1' } }],
      both.now,
    )
    both.client.get(energy, both.now)
    const events = settle(both).filter((event) => event.kind === 'response')
    assert.deepEqual(
      events.map((event) => event.service),
      ['get', 'set', 'action', 'get'],
    )
    const [list, set, action, again] = events
    assert.ok(list.service === 'get' && again.service === 'get')
    assert.deepEqual(
      list.results.map((result) => (result.ok ? result.data.type : result.result)),
      ['double-long-unsigned', 'object-undefined', 'octet-string'],
    )
    assert.ok(set.service === 'set' && set.results[0].ok)
    assert.ok(action.service === 'action')
    assert.deepEqual(
      action.results.map((result) => result.result),
      ['success', 'object-undefined'],
    )
    assert.deepEqual(both.model.calls, [{ method: reset, data: data.i8(0) }])
    assert.ok(again.results[0].ok && again.results[0].data.value === 5)
    // The object list is read once.
    const reads = both.serverEvents.filter((event) => event.kind === 'request' && event.service === 'read')
    assert.equal(reads.length, 3)
  })
}

test('a profile by short name comes in blocks, with its selection as parameters', () => {
  const both = associated(merged(open, byShortName(), { client: { maxPduSize: 200 } }))
  const selection = { kind: 'by-entry', fromEntry: 1, toEntry: 300, fromColumn: 1, toColumn: 0 } as const
  both.client.get({ ...profile, selection }, both.now)
  const event = settle(both).find((item) => item.kind === 'response')
  assert.ok(event?.kind === 'response' && event.service === 'get' && event.results[0].ok)
  assert.deepEqual(event.results[0].data, profileRows(300))
  assert.ok(event.blocks > 50)
  assert.deepEqual(both.model.asked.at(-1), { ...profile, selection })
  both.client.get(profile, both.now, { raw: true })
  const raw = settle(both).find((item) => item.kind === 'response')
  assert.ok(raw?.kind === 'response' && raw.service === 'get' && raw.dataOffset !== undefined)
  assert.equal(raw.apdu[raw.dataOffset], 0x01, 'the array begins where dataOffset says')
})

test('long values and long requests by short name travel in blocks both ways', () => {
  const both = associated(merged(open, byShortName(), { server: { maxPduSize: 150 } }))
  const long = data.octets(new Uint8Array(2_000).fill(7))
  both.client.set({ attribute: name, data: long }, both.now)
  const set = settle(both).find((item) => item.kind === 'response')
  assert.ok(set?.kind === 'response' && set.service === 'set' && set.results[0].ok)
  assert.deepEqual(both.model.values.get(MemoryModel.key(name)), long)
  const from = data.octets(new Uint8Array(400))
  both.client.read({ name: 0x0100 + 8, selector: 9, parameter: from }, both.now)
  const read = settle(both).find((item) => item.kind === 'response')
  assert.ok(read?.kind === 'response' && read.service === 'read' && read.results[0].ok)
  assert.deepEqual(both.model.asked.at(-1)?.selection, { kind: 'other', selector: 9, parameters: from })
})

test('read, write and unconfirmedWrite take bare short names', () => {
  const both = associated(merged(open, byShortName()))
  both.client.read([{ name: 0xfd08 }, { name: 0x0003 }], both.now)
  both.client.write({ name: 0x0108, data: data.u32(1) }, both.now)
  both.client.unconfirmedWrite({ name: 0x0108, data: data.u32(2) }, both.now)
  both.client.read({ name: 0x0108 }, both.now)
  const events = settle(both)
  assert.deepEqual(
    events.map((event) => event.kind),
    ['response', 'response', 'sent', 'response'],
  )
  const last = events[3]
  assert.ok(last.kind === 'response' && last.service === 'read' && last.results[0].ok)
  assert.equal(last.results[0].data.value, 2)
})

test('a client by short names is refused by an association by logical names', () => {
  const both = associated(open)
  assert.throws(() => both.client.read({ name: 8 }, both.now), /logical names/)
})
