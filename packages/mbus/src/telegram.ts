// Answers of wired M-Bus meters: link frame (EN 13757-2) and variable data structure (EN 13757-3 6.2).

import type { Fault } from './parse.ts'
import { applicationErrors, media, type Quantity, quantityOf } from './vif.ts'

/** `offset` and `length` count octets of the telegram. */
export type TreeNode = {
  readonly name: string
  readonly offset: number
  length: number
  type?: string
  value?: number | string | null
  text?: string
  scaled?: number
  unit?: string
  children?: TreeNode[]
  error?: Fault
}

export type MbusResult = {
  /** Every octet was understood and the checksum matches. */
  readonly ok: boolean
  readonly protocol: 'mbus'
  readonly tree: TreeNode
  readonly error?: Fault
}

class Stop extends Error {
  readonly fault: Fault
  constructor(code: string, message: string, offset: number) {
    super(message)
    this.fault = { code, message, offset }
  }
}

const hexOf = (bytes: Uint8Array) => [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join('')

/** Takes one frame apart: long, control, short or acknowledgement. Never throws on any octets. */
export function inspectMbus(bytes: Uint8Array): MbusResult {
  const tree: TreeNode = { name: 'telegram', offset: 0, length: bytes.length, type: 'mbus', children: [] }
  try {
    new Walker(bytes, tree).run()
    return { ok: true, protocol: 'mbus', tree }
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop
    tree.error = stop.fault
    return { ok: false, protocol: 'mbus', tree, error: stop.fault }
  }
}

class Walker {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #parent: TreeNode
  #at = 0
  #end: number

  constructor(bytes: Uint8Array, tree: TreeNode) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#parent = tree
    this.#end = bytes.length
  }

  run(): void {
    const first = this.#bytes[0]
    if (first === 0xe5) this.#u8('acknowledgement')
    else if (first === 0x10) this.#short()
    else if (first === 0x68) this.#long()
    else throw new Stop('start', 'no M-Bus frame begins like this', 0)
    if (this.#at < this.#bytes.length)
      throw new Stop('trailing', 'octets after the end of the frame', this.#at)
  }

  #short(): void {
    this.#u8('start')
    const from = this.#at
    this.#u8('control')
    this.#u8('address')
    this.#trailer(from)
  }

  #long(): void {
    this.#u8('start')
    const length = this.#u8('length')
    const repeated = this.#u8('length-repeated')
    if (length !== repeated) throw new Stop('length', 'the two length octets differ', 1)
    if (this.#u8('start-repeated') !== 0x68) throw new Stop('start', 'no second 68', 3)
    const from = this.#at
    if (length < 3) throw new Stop('length', `length ${length} is shorter than C, A and CI`, 1)
    if (from + length + 2 > this.#bytes.length) {
      throw new Stop('truncated', `the frame states ${length} octets, fewer are there`, 1)
    }
    // The checksum comes first: octets it does not vouch for are not read as values.
    const sum = this.#sum(from, from + length)
    if (this.#bytes[from + length] !== sum) {
      throw new Stop('checksum', `checksum is not ${sum.toString(16).padStart(2, '0')}`, from + length)
    }
    this.#u8('control')
    this.#u8('address')
    this.#end = from + length
    this.#application()
    this.#end = this.#bytes.length
    this.#trailer(from)
  }

  #trailer(from: number): void {
    const at = this.#at
    const sum = this.#sum(from, at)
    if (this.#u8('checksum') !== sum) throw new Stop('checksum', `checksum is not ${sum.toString(16)}`, at)
    if (this.#u8('stop') !== 0x16) throw new Stop('stop', 'the frame does not end with 16', at + 1)
  }

  #application(): void {
    const at = this.#at
    const ci = this.#u8('control-information')
    if (ci === 0x70) {
      if (this.#at < this.#end) {
        const node = this.#add('application-error', this.#at, 1, { value: this.#bytes[this.#at] as number })
        node.text = applicationErrors[Number(node.value)] ?? 'reserved'
        this.#at++
      } else this.#add('application-error', this.#at, 0, { text: 'unspecified error' })
      this.#rest('contents')
    } else if (ci === 0x72) {
      this.#header()
      this.#records()
    } else if (ci === 0x73) this.#fixed()
    else if (ci === 0x51) this.#records()
    else throw new Stop('unsupported', `CI field ${ci.toString(16)} is not read here`, at)
  }

  #header(): void {
    if (this.#end - this.#at < 12)
      throw new Stop('truncated', 'the header of the answer has 12 octets', this.#at)
    this.#group('header', () => {
      const id = this.#take(4)
      this.#add('identification', this.#at - 4, 4, { value: hexOf(Uint8Array.from(id).reverse()) })
      const code = this.#view.getUint16(this.#at, true)
      const letters = [10, 5, 0].map((shift) => String.fromCharCode(((code >> shift) & 31) + 64)).join('')
      this.#add('manufacturer', this.#at, 2, { value: letters })
      this.#at += 2
      this.#u8('version')
      const medium = this.#u8('medium')
      const node = this.#parent.children?.at(-1)
      if (node && media[medium]) node.text = media[medium]
      this.#u8('access-number')
      this.#u8('status')
      const signature = this.#take(2)
      this.#add('signature', this.#at - 2, 2, { value: hexOf(signature) })
      if (((signature[1] as number) & 0x1f) === 5)
        throw new Stop('encrypted', 'the records are encrypted', this.#at)
    })
  }

  /** Fixed data structure: two counters, with unit codes this reader leaves as numbers. */
  #fixed(): void {
    if (this.#end - this.#at < 16) throw new Stop('truncated', 'the fixed structure has 16 octets', this.#at)
    const id = this.#take(4)
    this.#add('identification', this.#at - 4, 4, { value: hexOf(Uint8Array.from(id).reverse()) })
    this.#u8('access-number')
    const status = this.#u8('status')
    this.#u8('medium-unit-1')
    this.#u8('medium-unit-2')
    for (const name of ['counter-1', 'counter-2']) {
      const bytes = this.#take(4)
      // Status bit 0: counters are binary; BCD otherwise.
      const value = status & 1 ? this.#view.getInt32(this.#at - 4, true) : (bcd(bytes) ?? hexOf(bytes))
      this.#add(name, this.#at - 4, 4, { value })
    }
    this.#rest('contents')
  }

  #records(): void {
    for (let index = 1; this.#at < this.#end; index++) {
      const dif = this.#bytes[this.#at] as number
      if (dif === 0x2f) {
        this.#add('filler', this.#at++, 1)
        index--
      } else if (dif === 0x0f || dif === 0x1f) {
        const at = this.#at++
        const node = this.#add('manufacturer-specific', at, this.#end - at, {
          value: hexOf(this.#take(this.#end - this.#at)),
        })
        if (dif === 0x1f) node.text = 'more records follow in the next telegram'
      } else this.#group(`record ${index}`, (node) => this.#record(node))
    }
  }

  #record(node: TreeNode): void {
    const at = this.#at
    const dif = this.#u8('dif')
    let storage = (dif >> 6) & 1
    let tariff = 0
    let device = 0
    let extended = dif
    for (let n = 0; extended & 0x80; n++) {
      if (n === 10) throw new Stop('dife', 'more than 10 DIFEs', this.#at)
      extended = this.#u8('dife')
      storage += (extended & 0x0f) * 2 ** (1 + 4 * n)
      tariff += ((extended >> 4) & 3) * 4 ** n
      device += ((extended >> 6) & 1) * 2 ** n
    }
    const { quantity, ascii, orthogonal } = this.#valueInformation()
    const roles = ['', 'maximum', 'minimum', 'during error']
    const parts = [ascii ?? quantity?.quantity ?? 'unknown quantity', roles[(dif >> 4) & 3]]
    if (storage) parts.push(`storage ${storage}`)
    if (tariff) parts.push(`tariff ${tariff}`)
    if (device) parts.push(`device ${device}`)
    const value = this.#value(dif & 0x0f, quantity, orthogonal, at)
    node.type = parts.filter(Boolean).join(', ')
    if (value.value !== undefined) node.value = value.value
    if (value.scaled !== undefined) node.scaled = value.scaled
    if (value.unit !== undefined) node.unit = value.unit
    const shown =
      value.text ?? (value.scaled === undefined ? String(value.value) : `${value.scaled} ${value.unit ?? ''}`)
    node.text = `${node.type}: ${shown.trim()}`
  }

  #valueInformation(): { quantity: Quantity | undefined; ascii: string | undefined; orthogonal: number } {
    let vif = this.#u8('vif')
    let extension: number | undefined
    let ascii: string | undefined
    let quantity: Quantity | undefined
    let pending = (vif & 0x80) !== 0
    if (vif === 0xfd || vif === 0xfb) {
      extension = vif
      vif = this.#u8('vife')
      pending = (vif & 0x80) !== 0
      quantity = quantityOf(vif, extension)
    } else if ((vif & 0x7f) === 0x7c) {
      const length = this.#u8('vif-text-length')
      ascii = latin1(Uint8Array.from(this.#take(length)).reverse())
      this.#add('vif-text', this.#at - length, length, { value: ascii })
    } else if ((vif & 0x7f) !== 0x7f) quantity = quantityOf(vif)
    else quantity = { quantity: 'manufacturer specific' }
    let orthogonal = 0
    for (let n = 0; pending; n++) {
      if (n === 10) throw new Stop('vife', 'more than 10 VIFEs', this.#at)
      const vife = this.#u8('vife')
      pending = (vife & 0x80) !== 0
      // Correction factors 10^-6 … 10^1 and 10^3 of the orthogonal table; others name circumstances.
      if ((vife & 0x78) === 0x70) orthogonal += (vife & 7) - 6
      else if ((vife & 0x7f) === 0x7d) orthogonal += 3
    }
    return { quantity, ascii, orthogonal }
  }

  #value(field: number, quantity: Quantity | undefined, orthogonal: number, at: number): Partial<TreeNode> {
    const start = this.#at
    const raw = this.#data(field, at)
    this.#add('data', start, this.#at - start, { value: raw })
    if (quantity?.kind && this.#at - start >= 2) {
      const text = timeText(this.#bytes.subarray(start, this.#at))
      return text === undefined ? { value: raw } : { value: raw, text }
    }
    if (typeof raw !== 'number' || quantity?.unit === undefined) return { value: raw }
    const exponent = (quantity.exponent ?? 0) + orthogonal
    const coded = raw * (quantity.factor ?? 1)
    const scaled = Number((exponent < 0 ? coded / 10 ** -exponent : coded * 10 ** exponent).toPrecision(15))
    return { value: raw, scaled, unit: quantity.unit }
  }

  /** EN 13757-3 table 4. */
  #data(field: number, at: number): number | string | null {
    const sizes = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, -1, 6, -1]
    const size = sizes[field] as number
    if (field === 13) return this.#variable()
    if (size < 0) throw new Stop('dif', 'a special DIF inside a record', at)
    const start = this.#at
    const bytes = this.#take(size)
    if (size === 0) return null
    if (field === 5) return Number(this.#view.getFloat32(start, true).toPrecision(8))
    if (field >= 9) return bcd(bytes) ?? hexOf(Uint8Array.from(bytes).reverse())
    let value = 0n
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
    const signed = Number(BigInt.asIntN(8 * size, value))
    return Number.isSafeInteger(signed) ? signed : BigInt.asIntN(8 * size, value).toString()
  }

  #variable(): number | string {
    const lvar = this.#u8('lvar')
    if (lvar < 0xc0) return latin1(Uint8Array.from(this.#take(lvar)).reverse())
    if (lvar < 0xe0) {
      const number = bcd(this.#take(lvar & 0x0f))
      return number === undefined ? '' : lvar >= 0xd0 ? -number : number
    }
    if (lvar <= 0xef) return hexOf(Uint8Array.from(this.#take(lvar - 0xe0)).reverse())
    throw new Stop('lvar', `variable length ${lvar.toString(16)} is reserved`, this.#at - 1)
  }

  #sum(from: number, to: number): number {
    let total = 0
    for (let i = from; i < to; i++) total += this.#bytes[i] as number
    return total & 0xff
  }

  #rest(name: string): void {
    if (this.#at >= this.#end) return
    const at = this.#at
    this.#add(name, at, this.#end - at, { value: hexOf(this.#take(this.#end - at)) })
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#end) {
      throw new Stop('truncated', `${length} octets are needed, ${this.#end - this.#at} are left`, this.#at)
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #u8(name: string): number {
    const value = this.#take(1)[0] as number
    this.#add(name, this.#at - 1, 1, { value })
    return value
  }

  #add(name: string, offset: number, length: number, more: Partial<TreeNode> = {}): TreeNode {
    const node: TreeNode = { name, offset, length, ...more }
    this.#parent.children ??= []
    this.#parent.children.push(node)
    return node
  }

  #group(name: string, part: (node: TreeNode) => void): void {
    const outer = this.#parent
    const node = this.#add(name, this.#at, 0)
    this.#parent = node
    try {
      part(node)
    } catch (stop) {
      if (stop instanceof Stop) node.error ??= stop.fault
      throw stop
    } finally {
      node.length = this.#at - node.offset
      this.#parent = outer
    }
  }
}

/** Least significant octet first; F in the highest digit is a minus sign. Undefined when a digit is none. */
function bcd(bytes: Uint8Array): number | undefined {
  const digits = hexOf(Uint8Array.from(bytes).reverse())
  const negative = digits.startsWith('f')
  const text = negative ? digits.slice(1) : digits
  if (!/^\d+$/.test(text)) return undefined
  return negative ? -Number(text) : Number(text)
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}

/** Types F (32 bits) and G (16 bits) of EN 13757-3 annex A. */
function timeText(bytes: Uint8Array): string | undefined {
  const two = (value: number) => String(value).padStart(2, '0')
  const dateOf = (low: number, high: number) => {
    const year = ((low >> 5) & 7) | ((high >> 1) & 0x78)
    return `${year < 81 ? 2000 + year : 1900 + year}-${two(high & 0x0f)}-${two(low & 0x1f)}`
  }
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  if (bytes.length === 2) return dateOf(a, b)
  if (bytes.length !== 4) return undefined
  return `${dateOf(c, d)} ${two(b & 0x1f)}:${two(a & 0x3f)}`
}
