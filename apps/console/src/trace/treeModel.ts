import type { Trace, TraceFrame, TreeNode } from '../api/types.ts'

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

/** One space of octets: a frame of the wire, or what was deciphered or reassembled out of some. */
export type Layer = { path: string; name: string; bytes: string[]; frame?: TraceFrame }

/** The octets that a node's offset and length count in. */
export function layerOf(trace: Pick<Trace, 'decoded' | 'frames'>, path: string): Layer | undefined {
  const { decoded, frames } = trace
  for (const at of [path, ...ancestors(path).reverse()]) {
    const node = nodeAt(decoded, at)
    if (node?.hex) return { path: at, name: node.name, bytes: toBytes(node.hex) }
    // Several frames stand beside each other under the root, counted from 1; a single one is the root.
    const number = /^frame (\d+)$/.exec(node?.name ?? '')?.[1]
    const frame = number
      ? frames[Number(number) - 1]
      : at === '0' && frames.length === 1
        ? frames[0]
        : undefined
    if (node && frame) return { path: at, name: node.name, bytes: toBytes(frame.hex), frame }
  }
  return undefined
}

/** Where to begin: the focus, else the innermost layer, which says the most. */
export function firstPath(trace: Trace): string {
  const focus = trace.focus ? ['0', ...trace.focus.path].join('.') : undefined
  if (focus && nodeAt(trace.decoded, focus)) return focus
  let last = '0'
  const walk = (node: TreeNode, path: string) => {
    if (node.hex) last = path
    for (const [index, child] of (node.children ?? []).entries()) walk(child, `${path}.${index}`)
  }
  walk(trace.decoded, '0')
  return last === '0' && trace.decoded.children?.length ? `0.${trace.decoded.children.length - 1}` : last
}

/** Path of the deepest node of one layer that covers the octet; layers inside it have octets of their own. */
export function pathAtByte(root: TreeNode, layerPath: string, offset: number): string | undefined {
  let best: string | undefined
  const walk = (node: TreeNode, path: string) => {
    if (path !== layerPath && node.hex) return
    if (node.length > 0 && (offset < node.offset || offset >= node.offset + node.length)) return
    if (node.length > 0) best = path
    for (const [index, child] of (node.children ?? []).entries()) walk(child, `${path}.${index}`)
  }
  const top = nodeAt(root, layerPath)
  if (top) walk(top, layerPath)
  return best
}

export function nodeAt(root: TreeNode, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root
  for (const part of path.split('.').slice(1)) node = node?.children?.[Number(part)]
  return node
}

/** Two characters an octet; octets of secrets arrive as 'xx'. */
export function toBytes(hex: string): string[] {
  return hex.replace(/[^0-9a-fA-FxX]/g, '').match(/../g) ?? []
}

/** What a node says, in one line. */
export function nodeText(node: TreeNode): string {
  if (node.text !== undefined) return node.text
  const { value } = node
  if (node.scaled !== undefined) return `${node.scaled} ${node.unit ?? ''}`
  if (value === undefined || value === null) return ''
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}
