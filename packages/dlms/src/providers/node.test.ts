import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { test } from 'node:test'
import { nodeCrypto } from './node.ts'

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

// Green Book 9.2.7.5, the worked example of a glo-get-request on the clock.
const key = hex('000102030405060708090a0b0c0d0e0f')
const authenticationKey = hex('d0d1d2d3d4d5d6d7d8d9dadbdcdddedf')
const iv = hex('4d4d4d0000bc614e01234567')
const plain = hex('c0010000080000010000ff0200')
const sealed = hex('411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b')
const aad = Uint8Array.from([0x30, ...authenticationKey])

test('the worked example of the Green Book is sealed and opened', () => {
  assert.deepEqual(nodeCrypto.aesGcmSeal(key, iv, aad, plain, 12), sealed)
  assert.deepEqual(nodeCrypto.aesGcmOpen(key, iv, aad, sealed, 12), plain)
})

test('a changed octet, or too few of them, opens nothing', () => {
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] as number) ^ 1
    assert.equal(nodeCrypto.aesGcmOpen(key, iv, aad, changed, 12), null)
  }
  assert.equal(nodeCrypto.aesGcmOpen(key, iv, aad, sealed.subarray(0, 11), 12), null)
})

test('without a tag the text is the counter mode text of the same key', () => {
  const text = sealed.subarray(0, plain.length)
  assert.deepEqual(nodeCrypto.aesGcmSeal(key, iv, aad, plain, 0), text)
  assert.deepEqual(nodeCrypto.aesGcmOpen(key, iv, aad, text, 0), plain)
})

test('keys of other lengths are refused without being shown', () => {
  assert.throws(
    () => nodeCrypto.aesGcmSeal(hex('abcdef'), iv, aad, plain, 12),
    (error: Error) => !error.message.includes('abcdef'),
  )
})

test('short texts and long ones, on either side of where OpenSSL is the faster', () => {
  for (const length of [0, 1, 447, 1503, 1507, 1508, 1519, 1520, 1536, 1537, 5000]) {
    const text = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff)
    const cipher = createCipheriv('aes-128-gcm', key, iv).setAAD(aad)
    const expected = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
    for (const tagLength of [0, 12, 16]) {
      const cut = Uint8Array.from(expected.subarray(0, length + tagLength))
      assert.deepEqual(nodeCrypto.aesGcmSeal(key, iv, aad, text, tagLength), cut)
      assert.deepEqual(nodeCrypto.aesGcmOpen(key, iv, aad, cut, tagLength), text)
      if (tagLength === 0) continue
      cut[length >> 1] ^= 0x10
      assert.equal(nodeCrypto.aesGcmOpen(key, iv, aad, cut, tagLength), null)
    }
  }
})
