import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeApdu, encodeHdlcFrame, encodeWrapperFrame, inspect } from '@contor/dlms'
import { encodeCommand } from '@contor/iec62056-21'
import { recogniseAndInspect } from '@contor/inspect'
import fc from 'fast-check'
import { hideSecrets } from './cli/dlms/trace.ts'
import { type Exchange, shownFrames } from './trace.ts'

const password = new TextEncoder().encode('s3cretPW')
const wrap = (payload: Uint8Array) => encodeWrapperFrame({ source: 16, destination: 1, payload })
const aarq = wrap(
  encodeApdu({
    kind: 'aarq',
    context: 'logical-name',
    authenticationRequired: true,
    mechanism: 1,
    authenticationValue: password,
  }),
)
const request = wrap(Uint8Array.from(Buffer.from('c001c100030100010800ff0200', 'hex')))

function exchangeOf(...frames: Uint8Array[]): Exchange {
  return {
    id: '1',
    at: new Date(0),
    meterId: '1',
    meteringPointId: '1',
    serial: 'A1',
    systemTitle: Buffer.alloc(8),
    purpose: 'index',
    keyVersion: null,
    frames: frames.map((bytes) => ({ direction: 'out', at: 0, bytes: Buffer.from(bytes) })),
  } as never
}

test('a password shows in no frame of a trace, and every other octet does', () => {
  for (const frames of [[aarq], [aarq, request]]) {
    const shown = shownFrames(exchangeOf(...frames), inspect(frames).tree)
    const secret = Buffer.from(password).toString('hex')
    const expected = frames.map((frame) =>
      Buffer.from(frame).toString('hex').replace(secret, 'x'.repeat(secret.length)),
    )
    assert.deepEqual(shown, expected)
    assert.ok(shown[0]?.includes('xx'))
  }
})

const octets = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const word = fc.string({ unit: fc.constantFrom(...'QXZJKqxzjk'), minLength: 6, maxLength: 12 })

/** An information frame of the client to logical device 1. */
function hdlc(apdu: Uint8Array): Uint8Array {
  return encodeHdlcFrame({
    destination: { upper: 1, size: 1 },
    source: { upper: 16, size: 1 },
    control: { kind: 'i', ns: 0, nr: 0, pf: true },
    segmented: false,
    information: Uint8Array.of(0xe6, 0xe6, 0x00, ...apdu),
  })
}

function conversations(secret: string): Uint8Array[][] {
  const low = encodeApdu({
    kind: 'aarq',
    context: 'logical-name',
    authenticationRequired: true,
    mechanism: 1,
    authenticationValue: octets(secret),
  })
  const signOn = [octets('/?!\r\n'), octets('/ABC5METER\r\n'), octets('\x06051\r\n')]
  return [
    [wrap(low), request],
    [...signOn, encodeCommand('P0', '()'), encodeCommand('P1', `(${secret})`), octets('\x06')],
    [encodeCommand('P1', `(${secret})`)],
    [...signOn, octets('\x06256\r\n'), hdlc(low), request],
  ]
}

test('no secret shows in a trace or in a capture file, whatever the protocol', () => {
  fc.assert(
    fc.property(word, (secret) => {
      const all = conversations(secret)
      const opened = all.at(-1)
      for (const frames of all) {
        const forms = [secret, Buffer.from(secret).toString('hex')]
        // An exchange of the journal is of one protocol; a capture may begin in one and go on in another.
        if (frames !== opened) {
          const { tree } = recogniseAndInspect(frames)
          const told = JSON.stringify([tree, shownFrames(exchangeOf(...frames), tree)])
          for (const form of forms) assert.ok(!told.includes(form), form)
        }
        const captured = frames.map((bytes) => ({ direction: 'sent' as const, at: 0, bytes }))
        const hidden = hideSecrets(captured).map(({ bytes }) => bytes)
        assert.ok(!Buffer.concat(hidden).includes(secret))
        // Lengths stay, so that an analyser still takes the rest apart.
        assert.deepEqual(
          hidden.map(({ length }) => length),
          frames.map(({ length }) => length),
        )
        assert.deepEqual(hidden[0]?.subarray(0, 3), frames[0]?.subarray(0, 3))
      }
    }),
    { numRuns: 60 },
  )
})
