import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, fromHex, toHex } from '../bytes.ts'
import { nodeCrypto } from '../providers/node.ts'
import { protect, unprotect } from './gcm.ts'
import { hlsGmac, verifyHlsGmac } from './hls.ts'

const book = {
  keys: {
    encryptionKey: fromHex('000102030405060708090A0B0C0D0E0F'),
    authenticationKey: fromHex('D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF'),
  },
  systemTitle: fromHex('4D4D4D0000BC614E'),
  invocationCounter: 0x01234567,
  crypto: nodeCrypto,
}
const getRequest = fromHex('C0010000080000010000FF0200')

test('Green Book example: the three policies of suite 0 give the published bytes', () => {
  const sealed = (control: number) => toHex(protect(getRequest, { ...book, control }))
  assert.equal(sealed(0x30), '3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b')
  assert.equal(sealed(0x10), '1001234567c0010000080000010000ff020006725d910f9221d263877516')
  assert.equal(sealed(0x20), '2001234567411312ff935a47566827c467bc')
})

test('what is protected opens; any flipped bit under authentication is refused', () => {
  const content = fc.uint8Array({ maxLength: 64 })
  fc.assert(
    fc.property(content, fc.constantFrom(0x10, 0x20, 0x30), fc.nat(), (plain, control, flip) => {
      const bytes = protect(plain, { ...book, control })
      const opened = unprotect(bytes, book)
      assert.equal(opened.kind, 'ok')
      if (opened.kind === 'ok') assert.deepEqual(toHex(opened.value.plain), toHex(plain))
      if (control === 0x20) return
      const broken = bytes.slice()
      const bit = 8 + (flip % ((bytes.length - 1) * 8))
      broken[bit >> 3] ^= 1 << (bit & 7)
      assert.equal(unprotect(broken, book).kind, 'malformed')
    }),
    { numRuns: 50 },
  )
})

test('short, foreign-suite and compressed content is told apart', () => {
  assert.deepEqual(unprotect(fromHex('3001'), book), { kind: 'more', need: 3 })
  for (const header of ['3201234567', '3301234567', 'b001234567']) {
    const opened = unprotect(concat(fromHex(header), new Uint8Array(20)), book)
    assert.ok(opened.kind === 'malformed' && opened.error.code === 'unsupported')
  }
})

test('HLS-GMAC is the tag of authentication only, and holds for one challenge', () => {
  // The Green Book's authentication-only example, with the APDU in the place of the challenge.
  assert.equal(toHex(hlsGmac(getRequest, book)), '100123456706725d910f9221d263877516')
  const stoC = new TextEncoder().encode('P6wRJ21F')
  const answer = hlsGmac(stoC, { ...book, invocationCounter: 1 })
  assert.equal(verifyHlsGmac(answer, stoC, book).kind, 'ok')
  assert.equal(verifyHlsGmac(answer, new TextEncoder().encode('P6wRJ21G'), book).kind, 'malformed')
})

test('errors never hold key bytes', () => {
  const short = { ...book, keys: { encryptionKey: fromHex('0001aabb'), authenticationKey: fromHex('d0') } }
  assert.throws(
    () => protect(getRequest, { ...short, control: 0x30 }),
    (error: Error) => {
      return !/aabb|170,187/.test(`${error.message}${error.stack}${JSON.stringify(error)}`)
    },
  )
})
