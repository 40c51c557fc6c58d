// Elements of the SML binary encoding (annex IV b 6.3): a type-length field of one or more octets, then the value.

import { defaultSmlLimits, SmlError, type SmlLimits } from './parse.ts'

/** Octets of an integer as it stood on the wire: meters leave leading octets out (5 octets of an Integer64). */
export type SmlInteger = {
  readonly type: 'integer' | 'unsigned'
  readonly octets: number
  readonly value: bigint
}

export type SmlElement =
  | { readonly type: 'octets'; readonly value: Uint8Array }
  | { readonly type: 'boolean'; readonly value: boolean }
  | SmlInteger
  | { readonly type: 'list'; readonly value: readonly SmlElement[] }
  /** `00`, the end of a message. */
  | { readonly type: 'end' }

export type Head = {
  readonly type: 'octets' | 'boolean' | 'integer' | 'unsigned' | 'list' | 'end'
  length: number
}

const types: Readonly<Record<number, Head['type']>> = {
  0: 'octets',
  4: 'boolean',
  5: 'integer',
  6: 'unsigned',
  7: 'list',
}

export type TraceValue = Uint8Array | boolean | number | SmlInteger | SmlElement | null

/** What a reader tells whoever wants to know where things stand. */
export type Trace = {
  /** A part begins. */
  enter(name: string, offset: number): void
  /** The part that began last is this primitive; null when it was left out. */
  value(value: TraceValue, type?: string): void
  /** The part that began last ends before `offset`. */
  leave(offset: number): void
}

/** Cursor over the elements of a file. Throws SmlError. */
export class Cursor {
  readonly bytes: Uint8Array
  readonly limits: SmlLimits
  readonly trace: Trace | undefined
  offset: number
  #elements = 0
  #depth = 0

  constructor(bytes: Uint8Array, offset = 0, limits: SmlLimits = defaultSmlLimits, trace?: Trace) {
    this.bytes = bytes
    this.offset = offset
    this.limits = limits
    this.trace = trace
  }

  get atEnd(): boolean {
    return this.offset >= this.bytes.length
  }

  fail(code: SmlError['code'], message: string): never {
    throw new SmlError(code, message, this.offset)
  }

  /** Type and length of the next element without stepping over it. */
  peek(): Head {
    const { offset } = this
    const head = this.head()
    this.offset = offset
    this.#elements--
    return head
  }

  /** Reads a type-length field. `length` is octets of the value, or elements of a list. */
  head(): Head {
    const start = this.offset
    if (++this.#elements > this.limits.maxElements) {
      this.fail('too-many-elements', `more than ${this.limits.maxElements} elements`)
    }
    const first = this.#octet()
    if (first === 0) return { type: 'end', length: 0 }
    const type = types[(first >>> 4) & 7]
    if (type === undefined) {
      this.offset = start
      this.fail('malformed', `element type ${(first >>> 4) & 7} is not defined`)
    }
    let length = first & 0x0f
    for (let octet = first; octet & 0x80; ) {
      octet = this.#octet()
      if (octet & 0x70) this.fail('malformed', 'a further length octet with type bits')
      length = length * 16 + (octet & 0x0f)
      if (length > this.limits.maxFile) this.fail('too-large', `an element of ${length} octets or more`)
    }
    if (type === 'list') return { type, length }
    // The length counts the type-length field itself.
    const size = length - (this.offset - start)
    if (size < 0) {
      this.offset = start
      this.fail('malformed', 'an element shorter than its own length field')
    }
    return { type, length: size }
  }

  #octet(): number {
    const octet = this.bytes[this.offset]
    if (octet === undefined)
      throw new SmlError('truncated', 'the octets end within an element', this.offset, 1)
    this.offset++
    return octet
  }

  take(length: number): Uint8Array {
    const missing = this.offset + length - this.bytes.length
    if (missing > 0) {
      throw new SmlError('truncated', `${missing} more octets needed`, this.offset, missing)
    }
    const value = this.bytes.slice(this.offset, this.offset + length)
    this.offset += length
    return value
  }

  /** Expects an element of this type. */
  expect(type: Head['type']): number {
    const start = this.offset
    const head = this.head()
    if (head.type !== type) {
      this.offset = start
      this.fail('type', `${type} expected, ${head.type} found`)
    }
    return head.length
  }

  within<T>(read: () => T): T {
    if (++this.#depth > this.limits.maxDepth)
      this.fail('too-deep', `deeper than ${this.limits.maxDepth} lists`)
    const value = read()
    this.#depth--
    return value
  }

  /** An integer of either sign, with the octets it had. */
  integer(): SmlInteger {
    const start = this.offset
    const { type, length } = this.head()
    if (type !== 'integer' && type !== 'unsigned') {
      this.offset = start
      this.fail('type', `a number expected, ${type} found`)
    }
    if (length < 1 || length > 8) {
      this.offset = start
      this.fail('malformed', `a number of ${length} octets`)
    }
    let value = 0n
    for (const octet of this.take(length)) value = (value << 8n) | BigInt(octet)
    return { type, octets: length, value: type === 'integer' ? BigInt.asIntN(8 * length, value) : value }
  }

  boolean(): boolean {
    if (this.expect('boolean') !== 1) this.fail('malformed', 'a boolean is one octet')
    return this.take(1)[0] !== 0
  }

  octets(): Uint8Array {
    return this.take(this.expect('octets'))
  }

  element(): SmlElement {
    const { type } = this.peek()
    if (type === 'octets') return { type, value: this.octets() }
    if (type === 'boolean') return { type, value: this.boolean() }
    if (type === 'integer' || type === 'unsigned') return this.integer()
    const { length } = this.head()
    if (type === 'end') return { type }
    return this.within(() => {
      const value: SmlElement[] = []
      for (let i = 0; i < length; i++) value.push(this.element())
      return { type: 'list', value }
    })
  }
}

const codes = { octets: 0, boolean: 4, integer: 5, unsigned: 6, list: 7 } as const

/** Builds octets of elements. */
export class Composer {
  readonly #octets: number[] = []

  get length(): number {
    return this.#octets.length
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#octets)
  }

  /** @param length octets of the value, or elements of a list */
  head(type: keyof typeof codes, length: number): void {
    const listed = type === 'list'
    let fields = 1
    // A further field octet adds itself to the length it has to hold.
    while ((listed ? length : length + fields) >= 16 ** fields) fields++
    const total = listed ? length : length + fields
    for (let i = fields - 1; i >= 0; i--) {
      const nibble = Math.floor(total / 16 ** i) % 16
      const first = i === fields - 1 ? codes[type] << 4 : 0
      this.#octets.push((i > 0 ? 0x80 : 0) | first | nibble)
    }
  }

  octets(value: Uint8Array): void {
    this.head('octets', value.length)
    for (const octet of value) this.#octets.push(octet)
  }

  boolean(value: boolean): void {
    this.head('boolean', 1)
    this.#octets.push(value ? 0xff : 0)
  }

  integer({ type, octets, value }: SmlInteger): void {
    const bits = 8 * octets
    const fits = type === 'integer' ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
    if (octets < 1 || octets > 8 || fits !== value) {
      throw new SmlError('out-of-range', `${value} does not fit ${octets} octets (${type})`)
    }
    this.head(type, octets)
    for (let i = octets - 1; i >= 0; i--) this.#octets.push(Number((value >> BigInt(8 * i)) & 0xffn))
  }

  end(): void {
    this.#octets.push(0)
  }

  element(element: SmlElement): void {
    if (element.type === 'octets') this.octets(element.value)
    else if (element.type === 'boolean') this.boolean(element.value)
    else if (element.type === 'list') {
      this.head('list', element.value.length)
      for (const each of element.value) this.element(each)
    } else if (element.type === 'end') this.end()
    else this.integer(element)
  }
}
