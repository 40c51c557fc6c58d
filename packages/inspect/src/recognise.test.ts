import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { encodeApdu, encodeWrapperFrame, fromHex, toHex } from '@contor/dlms'
import fc from 'fast-check'
import { candidatesOf, messagesOf, readInput, readText, recogniseAndInspect } from './index.ts'

const root = new URL('../../../conformance/frames/', import.meta.url)
const vectors = (folder: string) =>
  existsSync(new URL(`${folder}/`, root))
    ? readdirSync(new URL(`${folder}/`, root))
        .filter((name) => name.endsWith('.json'))
        .map((name) => {
          const vector = JSON.parse(readFileSync(new URL(`${folder}/${name}`, root), 'utf8'))
          const hexes = (vector.frames ?? (vector.hex ? [vector.hex] : [])) as string[]
          const text = vector.text as string | undefined
          const frames =
            text === undefined ? hexes.map(fromHex) : [Uint8Array.from(text, (c) => c.charCodeAt(0))]
          return { name, frames }
        })
    : []

test('every captured frame is recognised, whatever surrounds it', () => {
  const expected: Record<string, RegExp> = {
    'dlms-hdlc': /^dlms-hdlc$/,
    'dlms-mbus': /^dlms-mbus$/,
    'dlms-wrapper': /^dlms-wrapper$/,
    p1: /^p1$|^iec62056-21$/,
    'iec62056-21': /^iec62056-21$|^p1$/,
  }
  let count = 0
  for (const [folder, protocol] of Object.entries(expected)) {
    for (const { name, frames } of vectors(folder)) {
      const { protocol: found } = recogniseAndInspect(frames)
      // A few vectors are a single control character or an answer without any mark.
      if (found === 'unknown' && (frames[0]?.length ?? 0) < 4) continue
      assert.match(found, protocol, `${folder}/${name}`)
      count++
    }
  }
  assert.ok(count > 70, String(count))
})

test('wired M-Bus telegrams are recognised, also faulty ones', () => {
  for (const { name, frames } of vectors('mbus')) {
    assert.equal(candidatesOf(frames[0] as Uint8Array)[0]?.protocol, 'mbus', name)
  }
})

test('check sequences and lengths are the evidence, and a broken one lowers it', () => {
  const first = (hex: string) => candidatesOf(fromHex(hex))[0]
  assert.deepEqual(
    [
      first('010302000179 84'),
      first('000100000006 010300000001'),
      first('10 40 01 41 16'),
      first('1b1b1b1b01010101 76 1b1b1b1b1a000000'),
    ].map((each) => each?.protocol),
    ['modbus', 'modbus', 'mbus', 'sml'],
  )
  const frame = encodeWrapperFrame({ source: 1, destination: 16, payload: fromHex('c401c1000600000010') })
  assert.deepEqual(candidatesOf(frame)[0]?.evidence, ['beginning', 'length'])
  const cut = candidatesOf(frame.subarray(0, frame.length - 1))[0]
  assert.equal(cut?.protocol, 'dlms-wrapper')
  assert.ok((cut?.score ?? 1) < 0.9)
  // Format A of wireless M-Bus: EN 13757-4, the example frame of the OMS specification (volume 2, annex N).
  const oms = '2e4493157856341233 03 3363'
  assert.equal(candidatesOf(fromHex(oms))[0]?.protocol, 'wireless-mbus')
})

test('what is understood whole wins over what looks likelier, and the runner-up is told', () => {
  // A Modbus CRC that an APDU happens to end with would be two octets too many.
  const { protocol, candidates, ok } = recogniseAndInspect(fromHex('0f000000010000'))
  assert.deepEqual([protocol, ok], ['dlms-apdu', true])
  assert.equal(candidates[0]?.protocol, 'dlms-apdu')
  assert.deepEqual(candidates[0]?.evidence.at(-1), 'decoded')
})

test('lines are frames or one wrapped frame', () => {
  const lines = readText('c001c100030100010800ff0200\nc401c1000600000010')
  assert.equal(recogniseAndInspect(lines.frames, { perLine: lines.perLine }).frames.length, 2)
  const wrapped = readText('c001c10003010001\n0800ff0200')
  const result = recogniseAndInspect(wrapped.frames, { perLine: wrapped.perLine })
  assert.deepEqual([result.ok, result.frames.length], [true, 1])
})

test('base64 in both alphabets, and what only looks like it', () => {
  const bytes = fromHex('c001c100030100010800ff0200')
  for (const text of [Buffer.from(bytes).toString('base64'), Buffer.from(bytes).toString('base64url')]) {
    assert.equal(toHex(readText(text).frames[0] as Uint8Array), toHex(bytes))
  }
  assert.throws(() => readText('nothingatall'), /hexa/)
})

test('messages are told apart from those inside them, and secrets from the rest', () => {
  const aarq = encodeApdu({
    kind: 'aarq',
    context: 'logical-name',
    mechanism: 1,
    authenticationValue: fromHex('3132333435363738'),
  })
  const request = fromHex('c001c100030100010800ff0200')
  const found = messagesOf([aarq, request])
  assert.deepEqual(
    found.map(({ apdu, inner, secret }) => [apdu.kind, inner, secret]),
    [
      ['aarq', false, true],
      ['get-request', false, false],
    ],
  )
})

test('arbitrary octets and texts are recognised or refused, never thrown on', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = recogniseAndInspect(bytes)
      assert.equal(result.ok, result.error === undefined)
      for (const { score } of candidatesOf(bytes)) assert.ok(score > 0 && score <= 1)
      messagesOf(bytes)
    }),
    { numRuns: 400 },
  )
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => {
      try {
        readInput(new TextEncoder().encode(text))
      } catch (error) {
        assert.equal((error as Error).name, 'InputError')
      }
    }),
  )
})
