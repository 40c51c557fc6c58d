// What must never be told: keys, passwords and secrets, in no event and no error, whatever goes wrong.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../bytes.ts'
import type { SecuritySuite } from '../security/index.ts'
import { energy, pair, run } from './harness.test.ts'
import { setting, suites } from './securityHarness.test.ts'
import type { ClientAuthentication } from './types.ts'

const password = 'parola-secretă-17'
const authentications: readonly (readonly [SecuritySuite, ClientAuthentication])[] = [
  [0, { mechanism: 'low', password }],
  [0, { mechanism: 'md5', secret: password }],
  [0, { mechanism: 'sha1', secret: password }],
  [0, { mechanism: 'sha256', secret: password }],
  ...suites.map((suite) => [suite, { mechanism: 'gmac' }] as const),
  [1, { mechanism: 'ecdsa' }],
  [2, { mechanism: 'ecdsa' }],
]

/** A secret as text might show it. */
function spellings(secret: Uint8Array): string[] {
  const hex = toHex(secret).toLowerCase()
  const bytes = Buffer.from(secret)
  return [hex, bytes.toString('base64'), bytes.toString('latin1'), [...secret].join(',')]
}

test('no key, password or secret shows in any event or error, whatever goes wrong', () => {
  const codes = new Set<string>()
  fc.assert(
    fc.property(
      fc.constantFrom(...authentications),
      fc.constantFrom('none', 'wrong-key', 'wrong-password', 'mutated', 'truncated'),
      fc.nat(),
      ([suite, authentication], fault, place) => {
        const symmetric = (first: number) =>
          Uint8Array.from({ length: suite === 2 ? 32 : 16 }, (_, i) => (first * 31 + i * 37 + 128) & 0xff)
        const secrets = {
          encryptionKey: symmetric(place),
          authenticationKey: symmetric(place + 1),
          masterKey: symmetric(place + 2),
          dedicatedKey: symmetric(place + 3),
        }
        const { dedicatedKey: _, ...ofServer } = secrets
        const wanted = setting({
          suite,
          authentication,
          client: { ...secrets, ciphering: 'dedicated' },
          server: fault === 'wrong-key' ? { ...ofServer, encryptionKey: symmetric(place + 9) } : ofServer,
          association: {
            ...(authentication.mechanism === 'low' && { password }),
            ...(fault === 'wrong-password' && { password: 'alta', secret: 'alta' }),
          },
        })
        const both = pair(wanted)
        both.client.associate(both.now)
        both.client.get(energy, both.now)
        let frames = 0
        const at = place % 8
        run(both, (bytes) => {
          if (frames++ !== at) return [bytes]
          if (fault === 'truncated') return [bytes.subarray(0, bytes.length >> 1)]
          if (fault !== 'mutated') return [bytes]
          // Behind the wrapper's header: the stream stays one.
          return [bytes.map((octet, i) => (i === 8 + (place % (bytes.length - 8)) ? octet ^ 0x11 : octet))]
        })
        both.client.tick(both.now + 60_000)
        both.server.tick(both.now + 600_000)
        const events = [...both.clientEvents, ...both.client.takeEvents(), ...both.serverEvents]
        for (const event of events) if (event.kind === 'failed') codes.add(event.error.code)
        // What crossed the wire is the evidence; a password of low security crosses it as it is.
        const text = (withFrames: boolean) =>
          JSON.stringify(
            withFrames ? events : events.map(({ frames: __, ...event }) => event),
            (___, value) =>
              value instanceof Uint8Array
                ? `${toHex(value).toLowerCase()} ${Buffer.from(value).toString('latin1')}`
                : value,
          )
        const signing = [wanted.client.security, wanted.server.security].flatMap(({ signing, agreement }) =>
          [signing, agreement].flatMap((keys) => (keys ? [keys.privateKey] : [])),
        )
        const everything = text(true)
        for (const key of [...Object.values(secrets), ...signing])
          for (const spelling of spellings(key)) assert.ok(!everything.includes(spelling))
        const words = text(authentication.mechanism !== 'low')
        for (const spelling of [...spellings(new TextEncoder().encode(password)), password])
          assert.ok(!words.includes(spelling))
      },
    ),
    { numRuns: 300 },
  )
  // The faults do lead somewhere.
  for (const code of ['authentication-failed', 'decryption-failed', 'timeout'])
    assert.ok(codes.has(code), `${code} is not among ${[...codes].join()}`)
})
