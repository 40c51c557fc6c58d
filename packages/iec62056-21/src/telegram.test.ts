import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc16, inspectTelegram, obisOf, readValue, type TelegramResult } from './index.ts'

const root = new URL('../../../conformance/frames/', import.meta.url)
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)

type Vector = { text: string; notes?: string; expected?: Record<string, unknown> }
const load = (folder: string): [string, Vector][] =>
  readdirSync(new URL(`${folder}/`, root)).map((name) => [
    name,
    JSON.parse(readFileSync(new URL(`${folder}/${name}`, root), 'utf8')) as Vector,
  ])

/** Every number in the tree: as written, and in its base unit. */
function numbers(result: TelegramResult): Set<number> {
  const found = new Set<number>()
  const visit = (node: TelegramResult['tree']) => {
    if (node.scaled !== undefined) found.add(node.scaled)
    if (typeof node.value === 'number') found.add(node.value)
    for (const child of node.children ?? []) visit(child)
  }
  visit(result.tree)
  return found
}

for (const [name, vector] of load('p1')) {
  test(`p1 ${name}`, () => {
    const result = inspectTelegram(latin1(vector.text))
    assert.equal(result.protocol, 'p1')
    const wrong = /CRC (as not valid|bad)/.test(vector.notes ?? '')
    assert.equal(result.error?.code, wrong ? 'crc' : undefined)
    const computed = /computed ([0-9A-F]{4})/.exec(vector.notes ?? '')?.[1]
    if (wrong && computed) assert.ok(result.error?.message.endsWith(computed))
    const found = numbers(result)
    const { electricity, ...flat } = (vector.expected ?? {}) as { electricity?: unknown }
    const visit = (value: unknown): void => {
      if (typeof value === 'number') assert.ok(found.has(value), `${value} is not in the tree`)
      else if (typeof value === 'object' && value) Object.values(value).forEach(visit)
    }
    visit(electricity)
    if (name.startsWith('amshan')) visit(flat)
  })
}

for (const [name, vector] of load('iec62056-21')) {
  test(`iec62056-21 ${name}`, () => {
    const result = inspectTelegram(latin1(vector.text))
    const code = name.startsWith('siemens-2wr5-heat')
      ? 'bcc'
      : name.startsWith('iskra-mt382')
        ? 'crc'
        : undefined
    assert.equal(result.error?.code, code)
    const { values, manufacturer } = (vector.expected ?? {}) as {
      values?: Record<string, { values: { value: number | string; unit?: string }[] }>
      manufacturer?: string
    }
    const found = numbers(result)
    for (const { value, unit } of Object.values(values ?? {}).flatMap((entry) => entry.values)) {
      if (typeof value === 'number' && unit !== undefined) {
        const text = [...flatten(result.tree)].some((node) => node.text?.includes(`${value} ${unit}`))
        assert.ok(text, `${value} ${unit} is not in the tree`)
      } else if (typeof value === 'number') {
        assert.ok(
          found.has(value) || [...flatten(result.tree)].some((node) => node.text?.includes(String(value))),
        )
      }
    }
    if (manufacturer) assert.ok([...flatten(result.tree)].some((node) => node.value === manufacturer))
  })
}

function* flatten(node: TelegramResult['tree']): Generator<TelegramResult['tree']> {
  yield node
  for (const child of node.children ?? []) yield* flatten(child)
}

test('the CRC is CRC-16/ARC', () => {
  assert.equal(crc16(latin1('123456789')), 0xbb3d)
})

test('a changed digit of a P1 telegram is found out', () => {
  const [, vector] = load('p1').find(([name]) => name === 'amshan-example-data-kamstrup.json') ?? []
  assert.ok(vector)
  const result = inspectTelegram(latin1(vector.text.replace('00060995.424', '00060995.425')))
  assert.equal(result.error?.code, 'crc')
  assert.ok(numbers(result).has(60995425))
})

test('references become logical names', () => {
  assert.equal(obisOf('1-0:1.8.0*255'), '1.0.1.8.0.255')
  assert.equal(obisOf('1.8.0'), '1.0.1.8.0.255')
  assert.equal(obisOf('0-1:24.2.1'), '0.1.24.2.1.255')
  assert.equal(obisOf('C.1.0'), '1.0.96.1.0.255')
  assert.equal(obisOf('CURRE'), undefined)
  assert.equal(obisOf('1.8.0*999'), undefined)
})

test('values are read with their units, times and identifications', () => {
  assert.deepEqual(readValue('0001798.478*kWh', 'en'), {
    value: 1798.478,
    scaled: 1798478,
    unit: 'Wh',
    text: '1798.478 kWh',
  })
  assert.equal(readValue('101209113020W', 'en').text, '2010-12-09 11:30:20, standard time')
  assert.equal(readValue('4B384547303034303436333935353037', 'en').text, '"K8EG004046395507"')
  assert.deepEqual(readValue('00013', 'en'), { value: '00013', scaled: 13 })
  assert.deepEqual(readValue('', 'en'), { value: '' })
})

test('arbitrary octets and mutated telegrams are read or refused, never thrown on', () => {
  const telegrams = [...load('p1'), ...load('iec62056-21')].map(([, vector]) => latin1(vector.text))
  const sound = (bytes: Uint8Array) => {
    const result = inspectTelegram(bytes)
    assert.equal(result.ok, result.error === undefined)
    for (const node of flatten(result.tree))
      assert.ok(node.offset >= 0 && node.offset + node.length <= bytes.length)
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), sound))
  fc.assert(
    fc.property(fc.nat(telegrams.length - 1), fc.nat(), fc.nat(255), fc.nat(), (which, at, octet, cut) => {
      const copy = Uint8Array.from(telegrams[which] as Uint8Array)
      copy[at % copy.length] = octet
      sound(copy.subarray(0, cut % (copy.length + 1)))
    }),
  )
})
