import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trace, TreeNode } from '../api/types.ts'
import { bytesOf, firstOpen, flatten, focusPath, nodeAt, pathAtByte } from './treeModel.ts'

const leaf = (name: string, offset: number, length: number): TreeNode => ({ name, offset, length })
const tree: TreeNode = {
  name: 'get-response',
  offset: 0,
  length: 10,
  children: [
    leaf('form', 1, 1),
    { ...leaf('data', 4, 6), children: [leaf('clock', 4, 2), leaf('A+', 6, 4)] },
  ],
}
const trace = (more: Partial<Trace>): Trace => ({
  ref: '1.0',
  meterId: '1',
  serial: 'X',
  at: '2026-01-01T00:00:00Z',
  purpose: 'registers',
  frames: [],
  decoded: tree,
  ...more,
})

test('a byte leads to its deepest meaning', () => {
  assert.equal(pathAtByte(tree, 7), '0.1.1')
  assert.equal(pathAtByte(tree, 1), '0.0')
  assert.equal(pathAtByte(tree, 2), '0')
  assert.equal(pathAtByte(tree, 10), undefined)
})

test('a focus is found by path of numbers, of names, or by offset', () => {
  assert.equal(focusPath(trace({ focus: { path: [1, 1] } })), '0.1.1')
  assert.equal(focusPath(trace({ focus: { path: '1.0' } })), '0.1.0')
  assert.equal(focusPath(trace({ focus: { path: ['data', 'A+'] } })), '0.1.1')
  assert.equal(focusPath(trace({ focus: { offset: 6, length: 4 } })), '0.1.1')
  assert.equal(focusPath(trace({ focus: { path: [9, 9] } })), undefined)
  assert.equal(focusPath(trace({})), undefined)
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

test('offsets count in the deciphered text when there is one, else in what was received', () => {
  const frames = [
    { direction: 'out', at: '', hex: 'c001' },
    { direction: 'in', at: '', hex: 'c4 01' },
  ]
  assert.deepEqual(bytesOf(trace({ frames })), ['c4', '01'])
  assert.deepEqual(bytesOf(trace({ frames, plain: 'AB CD' })), ['AB', 'CD'])
})
