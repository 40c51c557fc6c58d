import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeApdu, encodeWrapperFrame, inspect } from '@contor/dlms'
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
