// Readouts of IEC 62056-21 (modes A to D) and P1 telegrams, which are mode D with a CRC (DSMR, Fluvius,
// EN 62056-7-5 on a P1 port). Every field gets its place; a wrong check keeps what was read.

import { bcc, crc16, sum7 } from './checks.ts'
import { type CrcRepair, crcRepair } from './p1/repair.ts'
import { covers, maskedHex, type Range, secretRanges } from './secrets.ts'
import { readValue } from './value.ts'

export type Language = 'ro' | 'en'
export type Fault = { readonly code: string; readonly message: string; readonly offset: number }

/** `offset` and `length` count octets of the telegram. */
export type TreeNode = {
  readonly name: string
  readonly offset: number
  length: number
  type?: string
  value?: number | string | boolean | null
  text?: string
  obis?: string
  scaled?: number
  unit?: string
  note?: string
  /** Of the whole telegram, where octets are hidden: those are `xx`. */
  hex?: string
  children?: TreeNode[]
  error?: Fault
}

export type TelegramResult = {
  /** Every octet was understood and the check matches, where there is one. */
  readonly ok: boolean
  readonly protocol: 'iec62056-21' | 'p1'
  readonly tree: TreeNode
  readonly error?: Fault
}

export type TelegramOptions = {
  /** Romanian by default. */
  readonly language?: Language
  /** Name of an object `A.B.C.D.E.F`. */
  readonly nameOf?: (obis: string) => string | undefined
  /** Hides passwords; true by default. */
  readonly redact?: boolean
  /** More octets to hide: what the frames before and after show to be a password. */
  readonly hidden?: readonly Range[]
}

/** Stands for a hidden character; no parenthesis and no control character. */
const hiddenCharacter = 0x2a
const soh = 0x01
const stx = 0x02
const etx = 0x03
const ack = 0x06
const maxTelegram = 1024 * 1024
const maxDataSets = 50_000

// 7F is FF without its parity bit: an idle line.
const isBlank = (octet: number | undefined) =>
  octet === 0x0d || octet === 0x0a || octet === 0x20 || octet === 0x00 || octet === 0x7f

const repairTexts: Readonly<Record<CrcRepair, readonly [ro: string, en: string]>> = {
  'line-ends': [
    'CRC-ul se potrivește cu sfârșituri de linie CR LF: s-au pierdut la înregistrare',
    'the CRC fits with line ends CR LF: they were lost when this was recorded',
  ],
  'blank-line': [
    'CRC-ul se potrivește cu o linie goală după identificare: s-a pierdut la înregistrare',
    'the CRC fits with an empty line behind the identification: it was lost when this was recorded',
  ],
}

/** Takes a telegram apart. Never throws on any octets. */
export function inspectTelegram(bytes: Uint8Array, options: TelegramOptions = {}): TelegramResult {
  const scanner = new Scanner(bytes, options)
  if (bytes.length > maxTelegram) scanner.fault('too-large', 'the telegram exceeds 1 MiB', 0)
  else scanner.run()
  const { tree, error, protocol } = scanner
  tree.type = protocol
  return error ? { ok: false, protocol, tree, error } : { ok: true, protocol, tree }
}

class Scanner {
  readonly tree: TreeNode
  error: Fault | undefined
  protocol: 'iec62056-21' | 'p1' = 'iec62056-21'
  readonly #bytes: Uint8Array
  /** One character for each octet, parity bits taken off. */
  readonly #text: string
  readonly #options: TelegramOptions
  readonly #hidden: readonly Range[]
  #position = 0
  #start = 0
  #block: number | undefined
  #dataSets = 0

  constructor(bytes: Uint8Array, options: TelegramOptions) {
    this.#bytes = bytes
    this.#options = options
    this.#hidden = options.redact === false ? [] : [...secretRanges(bytes), ...(options.hidden ?? [])]
    // Whatever is read is read from this text, so what is hidden here is hidden everywhere.
    const text = bytes.map((octet) => octet & 0x7f)
    for (const [from, to] of this.#hidden) text.fill(hiddenCharacter, from, to)
    this.#text = new TextDecoder('latin1').decode(text)
    this.tree = { name: 'telegram', offset: 0, length: bytes.length, children: [] }
    if (this.#hidden.length === 0) return
    this.tree.hex = maskedHex(bytes, this.#hidden)
    this.tree.note = options.language === 'en' ? 'passwords are hidden' : 'parolele sunt ascunse'
  }

  fault(code: string, message: string, offset: number, node: TreeNode = this.tree): void {
    const fault = { code, message, offset }
    node.error ??= fault
    this.error ??= fault
  }

  run(): void {
    while (this.#position < this.#text.length) {
      const octet = this.#text.charCodeAt(this.#position)
      if (isBlank(octet)) this.#position++
      else if (octet === 0x2f) this.#identification()
      else if (octet === ack) this.#acknowledge()
      else if (octet === stx || octet === soh) this.#open(octet)
      else if (octet === etx) this.#close()
      else if (octet === 0x21) this.#end()
      else this.#dataSet()
      if (this.#dataSets > maxDataSets) {
        this.fault('too-large', `more than ${maxDataSets} data sets`, this.#position)
        return
      }
    }
    if (this.#dataSets === 0 && this.tree.children?.length === 0) {
      this.fault('empty', 'the telegram has no fields', 0)
    }
  }

  #add(name: string, offset: number, length: number, more: Partial<TreeNode> = {}): TreeNode {
    const node: TreeNode = { name, offset, length, ...more }
    this.tree.children?.push(node)
    return node
  }

  #lineEnd(): number {
    const rest = /[\r\n]/g
    rest.lastIndex = this.#position
    return rest.exec(this.#text)?.index ?? this.#text.length
  }

  /** `/` XXX Z identification, 6.3.2: manufacturer, baud rate, the rest. */
  #identification(): void {
    this.#start = this.#position
    const end = this.#lineEnd()
    const line = this.#text.slice(this.#position, end)
    this.#position = end
    const offset = this.#start
    if (line.startsWith('/?')) {
      this.#add('request', offset, line.length, { value: line })
      return
    }
    const match = /^\/([A-Za-z]{3})(.?)(.*)$/.exec(line)
    if (!match) {
      const node = this.#add('identification', offset, line.length, { value: line })
      this.fault('identification', 'the identification has no manufacturer of three letters', offset, node)
      return
    }
    const [, manufacturer = '', baud = '', identification = ''] = match
    this.#add('identification', offset, line.length, {
      value: line.slice(1),
      children: [
        { name: 'manufacturer', offset: offset + 1, length: 3, value: manufacturer },
        { name: 'baud-rate', offset: offset + 4, length: baud.length, value: baud },
        {
          name: 'identifier',
          offset: offset + 4 + baud.length,
          length: identification.length,
          value: identification,
        },
      ],
    })
  }

  #acknowledge(): void {
    const end = this.#lineEnd()
    const value = this.#text.slice(this.#position + 1, end)
    this.#add('acknowledgement', this.#position, end - this.#position, { value })
    this.#position = end
  }

  /** SOH opens a command such as `P0`, STX the data; the BCC counts from the octet after the first of them. */
  #open(octet: number): void {
    this.#add(octet === soh ? 'soh' : 'stx', this.#position, 1)
    this.#position++
    this.#block ??= this.#position
    if (octet !== soh) return
    const command = /[A-Z]\d/y
    command.lastIndex = this.#position
    const match = command.exec(this.#text)
    if (!match) return
    this.#add('command', this.#position, 2, { value: match[0] })
    this.#position += 2
  }

  #close(): void {
    const at = this.#position++
    this.#add('etx', at, 1)
    const found = this.#bytes[this.#position]
    if (found === undefined || this.#block === undefined) return
    const computed = bcc(this.#bytes, this.#block, this.#position)
    if (covers(this.#hidden, this.#position)) {
      const node = this.#add('bcc', this.#position, 1, { value: '**' })
      const fits = [computed, sum7(this.#bytes, this.#block, this.#position)].includes(found & 0x7f)
      if (!fits) this.fault('bcc', 'the BCC does not fit', this.#position, node)
      this.#position++
      this.#block = undefined
      return
    }
    const node = this.#add('bcc', this.#position, 1, { value: hex(found & 0x7f, 2) })
    if ((found & 0x7f) === sum7(this.#bytes, this.#block, this.#position)) {
      if ((found & 0x7f) !== computed) {
        node.note =
          this.#options.language === 'en' ? 'sum modulo 128 instead of XOR' : 'sumă modulo 128 în loc de XOR'
      }
    } else if ((found & 0x7f) !== computed) {
      this.fault('bcc', `BCC is ${hex(found & 0x7f, 2)}, computed ${hex(computed, 2)}`, this.#position, node)
    }
    this.#position++
    this.#block = undefined
  }

  /** `!`, and the CRC of a P1 telegram. Some leave the leading zeros of the CRC out. */
  #end(): void {
    const at = this.#position++
    this.#add('end', at, 1, { value: '!' })
    const digits = /[0-9A-Fa-f]{1,4}(?=\s|$)/y
    digits.lastIndex = this.#position
    const match = digits.exec(this.#text)
    if (!match) return
    this.protocol = 'p1'
    const found = Number.parseInt(match[0], 16)
    const computed = crc16(this.#bytes, this.#start, at + 1)
    const node = this.#add('crc', this.#position, match[0].length, { value: match[0] })
    if (found !== computed) {
      this.fault('crc', `CRC is ${hex(found, 4)}, computed ${hex(computed, 4)}`, this.#position, node)
      const repair = crcRepair(this.#bytes.subarray(this.#start, at + 1), found)
      if (repair) node.note = repairTexts[repair][this.#options.language === 'en' ? 1 : 0]
    }
    this.#position += match[0].length
  }

  /** Address and values in parentheses; values on a line of their own belong to the address before. */
  #dataSet(): void {
    this.#dataSets++
    const start = this.#position
    // Printable characters but ( ) / and !
    const address = /[ "-'*-.0-~]*/y
    address.lastIndex = start
    const reference = address.exec(this.#text)?.[0] ?? ''
    this.#position += reference.length
    const node = this.#add(reference === '' ? 'values' : reference, start, 0)
    const obis = obisOf(reference)
    if (obis !== undefined) {
      node.obis = obis
      const name = this.#options.nameOf?.(obis)
      if (name !== undefined) node.text = name
      if (/^1\.3\.0\.2\.8|^0\.0\.96\.13\.|^0\.0\.1\.0\.0/.test(obis)) this.protocol = 'p1'
    }
    this.#values(node)
    if (this.#position === start) this.#position++
    node.length = this.#position - start
    if (!node.children) {
      // Mode C answers `Name` without parentheses are texts; anything else is reported once.
      node.value = this.#text.slice(start, this.#position)
      if (reference === '') this.fault('data-set', 'an octet outside of any data set', start, node)
    }
    // What one value means belongs to the data set too, for whoever looks it up by its object.
    const [only] = node.children ?? []
    if (only && node.children?.length === 1) {
      if (only.value !== undefined) node.value = only.value
      if (only.scaled !== undefined) node.scaled = only.scaled
      if (only.unit !== undefined) node.unit = only.unit
      node.text = [node.text, only.text].filter(Boolean).join(': ')
      if (node.text === '') delete node.text
    }
  }

  #values(node: TreeNode): void {
    for (;;) {
      // A value in parentheses may follow on the next line (DSMR 2.2 gas readings).
      const gap = /[\r\n]*(?=\()/y
      gap.lastIndex = this.#position
      const skip = gap.exec(this.#text)
      if (!skip) return
      const open = this.#position + skip[0].length
      const close = this.#text.indexOf(')', open)
      if (close < 0) {
        this.#position = this.#text.length
        this.fault('truncated', 'a value is not closed by a parenthesis', open, node)
        return
      }
      const text = this.#text.slice(open + 1, close)
      const reading = readValue(text, this.#options.language ?? 'ro')
      node.children ??= []
      node.children.push({
        name: String(node.children.length + 1),
        offset: open + 1,
        length: text.length,
        ...reading,
      })
      this.#position = close + 1
    }
  }
}

/** `1-0:1.8.0*255`, `1-0:1.8.0`, `1.8.0`, `C.1.0`, `F.F` as `A.B.C.D.E.F`; undefined for other names. */
export function obisOf(reference: string): string | undefined {
  const match = /^(?:(\d+)-(\d+):)?([0-9CFLP]+)\.([0-9CFLP]+)(?:\.([0-9CFLP]+))?(?:[*&](\d+))?$/.exec(
    reference,
  )
  if (!match) return undefined
  const [, a = '1', b = '0', c = '', d = '', e, f] = match
  // Letters are group codes of their own (IEC 62056-61): C = 96, F = 97, L = 98, P = 99.
  const groups: Readonly<Record<string, string>> = { C: '96', F: '97', L: '98', P: '99' }
  const number = (text: string) => groups[text] ?? text
  const values = [a, b, number(c), number(d), e === undefined ? '255' : number(e), f ?? '255']
  return values.every((value) => /^\d{1,3}$/.test(value) && Number(value) <= 255)
    ? values.map(Number).join('.')
    : undefined
}

function hex(value: number, width: number): string {
  return value.toString(16).toUpperCase().padStart(width, '0')
}
