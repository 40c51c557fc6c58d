import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromHex, toHex } from '../../bytes.ts'
import { nobleGcm } from '../web.ts'
import { SimdGcm, sharedSimdGcm, simdLimit } from './index.ts'
import { memorySize } from './module.ts'
import { sboxConstant, sboxTables } from './tower.ts'

const kinds = [true, false].map((relaxed) => {
  const gcm = SimdGcm.create(relaxed)
  assert.ok(gcm, 'this runtime has both kinds of SIMD')
  return { name: relaxed ? 'Relaxed SIMD' : 'SIMD', gcm }
})
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

function openssl(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, text: Uint8Array): Uint8Array {
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, iv)
  cipher.setAAD(aad)
  return Uint8Array.from(Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]))
}

// Test cases of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B: 3, 4, 15 and 16.
const published = [
  {
    key: 'feffe9928665731c6d6a8f9467308308',
    aad: '',
    text: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
    sealed:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f59854d5c2af327cd64a62cf35abd2ba6fab4',
  },
  {
    key: 'feffe9928665731c6d6a8f9467308308',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    text: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    sealed:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    aad: '',
    text: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
    sealed:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c',
  },
  {
    key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    text: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    sealed:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  },
]

for (const { name, gcm } of kinds) {
  test(`${name}: published test cases of GCM`, () => {
    const iv = fromHex('cafebabefacedbaddecaf888')
    for (const { key, aad, text, sealed } of published) {
      assert.equal(toHex(gcm.seal(fromHex(key), iv, fromHex(aad), fromHex(text), 16)), sealed)
      assert.equal(toHex(gcm.open(fromHex(key), iv, fromHex(aad), fromHex(sealed), 16) ?? iv), text)
    }
  })

  test(`${name}: seals and opens as OpenSSL does, whatever the key, the data and the lengths`, () => {
    fc.assert(
      fc.property(
        fc.oneof(octets(16), octets(32)),
        octets(12),
        fc.uint8Array({ maxLength: 70 }),
        fc.uint8Array({ maxLength: 330 }),
        fc.constantFrom(4, 12, 16),
        (key, iv, aad, text, tagLength) => {
          const expected = openssl(key, iv, aad, text).subarray(0, text.length + tagLength)
          assert.deepEqual(gcm.seal(key, iv, aad, text, tagLength), expected)
          assert.deepEqual(gcm.open(key, iv, aad, expected, tagLength), text)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test(`${name}: every length of text and of additional data around the blocks and batches`, () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 167 + 13) & 0xff)
    for (const keyLength of [16, 32]) {
      const key = bytes.slice(200, 200 + keyLength)
      const iv = bytes.subarray(30, 42)
      for (let length = 0; length <= 140; length++) {
        for (const aadLength of [0, 1, 15, 16, 17, 33, length]) {
          const aad = bytes.subarray(3, 3 + aadLength)
          const text = bytes.subarray(1, 1 + length)
          const expected = openssl(key, iv, aad, text)
          assert.deepEqual(gcm.seal(key, iv, aad, text, 16), expected)
          assert.deepEqual(gcm.open(key, iv, aad, expected, 16), text)
        }
      }
    }
  })

  test(`${name}: any flipped bit of text, tag, additional data, vector or key opens nothing`, () => {
    fc.assert(
      fc.property(
        octets(16),
        octets(12),
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom(12, 16),
        fc.nat(),
        (key, iv, aad, text, tagLength, flip) => {
          const sealed = gcm.seal(key, iv, aad, text, tagLength)
          for (const input of [key, iv, aad, sealed]) {
            if (input.length === 0) continue
            const at = flip % (input.length * 8)
            input[at >> 3] ^= 1 << (at & 7)
            assert.equal(gcm.open(key, iv, aad, sealed, tagLength), null)
            input[at >> 3] ^= 1 << (at & 7)
          }
          assert.deepEqual(gcm.open(key, iv, aad, sealed, tagLength), text)
        },
      ),
      { numRuns: 500 },
    )
  })

  test(`${name}: what a wrong tag has deciphered is not left in memory`, () => {
    const text = Uint8Array.from({ length: 200 }, (_, i) => 1 + (i % 250))
    const key = new Uint8Array(16).fill(7)
    const iv = new Uint8Array(12)
    const sealed = openssl(key, iv, iv, text).subarray(0, text.length + 12)
    sealed[sealed.length - 1] ^= 1
    assert.equal(gcm.open(key, iv, iv, sealed, 12), null)
    const memory = Buffer.from((gcm as unknown as { memory: Uint8Array }).memory)
    assert.equal(memory.length, memorySize)
    for (let at = 0; at + 8 <= text.length; at += 8)
      assert.equal(memory.indexOf(text.subarray(at, at + 8)), -1)
  })

  test(`${name}: more keys than slots, in any order, and arrays written over`, () => {
    const keys = Array.from({ length: 200 }, (_, n) => new Uint8Array(n % 3 === 0 ? 32 : 16).fill(n))
    const iv = fromHex('000102030405060708090a0b')
    const text = new Uint8Array(50)
    for (let turn = 0; turn < 600; turn++) {
      const key = keys[(turn * 89) % (turn < 300 ? 40 : keys.length)]
      if (turn % 7 === 0) key[turn % key.length] ^= turn
      assert.deepEqual(gcm.seal(key, iv, iv, text, 16), openssl(key, iv, iv, text))
    }
  })

  test(`${name}: the longest text, counters of more than an octet included, and none longer`, () => {
    const key = new Uint8Array(32).fill(3)
    const iv = new Uint8Array(12).fill(9)
    const aad = new Uint8Array(17).fill(1)
    const text = Uint8Array.from({ length: simdLimit - aad.length }, (_, i) => (i * 31) & 0xff)
    assert.ok(gcm.takes(key, iv, simdLimit) && !gcm.takes(key, iv, simdLimit + 1))
    const expected = openssl(key, iv, aad, text)
    assert.deepEqual(gcm.seal(key, iv, aad, text, 16), expected)
    assert.deepEqual(gcm.open(key, iv, aad, expected, 16), text)
  })
}

test('what came before is not changed by what comes after, however many share a buffer', () => {
  const { gcm } = kinds[0]
  const key = new Uint8Array(16).fill(5)
  const iv = new Uint8Array(12)
  const lengths = [0, 1, 63, 64, 65, 447, 900, 1023, 1024, 1025, 1500]
  const pairs = Array.from({ length: 110 }, (_, n) => {
    const text = new Uint8Array(lengths[n % lengths.length]).fill(n)
    const sealed = gcm.seal(key, iv, iv, text, 12)
    return { text, sealed, opened: gcm.open(key, iv, iv, sealed, 12) }
  })
  for (const { text, sealed, opened } of pairs) {
    assert.deepEqual(sealed, openssl(key, iv, iv, text).subarray(0, text.length + 12))
    assert.deepEqual(opened, text)
  }
})

test('the S-box of the tower field is that of AES', () => {
  const { toTower, inverse, scaledInverse, sbox } = sboxTables()
  // Index of a vector lookup: 0x80 and above give 0.
  const at = (table: Uint8Array, index: number) => (index >= 0x80 ? 0 : table[index])
  // FIPS 197, figure 7: first row and the last octet.
  const row = fromHex('637c777bf26b6fc53001672bfed7ab76')
  const substituted = Array.from({ length: 256 }, (_, octet) => {
    const tower = toTower.low[octet & 15] ^ toTower.high[octet >> 4]
    const [i, k] = [tower >> 4, tower & 15]
    const j = i ^ k
    const scaled = at(scaledInverse, k)
    const first = at(inverse, at(inverse, i) ^ scaled) ^ j
    const second = at(inverse, at(inverse, j) ^ scaled) ^ i
    // Relaxed lookups leave 0x10…0x7f open: none may occur.
    for (const index of [first, second]) assert.ok(index < 16 || index >= 0x80)
    return at(sbox.first, first) ^ at(sbox.second, second) ^ sboxConstant
  })
  assert.deepEqual(Uint8Array.from(substituted.slice(0, 16)), row)
  assert.equal(substituted[255], 0x16)
  assert.equal(new Set(substituted).size, 256)
})

test('without SIMD in WebAssembly there is none, and the plain JavaScript gives the same', () => {
  const webAssembly = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')
  assert.ok(webAssembly)
  const refuse = class {
    constructor() {
      throw new Error('refused by the platform')
    }
  }
  try {
    for (const value of [undefined, { Module: refuse, Instance: refuse }]) {
      Object.defineProperty(globalThis, 'WebAssembly', { ...webAssembly, value })
      assert.equal(SimdGcm.create(), undefined)
    }
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', webAssembly)
  }
  const simd = sharedSimdGcm()
  assert.ok(simd)
  fc.assert(
    fc.property(
      fc.oneof(octets(16), octets(32)),
      octets(12),
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 90 }),
      fc.constantFrom(0, 12, 16),
      (key, iv, aad, text, tagLength) => {
        const sealed = nobleGcm.seal(key, iv, aad, text, tagLength)
        assert.deepEqual(simd.seal(key, iv, aad, text, tagLength), sealed)
        assert.deepEqual(nobleGcm.open(key, iv, aad, sealed, tagLength), text)
        assert.deepEqual(simd.open(key, iv, aad, sealed, tagLength), text)
      },
    ),
    { numRuns: 100 },
  )
})
