// X.509 v3 certificates as DLMS uses them (Green Book 9.2.6, class 64 attribute 6): the subject's common name
// is the system title, the key is on P-256 or P-384, the signature is ECDSA. And PKCS#10 requests for them.

import { concat, equalBytes, fromHex, Reader, toHex } from '../bytes.ts'
import { type CryptoProvider, type CurveName, needCrypto } from '../crypto.ts'
import { DlmsError, malformed, type Parse } from '../parse.ts'
import { bitString, derSignature, derTags, element, expect, rawSignature, readElement, rest } from './der.ts'

/** Bits of keyUsage (RFC 5280 4.2.1.3) that DLMS uses. */
export const keyUsageBits = {
  digitalSignature: 0x80,
  keyAgreement: 0x08,
  keyCertSign: 0x04,
  cRLSign: 0x02,
} as const
export type KeyUsage = keyof typeof keyUsageBits

export type Certificate = {
  /** Serial number, hex digits. */
  readonly serialNumber: string
  /** Common names; undefined when the name has none. */
  readonly issuer: string | undefined
  readonly subject: string | undefined
  /** Encoded names, which is what links a certificate to its issuer. */
  readonly issuerName: Uint8Array
  readonly subjectName: Uint8Array
  /** 8 bytes, when the subject's common name is one in hex digits. */
  readonly systemTitle: Uint8Array | undefined
  /** Validity, epoch ms. */
  readonly notBefore: number
  readonly notAfter: number
  readonly curve: CurveName
  /** x ‖ y. */
  readonly publicKey: Uint8Array
  readonly keyUsage: readonly KeyUsage[]
  /** basicConstraints: may sign certificates. */
  readonly authority: boolean
  /** What the issuer signed. */
  readonly signed: Uint8Array
  /** Curve of the issuer's key, after the signature algorithm. */
  readonly signatureCurve: CurveName
  /** r ‖ s. */
  readonly signature: Uint8Array
}

const oids = {
  ecPublicKey: '2a8648ce3d0201',
  p256: '2a8648ce3d030107',
  p384: '2b81040022',
  ecdsaSha256: '2a8648ce3d040302',
  ecdsaSha384: '2a8648ce3d040303',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
} as const
const curvesByOid: Readonly<Record<string, CurveName>> = { [oids.p256]: 'P-256', [oids.p384]: 'P-384' }
const signatureCurves: Readonly<Record<string, CurveName>> = {
  [oids.ecdsaSha256]: 'P-256',
  [oids.ecdsaSha384]: 'P-384',
}
const coordinate = { 'P-256': 32, 'P-384': 48 } as const
const versionTag = 0xa0
const extensionsTag = 0xa3

/** Reads a DER certificate. 'unsupported' for keys or signatures on other algorithms. */
export function parseCertificate(bytes: Uint8Array): Parse<Certificate> {
  try {
    const reader = new Reader(bytes)
    const value = readCertificate(reader, bytes)
    return { kind: 'ok', value, next: reader.offset }
  } catch (error) {
    if (!(error instanceof DlmsError)) throw error
    return malformed(
      error.code === 'unsupported' ? 'unsupported' : 'malformed',
      error.message,
      error.offset ?? 0,
    )
  }
}

function readCertificate(reader: Reader, bytes: Uint8Array): Certificate {
  const outer = expect(reader, bytes, derTags.sequence, 'a certificate').contents
  const tbs = expect(outer, bytes, derTags.sequence, 'TBSCertificate')
  const algorithm = readAlgorithm(outer, bytes)
  const signatureCurve = signatureCurves[algorithm]
  if (!signatureCurve) throw new DlmsError('unsupported', 'a signature that is not ECDSA of a suite')
  const signatureBits = expect(outer, bytes, derTags.bitString, 'the signature').contents
  signatureBits.u8()
  const signature = rawSignature(signatureBits, bytes, coordinate[signatureCurve])
  if (!signature)
    throw new DlmsError('malformed', 'a signature longer than its curve', { offset: outer.offset })

  const body = tbs.contents
  if (body.peek() === versionTag) readElement(body, bytes)
  const serialNumber = toHex(rest(expect(body, bytes, derTags.integer, 'the serial number').contents))
  readAlgorithm(body, bytes)
  const issuerName = expect(body, bytes, derTags.sequence, 'the issuer').whole.slice()
  const validity = expect(body, bytes, derTags.sequence, 'the validity').contents
  const notBefore = readTime(validity, bytes)
  const notAfter = readTime(validity, bytes)
  const subjectName = expect(body, bytes, derTags.sequence, 'the subject').whole.slice()
  const key = readPublicKey(body, bytes)
  const subject = commonName(subjectName)
  return {
    serialNumber,
    issuer: commonName(issuerName),
    subject,
    issuerName,
    subjectName,
    systemTitle: titleOf(subject),
    notBefore,
    notAfter,
    ...key,
    ...readExtensions(body, bytes),
    signed: tbs.whole.slice(),
    signatureCurve,
    signature,
  }
}

function readAlgorithm(reader: Reader, bytes: Uint8Array): string {
  const { contents } = expect(reader, bytes, derTags.sequence, 'an algorithm')
  return toHex(rest(expect(contents, bytes, derTags.oid, 'an algorithm').contents))
}

function readPublicKey(reader: Reader, bytes: Uint8Array): { curve: CurveName; publicKey: Uint8Array } {
  const info = expect(reader, bytes, derTags.sequence, 'the public key').contents
  const algorithm = expect(info, bytes, derTags.sequence, "the public key's algorithm").contents
  const name = toHex(rest(expect(algorithm, bytes, derTags.oid, "the public key's algorithm").contents))
  const curveOid = toHex(rest(expect(algorithm, bytes, derTags.oid, 'a named curve').contents))
  const curve = curvesByOid[curveOid]
  if (name !== oids.ecPublicKey || !curve) throw new DlmsError('unsupported', 'a public key on another curve')
  const bits = expect(info, bytes, derTags.bitString, 'the public key').contents
  bits.u8()
  if (bits.remaining !== 1 + 2 * coordinate[curve] || bits.u8() !== 4) {
    throw new DlmsError('unsupported', 'a public key that is no uncompressed point')
  }
  return { curve, publicKey: rest(bits) }
}

function readExtensions(body: Reader, bytes: Uint8Array): { keyUsage: KeyUsage[]; authority: boolean } {
  const found = { keyUsage: [] as KeyUsage[], authority: false }
  while (body.remaining > 0) {
    const { tag, contents } = readElement(body, bytes)
    if (tag !== extensionsTag) continue
    const list = expect(contents, bytes, derTags.sequence, 'the extensions').contents
    while (list.remaining > 0) readExtension(list, bytes, found)
  }
  return found
}

function readExtension(
  list: Reader,
  bytes: Uint8Array,
  found: { keyUsage: KeyUsage[]; authority: boolean },
): void {
  const extension = expect(list, bytes, derTags.sequence, 'an extension').contents
  const id = toHex(rest(expect(extension, bytes, derTags.oid, 'an extension').contents))
  if (extension.peek() === derTags.boolean) readElement(extension, bytes)
  const value = expect(extension, bytes, derTags.octetString, 'the value of an extension').contents
  if (id === oids.keyUsage) {
    const bits = expect(value, bytes, derTags.bitString, 'keyUsage').contents
    bits.u8()
    const octet = bits.remaining > 0 ? bits.u8() : 0
    const names = Object.keys(keyUsageBits) as KeyUsage[]
    found.keyUsage = names.filter((name) => (octet & keyUsageBits[name]) !== 0)
  } else if (id === oids.basicConstraints) {
    const { contents } = expect(value, bytes, derTags.sequence, 'basicConstraints')
    found.authority =
      contents.remaining > 2 &&
      contents.u8() === derTags.boolean &&
      contents.u8() === 1 &&
      contents.u8() !== 0
  }
}

function commonName(name: Uint8Array): string | undefined {
  const reader = expect(new Reader(name), name, derTags.sequence, 'a name').contents
  while (reader.remaining > 0) {
    const set = expect(reader, name, derTags.set, 'a part of a name').contents
    const pair = expect(set, name, derTags.sequence, 'a part of a name').contents
    const id = toHex(rest(expect(pair, name, derTags.oid, 'a part of a name').contents))
    const value = rest(readElement(pair, name).contents)
    if (id === oids.commonName) return new TextDecoder().decode(value)
  }
  return undefined
}

function titleOf(name: string | undefined): Uint8Array | undefined {
  return name && /^[0-9a-fA-F]{16}$/.test(name) ? fromHex(name) : undefined
}

/** UTCTime (years 1950 to 2049) or GeneralizedTime, both in UTC. */
function readTime(reader: Reader, bytes: Uint8Array): number {
  const at = reader.offset
  const { tag, contents } = readElement(reader, bytes)
  const text = new TextDecoder().decode(rest(contents))
  const short = tag === derTags.utcTime
  const match = /^(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match || short === (match[1] !== undefined)) reader.fail('a time in UTC expected', at)
  const [century, ...parts] = match.slice(1)
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number)
  const full = century === undefined ? (year < 50 ? 2000 : 1900) + year : Number(century) * 100 + year
  return Date.UTC(full, month - 1, day, hour, minute, second)
}

/** Why a chain is not to be trusted. */
export type ChainFault =
  | 'empty'
  | 'not-valid-now'
  | 'wrong-issuer'
  | 'no-authority'
  | 'wrong-signature'
  | 'not-trusted'

/**
 * Checks a chain, the certificate in question first, each signed by the next, the last by (or being) one of
 * `trusted`. @returns undefined when it holds. `now` is epoch ms.
 */
export function chainFault(
  chain: readonly Certificate[],
  trusted: readonly Certificate[],
  now: number,
  crypto: CryptoProvider,
): ChainFault | undefined {
  const last = chain.at(-1)
  if (!last) return 'empty'
  const same = (one: Certificate, other: Certificate) =>
    equalBytes(one.signed, other.signed) && equalBytes(one.signature, other.signature)
  const anchored = trusted.some((root) => same(root, last))
  const root = trusted.find((candidate) => equalBytes(candidate.subjectName, last.issuerName))
  if (!anchored && !root) return 'not-trusted'
  const whole = anchored || !root ? chain : [...chain, root]
  if (whole.some(({ notBefore, notAfter }) => now < notBefore || now > notAfter)) return 'not-valid-now'
  const verify = needCrypto(crypto, 'ecdsaVerify')
  for (let i = 0; i + 1 < whole.length; i++) {
    const [child, issuer] = [whole[i], whole[i + 1]] as [Certificate, Certificate]
    if (!equalBytes(child.issuerName, issuer.subjectName)) return 'wrong-issuer'
    const maySign = issuer.keyUsage.length === 0 || issuer.keyUsage.includes('keyCertSign')
    if (!issuer.authority || !maySign) return 'no-authority'
    const fits = child.signatureCurve === issuer.curve
    if (!fits || !verify(issuer.curve, issuer.publicKey, child.signed, child.signature))
      return 'wrong-signature'
  }
  return undefined
}

export type CertificateRequest = {
  readonly curve: CurveName
  readonly privateKey: Uint8Array
  /** 8 bytes; the common name of the subject. */
  readonly systemTitle: Uint8Array
}

/** PKCS#10 request (RFC 2986) as generate_certificate_request of class 64 returns it: DER, signed with the key itself. */
export function certificateRequest(request: CertificateRequest, crypto: CryptoProvider): Uint8Array {
  const { curve, privateKey, systemTitle } = request
  if (systemTitle.length !== 8) throw new DlmsError('usage', 'a system title has 8 bytes')
  const publicKey = needCrypto(crypto, 'ecPublicKey')(curve, privateKey)
  const oid = (hex: string) => element(derTags.oid, fromHex(hex))
  const name = new TextEncoder().encode(toHex(systemTitle).toUpperCase())
  const subject = element(
    derTags.sequence,
    element(derTags.set, element(derTags.sequence, oid(oids.commonName), element(derTags.utf8String, name))),
  )
  const curveOid = oid(curve === 'P-256' ? oids.p256 : oids.p384)
  const key = element(
    derTags.sequence,
    element(derTags.sequence, oid(oids.ecPublicKey), curveOid),
    bitString(concat(Uint8Array.of(4), publicKey)),
  )
  const noAttributes = Uint8Array.of(0xa0, 0)
  const version = element(derTags.integer, Uint8Array.of(0))
  const info = element(derTags.sequence, version, subject, key, noAttributes)
  const signature = needCrypto(crypto, 'ecdsaSign')(curve, privateKey, info)
  const algorithm = element(derTags.sequence, oid(curve === 'P-256' ? oids.ecdsaSha256 : oids.ecdsaSha384))
  return element(derTags.sequence, info, algorithm, bitString(derSignature(signature)))
}
