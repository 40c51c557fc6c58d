// COSEM data, the CHOICE that every attribute value is (Blue Book 4.1.5, encoded in A-XDR, IEC 61334-6 and
// Green Book 9.5). Types and constructors; `readData` and `writeData` are in decode.ts and encode.ts.

/** Types whose value is a JavaScript number. */
export type NumberType =
  | 'double-long'
  | 'double-long-unsigned'
  | 'bcd'
  | 'integer'
  | 'long'
  | 'unsigned'
  | 'long-unsigned'
  | 'enum'
  | 'float32'
  | 'float64'
  | 'delta-integer'
  | 'delta-long'
  | 'delta-double-long'
  | 'delta-unsigned'
  | 'delta-long-unsigned'
  | 'delta-double-long-unsigned'

/** `bits` counts the used bits; the first one is the most significant bit of `bytes[0]`. */
export type BitString = { readonly bits: number; readonly bytes: Uint8Array }

/** What the elements of a compact array look like (Green Book 9.5, TypeDescription). */
export type TypeDescription =
  | { readonly type: 'array'; readonly count: number; readonly element: TypeDescription }
  | { readonly type: 'structure'; readonly elements: readonly TypeDescription[] }
  | { readonly type: SimpleType }

/** Types that hold no further data. */
export type SimpleType =
  | 'null-data'
  | 'boolean'
  | 'bit-string'
  | 'octet-string'
  | 'visible-string'
  | 'utf8-string'
  | 'long64'
  | 'long64-unsigned'
  | 'date-time'
  | 'date'
  | 'time'
  | NumberType

export type Data =
  | { readonly type: 'null-data'; readonly value: null }
  | { readonly type: 'array' | 'structure'; readonly value: readonly Data[] }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'bit-string'; readonly value: BitString }
  | { readonly type: NumberType; readonly value: number }
  | { readonly type: 'octet-string' | 'date-time' | 'date' | 'time'; readonly value: Uint8Array }
  | { readonly type: 'visible-string' | 'utf8-string'; readonly value: string }
  | { readonly type: 'long64' | 'long64-unsigned'; readonly value: bigint }
  | { readonly type: 'compact-array'; readonly value: readonly Data[]; readonly description: TypeDescription }

export type DataType = Data['type']

/** Tag of each type on the wire. */
export const dataTags: Readonly<Record<DataType, number>> = {
  'null-data': 0,
  array: 1,
  structure: 2,
  boolean: 3,
  'bit-string': 4,
  'double-long': 5,
  'double-long-unsigned': 6,
  'octet-string': 9,
  'visible-string': 10,
  'utf8-string': 12,
  bcd: 13,
  integer: 15,
  long: 16,
  unsigned: 17,
  'long-unsigned': 18,
  'compact-array': 19,
  long64: 20,
  'long64-unsigned': 21,
  enum: 22,
  float32: 23,
  float64: 24,
  'date-time': 25,
  date: 26,
  time: 27,
  'delta-integer': 28,
  'delta-long': 29,
  'delta-double-long': 30,
  'delta-unsigned': 31,
  'delta-long-unsigned': 32,
  'delta-double-long-unsigned': 33,
}

/** Type of each tag; undefined where the standard has none. */
export const dataTypes: readonly (DataType | undefined)[] = Array.from({ length: 34 }, (_, tag) =>
  (Object.keys(dataTags) as DataType[]).find((type) => dataTags[type] === tag),
)

const number =
  <T extends NumberType>(type: T) =>
  (value: number): Data => ({ type, value })

/** Constructors, named as people say them: `data.u32(5)` is a double-long-unsigned. */
export const data = {
  nul: (): Data => ({ type: 'null-data', value: null }),
  bool: (value: boolean): Data => ({ type: 'boolean', value }),
  u8: number('unsigned'),
  u16: number('long-unsigned'),
  u32: number('double-long-unsigned'),
  u64: (value: bigint | number): Data => ({ type: 'long64-unsigned', value: BigInt(value) }),
  i8: number('integer'),
  i16: number('long'),
  i32: number('double-long'),
  i64: (value: bigint | number): Data => ({ type: 'long64', value: BigInt(value) }),
  enum: number('enum'),
  bcd: number('bcd'),
  f32: number('float32'),
  f64: number('float64'),
  octets: (value: Uint8Array): Data => ({ type: 'octet-string', value }),
  visible: (value: string): Data => ({ type: 'visible-string', value }),
  utf8: (value: string): Data => ({ type: 'utf8-string', value }),
  /** '10110' gives five bits, the first one most significant. */
  bits: (text: string): Data => ({ type: 'bit-string', value: bitString(text) }),
  /** 12 bytes with tag 25. Attributes usually hold their date-time as an octet-string: use `octets`. */
  dateTime: (value: Uint8Array): Data => ({ type: 'date-time', value }),
  array: (...value: readonly Data[]): Data => ({ type: 'array', value }),
  structure: (...value: readonly Data[]): Data => ({ type: 'structure', value }),
}

/** Bit string of text of '0' and '1'. */
export function bitString(text: string): BitString {
  const bytes = new Uint8Array(Math.ceil(text.length / 8))
  for (let i = 0; i < text.length; i++) if (text[i] === '1') bytes[i >> 3] |= 0x80 >> (i & 7)
  return { bits: text.length, bytes }
}

/** '0' and '1' of a bit string, the first bit first. */
export function bitText(value: BitString): string {
  let text = ''
  for (let i = 0; i < value.bits; i++) text += (value.bytes[i >> 3] & (0x80 >> (i & 7))) === 0 ? '0' : '1'
  return text
}

/** The number in any numeric type (64-bit ones rounded to a double), undefined for the others. */
export function numberOf(value: Data): number | undefined {
  if (typeof value.value === 'number') return value.value
  return typeof value.value === 'bigint' ? Number(value.value) : undefined
}
