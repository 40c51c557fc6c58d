// WebAssembly modules from code that can be read: the few instructions that AES-GCM needs, written as nested calls,
// and the sections around them (WebAssembly Core Specification 2.0, chapter 5, and Relaxed SIMD).

/** Bytes of an expression or a statement in the order in which a stack machine takes them. */
export type Code = readonly number[]
export type ValueType = 'i32' | 'v128'

const valueTypes: Readonly<Record<ValueType, number>> = { i32: 0x7f, v128: 0x7b }
const simdPrefix = 0xfd
const emptyBlock = 0x40

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** Signed LEB128 of 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 0x7f
    const last = (rest >> 7 === 0 && low < 0x40) || (rest >> 7 === -1 && low >= 0x40)
    bytes.push(last ? low : low | 0x80)
    if (last) return bytes
  }
}

const simd = (opcode: number, ...operands: readonly Code[]): Code => [
  ...operands.flat(),
  simdPrefix,
  ...unsigned(opcode),
]
/** Two operands, or more from the left: `xor(a, b, c)`. */
const folded =
  (opcode: number) =>
  (first: Code, ...others: readonly Code[]): Code =>
    others.reduce((code, other) => simd(opcode, code, other), first)

/** Natural alignment of 16 octets is a hint only: every address is allowed. */
const unaligned = 0

/** Vectors of 16 octets. */
export const v128 = {
  constant: (bytes: ArrayLike<number>): Code => [...simd(0x0c), ...Array.from(bytes)],
  load: (address: Code, offset = 0): Code => [...simd(0x00, address), unaligned, ...unsigned(offset)],
  /** One octet of memory in all sixteen lanes. */
  load8Splat: (address: Code, offset = 0): Code => [...simd(0x07, address), unaligned, ...unsigned(offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    ...simd(0x0b, address, value),
    unaligned,
    ...unsigned(offset),
  ],
  and: folded(0x4e),
  or: folded(0x50),
  xor: folded(0x51),
  /** Lanes 0…15 are of `a`, 16…31 of `b`; which ones is fixed in the code. */
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => [...simd(0x0d, a, b), ...lanes],
  /** Octet `indices[n]` of `table` in lane n. Octets from 0x80 on give 0, what 0x10…0x7f give is not used. */
  swizzle: (table: Code, indices: Code): Code => simd(0x0e, table, indices),
  /** The same without the instruction that makes 0x10…0x7f give 0. */
  relaxedSwizzle: (table: Code, indices: Code): Code => simd(0x100, table, indices),
  shiftLeft8: (value: Code, bits: number): Code => simd(0x6b, value, i32.constant(bits)),
  shiftRight8: (value: Code, bits: number): Code => simd(0x6d, value, i32.constant(bits)),
  subtract8: (a: Code, b: Code): Code => simd(0x71, a, b),
  shiftRight16: (value: Code, bits: number): Code => simd(0x8d, value, i32.constant(bits)),
  splat32: (value: Code): Code => simd(0x11, value),
  shiftLeft32: (value: Code, bits: number): Code => simd(0xab, value, i32.constant(bits)),
  add32: folded(0xae),
} as const

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  load: (address: Code, offset = 0): Code => [...address, 0x28, unaligned, ...unsigned(offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    ...address,
    ...value,
    0x36,
    unaligned,
    ...unsigned(offset),
  ],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
} as const

/** A function under construction: parameters first, then locals as they are asked for. */
export class FunctionCode {
  readonly parameters: readonly ValueType[]
  readonly result: ValueType | undefined
  private readonly locals: ValueType[] = []
  private readonly body: number[] = []

  constructor(parameters: readonly ValueType[], result?: ValueType) {
    this.parameters = parameters
    this.result = result
  }

  /** A new local variable that holds `value`; later code reads it with `get`. */
  keep(type: ValueType, value: Code): number {
    this.locals.push(type)
    const index = this.parameters.length + this.locals.length - 1
    this.set(index, value)
    return index
  }
  vector(value: Code): Code {
    return get(this.keep('v128', value))
  }
  set(index: number, value: Code): void {
    this.emit([...value, 0x21, ...unsigned(index)])
  }
  emit(...code: readonly Code[]): void {
    for (const part of code) this.body.push(...part)
  }
  /** Runs what `inner` emits at least once, and again until the counter, one less each time, is 0. */
  repeat(counter: number, inner: () => void): void {
    this.emit([0x03, emptyBlock])
    inner()
    this.set(counter, i32.add(get(counter), i32.constant(-1)))
    this.emit([...get(counter), 0x0d, 0, 0x0b])
  }

  get signature(): number[] {
    const types = (list: readonly ValueType[]) => vector(list.map((type) => [valueTypes[type]]))
    return [0x60, ...types(this.parameters), ...types(this.result ? [this.result] : [])]
  }
  get code(): number[] {
    const locals = this.locals.map((type) => [1, valueTypes[type]])
    return sized([...vector(locals), ...this.body, 0x0b])
  }
}

/** Value of a parameter or local variable. */
export function get(index: number): Code {
  return [0x20, ...unsigned(index)]
}

/** Result of the module's function number `index`. */
export function call(index: number, ...values: readonly Code[]): Code {
  return [...values.flat(), 0x10, ...unsigned(index)]
}

function vector(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

function sized(bytes: Code): number[] {
  return [...unsigned(bytes.length), ...bytes]
}

const section = (id: number, items: readonly Code[]): number[] => [id, ...sized(vector(items))]

/** A module with one memory of `pages` × 64 KiB, exported as `memory`, and the functions under their names. */
export function assemble(functions: Readonly<Record<string, FunctionCode>>, pages: number): Uint8Array {
  const list = Object.values(functions)
  const name = (text: string) => sized(Array.from(text, (letter) => letter.charCodeAt(0)))
  const exported = Object.keys(functions).map((key, index) => [...name(key), 0x00, ...unsigned(index)])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      list.map((one) => one.signature),
    ),
    ...section(
      3,
      list.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[0x01, ...unsigned(pages), ...unsigned(pages)]]),
    ...section(7, [[...name('memory'), 0x02, 0x00], ...exported]),
    ...section(
      10,
      list.map((one) => one.code),
    ),
  ])
}
