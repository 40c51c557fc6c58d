import type { Malformed } from '../parse.ts'

/** Integers beyond 2^53 are decimal strings; octets are lower-case hexadecimal. */
export type TreeValue = number | string | boolean | null

/**
 * One understood part of a message. `offset` and `length` count octets of the layer the node lies in:
 * the item given to `inspect`, or the nearest ancestor (or the node itself) that has `hex`.
 */
export type TreeNode = {
  /** Field name from the standard. */
  readonly name: string
  readonly offset: number
  length: number
  type?: string
  value?: TreeValue
  /** What the value means, in the language asked for. */
  text?: string
  /** COSEM object the value belongs to. */
  obis?: string
  /** Value with its scaler applied, in `unit`. */
  scaled?: number
  unit?: string
  /** Something worth knowing that is no error. */
  note?: string
  /**
   * Octets of a layer that is no slice of the layer around it (reassembled, unstuffed or deciphered).
   * Octets of secrets appear as `xx`.
   */
  hex?: string
  children?: TreeNode[]
  error?: Malformed
}

const digits = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

export function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += digits[bytes[i] as number]
  return text
}

/** Depth-first walk over a tree. */
export function* walkTree(node: TreeNode): Generator<TreeNode> {
  yield node
  for (const child of node.children ?? []) yield* walkTree(child)
}
