import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeCrypto } from '@contor/dlms/node'
import fc from 'fast-check'
import { browserCrypto } from './browserCrypto.ts'
import { asText, decodeText, fragmentOf, fromFragment } from './decodeModel.ts'

const folder = join(import.meta.dirname, '../../../../../conformance/frames')
const vector = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'))
const push = vector('dlms-hdlc/kaifa-ma304h3e-push.json').hex as string
const gbt = vector('dlms-hdlc/landisgyr-e450-gbt-ciphered-push.json')

const decoded = (text: string, keys = {}) => {
  const result = decodeText(text, keys, 'ro', browserCrypto)
  assert.equal(result.kind, 'decoded')
  return result.kind === 'decoded' ? result : undefined
}

test('hexadecimal, base64 and telegrams are read', () => {
  const base64 = Buffer.from(push, 'hex').toString('base64')
  for (const text of [push, push.replace(/../g, '$& '), base64, base64.replace(/.{30}/g, '$&\n')]) {
    assert.equal(decoded(text)?.result.protocol, 'dlms-hdlc')
    assert.equal(decoded(text)?.result.ok, true)
  }
  const telegram = decoded('/ISK5 ME162\n\n1-0:1.8.0(000123.4*kWh)\n!\n')
  assert.deepEqual([telegram?.result.protocol, telegram?.result.ok], ['iec62056-21', true])
})

test('what cannot be read is said in the language of the page', () => {
  const ro = decodeText('hello', {}, 'ro', browserCrypto)
  const en = decodeText('hello', {}, 'en', browserCrypto)
  assert.match(ro.kind === 'unreadable' ? ro.message : '', /^nu este hexazecimal/)
  assert.match(en.kind === 'unreadable' ? en.message : '', /^not hexadecimal/)
  assert.equal(decodeText(' \n', {}, 'ro', browserCrypto).kind, 'empty')
})

test('keys decipher in the page and never come back', () => {
  const result = decoded(gbt.frames.join('\n'), gbt.keys)
  assert.equal(result?.result.ok, true)
  const text = JSON.stringify(result)
  assert.match(text, /4408736/)
  assert.ok(!text.includes(gbt.keys.encryption.toLowerCase()))
  assert.ok(!text.includes(gbt.keys.authentication.toLowerCase()))
})

test('a link keeps the frames and the system title, never a key', () => {
  const fragment = fragmentOf([push, 'c0'], '4d 4d 4d')
  assert.deepEqual(fromFragment(`#${fragment}`), {
    text: asText([push, 'c0']),
    systemTitle: '4d4d4d',
  })
  assert.equal(fromFragment('#f=<script>'), undefined)
  assert.equal(fromFragment(''), undefined)
  assert.equal(asText(['2f49534b0d0a']), '/ISK\r\n')
})

test('the browser opens what OpenSSL seals, with any tag', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const key = fc.oneof(octets(16), octets(32))
  const some = fc.uint8Array({ maxLength: 70 })
  fc.assert(
    fc.property(key, octets(12), some, some, fc.constantFrom(12, 16), (key, iv, aad, plain, tag) => {
      const sealed = nodeCrypto.aesGcmSeal(key, iv, aad, plain, tag)
      assert.deepEqual([...browserCrypto.aesGcmSeal(key, iv, aad, plain, tag)], [...sealed])
      assert.deepEqual([...(browserCrypto.aesGcmOpen(key, iv, aad, sealed, tag) ?? [])], [...plain])
      const bare = sealed.subarray(0, plain.length)
      assert.deepEqual([...(browserCrypto.aesGcmOpen(key, iv, aad, bare, 0) ?? [])], [...plain])
      sealed[sealed.length - 1] ^= 1
      assert.equal(browserCrypto.aesGcmOpen(key, iv, aad, sealed, tag), null)
    }),
    { numRuns: 60 },
  )
})

test('a wireless M-Bus telegram is read with its key', () => {
  const path = '../../../../../conformance/frames/wmbus/oms-n2-profile-a-format-a.json'
  const { hex, keys } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
  const open = decodeText(hex, { encryption: keys.key }, 'ro', browserCrypto)
  assert.ok(open.kind === 'decoded' && open.result.ok)
  assert.match(JSON.stringify(open.result.tree), /28504\.27 m³/)
  const closed = decodeText(hex, {}, 'ro', browserCrypto)
  assert.ok(closed.kind === 'decoded' && !closed.result.ok)
})
