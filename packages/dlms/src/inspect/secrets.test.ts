import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../bytes.ts'
import { encodeHdlcFrame } from '../hdlc/index.ts'
import { secretRanges } from '../security/secrets.ts'
import { encodeWrapperFrame } from '../wrapper/index.ts'
import { type Apdu, encodeApdu } from '../xdlms/index.ts'
import { inspect, type TreeNode } from './index.ts'

const password = new TextEncoder().encode('s3cretPW')
const key = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i)
const plain = (text: string) => toHex(new TextEncoder().encode(text))

const initiate: Apdu = {
  kind: 'initiate-request',
  dedicatedKey: key,
  dlmsVersion: 6,
  conformance: ['get', 'set'],
  maxPduSize: 1024,
}
const aarq = (mechanism: number | undefined): Apdu => ({
  kind: 'aarq',
  context: 'logical-name',
  authenticationRequired: true,
  ...(mechanism !== undefined && { mechanism }),
  authenticationValue: password,
  userInformation: encodeApdu(initiate),
})
const set = (classId: number, attribute: number, value: Uint8Array): Apdu => ({
  kind: 'set-request',
  form: 'normal',
  invokeIdAndPriority: 0xc1,
  attribute: { classId, obis: '0.0.40.0.0.255' as never, attribute },
  data: { type: 'octet-string', value },
})

function leaks(tree: TreeNode, ...secrets: Uint8Array[]): string[] {
  const text = JSON.stringify(tree).toLowerCase()
  return secrets.map((secret) => toHex(secret).toLowerCase()).filter((hex) => text.includes(hex))
}

test('a password and a dedicated key are hidden in values and in the octets of the item', () => {
  const bytes = encodeApdu(aarq(1))
  const { ok, tree } = inspect(bytes)
  assert.equal(ok, true)
  assert.deepEqual(leaks(tree, password, key), [])
  // Their places stay, and nothing else is hidden.
  assert.equal(tree.hex?.length, 2 * bytes.length)
  assert.equal(tree.hex?.replace(/x/g, '').length, 2 * (bytes.length - password.length - key.length))
  assert.ok(!JSON.stringify(tree).includes('s3cretPW'))
})

test('a challenge is public', () => {
  assert.match(inspect(encodeApdu(aarq(5))).tree.hex ?? '', new RegExp(plain('s3cretPW'), 'i'))
})

test('what a caller wants to see of its own is shown when asked for', () => {
  const { tree } = inspect(encodeApdu(aarq(1)), { redact: false })
  assert.deepEqual(leaks(tree, password, key).length, 2)
  assert.equal(tree.hex, undefined)
})

test('passwords written to their objects, and keys transferred', () => {
  for (const [classId, attribute] of [
    [15, 7],
    [19, 7],
    [46, 5],
  ] as const) {
    assert.deepEqual(leaks(inspect(encodeApdu(set(classId, attribute, password))).tree, password), [])
  }
  assert.equal(leaks(inspect(encodeApdu(set(1, 2, password))).tree, password).length, 1)
  const transfer: Apdu = {
    kind: 'action-request',
    form: 'normal',
    invokeIdAndPriority: 0xc1,
    method: { classId: 64, obis: '0.0.43.0.0.255' as never, method: 2 },
    data: { type: 'array', value: [{ type: 'octet-string', value: key }] },
  }
  const { ok, tree } = inspect(encodeApdu(transfer))
  assert.equal(ok, true)
  assert.deepEqual(leaks(tree, key), [])
})

test('a secret that is read is hidden in the answer', () => {
  const request: Apdu = {
    kind: 'get-request',
    form: 'normal',
    invokeIdAndPriority: 0xc1,
    attribute: { classId: 15, obis: '0.0.40.0.0.255' as never, attribute: 7 },
  }
  const response: Apdu = {
    kind: 'get-response',
    form: 'normal',
    invokeIdAndPriority: 0xc1,
    result: { ok: true, data: { type: 'octet-string', value: password } },
  }
  assert.deepEqual(leaks(inspect([encodeApdu(request), encodeApdu(response)]).tree, password), [])
})

test('a secret cut by blocks is hidden in every block', () => {
  const value = Uint8Array.of(9, 8, ...password)
  const blocks: Apdu[] = [
    {
      kind: 'set-request',
      form: 'with-first-datablock',
      invokeIdAndPriority: 0xc1,
      attribute: { classId: 15, obis: '0.0.40.0.0.255' as never, attribute: 7 },
      block: { lastBlock: false, blockNumber: 1, raw: value.subarray(0, 6) },
    },
    {
      kind: 'set-request',
      form: 'with-datablock',
      invokeIdAndPriority: 0xc1,
      block: { lastBlock: true, blockNumber: 2, raw: value.subarray(6) },
    },
  ]
  const { ok, tree } = inspect(blocks.map(encodeApdu))
  assert.equal(ok, true)
  assert.deepEqual(leaks(tree, password.subarray(0, 4), password.subarray(4)), [])
})

test('the same under HDLC segments, stuffing, the wrapper and authentication only', () => {
  const apdu = encodeApdu(aarq(1))
  const half = apdu.length - 40
  const llc = Uint8Array.of(0xe6, 0xe6, 0)
  const frame = (information: Uint8Array, ns: number, segmented: boolean) =>
    encodeHdlcFrame({
      segmented,
      destination: { size: 1, upper: 1 },
      source: { size: 1, upper: 16 },
      control: { kind: 'i', ns, nr: 0, pf: true },
      information,
    })
  const segments = [
    frame(new Uint8Array([...llc, ...apdu.subarray(0, half)]), 0, true),
    frame(apdu.subarray(half), 1, false),
  ]
  const segmented = inspect(segments)
  assert.equal(segmented.ok, true)
  assert.deepEqual(leaks(segmented.tree, password, key.subarray(0, 8), key.subarray(8)), [])
  const wrapped = encodeWrapperFrame({ source: 16, destination: 1, payload: apdu } as never)
  assert.deepEqual(leaks(inspect(wrapped).tree, password, key), [])
})

test('cut anywhere, an association request shows no more than it must not', () => {
  const bytes = encodeApdu(aarq(1))
  fc.assert(
    fc.property(fc.nat(bytes.length), fc.nat(3), (length, shift) => {
      const { tree } = inspect(bytes.slice(0, length))
      const part = password.subarray(shift, shift + 5)
      assert.deepEqual(leaks(tree, part, key.subarray(shift, shift + 6)), [])
    }),
  )
})

/** Every form in which octets of a secret may stand on a line. */
const stuffed = (frame: Uint8Array) =>
  Uint8Array.from([
    0x7e,
    ...[...frame.subarray(1, -1)].flatMap((octet) =>
      octet === 0x7e || octet === 0x7d ? [0x7d, octet ^ 0x20] : [octet],
    ),
    0x7e,
  ])

test('octet stuffing, authentication only and general block transfer hide them too', () => {
  const secret = Uint8Array.of(0x51, 0x7e, 0x52, 0x7d, 0x53, 0x54, 0x55, 0x56)
  const apdu = encodeApdu({ ...aarq(1), authenticationValue: secret } as Apdu)
  const frame = encodeHdlcFrame({
    segmented: false,
    destination: { size: 1, upper: 1 },
    source: { size: 1, upper: 16 },
    control: { kind: 'i', ns: 0, nr: 0, pf: true },
    information: Uint8Array.of(0xe6, 0xe6, 0, ...apdu),
  })
  const onLine = Uint8Array.of(0x51, 0x7d, 0x5e, 0x52, 0x7d, 0x5d, 0x53)
  for (const bytes of [frame, stuffed(frame)]) {
    const { ok, tree } = inspect(bytes)
    assert.equal(ok, true)
    assert.deepEqual(leaks(tree, secret, onLine, secret.subarray(4), key), [])
  }

  const write = encodeApdu(set(15, 7, password))
  // glo-set-request, security control 10: the plaintext is there for all to see, behind it the tag.
  const ciphered = Uint8Array.of(
    0xc9,
    5 + write.length + 12,
    0x10,
    0,
    0,
    0,
    1,
    ...write,
    ...new Uint8Array(12),
  )
  assert.deepEqual(leaks(inspect(ciphered).tree, password), [])

  const half = write.length - 5
  const blocks = [write.subarray(0, half), write.subarray(half)].map((data, i) =>
    encodeApdu({
      kind: 'general-block-transfer',
      lastBlock: i === 1,
      streaming: false,
      window: 1,
      blockNumber: i + 1,
      blockNumberAck: 0,
      data,
    }),
  )
  const { ok, tree } = inspect(blocks)
  assert.equal(ok, true)
  assert.deepEqual(leaks(tree, password.subarray(0, 3), password.subarray(3)), [])
})

test('whatever an APDU says to be secret by itself is hidden by the inspector', () => {
  const list: Apdu = {
    kind: 'set-request',
    form: 'with-list',
    invokeIdAndPriority: 0xc1,
    attributes: [
      { classId: 1, obis: '0.0.96.1.0.255' as never, attribute: 2 },
      { classId: 45, obis: '0.0.25.4.0.255' as never, attribute: 3 },
    ],
    data: [
      { type: 'unsigned', value: 1 },
      { type: 'octet-string', value: password },
    ],
  } as never
  for (const apdu of [aarq(1), aarq(undefined), initiate, set(46, 5, password), list]) {
    const bytes = encodeApdu(apdu)
    const ranges = secretRanges(bytes)
    assert.ok(ranges.length > 0, apdu.kind)
    const { tree } = inspect(bytes)
    for (const { offset, length } of ranges) {
      assert.match(tree.hex?.slice(2 * offset, 2 * (offset + length)) ?? '', /^x+$/, apdu.kind)
    }
  }
})
