// Register maps of meters as data, and what raw registers mean by them.

/** How many registers a type spans; strings say it themselves. */
const widths = { u16: 1, i16: 1, u32: 2, i32: 2, u64: 4, i64: 4, f32: 2, f64: 4 } as const

export type NumberType = keyof typeof widths

export type RegisterDefinition = {
  /** Unique in its map: `energy.import`, `voltage.l1`. */
  readonly name: string
  /** Address on the wire, from 0. */
  readonly address: number
  readonly type: NumberType | 'bcd' | 'string'
  /** Registers of a `string` or `bcd`. */
  readonly length?: number
  readonly functionCode?: 3 | 4
  /** The value is the number times this. */
  readonly scale?: number
  /** Name of an i16 register whose value n means × 10^n (SunSpec). */
  readonly scaleRegister?: string
  readonly unit?: string
  readonly quantity?: string
  readonly obis?: string
  /** Raw contents that mean "not there", hexadecimal over all registers in the order of the wire. */
  readonly absent?: readonly string[]
}

export type RegisterMap = {
  readonly id: string
  readonly title: string
  readonly manufacturer: string
  readonly source: string
  /** Which register of a number comes first. Octets inside a register are always high first. */
  readonly wordOrder: 'high-first' | 'low-first'
  /** 3 (holding) or 4 (input), where a register does not say. */
  readonly functionCode: 3 | 4
  /** Registers one request may ask for, at most 125. */
  readonly maxRegisters: number
  /** Unused registers one request may span rather than ask twice. */
  readonly maxGap: number
  readonly registers: readonly RegisterDefinition[]
}

export type MapFault = {
  readonly code:
    | 'shape'
    | 'name'
    | 'duplicate'
    | 'address'
    | 'type'
    | 'length'
    | 'function-code'
    | 'scale'
    | 'scale-register'
    | 'limits'
    | 'absent'
    | 'obis'
  /** `registers[3].address`. */
  readonly path: string
  readonly message: string
}

/** Registers a definition spans. */
export function widthOf(definition: Pick<RegisterDefinition, 'type' | 'length'>): number {
  const { type } = definition
  return type === 'string' || type === 'bcd' ? (definition.length ?? 0) : widths[type]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isInteger = (value: unknown, low: number, high: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high

/** Checks what came from JSON. @returns the map, or every fault found (at most 100). */
export function parseMap(input: unknown): { map: RegisterMap } | { faults: MapFault[] } {
  const faults: MapFault[] = []
  const fault = (code: MapFault['code'], path: string, message: string) => {
    if (faults.length < 100) faults.push({ code, path, message })
  }
  if (!isRecord(input)) return { faults: [{ code: 'shape', path: '', message: 'a map is an object' }] }
  for (const key of ['id', 'title', 'manufacturer', 'source']) {
    if (typeof input[key] !== 'string' || input[key] === '') fault('shape', key, 'a text is needed')
  }
  if (input.wordOrder !== 'high-first' && input.wordOrder !== 'low-first') {
    fault('shape', 'wordOrder', 'high-first or low-first')
  }
  if (input.functionCode !== 3 && input.functionCode !== 4) fault('function-code', 'functionCode', '3 or 4')
  if (!isInteger(input.maxRegisters, 1, 125)) fault('limits', 'maxRegisters', '1 to 125')
  if (!isInteger(input.maxGap, 0, 124)) fault('limits', 'maxGap', '0 to 124')
  const registers = input.registers
  if (!Array.isArray(registers) || registers.length === 0 || registers.length > 2000) {
    fault('shape', 'registers', '1 to 2000 registers')
    return { faults }
  }
  const names = new Map<string, Record<string, unknown>>()
  registers.forEach((register: unknown, i) => {
    const path = `registers[${i}]`
    if (!isRecord(register)) {
      fault('shape', path, 'a register is an object')
      return
    }
    checkRegister(register, path, isInteger(input.maxRegisters, 1, 125) ? input.maxRegisters : 125, fault)
    if (typeof register.name !== 'string') return
    if (names.has(register.name)) fault('duplicate', `${path}.name`, `${register.name} is there twice`)
    names.set(register.name, register)
  })
  registers.forEach((register: unknown, i) => {
    if (!isRecord(register) || register.scaleRegister === undefined) return
    const factor = typeof register.scaleRegister === 'string' ? names.get(register.scaleRegister) : undefined
    if (factor?.type !== 'i16')
      fault('scale-register', `registers[${i}].scaleRegister`, 'names no i16 register')
  })
  return faults.length > 0 ? { faults } : { map: input as unknown as RegisterMap }
}

function checkRegister(
  register: Record<string, unknown>,
  path: string,
  most: number,
  fault: (code: MapFault['code'], path: string, message: string) => void,
): void {
  const { type } = register
  if (typeof register.name !== 'string' || !/^[A-Za-z][\w.-]*$/.test(register.name)) {
    fault('name', `${path}.name`, 'a name begins with a letter')
  }
  const counted = type === 'string' || type === 'bcd'
  const known = typeof type === 'string' && (counted || Object.hasOwn(widths, type))
  if (!known) fault('type', `${path}.type`, `${String(type)} is no type`)
  if (counted && !isInteger(register.length, 1, type === 'bcd' ? 4 : most)) {
    fault('length', `${path}.length`, `a ${type} says how many registers it spans`)
  }
  if (known && !counted && register.length !== undefined)
    fault('length', `${path}.length`, 'the type fixes it')
  const width = known ? Math.max(1, widthOf(register as unknown as RegisterDefinition) || 1) : 1
  if (!isInteger(register.address, 0, 0x10000 - width))
    fault('address', `${path}.address`, '0 to 65535, all of it')
  if (width > most) fault('length', `${path}.type`, 'wider than one request may ask for')
  if (register.functionCode !== undefined && register.functionCode !== 3 && register.functionCode !== 4) {
    fault('function-code', `${path}.functionCode`, '3 or 4')
  }
  const { scale } = register
  if (scale !== undefined && (typeof scale !== 'number' || !Number.isFinite(scale) || scale === 0)) {
    fault('scale', `${path}.scale`, 'a number other than 0')
  }
  if (type === 'string' && (scale !== undefined || register.scaleRegister !== undefined)) {
    fault('scale', path, 'a string has no scale')
  }
  const { absent } = register
  const right = (text: unknown) =>
    typeof text === 'string' && text.length === 4 * width && /^[0-9a-f]+$/.test(text)
  if (absent !== undefined && !(Array.isArray(absent) && absent.every(right))) {
    fault('absent', `${path}.absent`, `${4 * width} lower-case hexadecimal digits each`)
  }
  const { obis } = register
  if (obis !== undefined && !(typeof obis === 'string' && /^\d+-\d+:\d+\.\d+\.\d+(\.\d+)?$/.test(obis))) {
    fault('obis', `${path}.obis`, 'A-B:C.D.E or A-B:C.D.E.F')
  }
}

/** One request: function code, first address, number of registers. */
export type ReadGroup = { readonly functionCode: 3 | 4; readonly address: number; readonly count: number }

/** The fewest requests in address order that respect `maxRegisters` and `maxGap`. */
export function readGroups(map: RegisterMap): ReadGroup[] {
  const spans = map.registers
    .map((register) => ({
      functionCode: register.functionCode ?? map.functionCode,
      from: register.address,
      to: register.address + widthOf(register),
    }))
    .sort((a, b) => a.functionCode - b.functionCode || a.from - b.from || a.to - b.to)
  const groups: { functionCode: 3 | 4; from: number; to: number }[] = []
  for (const span of spans) {
    const last = groups.at(-1)
    const joins =
      last &&
      last.functionCode === span.functionCode &&
      span.from - last.to <= map.maxGap &&
      Math.max(last.to, span.to) - last.from <= map.maxRegisters
    if (joins) last.to = Math.max(last.to, span.to)
    else groups.push({ ...span })
  }
  return groups.map(({ functionCode, from, to }) => ({ functionCode, address: from, count: to - from }))
}

/** The answer to a `ReadGroup`: registers of 16 bits from `address` on. */
export type RegisterBlock = {
  readonly functionCode: 3 | 4
  readonly address: number
  readonly registers: ArrayLike<number>
}

export type Reading = {
  readonly name: string
  /** A bigint where an integer without scale passes 2^53; null when the meter marks the value as not there. */
  readonly value: number | bigint | string | null
  readonly unit?: string
  readonly quantity?: string
  readonly obis?: string
  /** Why there is no value though the meter did not say so. */
  readonly fault?: 'not-read' | 'not-bcd' | 'not-a-number' | 'no-scale'
}

/** Applies a map to what was read. Pure; a register outside the blocks gives `fault: 'not-read'`. */
export function decodeRegisters(map: RegisterMap, blocks: readonly RegisterBlock[]): Reading[] {
  const raw = new Map<string, Uint8Array | undefined>()
  for (const register of map.registers) raw.set(register.name, octetsOf(map, register, blocks))
  return map.registers.map((register) => {
    const { name, unit, quantity, obis } = register
    const labels = {
      name,
      ...(unit === undefined ? {} : { unit }),
      ...(quantity === undefined ? {} : { quantity }),
      ...(obis === undefined ? {} : { obis }),
    }
    const octets = raw.get(name)
    if (!octets) return { ...labels, value: null, fault: 'not-read' }
    if (register.absent?.includes(hexOf(octets))) return { ...labels, value: null }
    return { ...labels, ...meaningOf(map, register, octets, raw) }
  })
}

function octetsOf(
  map: RegisterMap,
  register: RegisterDefinition,
  blocks: readonly RegisterBlock[],
): Uint8Array | undefined {
  const width = widthOf(register)
  const functionCode = register.functionCode ?? map.functionCode
  for (const block of blocks) {
    const from = register.address - block.address
    if (block.functionCode !== functionCode || from < 0 || from + width > block.registers.length) continue
    const octets = new Uint8Array(2 * width)
    for (let i = 0; i < width; i++) {
      const word = block.registers[from + i] as number
      octets[2 * i] = (word >> 8) & 0xff
      octets[2 * i + 1] = word & 0xff
    }
    return octets
  }
  return undefined
}

const hexOf = (octets: Uint8Array) => [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('')

/** High register first, whatever the meter's order. */
function ordered(octets: Uint8Array, order: RegisterMap['wordOrder']): Uint8Array {
  if (order === 'high-first') return octets
  const result = new Uint8Array(octets.length)
  for (let i = 0; i < octets.length; i += 2) result.set(octets.subarray(i, i + 2), octets.length - 2 - i)
  return result
}

function meaningOf(
  map: RegisterMap,
  register: RegisterDefinition,
  octets: Uint8Array,
  raw: ReadonlyMap<string, Uint8Array | undefined>,
): Pick<Reading, 'value' | 'fault'> {
  if (register.type === 'string') return { value: textOf(octets) }
  const number = numberOf(register.type, ordered(octets, map.wordOrder))
  if (number === undefined)
    return { value: null, fault: register.type === 'bcd' ? 'not-bcd' : 'not-a-number' }
  let exponent = 0
  if (register.scaleRegister !== undefined) {
    const factor = raw.get(register.scaleRegister)
    if (!factor) return { value: null, fault: 'no-scale' }
    exponent = new DataView(factor.buffer, factor.byteOffset, 2).getInt16(0)
    // 8000 is "not implemented"; SunSpec bounds scale factors to ±10.
    if (exponent < -10 || exponent > 10) return { value: null, fault: 'no-scale' }
  }
  if (register.scale === undefined && exponent === 0) return { value: number }
  const scaled = Number(number) * (register.scale ?? 1)
  const value = exponent < 0 ? scaled / 10 ** -exponent : scaled * 10 ** exponent
  return { value: Number(value.toPrecision(15)) }
}

/** ISO 8859-1 up to the first zero, without blanks at the end. */
function textOf(octets: Uint8Array): string {
  const end = octets.indexOf(0)
  return String.fromCharCode(...(end < 0 ? octets : octets.subarray(0, end))).trimEnd()
}

function numberOf(type: NumberType | 'bcd', octets: Uint8Array): number | bigint | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  switch (type) {
    case 'u16':
      return view.getUint16(0)
    case 'i16':
      return view.getInt16(0)
    case 'u32':
      return view.getUint32(0)
    case 'i32':
      return view.getInt32(0)
    case 'u64':
      return exact(view.getBigUint64(0))
    case 'i64':
      return exact(view.getBigInt64(0))
    case 'f32': {
      const real = view.getFloat32(0)
      return Number.isFinite(real) ? shortest(real) : undefined
    }
    case 'f64':
      return Number.isFinite(view.getFloat64(0)) ? view.getFloat64(0) : undefined
    case 'bcd': {
      const digits = hexOf(octets)
      return /^\d+$/.test(digits) ? exact(BigInt(digits)) : undefined
    }
  }
}

function exact(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** The shortest decimal that is this 32-bit real: 236.1, where the double nearest to it is 236.10000610…. */
function shortest(real: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(real.toPrecision(digits))
    if (Math.fround(decimal) === real) return decimal
  }
  return Number(real.toPrecision(9))
}
