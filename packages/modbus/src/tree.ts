// A frame as a tree with a place for every field, in the shape the other inspectors use.

export type Fault = { readonly code: string; readonly message: string; readonly offset: number }

export type TreeNode = {
  readonly name: string
  readonly offset: number
  length: number
  type?: string
  value?: number | string | null
  text?: string
  children?: TreeNode[]
  error?: Fault
}

export type Language = 'en' | 'ro'

export class Stop extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

export class Walk {
  readonly #bytes: Uint8Array
  readonly #language: Language
  #parent: TreeNode
  at: number
  end: number

  constructor(bytes: Uint8Array, tree: TreeNode, language: Language) {
    this.#bytes = bytes
    this.#parent = tree
    this.#language = language
    this.at = 0
    this.end = bytes.length
  }

  get left(): number {
    return this.end - this.at
  }

  stop(code: string, message: string, offset: number): never {
    throw new Stop({ code, message, offset })
  }

  u8(name: string): number {
    const [value = 0] = this.#take(1)
    this.#add(name, 1, value)
    return value
  }

  u16(name: string, lowFirst = false): number {
    const [a = 0, b = 0] = this.#take(2)
    const value = lowFirst ? a | (b << 8) : (a << 8) | b
    this.#add(name, 2, value)
    return value
  }

  octets(name: string, length: number): void {
    const bytes = this.#take(length)
    this.#add(name, length, [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join(''))
  }

  text(name: string, length: number): string {
    const value = String.fromCharCode(...this.#take(length))
    this.#add(name, length, value)
    return value
  }

  rest(name: string): void {
    if (this.left > 0) this.octets(name, this.left)
  }

  /** What the last field means. */
  say([en, ro]: readonly [en: string, ro: string]): void {
    const last = this.#parent.children?.at(-1)
    if (last) last.text = this.#language === 'ro' ? ro : en
  }

  group(name: string, part: (node: TreeNode) => void): void {
    const outer = this.#parent
    const node: TreeNode = { name, offset: this.at, length: 0 }
    outer.children ??= []
    outer.children.push(node)
    this.#parent = node
    try {
      part(node)
    } catch (stop) {
      if (stop instanceof Stop) node.error ??= stop.fault
      throw stop
    } finally {
      node.length = this.at - node.offset
      this.#parent = outer
    }
  }

  #take(length: number): Uint8Array {
    if (length > this.left) {
      this.stop('truncated', `${length} octets are needed, ${this.left} are left`, this.at)
    }
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  #add(name: string, length: number, value: number | string): void {
    this.#parent.children ??= []
    this.#parent.children.push({ name, offset: this.at - length, length, value })
  }
}
