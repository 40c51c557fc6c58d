import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromHex, Reader, toHex } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { nodeCrypto } from '../providers/node.ts'
import { webCrypto } from '../providers/web.ts'
import { type Certificate, certificateRequest, chainFault, parseCertificate } from './certificates.ts'
import { derTags, expect, rawSignature } from './der.ts'

type Chain = {
  curve: 'P-256' | 'P-384'
  root: string
  leaf: string
  leafPublicKey: string
  serialNumber: string
  systemTitle: string
}
const { chains }: { chains: Chain[] } = JSON.parse(
  readFileSync(new URL('../../../../conformance/security/certificates.json', import.meta.url), 'utf8'),
)
const parsed = (hex: string): Certificate => {
  const certificate = parseCertificate(fromHex(hex))
  assert.ok(certificate.kind === 'ok', JSON.stringify(certificate))
  assert.equal(certificate.next, hex.length / 2)
  return certificate.value
}

for (const chain of chains) {
  test(`${chain.curve}: what a certificate says, and who signed it`, () => {
    const leaf = parsed(chain.leaf)
    const root = parsed(chain.root)
    const known = new X509Certificate(fromHex(chain.leaf))
    assert.equal(toHex(leaf.systemTitle ?? new Uint8Array(0)).toUpperCase(), chain.systemTitle)
    assert.deepEqual([leaf.serialNumber, leaf.curve], [chain.serialNumber, chain.curve])
    assert.equal(toHex(leaf.publicKey).toUpperCase(), chain.leafPublicKey)
    assert.equal(leaf.notBefore, Date.parse(known.validFrom))
    assert.equal(leaf.notAfter, Date.parse(known.validTo))
    assert.deepEqual([leaf.keyUsage, leaf.authority], [['digitalSignature'], false])
    assert.deepEqual([root.keyUsage, root.authority], [['keyCertSign', 'cRLSign'], true])
    assert.equal(leaf.issuer, root.subject)
    const now = leaf.notBefore + 1
    for (const crypto of [nodeCrypto, webCrypto]) {
      assert.equal(chainFault([leaf], [root], now, crypto), undefined)
      assert.equal(chainFault([leaf, root], [root], now, crypto), undefined)
    }
    const faults = (chainOf: Certificate[], trusted: Certificate[], at = now) =>
      chainFault(chainOf, trusted, at, nodeCrypto)
    assert.equal(faults([], [root]), 'empty')
    assert.equal(faults([leaf], []), 'not-trusted')
    assert.equal(faults([leaf, root], []), 'not-trusted')
    assert.equal(faults([leaf], [root], leaf.notAfter + 1), 'not-valid-now')
    assert.equal(faults([leaf], [root], leaf.notBefore - 1), 'not-valid-now')
    assert.equal(faults([{ ...leaf, signed: leaf.signed.slice(1) }], [root]), 'wrong-signature')
    assert.equal(faults([leaf], [{ ...root, authority: false }]), 'no-authority')
    assert.equal(faults([leaf, leaf, root], [root]), 'wrong-issuer')
  })

  test(`${chain.curve}: a mutated certificate is no other thing than ok, more or malformed`, () => {
    const bytes = fromHex(chain.leaf)
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), fc.nat(), (at, value, cut) => {
        const copy = Uint8Array.from(bytes)
        copy[at % copy.length] = value
        const outcome = parseCertificate(cut % 4 === 0 ? copy.subarray(0, cut % copy.length) : copy)
        assert.ok(['ok', 'more', 'malformed'].includes(outcome.kind))
      }),
      { numRuns: 500 },
    )
  })

  test(`${chain.curve}: a request is signed by its own key and names the system title`, () => {
    const crypto = nodeCrypto as Required<CryptoProvider>
    const { privateKey, publicKey } = crypto.ecKeyPair(chain.curve)
    const bytes = certificateRequest(
      { curve: chain.curve, privateKey, systemTitle: fromHex(chain.systemTitle) },
      crypto,
    )
    const outer = expect(new Reader(bytes), bytes, derTags.sequence, 'a request').contents
    const info = expect(outer, bytes, derTags.sequence, 'its info').whole
    expect(outer, bytes, derTags.sequence, 'its algorithm')
    const bits = expect(outer, bytes, derTags.bitString, 'its signature').contents
    assert.equal(bits.u8(), 0)
    const signature = rawSignature(bits, bytes, publicKey.length / 2)
    assert.ok(signature && crypto.ecdsaVerify(chain.curve, publicKey, info, signature))
    assert.ok(toHex(bytes).includes(toHex(publicKey)))
    assert.ok(new TextDecoder('latin1').decode(bytes).includes(chain.systemTitle))
  })
}

test('certificates on other algorithms are told apart from broken ones', () => {
  const { leaf } = chains[0] as Chain
  const other = parseCertificate(fromHex(leaf.replaceAll('2A8648CE3D040302', '2A8648CE3D040301')))
  assert.ok(other.kind === 'malformed' && other.error.code === 'unsupported')
  const broken = parseCertificate(fromHex('3003020101'))
  assert.ok(broken.kind === 'malformed' && broken.error.code === 'malformed')
})
