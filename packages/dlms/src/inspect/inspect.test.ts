import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeHdlcFrame, type HdlcFrame } from '../hdlc/index.ts'
import { encodeMbusApdu } from '../mbus/index.ts'
import { nodeCrypto } from '../providers/node.ts'
import { encodeWrapperFrame } from '../wrapper/index.ts'
import { type InspectOptions, inspect, type TreeNode, walkTree } from './index.ts'

const bytesOf = (hex: string) =>
  Uint8Array.from(hex.replace(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const concat = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]))
const nodes = (tree: TreeNode, name: string) => [...walkTree(tree)].filter((node) => node.name === name)
const english: InspectOptions = { language: 'en', crypto: nodeCrypto }

const root = new URL('../../../../conformance/frames/', import.meta.url)
const captured = ['dlms-hdlc', 'dlms-mbus', 'dlms-wrapper'].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root)).map((name) => {
    const vector = JSON.parse(readFileSync(new URL(`${folder}/${name}`, root), 'utf8'))
    const keys = Object.fromEntries(
      Object.entries((vector.keys ?? {}) as Record<string, string>).map(([key, hex]) => [key, bytesOf(hex)]),
    )
    return { items: ((vector.frames ?? [vector.hex]) as string[]).map(bytesOf), keys }
  }),
)

/** What must hold for any input. */
function assertSound(items: readonly Uint8Array[], options: InspectOptions): void {
  const result = inspect(items, options)
  const size = items.reduce((sum, item) => sum + item.length, 0)
  const count = [...walkTree(result.tree)].length
  assert.equal(result.ok, result.error === undefined)
  if (result.error) {
    assert.ok(result.error.code.length > 0 && result.error.message.length > 0)
    assert.ok(Number.isInteger(result.error.offset) && result.error.offset >= 0)
  }
  // Every node stands for at least one octet of its layer, and layers do not multiply the input.
  assert.ok(count <= 60 + 8 * size, `${count} nodes for ${size} octets`)
  JSON.stringify(result)
}

test('arbitrary octets are understood or refused, never thrown on', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assertSound([bytes], english)),
    { numRuns: 500 },
  )
})

test('arbitrary octets behind every APDU tag and every framing', () => {
  const tag = fc.constantFrom(
    1,
    8,
    14,
    15,
    33,
    40,
    96,
    97,
    98,
    99,
    192,
    193,
    194,
    195,
    196,
    197,
    199,
    200,
    204,
    212,
    216,
    219,
    220,
    221,
    224,
  )
  const address = { size: 1, upper: 1 } as const
  fc.assert(
    fc.property(tag, fc.uint8Array({ maxLength: 200 }), fc.nat(3), (first, rest, framing) => {
      const apdu = concat(Uint8Array.of(first), rest)
      const keys = { encryption: new Uint8Array(16), systemTitle: new Uint8Array(8) }
      const control = { kind: 'i', ns: 0, nr: 0, pf: true } as const
      const information = concat(bytesOf('e6e700'), apdu)
      const hdlc: HdlcFrame = {
        destination: address,
        source: address,
        control,
        segmented: false,
        information,
      }
      const items = [
        () => [apdu],
        () => [encodeWrapperFrame({ source: 1, destination: 16, payload: apdu })],
        () => [encodeHdlcFrame(hdlc)],
        () => encodeMbusApdu(apdu, { source: 1, destination: 103 }),
      ][framing]?.()
      assertSound(items ?? [], { ...english, keys })
    }),
    { numRuns: 1500 },
  )
})

test('captured frames with octets changed, cut off or repeated', () => {
  const mutation = fc.record({
    vector: fc.nat(captured.length - 1),
    changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    cut: fc.option(fc.nat(), { nil: undefined }),
    repeat: fc.boolean(),
  })
  fc.assert(
    fc.property(mutation, ({ vector, changes, cut, repeat }) => {
      const { items, keys } = captured[vector] as (typeof captured)[number]
      const changed = items.map((item) => {
        const copy = Uint8Array.from(item)
        for (const [at, value] of changes) copy[at % copy.length] = value
        return cut === undefined ? copy : copy.subarray(0, cut % (copy.length + 1))
      })
      assertSound(repeat ? [...changed, ...changed] : changed, { ...english, keys })
    }),
    { numRuns: 600 },
  )
})

test('a changed octet of an HDLC frame never passes for a good one', () => {
  const { items } = captured.find(({ items: [first] }) => first?.length === 123) as (typeof captured)[number]
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (position, change) => {
      const bytes = Uint8Array.from(items[0] as Uint8Array)
      const at = 1 + (position % (bytes.length - 2))
      bytes[at] = (bytes[at] as number) ^ change
      assert.equal(inspect(bytes, english).ok, false)
    }),
  )
})

test('claims of size are refused before anything is built from them', () => {
  for (const hex of [
    'c4 01 c1 00 01 84 ff ff ff ff',
    'c4 01 c1 00 02 82 ff ff 00 00',
    'c4 01 c1 00 09 84 7f ff ff ff 00',
    'c4 01 c1 00 13 01 ff ff 01 ff ff 00 82 ff ff',
    `c4 01 c1 00 ${'02 01 '.repeat(60)}00`,
  ]) {
    assert.equal(inspect(bytesOf(hex), english).ok, false, hex)
  }
  const nested = inspect(bytesOf(`c4 01 c1 00 ${'02 01 '.repeat(60)}00`), english)
  assert.equal(nested.error?.code, 'too-deep')
  const wide = inspect(bytesOf(`c4 01 c1 00 01 82 03 e8 ${'00'.repeat(1000)}`), {
    ...english,
    limits: { maxNodes: 100 },
  })
  assert.equal(wide.error?.code, 'too-large')
})

const glue = (...apdus: string[]) =>
  apdus.map((apdu, index) => {
    const [source, destination] = index % 2 ? [1, 16] : [16, 1]
    return encodeWrapperFrame({ source, destination, payload: bytesOf(apdu) })
  })

test('blocks of a conversation join, and the answer carries the name of what was asked', () => {
  const frames = glue(
    'c0 01 c1 0003 0100010800ff 02 00',
    'c4 02 c1 00 00000001 00 03 060000',
    'c0 02 c1 00000001',
    'c4 02 c1 01 00000002 00 02 04d2',
  )
  const result = inspect(frames, english)
  assert.equal(result.error, undefined)
  const [whole] = nodes(result.tree, 'reassembled')
  assert.equal(whole?.hex, '06000004d2')
  assert.equal(whole?.children?.[0]?.value, 1234)
  assert.match(whole?.children?.[0]?.text ?? '', /1\.0\.1\.8\.0\.255.*class 3, attribute 2/)
  // The same frames in one TCP segment.
  assert.equal(nodes(inspect(concat(...frames), english).tree, 'reassembled').length, 1)
})

test('a stream of wrapper frames keeps the good ones in front of a broken one', () => {
  const [first, second] = glue('c0 01 c1 0003 0100010800ff 02 00', 'c4 01 c1 00 06 00000010')
  assert.ok(first && second)
  const result = inspect(concat(first, second, bytesOf('00 02 00')), english)
  assert.deepEqual([result.error?.code, result.error?.offset], ['version', first.length + second.length + 1])
  assert.equal(nodes(result.tree, 'apdu').length, 2)
  const cut = inspect(second.subarray(0, second.length - 2), english)
  assert.deepEqual([cut.error?.code, cut.error?.offset], ['truncated', 6])
  assert.equal(nodes(cut.tree, 'invoke-id-and-priority').length, 1)
})

test('dedicated keys and passwords stay hidden, in the fields and in the octets', () => {
  const key = '00112233445566778899aabbccddeeff'
  const initiate = bytesOf(`01 01 10 ${key} 00 00 06 5f1f0400 001e1d 0400`)
  const globalKey = new Uint8Array(16).fill(9)
  const title = bytesOf('4d4d4d0000bc614e')
  const sealed = nodeCrypto.aesGcmSeal(
    globalKey,
    concat(title, bytesOf('00000001')),
    new Uint8Array(0),
    initiate,
    0,
  )
  const ciphered = concat(bytesOf('21'), Uint8Array.of(sealed.length + 5), bytesOf('20 00000001'), sealed)
  const result = inspect(ciphered, { ...english, keys: { encryption: globalKey, systemTitle: title } })
  assert.equal(result.error, undefined)
  assert.ok(!JSON.stringify(result).includes(key))
  assert.match(nodes(result.tree, 'deciphered')[0]?.hex ?? '', /^010110(xx){16}0000065f/)
  // Low level security: "12345678" of an AARQ (mechanism 1).
  const aarq = bytesOf(
    '6036a1090607608574050801018a0207808b0760857405080201ac0a80083132333435363738be10040e01000000065f1f0400001e1d04c8',
  )
  const association = inspect(aarq, english)
  assert.equal(association.error, undefined)
  assert.ok(!JSON.stringify(association).includes('3132333435363738'))
  assert.equal(nodes(association.tree, 'password')[0]?.text, 'redacted')
  assert.equal(nodes(association.tree, 'mechanism-name')[0]?.text, 'low-level-security')
})

test('an association teaches the titles that later messages leave out', () => {
  const key = new Uint8Array(16).fill(3)
  const [client, server] = ['4d4d4d0000000001', '4d4d4d0000000002']
  const get = bytesOf('c4 01 c1 00 06 00001391')
  const sealed = nodeCrypto.aesGcmSeal(key, bytesOf(`${server}00000007`), new Uint8Array(0), get, 0)
  const answer = concat(bytesOf('cc'), Uint8Array.of(sealed.length + 5), bytesOf('20 00000007'), sealed)
  const aarq = bytesOf(`60 17 a109060760857405080103 a60a0408${client}`)
  const aare = bytesOf(`61 23 a109060760857405080103 a203020100 a305a103020100 a40a0408${server}`)
  const result = inspect([aarq, aare, answer], { ...english, keys: { encryption: key } })
  assert.equal(result.error, undefined)
  assert.ok([...walkTree(result.tree)].some((node) => node.value === 5009))
  assert.equal(nodes(result.tree, 'result')[0]?.text, 'accepted')
})

test('other protocols are named', () => {
  const cases: [string | Uint8Array, string][] = [
    ['68 0d 0d 68 08 01 72 00000000 0000 00 00 00 00 7b 16', 'mbus'],
    ['10 5b 01 5c 16', 'mbus'],
    ['01 03 02 00 01 79 84', 'modbus'],
    [new TextEncoder().encode('/ISK5\\2M550T-1012\r\n\r\n1-3:0.2.8(50)\r\n!1E1D\r\n'), 'p1'],
    [new TextEncoder().encode('/ISK5MT174-0001\r\n1-0:1.8.0(0001798.478*kWh)\r\n!\r\n'), 'iec62056-21'],
  ]
  for (const [input, protocol] of cases) {
    const result = inspect(typeof input === 'string' ? bytesOf(input) : input, english)
    assert.deepEqual(
      [result.ok, result.protocol, result.error?.code],
      [false, protocol, 'unsupported-protocol'],
    )
  }
  assert.equal(inspect(bytesOf('ff ff ff'), english).error?.code, 'unrecognised')
  assert.equal(inspect(new Uint8Array(0), english).error?.code, 'empty')
})

test('a compact array is read through its description', () => {
  const result = inspect(bytesOf('c4 01 c1 00 13 02 02 12 06 0c 0001 0000000a 0002 0000000b'), english)
  assert.equal(result.error, undefined)
  const [contents] = nodes(result.tree, 'array-contents')
  assert.deepEqual(
    contents?.children?.map((row) => row.children?.map((cell) => cell.value)),
    [
      [1, 10],
      [2, 11],
    ],
  )
})

test('frames recorded without their flags and frames among noise are found', () => {
  const { items } = captured.find(({ items: [first] }) => first?.length === 123) as (typeof captured)[number]
  const frame = items[0] as Uint8Array
  assert.equal(inspect(frame.subarray(1, -1), english).ok, true)
  const noisy = inspect(concat(bytesOf('ff ff 7e a0'), frame), english)
  assert.equal(noisy.ok, false)
  assert.ok([...walkTree(noisy.tree)].some((node) => node.obis === '1.0.72.7.0.255' && node.unit === 'V'))
})
