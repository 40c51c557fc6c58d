// Typed reads of a recorded session between two independent implementations.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import { fromHex } from '../bytes.ts'
import { decodeApdu } from '../xdlms/decode.ts'
import {
  type AttributeHandle,
  attributeAccess,
  clock,
  dataObject,
  methodAccess,
  profileGeneric,
  readResult,
  rowsBetween,
  rowsByEntry,
  schema,
} from './index.ts'

const recording = readFileSync(
  new URL('../../../../conformance/sessions/guruxC__wrapper__none__dlmscosem.hex', import.meta.url),
  'utf8',
)
const gets = recording
  .split('\n')
  .filter((line) => /[CS]>[CS]/.test(line))
  .map((line) => decodeApdu(fromHex(line.trim().split(/\s+/).at(-1) ?? '').subarray(8)))
  .flatMap((apdu) => (apdu.kind === 'ok' ? [apdu.value] : []))

/** What the recorded server answered to the GET of this attribute. */
function answered<T>(handle: AttributeHandle<T>) {
  const at = gets.findIndex(
    (apdu) =>
      apdu.kind === 'get-request' &&
      apdu.form === 'normal' &&
      apdu.attribute.classId === handle.classId &&
      apdu.attribute.obis === handle.obis &&
      apdu.attribute.attribute === handle.attribute,
  )
  const answer = gets[at + 1]
  assert.ok(at >= 0 && answer?.kind === 'get-response' && answer.form === 'normal', handle.name)
  const outcome = readResult(handle, answer.result)
  assert.ok(outcome.ok, handle.name)
  return outcome.value
}

test('recorded answers read as typed values', () => {
  const time = answered(clock('0.0.1.0.0.255').time)
  assert.deepEqual([time.year, time.month, time.day, time.hour, time.deviationMinutes], [2026, 11, 22, 23, 0])
  const { captureObjects, buffer } = profileGeneric('1.0.99.1.0.255')
  assert.deepEqual(answered(captureObjects), [
    { classId: 8, obis: '0.0.1.0.0.255', attribute: 2, dataIndex: 0 },
    { classId: 3, obis: '1.1.21.25.0.255', attribute: 2, dataIndex: 0 },
  ])
  const row = schema.structure({ time: schema.dateTime, watt: schema.u16 })
  const rows = answered(buffer.as(schema.array(row)))
  assert.deepEqual(
    rows.map(({ watt, time: stamp }) => [watt, stamp.day]),
    [
      [18, 22],
      [20, 22],
    ],
  )
  assert.equal(answered(dataObject('0.0.43.1.0.255').value.as(schema.u32)), 0x404)
})

test('selections of a profile', () => {
  const { buffer } = profileGeneric('1.0.99.1.0.255')
  const range = buffer.select(
    rowsBetween({ year: 2026, month: 1, day: 20 }, { year: 2026, month: 1, day: 21 }),
  )
  assert.equal(range.selection?.kind, 'by-range')
  assert.ok(range.selection?.kind === 'by-range')
  assert.deepEqual(range.selection.from, data.octets(fromHex('07ea0114ffffffffff8000ff')))
  assert.equal(range.selection.restricting.obis, '0.0.1.0.0.255')
  assert.equal(buffer.selection, undefined)
  assert.deepEqual(rowsByEntry(5), { kind: 'by-entry', fromEntry: 5, toEntry: 0, fromColumn: 1, toColumn: 0 })
})

test('access modes as cases and as bits', () => {
  const ln = (version: number) => ({ classId: 15, version }) as const
  const none: never[] = []
  assert.deepEqual(attributeAccess(3, ln(1)), { read: true, write: true, request: none, response: none })
  assert.deepEqual(attributeAccess(4, ln(2)), {
    read: true,
    write: false,
    request: ['authenticated'],
    response: ['authenticated'],
  })
  assert.deepEqual(attributeAccess(9, ln(1)), { read: false, write: false, request: none, response: none })
  assert.deepEqual(attributeAccess(0b0110_1101, ln(3)), {
    read: true,
    write: false,
    request: ['authenticated', 'encrypted'],
    response: ['authenticated', 'encrypted'],
  })
  assert.equal(attributeAccess(2, { classId: 12, version: 3 }).write, true)
  assert.deepEqual(attributeAccess(0b1001_0001, { classId: 12, version: 4 }), {
    read: true,
    write: false,
    request: ['signed'],
    response: ['signed'],
  })
  assert.equal(methodAccess(2, ln(1)).invoke, true)
  assert.deepEqual(methodAccess(0b0000_1001, ln(3)), {
    invoke: true,
    request: ['encrypted'],
    response: none,
  })
})
