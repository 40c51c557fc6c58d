import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { inspectMbus, type MbusCrypto, type MbusTreeNode } from './index.ts'

type Record = { function?: string; unit?: string; quantity?: string; value: number | string }
type Vector = {
  hex?: string
  frames?: string[]
  expected?: { slave?: { Id?: string; Manufacturer?: string }; records: Record[] }
}

const folder = new URL('../../../conformance/frames/mbus/', import.meta.url)
const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const vectors = readdirSync(folder).map((name): [string, Vector] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
])

function* flatten(node: MbusTreeNode): Generator<MbusTreeNode> {
  yield node
  for (const child of node.children ?? []) yield* flatten(child)
}

for (const [name, vector] of vectors) {
  test(`mbus ${name}`, () => {
    const result = inspectMbus(bytesOf(vector.hex ?? vector.frames?.[0] ?? ''))
    const nodes = [...flatten(result.tree)]
    if (
      name.startsWith('error-premature') ||
      name.startsWith('error-too-long') ||
      name.startsWith('error-too-short')
    ) {
      // Application errors are well-formed answers; the defective telegrams are refused.
      assert.ok(!result.ok || nodes.some((node) => node.name === 'application-error'))
      return
    }
    if (!vector.expected) return
    const { slave, records } = vector.expected
    if (slave?.Manufacturer) assert.ok(nodes.some((node) => node.value === slave.Manufacturer))
    if (slave?.Id)
      assert.ok(
        nodes.some(
          (node) =>
            node.name === 'identification' &&
            Number.parseInt(String(node.value), 16) === Number.parseInt(slave.Id as string, 16),
        ),
      )
    for (const { function: role, unit, value } of records) {
      // What a meter in fault sends is no BCD; the source makes a number of it all the same.
      if (role === 'Value during error state') continue
      if (typeof value !== 'number' || unit === undefined || !/^(Wh|W|V|A|m\^3|m\^3\/h|s|K|J)$/.test(unit))
        continue
      const close = (found: number) => Math.abs(found - value) <= 1e-6 * Math.abs(value) + 1e-6
      // The source leaves "per pulse" out of the unit, and does not see a duration of a limit.
      const found = nodes.some(
        (node) =>
          node.scaled !== undefined &&
          (node.unit?.replace('/pulse', '') === unit.replace('^3', '³') ||
            node.type?.includes('duration of')) &&
          close(node.scaled),
      )
      assert.ok(found, `${value} ${unit} is not in the tree: ${JSON.stringify(result.error)}`)
    }
  })
}

test('a changed octet is refused, arbitrary octets are never thrown on', () => {
  const frames = vectors.map(([, vector]) => bytesOf(vector.hex ?? vector.frames?.[0] ?? ''))
  fc.assert(
    fc.property(
      fc.nat(frames.length - 1),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (which, at, change) => {
        const copy = Uint8Array.from(frames[which] as Uint8Array)
        copy[at % copy.length] = (copy[at % copy.length] as number) ^ change
        assert.equal(inspectMbus(copy).ok, false)
      },
    ),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (data) => {
      const body = [0x08, 0x01, 0x72, ...new Array(12).fill(0), ...data]
      const checksum = body.reduce((sum, octet) => (sum + octet) & 0xff, 0)
      const result = inspectMbus(
        Uint8Array.from([0x68, body.length, body.length, 0x68, ...body, checksum, 0x16]),
      )
      assert.equal(result.ok, result.error === undefined)
      for (const node of flatten(result.tree)) assert.ok(node.offset + node.length <= body.length + 6)
    }),
  )
})

test('wireless telegrams are told apart from wired ones and shown in Romanian', () => {
  const url = new URL('../../../conformance/frames/wmbus/oms-profile-b-format-a.json', import.meta.url)
  const { hex, keys } = JSON.parse(readFileSync(url, 'utf8'))
  const closed = inspectMbus(bytesOf(hex))
  assert.equal(closed.protocol, 'wmbus')
  assert.equal(closed.error?.code, 'encrypted')
  const crypto: MbusCrypto = {
    aesCbcDecrypt(key, iv, data) {
      const cipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false)
      return Uint8Array.from(Buffer.concat([cipher.update(data), cipher.final()]))
    },
    aesEcbEncrypt(key, block) {
      return Uint8Array.from(createCipheriv('aes-128-ecb', key, null).update(block))
    },
  }
  const open = inspectMbus(bytesOf(hex), { crypto, keyOf: () => bytesOf(keys.key), language: 'ro' })
  assert.equal(open.ok, true)
  const texts = [...flatten(open.tree)].map((node) => node.text)
  assert.ok(texts.includes('volum: 28504.27 m³'))
  assert.ok(texts.includes('autentificarea mesajului este corectă'))
  assert.ok(texts.includes('gaz'))
  assert.ok(!JSON.stringify(open).includes(keys.key))
})
