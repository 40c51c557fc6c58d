// The security of Green Book 9.2 between our client and our server: every suite, mechanism and way of
// ciphering, and what happens when one of them does not hold.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { concat, toHex } from '../bytes.ts'
import { nodeCrypto } from '../providers/node.ts'
import { webCrypto } from '../providers/web.ts'
import type { AsymmetricKeys } from '../security/index.ts'
import { decodeApdu } from '../xdlms/index.ts'
import {
  associated,
  clientTitle,
  counter,
  energy,
  only,
  type Pair,
  pair,
  run,
  serverTitle,
} from './harness.test.ts'
import { type CipheringFormat, Protection } from './protection.ts'
import { full, keysOf, setting, suites } from './securityHarness.test.ts'
import type { ServerAssociation } from './serverTypes.ts'
import type { ClientAuthentication, SessionKeys } from './types.ts'

function reads(both: Pair): Uint8Array[] {
  const before = both.clientEvents.length
  const sent: Uint8Array[] = []
  both.client.get(energy, both.now)
  run(both, (bytes) => {
    sent.push(bytes)
    return [bytes]
  })
  const response = only(both.clientEvents.slice(before), 'response')
  assert.equal(response.service, 'get')
  assert.deepEqual(response.results, [{ ok: true, data: { type: 'double-long-unsigned', value: 123456 } }])
  return sent
}

/** Tag of the APDU behind the wrapper's 8 bytes. */
const tagOf = (frame: Uint8Array | undefined) => frame?.[8]

for (const suite of suites) {
  const formats: readonly (readonly [CipheringFormat, number, number])[] = [
    ['global', 0xc8, 0xcc],
    ['general-global', 0xdb, 0xdb],
    ['dedicated', 0xd0, 0xd4],
    ['general-dedicated', 0xdc, 0xdc],
    ['general', 0xdd, 0xdd],
  ]
  for (const [ciphering, asked, answered] of formats) {
    test(`suite ${suite}, ${ciphering}: read and released`, () => {
      const both = associated(setting({ suite, client: { ciphering } }))
      const [request, answer] = reads(both)
      assert.deepEqual([tagOf(request), tagOf(answer)], [asked, answered])
      both.client.release(both.now)
      run(both)
      assert.equal(only(both.clientEvents, 'released').clean, true)
    })
  }
  for (const policy of ['authenticated', 'encrypted'] as const) {
    test(`suite ${suite}: ${policy} only`, () => {
      reads(associated(setting({ suite, client: { policy }, association: { policy } })))
    })
  }
}

test('general-ciphering with a wrapped key, and with one agreed by either scheme, in suites 1 and 2', () => {
  for (const suite of [1, 2] as const) {
    for (const generalKey of ['wrapped', 'one-pass', 'static-unified'] as const) {
      const both = associated(
        setting({ suite, client: { ciphering: 'general', generalKey }, server: { generalKey } }),
      )
      const frames = reads(both)
      assert.deepEqual(frames.map(tagOf), [0xdd, 0xdd])
      reads(both)
    }
  }
})

test('requests are signed inside of their ciphering, and so are the answers', () => {
  for (const suite of [1, 2] as const) {
    const wanted = setting({ suite, client: { signed: true }, association: { signed: true } })
    reads(associated(wanted))
    const clear = setting({
      suite,
      client: { signed: true, policy: 'none' },
      association: { signed: true, policy: 'none' },
    })
    assert.deepEqual(reads(associated(clear)).map(tagOf), [0xdf, 0xdf])
  }
})

test('a request without the signature that the association wants is refused', () => {
  const both = associated(setting({ suite: 1, association: { signed: true } }))
  both.client.get(energy, both.now)
  run(both)
  assert.equal(only(both.clientEvents, 'failed').error.code, 'exception')
  assert.ok(both.serverEvents.some((event) => event.kind === 'failed' && event.error.code === 'policy'))
})

test('a signature or an agreement with a stranger opens nothing', () => {
  for (const generalKey of ['one-pass', 'static-unified'] as const) {
    const stranger = full.ecKeyPair('P-256')
    const own = keysOf(1)
    assert.ok('signing' in own.client && own.client.agreement && own.client.signing)
    const signing = { ...own.client.signing, privateKey: stranger.privateKey }
    const agreement = { ...own.client.agreement, privateKey: stranger.privateKey }
    const both = associated(setting({ suite: 1, client: { ciphering: 'global' } }))
    assert.ok(both)
    const wrong = pair(
      setting({ suite: 1, client: { ciphering: 'general', generalKey, signing, agreement } }),
    )
    wrong.client.associate(wrong.now)
    run(wrong)
    assert.equal(wrong.client.state, 'failed')
  }
})

const mechanisms: readonly ClientAuthentication[] = [
  { mechanism: 'md5', secret: 'a secret of both' },
  { mechanism: 'sha1', secret: 'a secret of both' },
  { mechanism: 'sha256', secret: 'a secret of both' },
  { mechanism: 'gmac' },
  { mechanism: 'high', transform: (challenge) => full.digest('sha256', challenge).slice(0, 16) },
]
for (const authentication of mechanisms) {
  test(`HLS ${authentication.mechanism}: in clear, ciphered, and with the provider of browsers`, () => {
    for (const policy of ['none', 'authenticated-encrypted'] as const) {
      reads(associated(setting({ suite: 0, authentication, client: { policy }, association: { policy } })))
    }
    reads(associated(setting({ suite: 0, authentication, crypto: webCrypto })))
  })

  test(`HLS ${authentication.mechanism}: another secret is refused by the server`, () => {
    const wanted = setting({
      suite: 0,
      authentication,
      client: { policy: 'none' },
      association: { policy: 'none' },
    })
    const other: Partial<ServerAssociation> = {
      ...wanted.association,
      secret: 'another',
      transform: (challenge) => challenge,
    }
    const security = { ...wanted.server.security, authenticationKey: new Uint8Array(16) }
    const both = pair({ ...wanted, association: other, server: { ...wanted.server, security } })
    both.client.associate(both.now)
    run(both)
    assert.equal(only(both.clientEvents, 'failed').error.code, 'authentication-failed')
    assert.equal(both.server.association, undefined)
  })
}

test('HLS with secrets needs no ciphering keys at all', () => {
  const authentication = { mechanism: 'sha256', secret: 'hash me' } as const
  const client = { authentication, security: undefined, systemTitle: clientTitle }
  const server = { security: undefined, systemTitle: serverTitle }
  const association = { ...authentication, policy: 'none' } as const
  reads(associated({ client: client as never, server: server as never, association }))
})

test('HLS ECDSA in suites 1 and 2, with keys found by title and certificate', () => {
  for (const suite of [1, 2] as const) {
    reads(associated(setting({ suite, authentication: { mechanism: 'ecdsa' } })))
    reads(associated(setting({ suite, authentication: { mechanism: 'ecdsa' }, crypto: webCrypto })))
  }
  const keys = keysOf(1)
  assert.ok('signing' in keys.client)
  const asked: string[] = []
  const certificate = Uint8Array.of(0x30, 0x03, 1, 2, 3)
  const found = (key: AsymmetricKeys): AsymmetricKeys => ({
    privateKey: key.privateKey,
    peerPublicKey: (title, sent) => {
      asked.push(`${toHex(title)} ${sent ? toHex(sent) : '-'}`)
      return key.peerPublicKey as Uint8Array
    },
  })
  const wanted = setting({
    suite: 1,
    authentication: { mechanism: 'ecdsa' },
    client: { ...keys.client, signing: found(keys.client.signing), certificate },
    server: { ...keys.server, signing: found((keys.server as typeof keys.client).signing) },
  })
  reads(associated(wanted))
  assert.ok(asked.includes(`${toHex(clientTitle)} 3003010203`))
  assert.ok(asked.includes(`${toHex(serverTitle)} -`))
})

test('HLS ECDSA of a stranger is refused on both sides', () => {
  const stranger = full.ecKeyPair('P-256').privateKey
  for (const side of ['client', 'server'] as const) {
    const wanted = setting({ suite: 1, authentication: { mechanism: 'ecdsa' } })
    const { security } = wanted[side]
    assert.ok(security.signing)
    const wrong = { ...security, signing: { ...security.signing, privateKey: stranger } }
    const both = pair({ ...wanted, [side]: { ...wanted[side], security: wrong } })
    both.client.associate(both.now)
    run(both)
    assert.equal(only(both.clientEvents, 'failed').error.code, 'authentication-failed')
  }
})

test('a pre-established association serves at once, and ends by neither side asking', () => {
  const wanted = setting({ suite: 0, authentication: { mechanism: 'none' } })
  const both = pair({
    ...wanted,
    association: { ...wanted.association, preEstablished: { clientSystemTitle: clientTitle } },
  })
  both.client.assume(both.now, { conformance: ['get'], serverSystemTitle: serverTitle })
  reads(both)
  assert.equal(both.server.state, 'associated')
})

test('without such an offer the first request of a stranger is refused', () => {
  const both = pair(setting({ suite: 0, authentication: { mechanism: 'none' } }))
  both.client.assume(both.now, { conformance: ['get'], serverSystemTitle: serverTitle })
  both.client.get(energy, both.now)
  run(both)
  assert.equal(only(both.clientEvents, 'failed').error.code, 'exception')
})

test('users are let in by number', () => {
  const wanted = setting({ suite: 0, association: { userIds: [7] } })
  const good = associated({ ...wanted, client: { ...wanted.client, userId: 7 } })
  assert.equal(good.server.association?.userId, 7)
  for (const userId of [8, undefined]) {
    const again = setting({ suite: 0, association: { userIds: [7] } })
    const both = pair({ ...again, client: { ...again.client, ...(userId !== undefined && { userId }) } })
    both.client.associate(both.now)
    run(both)
    assert.equal(
      only(both.clientEvents, 'failed').error.detail,
      'calling-ae-invocation-identifier-not-recognized',
    )
  }
})

test('a counter out of step: the server names the one it expects, and the next try succeeds', () => {
  const floor = { value: 5_000 as number | undefined }
  const server = {
    lastClientCounter: () => floor.value,
    acceptClientCounter: (value: number) => {
      floor.value = value
    },
  }
  const pre = setting({
    suite: 0,
    server,
    association: { preEstablished: { clientSystemTitle: clientTitle } },
  })
  const both = pair(pre)
  both.client.assume(both.now, { conformance: ['get'], serverSystemTitle: serverTitle })
  both.client.get(energy, both.now)
  run(both)
  const { error } = only(both.clientEvents, 'failed')
  assert.deepEqual(
    [error.code, error.detail, error.expectedCounter],
    ['exception', 'invocation-counter-error', 5_001],
  )
  const again = setting({
    suite: 0,
    server,
    client: { nextInvocationCounter: counter(error.expectedCounter ?? 0) },
  })
  reads(associated(again))
})

test('an AARQ with a counter that was seen is answered with the one expected; a wrong key learns nothing', () => {
  const server = {
    lastClientCounter: () => 5_000 as number | undefined,
    acceptClientCounter: () => undefined,
  }
  for (const transport of ['wrapper', 'hdlc'] as const) {
    for (const mechanism of ['none', 'gmac'] as const) {
      const wanted = setting({ suite: 0, authentication: { mechanism }, server })
      const both = pair({
        ...wanted,
        client: { ...wanted.client, transport },
        server: { ...wanted.server, transport },
      })
      both.client.associate(both.now)
      run(both)
      const { error, fatal } = only(both.clientEvents, 'failed')
      assert.deepEqual(
        [fatal, error.code, error.detail, error.expectedCounter],
        [true, 'exception', 'invocation-counter-error', 5_001],
      )
      const [told] = both.serverEvents
      assert.ok(told.kind === 'rejected' && told.error.code === 'counter-replayed' && told.frames.length > 1)
      assert.equal(both.server.state, 'idle')
    }
  }
  const stranger = pair(setting({ suite: 0, server, client: { encryptionKey: new Uint8Array(16) } }))
  stranger.client.associate(stranger.now)
  run(stranger)
  const { error } = only(stranger.clientEvents, 'failed')
  assert.deepEqual([error.code, error.expectedCounter], ['authentication-failed', undefined])
})

test('a dedicated key ends with its association, and never travels in clear', () => {
  assert.throws(() =>
    pair(setting({ suite: 0, client: { ciphering: 'dedicated', policy: 'authenticated' } })),
  )
  const dedicatedKey = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i)
  const wanted = setting({ suite: 0, client: { ciphering: 'dedicated', dedicatedKey } })
  const both = pair(wanted)
  const wire: string[] = []
  both.client.associate(both.now)
  run(both, (bytes) => {
    wire.push(toHex(bytes))
    return [bytes]
  })
  reads(both)
  assert.ok(wire.every((frame) => !frame.includes(toHex(dedicatedKey))))
})

test('keys of another suite are refused where they are given', () => {
  const short = new Uint8Array(16)
  assert.throws(() => pair(setting({ suite: 2, client: { encryptionKey: short } })))
  assert.throws(() => pair(setting({ suite: 2, client: { masterKey: short } })))
  assert.throws(() => pair(setting({ suite: 0, authentication: { mechanism: 'ecdsa' } })))
})

test('whatever comes, opening it gives an answer and never throws', () => {
  const { client } = setting({ suite: 1 })
  const { security } = client
  const peer = new Protection(nodeCrypto, {
    ...security,
    lastPeerCounter: () => undefined,
    acceptPeerCounter: () => {},
  })
  peer.peerTitle = serverTitle
  peer.dedicatedKey = security.encryptionKey
  const own = keysOf(1).server as SessionKeys
  const sender = new Protection(nodeCrypto, {
    ...own,
    systemTitle: serverTitle,
    nextInvocationCounter: counter(1),
    lastPeerCounter: () => undefined,
    acceptPeerCounter: () => {},
  })
  sender.peerTitle = clientTitle
  sender.dedicatedKey = own.encryptionKey
  const formats = ['global', 'general-global', 'dedicated', 'general-dedicated', 'general'] as const
  const sealed = formats.map((format) =>
    sender.seal(Uint8Array.of(0xc4, 1, 0xc1, 0, 0), 'authenticated-encrypted', format),
  )
  const signed = sender.seal(Uint8Array.of(0xc4, 1, 0xc1, 0, 0), 'none', 'global', true)
  const mutated = fc
    .tuple(fc.constantFrom(...sealed, signed), fc.nat(), fc.nat({ max: 255 }), fc.nat())
    .map(([bytes, at, value, cut]) => {
      const copy = Uint8Array.from(bytes)
      copy[at % copy.length] = value
      return copy.subarray(0, cut % 3 === 0 ? cut % copy.length : copy.length)
    })
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const opened = peer.open(bytes)
      assert.ok(opened.kind === 'opened' || opened.kind === 'failed')
    }),
    { numRuns: 500 },
  )
})

test('a message with a key of its own is taken once', () => {
  const keys = keysOf(1)
  assert.ok('signing' in keys.client)
  for (const generalKey of ['wrapped', 'one-pass', 'static-unified'] as const) {
    const common = {
      nextInvocationCounter: () => 0,
      lastPeerCounter: () => undefined,
      acceptPeerCounter: () => {},
    }
    const client: Protection = new Protection(
      nodeCrypto,
      { ...keys.client, ...common, generalKey, systemTitle: clientTitle },
      serverTitle,
    )
    const server = new Protection(
      nodeCrypto,
      { ...(keys.server as SessionKeys), ...common, systemTitle: serverTitle },
      clientTitle,
    )
    const plain = Uint8Array.of(0xc0, 1, 2)
    const message = client.seal(plain, 'authenticated-encrypted', 'general')
    const opened = server.open(message)
    assert.ok(opened.kind === 'opened' && toHex(opened.plain) === 'c00102')
    const again = server.open(message)
    assert.ok(again.kind === 'failed' && again.error.code === 'counter-replayed')
    assert.equal(server.open(client.seal(plain, 'authenticated-encrypted', 'general')).kind, 'opened')
  }
})

test('a broadcast opens with the broadcast key, and has counters of its own', () => {
  const seen: (readonly [string, number])[] = []
  const { encryptionKey, authenticationKey, broadcastKey } = keysOf(0).client
  const common = {
    encryptionKey,
    authenticationKey,
    broadcastKey,
    nextInvocationCounter: counter(7),
    lastPeerCounter: () => undefined,
  }
  const acceptPeerCounter = (value: number, key: string) => seen.push([key, value])
  const client = new Protection(nodeCrypto, { ...common, acceptPeerCounter, systemTitle: clientTitle })
  const server = new Protection(nodeCrypto, { ...common, acceptPeerCounter, systemTitle: serverTitle })
  const message = client.sealBroadcast(Uint8Array.of(0xc1, 1), 'authenticated-encrypted')
  assert.equal(server.open(message).kind, 'opened')
  assert.deepEqual(seen, [['broadcast', 7]])
  const deaf = new Protection(nodeCrypto, {
    ...common,
    broadcastKey: undefined,
    acceptPeerCounter,
    systemTitle: serverTitle,
  } as never)
  assert.equal(deaf.open(message).kind, 'failed')
})

test('a protection that somebody prints shows no key', () => {
  const secret = new Uint8Array(16).fill(0x5c)
  const protection = new Protection(nodeCrypto, {
    systemTitle: new Uint8Array(8).fill(1),
    encryptionKey: secret,
    authenticationKey: secret,
    nextInvocationCounter: () => 1,
    lastPeerCounter: () => undefined,
    acceptPeerCounter: () => {},
  })
  const printed = `${inspect(protection, { depth: 9, showHidden: true })} ${JSON.stringify(protection)}`
  assert.ok(!/92|5c/i.test(printed), printed)
})

test('devices that leave the header out of what is authenticated are spoken with in their way, and in no other', () => {
  for (const generalHeader of ['authenticated', 'not-authenticated'] as const) {
    const keys = keysOf(1)
    const common = {
      nextInvocationCounter: () => 7,
      lastPeerCounter: () => undefined,
      acceptPeerCounter: () => {},
    }
    const client = new Protection(
      nodeCrypto,
      { ...(keys.client as SessionKeys), ...common, generalHeader, systemTitle: clientTitle },
      serverTitle,
    )
    const server = (how: typeof generalHeader | undefined) =>
      new Protection(
        nodeCrypto,
        { ...(keys.server as SessionKeys), ...common, generalHeader: how, systemTitle: serverTitle },
        clientTitle,
      )
    const message = client.seal(Uint8Array.of(0xc0, 1, 2), 'authenticated-encrypted', 'general')
    assert.equal(server(generalHeader).open(message).kind, 'opened')
    assert.equal(server(undefined).open(message).kind === 'opened', generalHeader === 'authenticated')
    const other = generalHeader === 'authenticated' ? 'not-authenticated' : 'authenticated'
    const refused = server(other).open(message)
    assert.ok(refused.kind === 'failed' && refused.error.code === 'decryption-failed')

    // The tag is that of SC ‖ AK alone, or of the header behind them.
    const decoded = decodeApdu(message)
    assert.ok(decoded.kind === 'ok' && decoded.value.kind === 'general-ciphering')
    const { content } = decoded.value
    const { encryptionKey, authenticationKey } = keys.client
    const opened = nodeCrypto.aesGcmOpen(
      encryptionKey,
      concat(clientTitle, content.subarray(1, 5)),
      concat(content.subarray(0, 1), authenticationKey),
      content.subarray(5),
      12,
    )
    assert.equal(opened !== null, generalHeader === 'not-authenticated')
  }
})
