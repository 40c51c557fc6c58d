import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import {
  aesCmac,
  crc16,
  decodeFormatA,
  decodeFormatB,
  decodeWireless,
  encodeFormatA,
  type MbusCrypto,
} from './index.ts'

const crypto: MbusCrypto = {
  aesCbcDecrypt(key, iv, data) {
    const cipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false)
    return Uint8Array.from(Buffer.concat([cipher.update(data), cipher.final()]))
  },
  aesEcbEncrypt(key, block) {
    const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
    return Uint8Array.from(Buffer.concat([cipher.update(block), cipher.final()]))
  },
}

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
type Vector = {
  hex: string
  keys: { key: string }
  expected: {
    format: string
    mode: number
    address: { id: string; manufacturer: string; version: number; medium: string }
    records: { quantity: string; unit?: string; value: number | string }[]
  }
}
const folder = new URL('../../../conformance/frames/wmbus/', import.meta.url)
const vectors = readdirSync(folder).map((name): [string, Vector] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
])

for (const [name, { hex, keys, expected }] of vectors) {
  test(`wireless ${name}`, () => {
    const keyOf = () => bytesOf(keys.key)
    const result = decodeWireless(bytesOf(hex), { crypto, keyOf })
    assert.ok(result.kind === 'ok', inspect(result))
    const { application, address, authentication } = result.value
    assert.equal(result.value.format, expected.format)
    assert.ok(application?.kind === 'variable' && application.header)
    assert.equal(application.header.configuration.mode, expected.mode)
    const meter = application.header.address ?? address
    assert.deepEqual(
      { id: meter.id, manufacturer: meter.manufacturer, version: meter.version, medium: meter.mediumName },
      expected.address,
    )
    if (expected.mode === 7) assert.equal(authentication?.verified, true)
    const found = application.list.records.map(({ quantity, unit, scaled, value }) => ({
      quantity,
      ...(unit === undefined ? {} : { unit }),
      value: scaled ?? (value !== null && typeof value === 'object' && 'text' in value ? value.text : value),
    }))
    assert.deepEqual(found, expected.records)
  })

  test(`wireless ${name}: without a key encrypted, with a wrong key refused`, () => {
    const closed = decodeWireless(bytesOf(hex))
    assert.ok(closed.kind === 'ok' && closed.value.application?.kind === 'encrypted')
    const wrong = bytesOf(keys.key)
    wrong[0] = (wrong[0] as number) ^ 1
    const refused = decodeWireless(bytesOf(hex), { crypto, keyOf: () => wrong })
    assert.ok(refused.kind === 'malformed')
    assert.equal(refused.error.code, expected.mode === 7 ? 'authentication-failed' : 'decryption-failed')
    assert.ok(!JSON.stringify(refused).includes(keys.key))
  })
}

test('CRC of EN 13757-4', () => {
  // Check value of CRC-16/EN-13757 over "123456789" in the catalogue of parametrised CRC algorithms.
  assert.equal(crc16(new TextEncoder().encode('123456789')), 0xc2b7)
})

test('CMAC of RFC 4493, examples 1 to 4', () => {
  const key = bytesOf('2b7e151628aed2a6abf7158809cf4f3c')
  const message = bytesOf(
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
  )
  const macs = [
    [0, 'bb1d6929e95937287fa37d129b756746'],
    [16, '070a16b46b4d4144f79bdd9dd04a287c'],
    [40, 'dfa66747de9ae63030ca32611497c827'],
    [64, '51f0bebf7e3b9d92fc49741779363cfe'],
  ] as const
  for (const [length, mac] of macs) {
    assert.equal(Buffer.from(aesCmac(crypto, key, message.subarray(0, length))).toString('hex'), mac)
  }
})

/** Format B written the long way: one CRC behind at most 126 octets, another behind the rest. */
function formatB(octets: Uint8Array): Uint8Array {
  const whole = Uint8Array.from(octets)
  const two = octets.length > 126
  whole[0] = octets.length - 1 + (two ? 4 : 2)
  const close = (part: Uint8Array) => [...part, crc16(part) >> 8, crc16(part) & 0xff]
  return Uint8Array.from(
    two ? [...close(whole.subarray(0, 126)), ...close(whole.subarray(126))] : close(whole),
  )
}

test('frame formats A and B round-trip, wait for their end and refuse a changed octet', () => {
  const body = fc.uint8Array({ minLength: 9, maxLength: 240 })
  fc.assert(
    fc.property(body, fc.nat(), fc.integer({ min: 1, max: 255 }), (data, place, change) => {
      const octets = Uint8Array.of(data.length, ...data)
      for (const [encode, decode] of [
        [encodeFormatA, decodeFormatA],
        [formatB, decodeFormatB],
      ] as const) {
        const bytes = encode(octets)
        const result = decode(bytes)
        assert.ok(result.kind === 'ok')
        assert.deepEqual(result.value.octets, octets)
        assert.equal(decode(bytes.subarray(0, place % bytes.length)).kind, 'more')
        const changed = Uint8Array.from(bytes)
        const at = 1 + (place % (bytes.length - 1))
        changed[at] = (changed[at] as number) ^ change
        assert.equal(decode(changed).kind, 'malformed')
      }
    }),
  )
})

test('arbitrary radio octets never throw', () => {
  const cis = [0x72, 0x7a, 0x78, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x5a, 0x5b, 0x73, 0x79, 0x7b, 0xa0]
  const keyOf = () => new Uint8Array(16)
  fc.assert(
    fc.property(fc.constantFrom(...cis), fc.uint8Array({ maxLength: 200 }), (ci, data) => {
      const octets = Uint8Array.of(10 + data.length, 0x44, 1, 2, 3, 4, 5, 6, 7, 8, ci, ...data)
      assert.notEqual(decodeWireless(octets, { crypto, keyOf }).kind, 'more')
      decodeWireless(data, { crypto, keyOf })
    }),
    { numRuns: 2000 },
  )
})

test('the extended link layer deciphers with AES-CTR', () => {
  const key = bytesOf('000102030405060708090a0b0c0d0e0f')
  const plain = bytesOf('780413e8030000')
  const sn = bytesOf('01020320')
  const head = bytesOf('0044d3157856341233038d2011')
  const crc = crc16(plain)
  const inner = Uint8Array.of(crc & 0xff, crc >> 8, ...plain)
  const iv = Uint8Array.of(...head.subarray(2, 10), 0x20, ...sn, 0, 0, 0)
  const cipher = createCipheriv('aes-128-ctr', key, iv)
  const octets = Uint8Array.of(...head, ...sn, ...cipher.update(inner), ...cipher.final())
  octets[0] = octets.length - 1
  const result = decodeWireless(octets, { crypto, keyOf: () => key })
  assert.ok(result.kind === 'ok' && result.value.application?.kind === 'variable', inspect(result))
  assert.equal(result.value.application.list.records[0]?.scaled, 1)
  const wrong = decodeWireless(octets, { crypto, keyOf: () => new Uint8Array(16) })
  assert.ok(wrong.kind === 'malformed' && wrong.error.code === 'decryption-failed')
})
