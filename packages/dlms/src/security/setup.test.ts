// The security setup's data (keys, policies), general-signing, and where secrets lie.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { data } from '../axdr/data.ts'
import { fromHex, toHex } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import { nodeCrypto } from '../providers/node.ts'
import { type Apdu, encodeApdu } from '../xdlms/index.ts'
import {
  answerKeyAgreement,
  offerKeyAgreement,
  openKeyTransfer,
  protect,
  readSetupPolicy,
  rotateKeys,
  secretRanges,
  signGeneral,
  verifyGeneral,
  writeSetupPolicy,
} from './index.ts'

const crypto = nodeCrypto as Required<CryptoProvider>
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

test('keys change hands wrapped, and take effect when the server has confirmed', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 2),
      fc.array(octets(32), { minLength: 4, maxLength: 4 }),
      (suite, four) => {
        const length = suite === 2 ? 32 : 16
        const [masterKey, old, next, authenticationKey] = four.map((key) => key.slice(0, length))
        assert.ok(masterKey && old && next && authenticationKey)
        const using = { suite, crypto } as const
        const current = { masterKey, globalUnicastEncryptionKey: old }
        const rotation = rotateKeys(current, { globalUnicastEncryptionKey: next, authenticationKey }, using)
        assert.deepEqual(openKeyTransfer(rotation.data, masterKey, using), {
          globalUnicastEncryptionKey: next,
          authenticationKey,
        })
        const other = Uint8Array.from(masterKey, (octet) => octet ^ 1)
        assert.equal(openKeyTransfer(rotation.data, other, using), undefined)
        assert.deepEqual(rotation.confirmed('temporary-failure'), current)
        assert.deepEqual(rotation.confirmed('success').globalUnicastEncryptionKey, next)
        assert.deepEqual(rotation.confirmed('success').masterKey, masterKey)
      },
    ),
    { numRuns: 20 },
  )
})

test('key transfers of another shape are refused as a whole', () => {
  const masterKey = new Uint8Array(16)
  const using = { suite: 0, crypto } as const
  const wrapped = data.octets(crypto.aesKeyWrap(masterKey, new Uint8Array(16)))
  const entry = (id: number) => data.structure(data.enum(id), wrapped)
  assert.ok(openKeyTransfer(data.array(entry(0), entry(2)), masterKey, using))
  const wrong = [
    data.array(),
    data.array(entry(4)),
    data.array(entry(0), entry(0)),
    data.array(data.structure(data.u8(0), wrapped)),
    data.array(data.structure(data.enum(0))),
    data.array(data.structure(data.enum(0), data.octets(new Uint8Array(24)))),
    entry(0),
  ]
  for (const parameter of wrong) assert.equal(openKeyTransfer(parameter, masterKey, using), undefined)
  assert.throws(() => rotateKeys({ masterKey }, { authenticationKey: new Uint8Array(5) }, using), DlmsError)
})

test('a provider without key wrap says so', () => {
  const { aesGcmSeal, aesGcmOpen, randomBytes } = crypto
  const small = { aesGcmSeal, aesGcmOpen, randomBytes }
  const masterKey = new Uint8Array(16)
  assert.throws(
    () => rotateKeys({ masterKey }, { authenticationKey: masterKey }, { suite: 0, crypto: small }),
    (error: unknown) => error instanceof DlmsError && error.code === 'unsupported',
  )
})

test('both sides agree on new keys with ephemeral pairs, unless a signature is wrong', () => {
  for (const suite of [1, 2] as const) {
    const curve = suite === 1 ? 'P-256' : 'P-384'
    const client = crypto.ecKeyPair(curve)
    const server = crypto.ecKeyPair(curve)
    const parties = {
      suite,
      crypto,
      clientTitle: fromHex('4D4D4D0000BC614E'),
      serverTitle: fromHex('4D4D4D0000000001'),
    } as const
    const names = ['globalUnicastEncryptionKey', 'masterKey'] as const
    const offer = offerKeyAgreement(names, client.privateKey, parties)
    const answer = answerKeyAgreement(offer.data, server.privateKey, client.publicKey, parties)
    assert.ok(answer)
    const keys = offer.finish(answer.data, server.publicKey)
    assert.deepEqual(keys, answer.keys)
    assert.equal(keys?.masterKey?.length, suite === 2 ? 32 : 16)
    assert.notDeepEqual(keys?.masterKey, keys?.globalUnicastEncryptionKey)
    assert.equal(offer.finish(answer.data, client.publicKey), undefined)
    assert.equal(answerKeyAgreement(offer.data, server.privateKey, server.publicKey, parties), undefined)
    assert.equal(offer.finish(data.array(), server.publicKey), undefined)
  }
})

test('a signature covers every field and its length', () => {
  const pair = crypto.ecKeyPair('P-256')
  const using = { suite: 1, crypto } as const
  const header = {
    transactionId: fromHex('0102030405060708'),
    originatorSystemTitle: fromHex('4D4D4D0000BC614E'),
    recipientSystemTitle: fromHex('4D4D4D0000000001'),
    dateTime: new Uint8Array(0),
    otherInformation: fromHex('aa'),
  }
  const content = fromHex('C0010000080000010000FF0200')
  const signature = signGeneral(header, content, pair.privateKey, using)
  assert.ok(verifyGeneral(header, content, signature, pair.publicKey, using))
  for (const field of Object.keys(header) as (keyof typeof header)[]) {
    const other = { ...header, [field]: fromHex('00') }
    assert.ok(!verifyGeneral(other, content, signature, pair.publicKey, using), field)
  }
  const moved = { ...header, dateTime: fromHex('aa'), otherInformation: new Uint8Array(0) }
  assert.ok(!verifyGeneral(moved, content, signature, pair.publicKey, using))
  assert.ok(!verifyGeneral(header, content.subarray(1), signature, pair.publicKey, using))
  assert.throws(() => signGeneral(header, content, pair.privateKey, { suite: 0, crypto }), DlmsError)
})

test('policies of both versions', () => {
  const none = { authenticated: false, encrypted: false, signed: false }
  const both = { authenticated: true, encrypted: true, signed: false }
  assert.deepEqual(readSetupPolicy(0, 0), { request: none, response: none })
  assert.deepEqual(readSetupPolicy(0, 3), { request: both, response: both })
  assert.equal(readSetupPolicy(0, 4), undefined)
  assert.deepEqual(readSetupPolicy(1, 0x0c), { request: both, response: none })
  assert.deepEqual(readSetupPolicy(1, 0x90), {
    request: { ...none, signed: true },
    response: { ...none, signed: true },
  })
  assert.equal(readSetupPolicy(1, 1), undefined)
  for (let value = 0; value < 256; value += 4) {
    const policy = readSetupPolicy(1, value)
    assert.ok(policy)
    assert.equal(writeSetupPolicy(1, policy), value)
  }
  for (let value = 0; value < 4; value++) {
    const policy = readSetupPolicy(0, value)
    assert.ok(policy)
    assert.equal(writeSetupPolicy(0, policy), value)
  }
  assert.throws(() => writeSetupPolicy(0, { request: both, response: none }), DlmsError)
})

const initiate = (dedicatedKey?: Uint8Array): Apdu => ({
  kind: 'initiate-request',
  ...(dedicatedKey && { dedicatedKey }),
  dlmsVersion: 6,
  conformance: ['get'],
  maxPduSize: 1024,
})

test('passwords, dedicated keys and keys in transfer are found, and nothing else is', () => {
  fc.assert(
    fc.property(octets(16), fc.uint8Array({ minLength: 1, maxLength: 40 }), (key, password) => {
      const hidden = (apdu: Apdu) => {
        const bytes = encodeApdu(apdu)
        return secretRanges(bytes).map(({ offset, length, what }) => [
          what,
          toHex(bytes.subarray(offset, offset + length)),
        ])
      }
      const aarq = (mechanism: number, user: Apdu): Apdu => ({
        kind: 'aarq',
        context: 'logical-name',
        authenticationRequired: true,
        mechanism,
        authenticationValue: password,
        userInformation: encodeApdu(user),
      })
      assert.deepEqual(hidden(aarq(1, initiate())), [['password', toHex(password)]])
      assert.deepEqual(hidden(aarq(5, initiate())), [])
      assert.deepEqual(hidden(aarq(1, initiate(key))), [
        ['password', toHex(password)],
        ['dedicated-key', toHex(key)],
      ])
      assert.deepEqual(hidden(initiate(key)), [['dedicated-key', toHex(key)]])
      const released: Apdu = { kind: 'rlrq', reason: 0, userInformation: encodeApdu(initiate(key)) }
      assert.deepEqual(hidden(released), [['dedicated-key', toHex(key)]])
      const action = (method: number): Apdu => ({
        kind: 'action-request',
        form: 'normal',
        invokeIdAndPriority: 0xc1,
        method: { classId: 64, obis: '0.0.43.0.0.255', method },
        data: data.array(data.structure(data.enum(0), data.octets(key))),
      })
      const [transfer] = hidden(action(2))
      assert.ok(transfer?.[0] === 'key-transfer' && transfer[1]?.includes(toHex(key)))
      assert.deepEqual(hidden(action(1)), [])
      const secret: Apdu = {
        kind: 'set-request',
        form: 'normal',
        invokeIdAndPriority: 0xc1,
        attribute: { classId: 15, obis: '0.0.40.0.1.255', attribute: 7 },
        data: data.octets(password),
      }
      const [set] = hidden(secret)
      assert.ok(set?.[1]?.includes(toHex(password)))
    }),
    { numRuns: 50 },
  )
})

test('any bytes have ranges within themselves', () => {
  const tagged = fc
    .tuple(fc.constantFrom(0x01, 0x60, 0x62, 0xc1, 0xc3), fc.uint8Array({ maxLength: 60 }))
    .map(([tag, rest]) => Uint8Array.of(tag, ...rest))
  fc.assert(
    fc.property(fc.oneof(tagged, fc.uint8Array()), (bytes) => {
      for (const { offset, length } of secretRanges(bytes)) {
        assert.ok(offset >= 0 && length > 0 && offset + length <= bytes.length)
      }
    }),
    { numRuns: 500 },
  )
})

test('general-ciphering counts its header as authenticated', () => {
  const keys = { encryptionKey: new Uint8Array(32), authenticationKey: new Uint8Array(32).fill(1) }
  const options = { keys, systemTitle: new Uint8Array(8), invocationCounter: 1, control: 0x32, crypto }
  const plain = fromHex('C001')
  assert.notDeepEqual(protect(plain, { ...options, header: fromHex('00') }), protect(plain, options))
})
