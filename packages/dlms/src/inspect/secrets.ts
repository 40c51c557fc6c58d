// Secrets leave no octet in a result: not in the layer that holds them, nor in the layers that layer was
// made of, nor in the values of fields that cover them.

import { secretRanges } from '../security/secrets.ts'
import type { Inspection } from './state.ts'
import { say } from './texts.ts'
import { hexOf, type TreeNode } from './tree.ts'

/** `length` octets of a layer were made of `source`, a part of another layer's octets. */
export type Piece = { readonly length: number; readonly source: Uint8Array }

/** One space of octets: an item given to `inspect`, or what was reassembled, unstuffed or deciphered. */
export type Space = {
  readonly bytes: Uint8Array
  readonly node: TreeNode
  readonly pieces: readonly Piece[]
  readonly hidden: [from: number, to: number][]
}

/** Pieces that were put one after the other as they are. */
export const piecesOf = (parts: readonly Uint8Array[]): Piece[] =>
  parts.map((source) => ({ length: source.length, source }))

/** Marks octets, a part of some layer, as not to be shown anywhere. */
export function hide(state: Inspection, octets: Uint8Array): void {
  if (!state.redact || octets.length === 0) return
  for (const space of state.spaces) {
    const from = octets.byteOffset - space.bytes.byteOffset
    const to = from + octets.length
    if (space.bytes.buffer !== octets.buffer || from < 0 || to > space.bytes.length) continue
    // Marked before: whatever it was made of is marked too.
    if (space.hidden.some(([first, last]) => first <= from && to <= last)) continue
    space.hidden.push([from, to])
    let at = 0
    for (const { length, source } of space.pieces) {
      const first = Math.max(from - at, 0)
      const last = Math.min(to - at, length)
      at += length
      if (first < last) hide(state, source.length === length ? source.subarray(first, last) : source)
    }
  }
}

/**
 * Marks what an APDU by itself gives away as secret. What only the conversation tells (the answer to a secret
 * that was asked for, later blocks) is marked where it is read.
 */
export function hideRanges(state: Inspection, apdu: Uint8Array): void {
  if (!state.redact) return
  for (const { offset, length } of secretRanges(apdu)) hide(state, apdu.subarray(offset, offset + length))
}

/** Takes what was marked out of the tree. */
export function redact(state: Inspection): void {
  for (const { bytes, node, hidden } of state.spaces) {
    if (hidden.length === 0) continue
    node.hex = masked(bytes, hidden)
    blank(node, node, hidden, say(state.language, 'redacted'))
  }
}

function masked(bytes: Uint8Array, hidden: readonly [number, number][]): string {
  let text = ''
  let at = 0
  for (const [from, to] of [...hidden].sort((a, b) => a[0] - b[0])) {
    if (to <= at) continue
    text += hexOf(bytes.subarray(at, Math.max(from, at))) + 'xx'.repeat(to - Math.max(from, at))
    at = to
  }
  return text + hexOf(bytes.subarray(at))
}

/** Values of fields of one layer that cover hidden octets; layers inside have octets of their own. */
function blank(node: TreeNode, top: TreeNode, hidden: readonly [number, number][], word: string): void {
  if (node !== top && node.hex !== undefined) return
  const end = node.offset + node.length
  const covers = hidden.some(([from, to]) => node.offset < to && from < end)
  if (!covers && node !== top) return
  if (node.value !== undefined && node !== top) {
    delete node.value
    delete node.scaled
    delete node.unit
    node.text = word
  }
  for (const child of node.children ?? []) blank(child, top, hidden, word)
}
