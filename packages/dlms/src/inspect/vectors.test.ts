// Captured frames with the values their sources state (conformance/frames/*/*.json).

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { nodeCrypto } from '../providers/node.ts'
import { type InspectResult, inspect, type TreeNode, walkTree } from './index.ts'

type Vector = {
  title: string
  protocol: string
  hex?: string
  frames?: string[]
  keys?: Record<string, string>
  expected?: Record<string, unknown>
}

const root = new URL('../../../../conformance/frames/', import.meta.url)

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

function load(folder: string): [string, Vector][] {
  return readdirSync(new URL(`${folder}/`, root)).map((name) => [
    name,
    JSON.parse(readFileSync(new URL(`${folder}/${name}`, root), 'utf8')) as Vector,
  ])
}

function run(vector: Vector, keys = vector.keys): InspectResult {
  const items = (vector.frames ?? [vector.hex ?? '']).map(bytesOf)
  const given = Object.fromEntries(Object.entries(keys ?? {}).map(([name, hex]) => [name, bytesOf(hex)]))
  return inspect(items, { keys: given, crypto: nodeCrypto, language: 'en' })
}

/** Frames whose source says, or whose octets show, that they are broken, with the error each must give. */
const broken: Readonly<Record<string, string>> = {
  'epri-bad-aarq-test-packet.json': 'address',
  'homey-described-list.json': 'fcs',
  'landisgyr-zmf100-push.json': 'fcs',
  // Made anonymous by its source, which cut the last values off and mended length and check sequences.
  'iskra-1.json': 'truncated',
}

const vectors = ['dlms-hdlc', 'dlms-mbus', 'dlms-wrapper'].flatMap(load)

for (const [name, vector] of vectors) {
  test(`${vector.protocol} ${name}`, () => {
    const result = run(vector)
    assert.equal(result.protocol, vector.protocol)
    const code = broken[name]
    if (code === undefined) assert.equal(result.error, undefined, JSON.stringify(result.error))
    else {
      assert.equal(result.error?.code, code)
      assert.ok((result.error?.offset ?? -1) >= 0)
    }
    assertNested(result.tree)
    for (const value of expectedValues(vector)) assertFound(result.tree, value)
    for (const secret of [vector.keys?.encryption, vector.keys?.authentication]) {
      if (secret) assert.ok(!JSON.stringify(result).includes(secret), 'a key appears in the result')
    }
  })
}

type Expected = { obis?: string; value: number | string; unit?: string }

const skipped = new Set([
  // Made up by the source's parser, not in the frame.
  'payloadType',
  'meter_manufacturer',
])

/** Every value the source states, with the object it belongs to where it says so. */
function expectedValues(vector: Vector): Expected[] {
  const found: Expected[] = []
  const { values, list, cosem, ...rest } = (vector.expected ?? {}) as {
    values?: Record<string, unknown>
    list?: (string | number)[]
    cosem?: { knownObjects?: string[]; unknownObjects?: string[] }
  }
  for (const [obis, stated] of Object.entries(values ?? {})) {
    const { value, unit } = (typeof stated === 'object' ? stated : { value: stated }) as Expected
    // The source names the date-time and the list version of the push 0.0.0.0.0.0.
    found.push({ ...(obis === '0.0.0.0.0.0' ? {} : { obis }), value, ...(unit && { unit }) })
  }
  for (const value of list ?? []) found.push({ value })
  for (const line of [...(cosem?.knownObjects ?? []), ...(cosem?.unknownObjects ?? [])]) {
    const parts = /^(\d+)-(\d+):(\d+)\.(\d+)\.(\d+)\(([^*]*?)(?:\*(\w+))?\)$/.exec(line)
    assert.ok(parts, line)
    const [, a, b, c, d, e, value = '', unit] = parts
    if (value === 'null' || value === '') continue
    // The source reads 230.7 as 230.70000000000002.
    const number =
      /^-?\d+(\.\d+)?$/.test(value) && value.replace(/\..*/, '').length < 16
        ? Number(Number(value).toPrecision(12))
        : value
    found.push({ obis: `${a}.${b}.${c}.${d}.${e}.255`, value: number, ...(unit && { unit }) })
  }
  collect(rest, found)
  return found
}

function collect(part: unknown, found: Expected[], name = ''): void {
  if (skipped.has(name) || part === '' || part === null) return
  if (typeof part === 'number') found.push({ value: Number(part.toPrecision(12)) })
  else if (typeof part === 'string') {
    const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(part)
    found.push({ value: time ? time[0] : name === 'longInvokeId' ? Number.parseInt(part, 16) : part })
  } else if (typeof part === 'object') {
    for (const [key, value] of Object.entries(part as object)) collect(value, found, key)
  }
}

function assertFound(tree: TreeNode, expected: Expected): void {
  const wanted = expected.value
  const candidates = [...walkTree(tree)].filter((node) => matches(node, wanted))
  assert.ok(candidates.length > 0, `${JSON.stringify(expected)} is not in the tree`)
  if (expected.unit !== undefined) {
    const withUnit = candidates.filter((node) => node.obis === expected.obis && node.unit === expected.unit)
    assert.ok(withUnit.length > 0, `${JSON.stringify(expected)} is not in the tree with its object and unit`)
  } else if (expected.obis !== undefined && typeof wanted === 'number' && !isUnnamed(tree)) {
    const named = candidates.filter((node) => node.obis === expected.obis)
    assert.ok(named.length > 0, `${JSON.stringify(expected)} is not in the tree under its object`)
  }
}

/** Lists whose objects only their position tells, and which are not among the known ones. */
const isUnnamed = (tree: TreeNode) =>
  [...walkTree(tree)].some((node) => node.type === 'octet-string' && node.value === '0006190900ff') &&
  ![...walkTree(tree)].some((node) => node.type === 'array')

function matches(node: TreeNode, wanted: number | string): boolean {
  if (typeof wanted === 'number') return node.scaled === wanted || node.value === wanted
  const text = wanted.toLowerCase()
  return (
    (typeof node.value === 'string' && node.value.toLowerCase() === text) ||
    (typeof node.text === 'string' && node.text.toLowerCase().replaceAll('"', '').startsWith(text))
  )
}

/** Children lie inside their parents, unless they are layers of their own. */
function assertNested(node: TreeNode): void {
  assert.ok(node.offset >= 0 && node.length >= 0)
  for (const child of node.children ?? []) {
    if (child.hex === undefined && !child.name.startsWith('frame ')) {
      const base = node.hex === undefined ? node.offset : 0
      assert.ok(
        child.offset >= base && child.offset + child.length <= base + node.length,
        `${child.name} ${child.offset}+${child.length} lies outside of ${node.name} ${base}+${node.length}`,
      )
    }
    assertNested(child)
  }
}

test('a tag is verified with the authentication key, not without, and a wrong key is told apart', () => {
  const [, vector] = vectors.find(([name]) => name === 'landisgyr-e450-gbt-ciphered-push.json') ?? []
  assert.ok(vector?.keys)
  const note = (result: InspectResult) =>
    [...walkTree(result.tree)].find((n) => n.name === 'deciphered')?.note
  assert.equal(note(run(vector)), 'tag verified: yes')
  const { encryption = '' } = vector.keys
  assert.equal(note(run(vector, { encryption })), 'tag verified: no (no authentication key)')
  const wrong = run(vector, { encryption, authentication: '00'.repeat(16) })
  assert.deepEqual([wrong.ok, wrong.error?.code], [false, 'authentication-failed'])
  assert.ok([...walkTree(wrong.tree)].some((node) => node.value === 4408736))
  assert.equal(run(vector, { encryption: '00'.repeat(16) }).error?.code, 'decryption-failed')
  const closed = run(vector, {})
  assert.equal(closed.ok, true)
  assert.ok([...walkTree(closed.tree)].some((node) => node.note?.startsWith('no encryption key')))
})

test('without the authentication key in the AAD the tag is still verified, and the note says so', () => {
  const [, vector] = vectors.find(([name]) => name === 'aidon-example-2-ciphered-without-aad.json') ?? []
  assert.ok(vector)
  const result = run(vector)
  const deciphered = [...walkTree(result.tree)].find((node) => node.name === 'deciphered')
  assert.equal(deciphered?.note, 'tag verified: yes (no authentication key in the AAD)')
  assertFound(result.tree, { obis: '1.0.1.8.0.255', value: 10049926, unit: 'Wh' })
})

test('a wrong checksum keeps what was understood', () => {
  const [, vector] = vectors.find(([name]) => name === 'landisgyr-zmf100-push.json') ?? []
  assert.ok(vector)
  const result = run(vector)
  assert.equal(result.ok, false)
  assertFound(result.tree, { obis: '1.0.31.7.0.255', value: 2.44, unit: 'A' })
  assert.ok([...walkTree(result.tree)].some((node) => node.note === 'tag 06 09 sent instead of 09 06'))
})
