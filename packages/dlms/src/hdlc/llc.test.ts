import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withLlc, withoutLlc } from './llc.ts'

const bytes = (...octets: number[]) => Uint8Array.from(octets)

test('the header of either side is put on and taken off; its third octet is not looked at', () => {
  assert.deepEqual(withLlc(bytes(0xc0, 1), 'client'), bytes(0xe6, 0xe6, 0, 0xc0, 1))
  assert.deepEqual(withLlc(bytes(0xc4), 'server'), bytes(0xe6, 0xe7, 0, 0xc4))
  assert.deepEqual(withoutLlc(bytes(0xe6, 0xe6, 0, 0xc0, 1)), bytes(0xc0, 1))
  assert.deepEqual(withoutLlc(bytes(0xe6, 0xe7, 0x55, 0xc4)), bytes(0xc4))
})

test('what has another header, or nothing behind it, is no APDU', () => {
  for (const sdu of [
    bytes(),
    bytes(0xe6, 0xe6),
    bytes(0xe6, 0xe6, 0),
    // Destination, then source, of another LLC: the rest alone would decode as an APDU.
    bytes(0xe7, 0xe6, 0, 0xc0, 1),
    bytes(0xe6, 0xe8, 0, 0xc0, 1),
    bytes(0xaa, 0xaa, 3, 0xc0, 1),
  ])
    assert.equal(withoutLlc(sdu), undefined)
})
