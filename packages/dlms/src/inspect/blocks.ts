// Long transfers whose blocks lie in several APDUs of the same inspection.

import { walkData } from './data.ts'
import { Layer } from './layer.ts'
import { piecesOf } from './secrets.ts'
import { InspectFault } from './state.ts'
import type { TreeNode } from './tree.ts'

const maxTransfer = 4 * 1024 * 1024

/**
 * Adds one block of the transfer `key`. When the last one has come, `done` reads the whole; before
 * that, a lone first block shows as much of its value as it holds.
 */
export function joinBlock(
  layer: Layer,
  key: string,
  header: { readonly last: boolean; readonly number: number },
  raw: Uint8Array,
  done: (whole: Layer) => void,
): void {
  const { blocks } = layer.state
  const begun = blocks.get(key)
  // Set and get blocks count from 1; a number that does not follow begins or breaks a transfer.
  const transfer = header.number === 1 ? { parts: [], next: 1, length: 0 } : begun
  if (!transfer || transfer.next !== header.number) {
    blocks.delete(key)
    layer.node.note = layer.say('blocksMissing')
    return
  }
  if (transfer.length + raw.length > maxTransfer) layer.fail('too-large', 'the blocks exceed 4 MiB')
  transfer.parts.push(raw)
  transfer.length += raw.length
  transfer.next = header.number + 1
  if (!header.last) {
    blocks.set(key, transfer)
    layer.node.note = layer.say('blocksFollow')
    if (header.number === 1 && !layer.state.secretTransfers.has(key)) preview(layer, raw)
    return
  }
  blocks.delete(key)
  const read = (whole: Layer) => {
    done(whole)
    if (whole.remaining > 0) whole.fail('trailing', `${whole.remaining} octets after the end`)
  }
  const bytes = concatenate(transfer.parts, transfer.length)
  layer.inner('reassembled', bytes, read, {}, piecesOf(transfer.parts))
}

/** The first block alone: its elements up to where the block ends, which is no error. */
function preview(layer: Layer, raw: Uint8Array): void {
  const node: TreeNode = { name: 'first-block', offset: 0, length: raw.length }
  try {
    walkData(new Layer(layer.state, raw, node), 'data')
  } catch (error) {
    if (!(error instanceof InspectFault) || error.fault.code !== 'truncated') return
  }
  clearErrors(node)
  const shown = layer.add('first-block', 0, raw.length)
  if (node.children) shown.children = node.children
}

function clearErrors(node: TreeNode): void {
  delete node.error
  const last = node.children?.at(-1)
  if (last) clearErrors(last)
}

export function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
