// No password shows, whatever the octets around it, however they are cut into frames.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addParity, encodeCommand, secretRanges } from '@contor/iec62056-21'
import fc from 'fast-check'
import { recogniseAndInspect } from './index.ts'

const octets = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Letters that no field of a telegram has by chance. */
const password = fc.string({ unit: fc.constantFrom(...'QXZJKqxzjk'), minLength: 4, maxLength: 16 })

const signOn = [octets('/?123!\r\n'), octets('/ABC5METER\r\n'), octets('\x06051\r\n')]
const prompt = encodeCommand('P0', '(12345678)')

/** Everything that a trace shows: the tree, and the octets of frames that the tree does not mask. */
function shown(frames: readonly Uint8Array[]): string {
  const { tree, error, candidates } = recogniseAndInspect(frames, { protocol: 'iec62056-21', language: 'en' })
  const raw = frames.map((frame, index) => {
    const name = `frame ${index + 1}`
    const node = frames.length === 1 ? tree : tree.children?.find((child) => child.name === name)
    return node?.hex ?? hexOf(frame)
  })
  return JSON.stringify({ tree, error, candidates, raw: raw.join('') })
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [...new Set(at.map((place) => place % bytes.length))].filter(Boolean).sort((a, b) => a - b)
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
}

function assertHidden(text: string, secret: Uint8Array): void {
  const word = String.fromCharCode(...secret.map((octet) => octet & 0x7f))
  for (const form of [word, hexOf(octets(word)), hexOf(secret), Buffer.from(word).toString('base64')])
    assert.ok(!text.toLowerCase().includes(form.toLowerCase()), `${form} in ${text}`)
}

test('a password of IEC 62056-21 shows in no form, nor does the block check that tells of it', () => {
  fc.assert(
    fc.property(
      password,
      fc.constantFrom('P1', 'P2'),
      fc.boolean(),
      fc.array(fc.nat(200), { maxLength: 5 }),
      fc.boolean(),
      (word, command, parity, places, whole) => {
        const sent = encodeCommand(command, whole ? `(${word})` : word)
        const talk = [...signOn, prompt, sent, octets('\x06')].map((one) => (parity ? addParity(one) : one))
        const joined = Uint8Array.from(talk.flatMap((one) => [...one]))
        const secret = parity ? addParity(octets(word)) : octets(word)
        for (const frames of [talk, [joined], cut(joined, places), [talk[4] as Uint8Array]])
          assertHidden(shown(frames), secret)
        const check = joined.lastIndexOf(0x06) - 1
        assert.ok(secretRanges(joined).some(([from, to]) => from <= check && check < to))
      },
    ),
    { numRuns: 200 },
  )
})

test('a password that is cut off, damaged or in a log without control characters stays hidden', () => {
  fc.assert(
    fc.property(password, fc.nat(40), fc.nat(255), (word, at, octet) => {
      const sent = encodeCommand('P1', `(${word})`)
      const short = sent.subarray(0, 5 + (at % word.length) + 1)
      assertHidden(shown([short]), octets(word.slice(0, Math.max(4, short.length - 5))))
      for (const log of [`P1(${word})`, `/?!\r\nP1(${word})\r\n1.8.0(1*kWh)\r\n`, `P1(${word}`])
        assertHidden(shown([octets(log)]), octets(word))
      // Damage behind the command: the rest of the block is hidden all the same.
      const broken = Uint8Array.from(sent)
      const place = 5 + (at % (sent.length - 5))
      broken[place] = octet & 0x7f
      const text = shown([broken])
      const intact = word.slice(0, Math.max(0, place - 5))
      const whole = octet !== 3 && octet !== 4
      if (whole && intact.length >= 4) assertHidden(text, octets(intact))
    }),
    { numRuns: 300 },
  )
})

test('with redact off the password is there, and what is no password is never hidden', () => {
  const sent = encodeCommand('P1', '(QXZJKQXZ)')
  const open = recogniseAndInspect(sent, { protocol: 'iec62056-21', redact: false })
  assert.ok(JSON.stringify(open.tree).includes('QXZJKQXZ'))
  assert.ok(open.ok)
  assert.ok(recogniseAndInspect(sent, { protocol: 'iec62056-21' }).ok)
  for (const telegram of [...signOn, prompt, octets('/ABC5METER\r\n\r\nP.01(1)(2)\r\nP1.1(3)\r\n!\r\n')])
    assert.deepEqual(secretRanges(telegram), [])
})

test('access codes and passwords of M-Bus records are hidden, and the checksum over them', () => {
  for (const [vif, octet] of [0x12, 0x13, 0x14, 0x15, 0x16].entries()) {
    const contents = [0x08, 0x01, 0x72, 1, 0, 0, 0, 0x24, 0x23, 1, 7, vif, 0, 0, 0]
    const records = [0x04, 0xfd, octet, 0xc0, 0xde, 0xfa, 0xce, 0x0c, 0x13, 0x27, 0x04, 0x85, 0x02]
    const all = [...contents, ...records]
    const sum = all.reduce((total, one) => (total + one) & 0xff, 0)
    const frame = Uint8Array.from([0x68, all.length, all.length, 0x68, ...all, sum, 0x16])
    const closed = recogniseAndInspect(frame, { protocol: 'mbus', language: 'en' })
    const text = JSON.stringify(closed)
    assert.ok(closed.ok, text)
    const value = new DataView(Uint8Array.of(0xc0, 0xde, 0xfa, 0xce).buffer).getInt32(0, true)
    for (const form of ['c0deface', 'cefadec0', String(value), String(value >>> 0)])
      assert.ok(!text.includes(form), `${form} in ${text}`)
    assert.ok(closed.tree.hex?.includes('xxxxxxxx0c13'))
    assert.ok(closed.tree.hex?.endsWith('xx16'))
    assert.ok(text.includes('2850427'))
    const open = recogniseAndInspect(frame, { protocol: 'mbus', redact: false })
    assert.ok(JSON.stringify(open.tree).includes(String(value >>> 0)))
  }
})
