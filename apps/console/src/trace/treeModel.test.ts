import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trace, TreeNode } from '../api/types.ts'
import { firstOpen, firstPath, flatten, layerOf, nodeAt, pathAtByte, toBytes } from './treeModel.ts'

const leaf = (name: string, offset: number, length: number): TreeNode => ({ name, offset, length })
const inner: TreeNode = {
  name: 'deciphered',
  offset: 0,
  length: 10,
  hex: 'c401c1000102030405xx',
  children: [leaf('tag', 0, 1), { ...leaf('data', 4, 6), children: [leaf('clock', 4, 2), leaf('A+', 6, 4)] }],
}
const trace: Trace = {
  ref: '1.0',
  meterId: '1',
  serial: 'X',
  at: '2026-01-01T00:00:00Z',
  purpose: 'load-profile',
  frames: [
    { direction: 'sent', at: '', hex: 'c001' },
    { direction: 'received', at: '', hex: 'cc 02 03' },
  ],
  decoded: {
    ...leaf('message', 0, 5),
    children: [
      { ...leaf('frame 1', 0, 2), children: [leaf('tag', 0, 1)] },
      {
        ...leaf('frame 2', 0, 3),
        children: [leaf('tag', 0, 1), { ...leaf('ciphered', 1, 2), children: [inner] }],
      },
    ],
  },
}
const focused: Trace = { ...trace, focus: { path: [1, 1, 0, 1, 1], offset: 6, length: 4, meaning: 'A+' } }

test('a node knows the octets that its offset counts in', () => {
  assert.deepEqual(layerOf(trace, '0.0.0')?.bytes, ['c0', '01'])
  assert.equal(layerOf(trace, '0.0.0')?.frame?.direction, 'sent')
  assert.deepEqual(layerOf(trace, '0.1.1')?.bytes, ['cc', '02', '03'])
  const deep = layerOf(trace, '0.1.1.0.1.1')
  assert.equal(deep?.path, '0.1.1.0')
  assert.equal(deep?.bytes.length, 10)
  assert.equal(layerOf(trace, '0'), undefined)
})

test('an octet leads to its deepest meaning inside its own layer', () => {
  assert.equal(pathAtByte(trace.decoded, '0.1.1.0', 7), '0.1.1.0.1.1')
  assert.equal(pathAtByte(trace.decoded, '0.1.1.0', 2), '0.1.1.0')
  assert.equal(pathAtByte(trace.decoded, '0.1.1.0', 10), undefined)
  // The ciphered frame is not the deciphered text: its second octet is ciphertext.
  assert.equal(pathAtByte(trace.decoded, '0.1', 1), '0.1.1')
})

test('a trace opens at its focus, else at its innermost layer', () => {
  assert.equal(firstPath(focused), '0.1.1.0.1.1')
  assert.equal(firstPath(trace), '0.1.1.0')
  assert.equal(firstPath({ ...trace, focus: { path: [9], offset: 0, length: 1, meaning: '' } }), '0.1.1.0')
})

test('octets of secrets keep their place', () => {
  assert.deepEqual(toBytes('01 xx FF'), ['01', 'xx', 'FF'])
})

test('the way to the focus is open at first', () => {
  const many: TreeNode = {
    ...leaf('root', 0, 100),
    children: [
      {
        ...leaf('rows', 0, 100),
        children: [
          {
            ...leaf('array', 0, 100),
            children: Array.from({ length: 40 }, (_, row) => ({
              ...leaf(`row ${row}`, row, 1),
              children: [leaf('v', row, 1)],
            })),
          },
        ],
      },
    ],
  }
  const lines = flatten(many, firstOpen(many, '0.0.0.33.0'))
  assert.ok(lines.some((line) => line.path === '0.0.0.33.0'))
  assert.equal(
    lines.some((line) => line.path === '0.0.0.5.0'),
    false,
  )
  assert.equal(nodeAt(many, '0.0.0.33.0')?.offset, 33)
})
