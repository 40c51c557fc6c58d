import type { Trace, TreeNode } from '../api/types.ts'

export type FlatNode = {
  path: string
  depth: number
  node: TreeNode
  hasChildren: boolean
}

/** Visible lines of the tree, top to bottom. */
export function flatten(root: TreeNode, open: ReadonlySet<string>): FlatNode[] {
  const lines: FlatNode[] = []
  const walk = (node: TreeNode, path: string, depth: number) => {
    const children = node.children ?? []
    lines.push({ path, depth, node, hasChildren: children.length > 0 })
    if (open.has(path))
      for (const [index, child] of children.entries()) walk(child, `${path}.${index}`, depth + 1)
  }
  walk(root, '0', 0)
  return lines
}

/** Paths opened at first: the upper layers, short ones whole, and the way to the focus. */
export function firstOpen(root: TreeNode, focus: string | undefined): Set<string> {
  const open = new Set<string>()
  const walk = (node: TreeNode, path: string, depth: number) => {
    const children = node.children ?? []
    if (children.length === 0) return
    if (depth < 2 || (depth < 5 && children.length <= 12)) {
      open.add(path)
      for (const [index, child] of children.entries()) walk(child, `${path}.${index}`, depth + 1)
    }
  }
  walk(root, '0', 0)
  if (focus) for (const path of ancestors(focus)) open.add(path)
  return open
}

export function ancestors(path: string): string[] {
  const parts = path.split('.')
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('.'))
}

/** Path of the deepest node that covers the byte; the smallest wins. */
export function pathAtByte(root: TreeNode, offset: number): string | undefined {
  let best: string | undefined
  const walk = (node: TreeNode, path: string) => {
    if (node.length > 0 && (offset < node.offset || offset >= node.offset + node.length)) return
    if (node.length > 0) best = path
    for (const [index, child] of (node.children ?? []).entries()) walk(child, `${path}.${index}`)
  }
  walk(root, '0')
  return best
}

export function nodeAt(root: TreeNode, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root
  for (const part of path.split('.').slice(1)) node = node?.children?.[Number(part)]
  return node
}

/** The focus of a trace as a path of this tree, whichever way the server said it. */
export function focusPath(trace: Trace): string | undefined {
  const focus = trace.focus
  if (!focus) return undefined
  if (focus.path !== undefined) {
    const parts = (Array.isArray(focus.path) ? focus.path : String(focus.path).split(/[./]/)).filter(
      (part) => part !== '',
    )
    const found = byNumbers(trace.decoded, parts) ?? byNames(trace.decoded, parts)
    if (found) return found
  }
  return focus.offset === undefined ? undefined : pathAtByte(trace.decoded, focus.offset)
}

function byNumbers(root: TreeNode, parts: (string | number)[]): string | undefined {
  if (!parts.every((part) => /^\d+$/.test(String(part)))) return undefined
  const path = ['0', ...parts].join('.')
  return nodeAt(root, path) ? path : undefined
}

function byNames(root: TreeNode, parts: (string | number)[]): string | undefined {
  let path = '0'
  let node = root
  const names = String(parts[0]) === root.name ? parts.slice(1) : parts
  for (const name of names) {
    const index = node.children?.findIndex((child) => child.name === String(name)) ?? -1
    if (index < 0) return undefined
    node = node.children![index]
    path += `.${index}`
  }
  return path
}

export function toBytes(hex: string): string[] {
  return hex.replace(/[^0-9a-fA-F]/g, '').match(/../g) ?? []
}

/** One space to which the tree's offsets refer: the deciphered text when there is one, else all answers. */
export function bytesOf(trace: Trace): string[] {
  if (trace.plain) return toBytes(trace.plain)
  if (trace.decoded.hex) return toBytes(trace.decoded.hex)
  const received = trace.frames.filter((frame) => isReceived(frame.direction))
  return toBytes((received.length > 0 ? received : trace.frames).map((frame) => frame.hex).join(''))
}

export const isReceived = (direction: string): boolean => /^(in|rx|received|from-meter|down)/i.test(direction)

/** What a node says, in one line. */
export function nodeText(node: TreeNode): string {
  if (node.text !== undefined) return node.text
  const { value } = node
  if (value === undefined || value === null) return ''
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

export const errorText = (node: TreeNode): string | undefined =>
  typeof node.error === 'string' ? node.error : node.error?.message
