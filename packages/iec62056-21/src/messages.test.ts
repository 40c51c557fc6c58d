import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addParity,
  encodeCommand,
  encodeData,
  encodeOption,
  encodeRequest,
  type Message,
  MessageReader,
  readDataSets,
  readIdentification,
  stripParity,
  writeDataSets,
  writeIdentification,
} from './index.ts'

const text = (alphabet: string, maxLength: number, minLength = 0) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength })
const inside = text('0123456789.:;*-+ABCxyz#', 40)
const check = fc.constantFrom('xor' as const, 'sum' as const)

function read(bytes: Uint8Array, sizes: readonly number[], kind: 'xor' | 'sum', option = false): Message[] {
  const reader = new MessageReader(kind)
  reader.expectOption = option
  const messages: Message[] = []
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] as number
    reader.receive(bytes.subarray(at, at + size))
    at += size
    for (let message = reader.next(); message; message = reader.next()) messages.push(message)
  }
  return messages
}
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 })

test('messages come back as they were written, in any chunks, noise between them', () => {
  const message = fc.record({
    data: inside,
    command: fc.constantFrom('R1', 'W5', 'E2', 'P1'),
    last: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), check, sizes, (list, kind, cuts) => {
      const parts: number[] = []
      const expected: Message[] = []
      for (const { data, command, last } of list) {
        parts.push(0x55, ...encodeData(data, kind, last), ...encodeCommand(command, data, kind), 0x0d)
        expected.push({ kind: 'data', data, last, checked: true })
        expected.push({ kind: 'command', command, data, last: true, checked: true })
      }
      assert.deepEqual(read(Uint8Array.from(parts), cuts, kind), expected)
    }),
  )
  const opening = Uint8Array.of(...encodeRequest('123'), ...encodeOption('0', '5', '1'))
  assert.deepEqual(read(opening, [1], 'xor', true), [
    { kind: 'request', address: '123' },
    { kind: 'option', protocol: '0', baud: '5', mode: '1' },
  ])
})

test('one changed bit of a block never passes its check', () => {
  fc.assert(
    // None of these characters is one bit away from ETX or EOT, which would end the block early.
    fc.property(text('0123456789.()*', 40), fc.nat(1000), fc.nat(6), (data, at, bit) => {
      const bytes = encodeData(data)
      const place = 1 + (at % (bytes.length - 1))
      bytes[place] = (bytes[place] as number) ^ (1 << bit)
      for (const message of read(bytes, [64], 'xor')) {
        if (message.kind === 'data' || message.kind === 'command') assert.equal(message.checked, false)
      }
    }),
  )
})

test('data sets and identifications come back as they were written', () => {
  const value = fc.record({ value: text('0123456789.-', 12), unit: fc.option(text('kWh3m', 4, 1)) })
  const set = fc.record({
    address: text('0123456789.:-CF', 10, 1),
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  })
  fc.assert(
    fc.property(fc.array(set, { maxLength: 8 }), (list) => {
      const sets = list.map(({ address, values }) => ({
        address,
        values: values.map(({ value, unit }) => (unit === null ? { value } : { value, unit })),
      }))
      const result = readDataSets(writeDataSets(sets))
      assert.equal(result.error, undefined)
      assert.deepEqual(
        result.sets.map(({ address, values }) => ({ address, values })),
        sets,
      )
    }),
  )
  const parts = { manufacturer: 'LGz', baudCharacter: '5', enhanced: ['2'], identifier: 'ZMD310' }
  assert.deepEqual(readIdentification(writeIdentification(parts)), {
    ...parts,
    fast: true,
    mode: 'E',
    baud: 9600,
  })
})

test('parity comes off as it was put on, and each wrong octet is counted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(49), fc.nat(7), (bytes, at, bit) => {
      const plain = bytes.map((octet) => octet & 0x7f)
      const wire = addParity(plain)
      assert.deepEqual(stripParity(wire), { bytes: plain, errors: 0 })
      if (at >= wire.length) return
      wire[at] = (wire[at] as number) ^ (1 << bit)
      assert.equal(stripParity(wire).errors, 1)
    }),
  )
})
