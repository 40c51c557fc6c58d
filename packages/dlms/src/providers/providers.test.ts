import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromHex, toHex } from '../bytes.ts'
import type { CryptoProvider, CurveName } from '../crypto.ts'
import { nodeCrypto } from './node.ts'
import { webCrypto } from './web.ts'

type Full = Required<CryptoProvider>
const both: readonly (readonly [string, Full, Full])[] = [
  ['node seals, web opens', nodeCrypto as Full, webCrypto as Full],
  ['web seals, node opens', webCrypto as Full, nodeCrypto as Full],
]
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const aesKey = fc.oneof(octets(16), octets(32))
const curveNames: readonly CurveName[] = ['P-256', 'P-384']
const changed = (bytes: Uint8Array, bit: number) => {
  const copy = Uint8Array.from(bytes)
  const at = bit % (bytes.length * 8)
  copy[at >> 3] = (copy[at >> 3] as number) ^ (1 << (at & 7))
  return copy
}

for (const [title, one, other] of both) {
  test(`AES-GCM: ${title}`, () => {
    const any = fc.uint8Array({ maxLength: 70 })
    fc.assert(
      fc.property(
        aesKey,
        octets(12),
        any,
        any,
        fc.constantFrom(0, 12, 16),
        fc.nat(),
        (key, iv, aad, text, tag, bit) => {
          const sealed = one.aesGcmSeal(key, iv, aad, text, tag)
          assert.equal(sealed.length, text.length + tag)
          assert.equal(toHex(sealed), toHex(other.aesGcmSeal(key, iv, aad, text, tag)))
          assert.deepEqual(other.aesGcmOpen(key, iv, aad, sealed, tag), text)
          if (tag > 0) assert.equal(other.aesGcmOpen(key, iv, aad, changed(sealed, bit), tag), null)
        },
      ),
      { numRuns: 60 },
    )
  })

  test(`key wrap: ${title}`, () => {
    fc.assert(
      fc.property(aesKey, aesKey, fc.nat(), (kek, key, bit) => {
        const wrapped = one.aesKeyWrap(kek, key)
        assert.deepEqual(other.aesKeyUnwrap(kek, wrapped), key)
        assert.equal(other.aesKeyUnwrap(kek, changed(wrapped, bit)), null)
        assert.equal(other.aesKeyUnwrap(kek, wrapped.subarray(1)), null)
      }),
      { numRuns: 30 },
    )
  })

  test(`digests agree: ${title}`, () => {
    fc.assert(
      fc.property(fc.constantFrom('md5', 'sha1', 'sha256', 'sha384'), fc.uint8Array(), (name, bytes) => {
        assert.deepEqual(one.digest(name, bytes), other.digest(name, bytes))
      }),
    )
  })

  test(`signatures and agreement: ${title}`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...curveNames), fc.uint8Array(), fc.nat(), (curve, message, bit) => {
        const mine = one.ecKeyPair(curve)
        const yours = other.ecKeyPair(curve)
        assert.deepEqual(other.ecPublicKey(curve, mine.privateKey), mine.publicKey)
        const signature = one.ecdsaSign(curve, mine.privateKey, message)
        assert.equal(signature.length, mine.publicKey.length)
        assert.ok(other.ecdsaVerify(curve, mine.publicKey, message, signature))
        assert.ok(!other.ecdsaVerify(curve, mine.publicKey, message, changed(signature, bit)))
        assert.ok(!other.ecdsaVerify(curve, yours.publicKey, message, signature))
        const z = one.ecdh(curve, mine.privateKey, yours.publicKey)
        assert.ok(z)
        assert.deepEqual(other.ecdh(curve, yours.privateKey, mine.publicKey), z)
        // A public key off the curve would leak the private one.
        assert.equal(one.ecdh(curve, mine.privateKey, changed(yours.publicKey, bit)), null)
        assert.ok(!one.ecdsaVerify(curve, changed(mine.publicKey, bit), message, signature))
      }),
      { numRuns: 8 },
    )
  })
}

test('keys of other lengths are refused without being shown', () => {
  const short = fromHex('c0ffee')
  const hidden = (error: Error) => error instanceof RangeError && !/c0ffee|192,255/i.test(error.message)
  for (const crypto of [nodeCrypto as Full, webCrypto as Full]) {
    assert.throws(() => crypto.aesGcmSeal(short, new Uint8Array(12), short, short, 12), hidden)
    assert.throws(() => crypto.aesGcmOpen(short, new Uint8Array(12), short, short, 0), hidden)
    assert.throws(() => crypto.aesKeyWrap(short, new Uint8Array(16)), hidden)
    assert.throws(() => crypto.aesKeyUnwrap(short, new Uint8Array(24)), hidden)
    for (const curve of curveNames) {
      assert.throws(() => crypto.ecdsaSign(curve, short, short), hidden)
      assert.throws(() => crypto.ecdh(curve, short, new Uint8Array(64)), hidden)
    }
  }
})
