import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BitString, type Data, data } from '../axdr/data.ts'
import type { CosemDateTime } from '../axdr/dateTime.ts'
import type { CaptureObject } from '../xdlms/apdu.ts'
import {
  type AttributeHandle,
  associationLnV1,
  attributeHandle,
  clock,
  cosemClasses,
  cosemClassVersions,
  dataObject,
  decodeAs,
  disconnectControl,
  imageTransfer,
  profileGeneric,
  type ReadOutcome,
  readResult,
  readResults,
  register,
  type Schema,
  schema,
  securitySetupV0,
} from './index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const typed = <_ extends true>() => {}

test('handles are descriptors, and know the type of their value', () => {
  const { time, captureObjects, scalerUnit } = {
    ...clock('0.0.1.0.0.255'),
    ...profileGeneric('1.0.99.1.0.255'),
    ...register('1.0.1.8.0.255'),
  }
  typed<Same<typeof time, AttributeHandle<CosemDateTime>>>()
  scalerUnit satisfies AttributeHandle<{ readonly scaler: number; readonly unit: number }>
  captureObjects satisfies AttributeHandle<readonly CaptureObject[]>
  const { classId, obis, attribute } = time
  assert.deepEqual([classId, obis, attribute], [8, '0.0.1.0.0.255', 2])
  assert.equal(time.name, 'Clock.time')

  const state = disconnectControl('0.0.96.3.10.255').controlState
  typed<
    Same<typeof state, AttributeHandle<'disconnected' | 'connected' | 'ready for reconnection' | number>>
  >()
  assert.deepEqual(state.decode(data.enum(2)), { ok: true, value: 'ready for reconnection' })
  assert.deepEqual(state.decode(data.enum(9)), { ok: true, value: 9 })
  assert.deepEqual(state.encode('connected'), data.enum(1))
})

test('methods make ACTION requests', () => {
  const relay = disconnectControl('0.0.96.3.10.255')
  assert.deepEqual(relay.remoteDisconnect(), {
    method: { classId: 70, obis: '0.0.96.3.10.255', method: 1 },
    data: data.i8(0),
  })
  const block = Uint8Array.of(1, 2)
  assert.deepEqual(imageTransfer('0.0.44.0.0.255').imageBlockTransfer({ number: 7, block }), {
    method: { classId: 18, obis: '0.0.44.0.0.255', method: 2 },
    data: data.structure(data.u32(7), data.octets(block)),
  })
  assert.deepEqual(clock('0.0.1.0.0.255').shiftTime(-30).data, data.i16(-30))
  assert.throws(() => clock('0.0.1.0.0.255').shiftTime(40_000), { code: 'out-of-range' })
  // @ts-expect-error the block is missing
  assert.throws(() => imageTransfer('0.0.44.0.0.255').imageBlockTransfer({ number: 7 }))
  assert.throws(() => clock('0.0.1.0'), { code: 'invalid-argument' })
})

test('writing an attribute', () => {
  const { timeZone } = clock('0.0.1.0.0.255')
  assert.deepEqual(timeZone.write(-120), {
    attribute: { classId: 8, obis: '0.0.1.0.0.255', attribute: 3 },
    data: data.i16(-120),
  })
  // @ts-expect-error a clock's zone is a number
  assert.throws(() => timeZone.write('UTC'), { code: 'out-of-range' })
})

test('a refused read and data of another shape are values', () => {
  const { time, status } = clock('0.0.1.0.0.255')
  const [at, flags] = readResults(
    [time, status],
    [
      { ok: false, result: 'read-write-denied', code: 3 },
      { ok: true, data: data.u16(5) },
    ],
  )
  typed<Same<typeof at, ReadOutcome<CosemDateTime>>>()
  typed<Same<typeof flags, ReadOutcome<number>>>()
  assert.deepEqual(at, {
    ok: false,
    reason: 'access',
    result: 'read-write-denied',
    code: 3,
    message: 'Clock.time: read-write-denied',
  })
  assert.ok(!flags.ok && flags.reason === 'shape')
  assert.equal(flags.message, 'Clock.status: unsigned expected, long-unsigned found')

  const columns = profileGeneric('1.0.99.1.0.255').captureObjects
  const bad = readResult(columns, {
    ok: true,
    data: data.array(data.structure(data.u16(8), data.octets(new Uint8Array(5)), data.i8(2), data.u16(0))),
  })
  assert.ok(!bad.ok && bad.reason === 'shape')
  assert.deepEqual(bad.error, {
    path: '[0].obis',
    expected: 'octet-string of 6',
    found: 'octet-string of 5',
  })
})

test('CHOICE attributes take the shape that the caller knows', () => {
  const serial = dataObject('0.0.96.1.0.255').value.as(schema.text)
  serial satisfies AttributeHandle<string>
  assert.deepEqual(serial.decode(data.octets(Uint8Array.from([0x31, 0x32]))), { ok: true, value: '12' })
  assert.deepEqual(serial.decode(data.visible('12')), { ok: true, value: '12' })
  const energy = register('1.0.1.8.0.255').value
  energy satisfies AttributeHandle<Data>
  assert.deepEqual(energy.as(schema.anyInteger).decode(data.u64(5n)), { ok: true, value: 5 })
})

test('object identifiers in each of their spellings', () => {
  const { applicationContextName } = associationLnV1('0.0.40.0.0.255')
  const ber = Uint8Array.of(0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x03)
  const arcs = [2, 16].map(data.u8)
  const structured = data.structure(...arcs, data.u16(756), ...[5, 8, 1, 3].map(data.u8))
  for (const value of [data.octets(ber), data.octets(Uint8Array.of(6, 7, ...ber)), structured]) {
    assert.deepEqual(applicationContextName.decode(value), { ok: true, value: '2.16.756.5.8.1.3' })
  }
  assert.deepEqual(applicationContextName.encode('2.16.756.5.8.1.3'), data.octets(ber))
  assert.equal(applicationContextName.decode(data.octets(Uint8Array.of(0x60, 0x85))).ok, false)
})

test('declarations: places, names and short-name offsets', () => {
  const at = (id: number, attribute: number) => cosemClasses.get(id)?.attributes[attribute - 1]
  assert.equal(at(7, 3)?.name, 'capture_objects')
  assert.equal(at(8, 9)?.name, 'clock_base')
  assert.equal(at(15, 5)?.name, 'xDLMS_context_info')
  assert.equal(at(18, 7)?.name, 'image_to_activate_info')
  assert.equal(at(71, 11)?.name, 'actions')
  assert.equal(at(7, 8)?.shortName, 0x38)
  assert.equal(cosemClasses.get(7)?.methods[1].shortName, 0x60)
  assert.equal(cosemClasses.get(12)?.methods[2].shortName, 0x30)
  assert.equal(cosemClasses.get(12)?.methods[7].shortName, 0x58)
  assert.equal(cosemClasses.get(8)?.methods[5].shortName, 0x88)
  assert.equal(securitySetupV0.declaration.methods[0].shortName, 0x28)
  for (const versions of cosemClassVersions.values()) {
    assert.equal(new Set(versions.map(({ version }) => version)).size, versions.length)
    for (const { id, version, attributes, methods } of versions) {
      const keys = [...attributes, ...methods].map(({ key }) => key)
      assert.equal(new Set([...keys, 'obis', 'declaration']).size, keys.length + 2, `${id}/${version}`)
      attributes.forEach(({ index }, i) => {
        assert.equal(index, i + 1)
      })
    }
  }
})

// Data of a schema's shape, from what the schema says of itself.
function dataOf(of: Schema<unknown>): fc.Arbitrary<Data> {
  if (of.fields) {
    return fc.tuple(...Object.values(of.fields).map(dataOf)).map((parts) => data.structure(...parts))
  }
  const { element } = of
  if (element) return fc.array(dataOf(element), { maxLength: 3 }).map((parts) => data.array(...parts))
  const types = of.types.length === 0 ? (['long-unsigned', 'boolean'] as const) : of.types
  return fc.oneof(...types.map((type) => simple(type))).filter((value) => decodeAs(of, value).ok)
}

function simple(type: Data['type']): fc.Arbitrary<Data> {
  const octets = fc
    .constantFrom(0, 3, 4, 5, 6, 7, 8, 12)
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
  const whole = (min: number, max: number) =>
    fc.integer({ min, max }).map((value) => ({ type, value }) as Data)
  switch (type) {
    case 'null-data':
      return fc.constant(data.nul())
    case 'boolean':
      return fc.boolean().map(data.bool)
    case 'octet-string':
      return octets.map(data.octets)
    case 'bit-string':
      return fc.uint8Array({ maxLength: 3 }).map((bytes): Data => {
        const value: BitString = { bits: bytes.length * 8, bytes }
        return { type, value }
      })
    case 'visible-string':
      return fc.string().map(data.visible)
    case 'unsigned':
    case 'enum':
    case 'bcd':
      return whole(0, 255)
    case 'long-unsigned':
      return whole(0, 0xffff)
    case 'double-long-unsigned':
      return whole(0, 0xffff_ffff)
    case 'integer':
      return whole(-128, 127)
    case 'long':
      return whole(-0x8000, 0x7fff)
    case 'double-long':
      return whole(-0x8000_0000, 0x7fff_ffff)
    case 'long64':
    case 'long64-unsigned':
      return fc.bigInt(0n, 2n ** 53n).map((value) => ({ type, value }))
    case 'structure':
      return fc.constant(data.structure(data.u8(2), data.u8(16), data.u16(756), data.u8(5)))
    case 'date-time':
    case 'date':
    case 'time':
      return octets.map((value) => ({ type, value }))
    case 'compact-array':
    case 'array':
      return fc.constant(data.array())
    default:
      return fc.string().map(data.utf8)
  }
}

test('every declared attribute: what is read can be written and reads the same', () => {
  for (const declaration of [...cosemClassVersions.values()].flat()) {
    for (const attribute of declaration.attributes) {
      const handle = attributeHandle(declaration, '0.0.1.0.0.255', attribute)
      fc.assert(
        fc.property(dataOf(attribute.schema), (value) => {
          const read = handle.decode(value)
          assert.ok(read.ok, `${handle.name} refuses ${value.type}`)
          assert.deepEqual(handle.decode(handle.encode(read.value)), read)
        }),
        { numRuns: 15 },
      )
    }
  }
})

test('no data makes a handle throw', () => {
  const { tree } = fc.letrec<{ tree: Data }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      ...(['octet-string', 'unsigned', 'enum', 'null-data', 'long-unsigned', 'bit-string'] as const).map(
        simple,
      ),
      fc.array(tie('tree'), { maxLength: 5 }).map((parts) => data.structure(...parts)),
      fc.array(tie('tree'), { maxLength: 3 }).map((parts) => data.array(...parts)),
    ),
  }))
  const handles = [...cosemClassVersions.values()]
    .flat()
    .flatMap((declaration) =>
      declaration.attributes.map((attribute) => attributeHandle(declaration, '0.0.1.0.0.255', attribute)),
    )
  fc.assert(
    fc.property(tree, (value) => {
      for (const handle of handles) assert.equal(typeof handle.decode(value).ok, 'boolean')
    }),
    { numRuns: 100 },
  )
})
