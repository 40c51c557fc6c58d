import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeRegisters, parseMap, type RegisterMap, readGroups, registerMaps, widthOf } from './index.ts'

const base: RegisterMap = {
  id: 'test',
  title: 'test',
  manufacturer: 'test',
  source: 'test',
  wordOrder: 'high-first',
  functionCode: 3,
  maxRegisters: 10,
  maxGap: 2,
  registers: [{ name: 'a', address: 0, type: 'u16' }],
}

test('shipped maps are valid and their requests fit', () => {
  assert.equal(registerMaps.length, 3)
  for (const map of registerMaps) {
    assert.deepEqual(parseMap(JSON.parse(JSON.stringify(map))), { map: JSON.parse(JSON.stringify(map)) })
    for (const group of readGroups(map)) assert.ok(group.count <= map.maxRegisters)
  }
})

test('faults of a map have names and places', () => {
  const codes = (change: object) => {
    const result = parseMap({ ...base, ...change })
    return 'faults' in result ? result.faults.map(({ code, path }) => `${code} ${path}`) : []
  }
  const register = (change: object) =>
    codes({ registers: [{ name: 'a', address: 0, type: 'u16', ...change }] })
  assert.deepEqual(codes({}), [])
  assert.deepEqual(codes({ wordOrder: 'big' }), ['shape wordOrder'])
  assert.deepEqual(codes({ functionCode: 5 }), ['function-code functionCode'])
  assert.deepEqual(codes({ maxRegisters: 126 }), ['limits maxRegisters'])
  assert.deepEqual(codes({ registers: [] }), ['shape registers'])
  assert.deepEqual(register({ type: 'u24' }), ['type registers[0].type'])
  assert.deepEqual(register({ address: 65535, type: 'u32' }), ['address registers[0].address'])
  assert.deepEqual(register({ type: 'string' }), ['length registers[0].length'])
  assert.deepEqual(register({ scale: 0 }), ['scale registers[0].scale'])
  assert.deepEqual(register({ scaleRegister: 'b' }), ['scale-register registers[0].scaleRegister'])
  assert.deepEqual(register({ absent: ['fff'] }), ['absent registers[0].absent'])
  assert.deepEqual(register({ obis: '1.8.0' }), ['obis registers[0].obis'])
  assert.deepEqual(codes({ registers: [base.registers[0], base.registers[0]] }), [
    'duplicate registers[1].name',
  ])
})

test('every type decodes in both word orders', () => {
  const rows = [
    ['u16', [0xfffe], 65534],
    ['i16', [0xfffe], -2],
    ['u32', [0x0001, 0x0002], 65538],
    ['i32', [0xffff, 0xfffe], -2],
    ['u64', [0xffff, 0xffff, 0xffff, 0xffff], 2n ** 64n - 1n],
    ['i64', [0xffff, 0xffff, 0xffff, 0xfffe], -2],
    ['f32', [0x436c, 0x199a], 236.1],
    ['f64', [0x406d, 0x8333, 0x3333, 0x3333], 236.1],
  ] as const
  for (const [type, words, value] of rows) {
    for (const wordOrder of ['high-first', 'low-first'] as const) {
      const map: RegisterMap = { ...base, wordOrder, registers: [{ name: 'a', address: 7, type }] }
      const registers = wordOrder === 'high-first' ? [...words] : [...words].reverse()
      const [reading] = decodeRegisters(map, [{ functionCode: 3, address: 7, registers }])
      assert.equal(reading?.value, value)
    }
  }
})

test('scales, scale registers, absent values, strings and BCD', () => {
  const map: RegisterMap = {
    ...base,
    registers: [
      { name: 'power', address: 0, type: 'i16', scaleRegister: 'factor', unit: 'W' },
      { name: 'factor', address: 1, type: 'i16' },
      { name: 'voltage', address: 2, type: 'u16', scale: 0.1, unit: 'V', absent: ['ffff'] },
      { name: 'text', address: 3, type: 'string', length: 2 },
      { name: 'count', address: 5, type: 'bcd', length: 2 },
      { name: 'away', address: 90, type: 'u16' },
    ],
  }
  const read = (registers: number[]) => decodeRegisters(map, [{ functionCode: 3, address: 0, registers }])
  const values = read([1234, 0xfffe, 2361, 0x4162, 0x2000, 0x1234, 0x5678])
  assert.deepEqual(
    values.map(({ value, fault }) => fault ?? value),
    [12.34, -2, 236.1, 'Ab', 12345678, 'not-read'],
  )
  const others = read([1234, 0x8000, 0xffff, 0, 0, 0x12af, 0])
  assert.deepEqual(
    others.map(({ value, fault }) => fault ?? value),
    ['no-scale', -32768, null, '', 'not-bcd', 'not-read'],
  )
})

test('read groups cover every register once asked and never exceed the limits', () => {
  const register = fc.record({
    address: fc.integer({ min: 0, max: 300 }),
    type: fc.constantFrom('u16' as const, 'u32' as const, 'u64' as const),
    functionCode: fc.constantFrom(3 as const, 4 as const),
  })
  fc.assert(
    fc.property(fc.array(register, { minLength: 1, maxLength: 40 }), fc.nat(9), (list, maxGap) => {
      const registers = list.map((item, i) => ({ ...item, name: `r${i}` }))
      const map: RegisterMap = { ...base, maxGap, registers }
      const groups = readGroups(map)
      for (const group of groups) assert.ok(group.count >= 1 && group.count <= map.maxRegisters)
      for (const item of registers) {
        const inside = groups.some(
          ({ functionCode, address, count }) =>
            functionCode === item.functionCode &&
            address <= item.address &&
            item.address + widthOf(item) <= address + count,
        )
        assert.ok(inside)
      }
    }),
  )
})
