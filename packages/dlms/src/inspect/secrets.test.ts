import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../bytes.ts'
import { encodeHdlcFrame } from '../hdlc/index.ts'
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
