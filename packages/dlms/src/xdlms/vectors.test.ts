import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex, toHex } from '../bytes.ts'
import { decodeApdu, encodeApdu } from './apdu.ts'

type Vector = { title: string; hex: string; expected: unknown }
const file = new URL('../../../../conformance/apdu/services.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }

/** Octets as hex, as the vectors have them. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(readable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, readable(part)]))
}

for (const { title, hex, expected } of vectors) {
  test(`vector: ${title}`, () => {
    const bytes = fromHex(hex)
    const decoded = decodeApdu(bytes)
    assert.ok(decoded.kind === 'ok', JSON.stringify(decoded))
    assert.equal(decoded.next, bytes.length)
    assert.deepEqual(readable(decoded.value), expected)
    assert.equal(toHex(encodeApdu(decoded.value)), hex)
    for (let cut = 1; cut < bytes.length; cut++) {
      assert.equal(decodeApdu(bytes.subarray(0, cut)).kind, 'more', `cut at ${cut}`)
    }
  })
}
