import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Data, data } from '../axdr/data.ts'
import { obisToBytes } from '../cosem/obis.ts'
import type { AttributeDescriptor, DataResult } from '../xdlms/apdu.ts'
import {
  type DiscoveryContext,
  discoveryReads,
  draftModel,
  objectListEntries,
  validateModel,
} from './index.ts'

const rights = data.structure(data.array(), data.array())
const element = (classId: number, version: number, obis: string) =>
  data.structure(data.u16(classId), data.u8(version), data.octets(obisToBytes(obis)), rights)

const context: DiscoveryContext = {
  id: 'draft',
  title: 'Draft',
  transport: { kind: 'wrapper-tcp', serverAddress: 1 },
  association: {
    purpose: 'management',
    clientAddress: 1,
    mechanism: 'gmac',
    ciphering: { suite: 0, policy: 'authenticated-encrypted', service: 'general-global' },
  },
}

type Profile = {
  objects: {
    tag: string
    'class-id': number
    version: number
    obis: string
    attributes: { id: number; value?: string }[]
  }[]
}

/** A meter that answers with what its profile says. */
function meterOf(name: string) {
  const url = new URL(`../../../../conformance/cosem/osgp/dlmsprofile-${name}.json`, import.meta.url)
  const { objects } = JSON.parse(readFileSync(url, 'utf8')) as Profile
  const real = objects.map((object) => ({ ...object, obis: object.obis.replace('x', '1') }))
  const capture = (text: string): Data =>
    data.array(
      ...text.split('|').map((part) => {
        const [tag, attribute] = part.split(',')
        const found = real.find((object) => object.tag === tag)
        assert.ok(found, tag)
        const name = data.octets(obisToBytes(found.obis))
        return data.structure(data.u16(found['class-id']), name, data.i8(Number(attribute)), data.u16(0))
      }),
    )
  const list = data.array(...real.map((o) => element(o['class-id'], o.version, o.obis)))
  const read = ({ classId, obis, attribute }: AttributeDescriptor): DataResult => {
    const object = real.find((known) => known['class-id'] === classId && known.obis === obis)
    const value = object?.attributes.find(({ id }) => id === attribute)?.value
    if (!value) return { ok: false, result: 'object-unavailable', code: 11 }
    if (classId === 7) return { ok: true, data: attribute === 3 ? capture(value) : data.u32(Number(value)) }
    const [scaler, unit] = value.split(', ')
    const code = { WH: 30, V: 35, A: 33, W: 27, VAR: 29 }[unit]
    if (code === undefined) return { ok: false, result: 'object-unavailable', code: 11 }
    return { ok: true, data: data.structure(data.i8(Number(scaler)), data.enum(code)) }
  }
  return { list, read }
}

test('a draft of a Dutch meter names its profiles, registers and objects', () => {
  const { list, read } = meterOf('dsmr422')
  const { entries, skipped } = objectListEntries(list)
  assert.equal(skipped, 0)
  const reads = discoveryReads(entries).map((attribute) => ({ attribute, result: read(attribute) }))
  const model = draftModel(entries, { ...context, reads })
  const check = validateModel(JSON.parse(JSON.stringify(model)))
  assert.ok(check.ok, JSON.stringify(!check.ok && check.issues.slice(0, 3)))

  const daily = model.profiles?.find(({ obis }) => obis === '1.0.99.2.0.255')
  assert.equal(daily?.purpose, 'daily')
  assert.equal(daily?.periodS, 86_400)
  assert.deepEqual(daily?.columns[2], {
    classId: 3,
    obis: '1.0.1.8.1.255',
    attribute: 2,
    scaler: 0,
    unit: 30,
  })
  const log = model.profiles?.find(({ obis }) => obis === '0.0.99.98.1.255')
  assert.equal(log?.purpose, 'fraud')
  assert.equal(log?.stamp, 'capture')
  assert.deepEqual(model.objects?.imageTransfer, { classId: 18, obis: '0.0.44.0.0.255' })
  assert.equal(model.objects?.relay, undefined)
  assert.equal(model.registers?.find(({ obis }) => obis === '1.0.32.7.0.255')?.unit, 35)
  assert.equal(model.identity?.serial, '0.0.96.1.0.255')
  assert.ok(model.openQuestions?.some((question) => question.includes('invocation counter')))
  assert.ok(model.openQuestions?.some((question) => question.includes('0.1.94.31.6.255 were not read')))
})

test('short-name lists draft too', () => {
  const short = data.structure(
    data.i16(0x2bc0 - 0x10000 / 2),
    data.u16(8),
    data.u8(0),
    data.octets(obisToBytes('0.0.1.0.0.255')),
  )
  const { entries } = objectListEntries(data.array(short, data.u8(1)))
  assert.equal(entries.length, 1)
  assert.equal(draftModel(entries, context).referencing, 'short-name')
})

test('a clock that shows daylight saving and the deviation is drafted so', () => {
  const { entries } = objectListEntries(data.array(element(8, 0, '0.0.1.0.0.255')))
  const draft = (deviation: number, switches: boolean) => {
    const bytes = new Uint8Array(12)
    new DataView(bytes.buffer).setInt16(9, deviation)
    const results: Record<number, Data> = { 2: data.octets(bytes), 3: data.i16(-60), 8: data.bool(switches) }
    const reads = discoveryReads(entries).map((attribute) => ({
      attribute,
      result: { ok: true, data: results[attribute.attribute] } as const,
    }))
    return draftModel(entries, { ...context, reads })
  }
  assert.deepEqual(draft(-60, true).clock, {
    obis: '0.0.1.0.0.255',
    deviation: 'standard',
    daylightSaving: 'switches',
  })
  assert.equal(draft(-0x8000, false).clock?.deviation, 'none')
  assert.equal(draft(-0x8000, false).clock?.daylightSaving, 'standard-time-only')
  assert.ok(draft(60, true).openQuestions?.some((question) => question.includes('inverted')))
})

test('whatever the list and the reads hold, the draft passes the check', () => {
  const obis = fc
    .tuple(
      fc.constantFrom(0, 1, 7),
      fc.nat(3),
      fc.constantFrom(1, 2, 24, 42, 43, 96, 97, 98, 99),
      fc.constantFrom(0, 1, 2, 3, 8, 98, 29),
      fc.nat(6),
      fc.constant(255),
    )
    .map((parts) => parts.join('.'))
  const object = fc.record({
    classId: fc.constantFrom(1, 3, 4, 5, 7, 8, 11, 15, 18, 20, 40, 64, 70, 71, 72, 999),
    version: fc.nat(255),
    obis,
  })
  const answer = fc.oneof(
    fc.nat(0xffff_ffff).map(data.u32),
    fc
      .tuple(fc.integer({ min: -128, max: 127 }), fc.nat(255))
      .map(([scaler, unit]) => data.structure(data.i8(scaler), data.enum(unit))),
    fc
      .array(obis, { maxLength: 80 })
      .map((list) =>
        data.array(
          ...list.map((name) =>
            data.structure(data.u16(3), data.octets(obisToBytes(name)), data.i8(2), data.u16(0)),
          ),
        ),
      ),
  )
  fc.assert(
    fc.property(fc.array(object, { maxLength: 30 }), fc.infiniteStream(answer), (objects, answers) => {
      const { entries } = objectListEntries(
        data.array(...objects.map((o) => element(o.classId, o.version, o.obis))),
      )
      const reads = discoveryReads(entries).map((attribute) => ({
        attribute,
        result: { ok: true, data: answers.next().value } as const,
      }))
      const check = validateModel(draftModel(entries, { ...context, reads }))
      assert.ok(check.ok, JSON.stringify(!check.ok && check.issues.slice(0, 3)))
    }),
    { numRuns: 60 },
  )
})
