import { hide, type Piece } from './secrets.ts'
import { attempt, InspectFault, type Inspection } from './state.ts'
import { say, type TextKey } from './texts.ts'
import { hexOf, type TreeNode, type TreeValue } from './tree.ts'

/** Reads one layer octet by octet and grows the tree as it goes, so that what was understood stays. */
export class Layer {
  readonly bytes: Uint8Array
  readonly state: Inspection
  end: number
  position: number
  /** The node of the layer itself. */
  readonly top: TreeNode
  #node: TreeNode

  constructor(state: Inspection, bytes: Uint8Array, node: TreeNode, from = 0, end = bytes.length) {
    this.state = state
    this.bytes = bytes
    this.position = from
    this.end = end
    this.#node = node
    this.top = node
  }

  get remaining(): number {
    return this.end - this.position
  }

  get node(): TreeNode {
    return this.#node
  }

  peek(ahead = 0): number {
    const at = this.position + ahead
    return at < this.end ? (this.bytes[at] as number) : -1
  }

  say(key: TextKey): string {
    return say(this.state.language, key)
  }

  fail(code: string, message: string, offset = this.position): never {
    throw new InspectFault(code, message, offset)
  }

  need(octets: number, what: string): void {
    if (octets > this.remaining) {
      this.fail('truncated', `${what} needs ${octets} octets, ${this.remaining} are left`)
    }
  }

  add(name: string, offset: number, length: number, more?: Partial<TreeNode>): TreeNode {
    if (++this.state.nodes > this.state.limits.maxNodes) {
      this.fail('too-large', `more than ${this.state.limits.maxNodes} elements`, offset)
    }
    const node: TreeNode = more ? { name, offset, length, ...more } : { name, offset, length }
    const parent = this.#node
    if (parent.children) parent.children.push(node)
    else parent.children = [node]
    return node
  }

  /** A node whose children `part` reads; on a fault the node keeps what was read. */
  group<T>(name: string, part: (node: TreeNode) => T, more?: Partial<TreeNode>): T {
    const parent = this.#node
    const node = this.add(name, this.position, 0, more)
    this.#node = node
    try {
      return part(node)
    } catch (error) {
      if (error instanceof InspectFault && !error.placed) {
        node.error = error.fault
        error.placed = true
      }
      throw error
    } finally {
      node.length = this.position - node.offset
      this.#node = parent
    }
  }

  u8(name: string, text?: (value: number) => string | undefined): number {
    return this.#number(name, 1, 'unsigned', text)
  }

  u16(name: string, text?: (value: number) => string | undefined): number {
    return this.#number(name, 2, 'unsigned', text)
  }

  u32(name: string, text?: (value: number) => string | undefined): number {
    return this.#number(name, 4, 'unsigned', text)
  }

  i8(name: string): number {
    this.need(1, name)
    const value = ((this.bytes[this.position] as number) << 24) >> 24
    this.add(name, this.position++, 1, { value })
    return value
  }

  flag(name: string): boolean {
    const value = this.u8(name)
    if (value > 1) this.fail('value', `${name} is ${value}, neither 0 nor 1`, this.position - 1)
    return value === 1
  }

  octets(name: string, length: number, text?: string): Uint8Array {
    const bytes = this.take(length, name)
    this.add(name, this.position - length, length, {
      type: 'octets',
      value: hexOf(bytes),
      ...(text && { text }),
    })
    return bytes
  }

  /** Octets that must not be shown, here or in the hexadecimal of this layer. */
  secret(name: string, length: number): Uint8Array {
    if (!this.state.redact) return this.octets(name, length)
    const bytes = this.take(length, name)
    this.add(name, this.position - length, length, { type: 'octets', text: this.say('redacted') })
    hide(this.state, bytes)
    return bytes
  }

  /** A secret behind its length; what is there of one that was cut short is hidden too. */
  secretString(name: string): Uint8Array {
    const at = this.position
    try {
      return this.secret(name, this.length(name))
    } catch (error) {
      hide(this.state, this.bytes.subarray(at, this.end))
      throw error
    }
  }

  take(length: number, what: string): Uint8Array {
    this.need(length, what)
    const bytes = this.bytes.subarray(this.position, this.position + length)
    this.position += length
    return bytes
  }

  /** A-XDR length (IEC 61334-6; Green Book 9.5): one octet, or 8n and n octets. Bounded by what is left. */
  length(what: string, unit = 1): number {
    const at = this.position
    this.need(1, `${what} length`)
    let value = this.bytes[this.position++] as number
    if (value >= 0x80) {
      const count = value & 0x7f
      if (count === 0 || count > 4) this.fail('length', `${what} length has ${count} octets`, at)
      this.need(count, `${what} length`)
      value = 0
      for (let i = 0; i < count; i++) value = value * 256 + (this.bytes[this.position++] as number)
    }
    if (value * unit > this.remaining) {
      this.fail('truncated', `${what} length is ${value}, ${this.remaining} octets are left`, at)
    }
    return value
  }

  /** Runs `part` with the end drawn in to `end`. */
  within<T>(end: number, part: () => T): T {
    const outer = this.end
    this.end = Math.min(end, outer)
    try {
      return part()
    } finally {
      this.end = outer
    }
  }

  /** Reads `bytes` as a layer of its own under the current node, with its hexadecimal. */
  inner(
    name: string,
    bytes: Uint8Array,
    part: (layer: Layer) => void,
    more?: Partial<TreeNode>,
    /** Where its octets come from; none when they are deciphered. */
    pieces: readonly Piece[] = [],
  ): boolean {
    const { state } = this
    if (state.layers >= state.limits.maxDepth) this.fail('too-deep', 'too many layers inside each other')
    const node = this.add(name, 0, bytes.length, more)
    const layer = new Layer(state, bytes, node)
    state.spaces.push({ bytes, node, pieces, hidden: [] })
    state.layers++
    const ok = attempt(state, node, () => part(layer))
    state.layers--
    node.hex = hexOf(bytes)
    return ok
  }

  #number(name: string, size: 1 | 2 | 4, type: string, text?: (value: number) => string | undefined): number {
    this.need(size, name)
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + (this.bytes[this.position + i] as number)
    const node = this.add(name, this.position, size, { value: value as TreeValue, type })
    const meaning = text?.(value)
    if (meaning !== undefined) node.text = meaning
    this.position += size
    return value
  }
}
