// A telegram, wired or wireless, as a tree with a place for every field.

import { type Application, readApplication } from './application.ts'
import { hexOf } from './bytes.ts'
import { counterHex, type FixedData } from './fixed.ts'
import { configurationHex, type Header, type MeterAddress, statusNames } from './header.ts'
import { decodeFrame, type LinkFrame } from './link.ts'
import type { Fault } from './parse.ts'
import { decodeRadioFrame } from './radio.ts'
import type { MbusRecord } from './records.ts'
import { valueText } from './records.ts'
import { readWireless, type WirelessOptions, type WirelessTelegram } from './wireless.ts'
import { type Language, translate } from './words.ts'

/**
 * `offset` and `length` count octets of the telegram; of `hex` of the nearest ancestor that has one, where
 * CRCs were taken out or octets deciphered.
 */
export type TreeNode = {
  readonly name: string
  readonly offset: number
  length: number
  type?: string
  value?: number | string | null
  text?: string
  scaled?: number
  unit?: string
  hex?: string
  children?: TreeNode[]
  error?: Fault
}

export type MbusResult = {
  /** Every octet was understood and the checksum or CRC matches. */
  readonly ok: boolean
  readonly protocol: 'mbus' | 'wmbus'
  readonly tree: TreeNode
  readonly error?: Fault
}

export type MbusInspectOptions = WirelessOptions & {
  readonly language?: Language
  /** Hides access codes and passwords; true by default. */
  readonly redact?: boolean
}

/** Takes one frame apart: wired (long, control, short, acknowledgement) or wireless. Never throws on any octets. */
export function inspectMbus(bytes: Uint8Array, options: MbusInspectOptions = {}): MbusResult {
  const language = options.language ?? 'en'
  const wired = inspectWired(bytes, language, options.redact ?? true)
  if (wired.ok || !looksLikeWireless(bytes)) return wired
  return inspectWireless(bytes, options, language)
}

const wirelessControls = [
  0x44, 0x46, 0x47, 0x48, 0x40, 0x43, 0x53, 0x5a, 0x5b, 0x73, 0x7a, 0x7b, 0x00, 0x06, 0x08,
]

/** Whether the octets may be a wireless telegram: C field and letters of the manufacturer make sense, L or CRCs fit. */
export function looksLikeWireless(bytes: Uint8Array): boolean {
  const [, control = -1, low = 0, high = 0] = bytes
  if (bytes.length < 11 || !wirelessControls.includes(control)) return false
  const code = (low | (high << 8)) & 0x7fff
  const letters = [10, 5, 0].every((shift) => ((code >> shift) & 31) >= 1 && ((code >> shift) & 31) <= 26)
  return letters && decodeRadioFrame(bytes).kind === 'ok'
}

class Builder {
  readonly #bytes: Uint8Array
  readonly #language: Language
  readonly #redact: boolean
  readonly #secrets: [from: number, to: number][] = []

  constructor(bytes: Uint8Array, language: Language, redact: boolean) {
    this.#bytes = bytes
    this.#language = language
    this.#redact = redact
  }

  /** Hexadecimal of the telegram with what is hidden as `xx`; undefined when nothing is. */
  masked(): string | undefined {
    if (this.#secrets.length === 0) return undefined
    const octets = Array.from(this.#bytes, (octet) => octet.toString(16).padStart(2, '0'))
    for (const [from, to] of this.#secrets) octets.fill('xx', from, to)
    return octets.join('')
  }

  /** The checksum is the sum of all octets, a hidden one too. */
  checksum(offset: number): TreeNode {
    if (this.#secrets.length === 0) return this.octet('checksum', offset)
    this.#secrets.push([offset, offset + 1])
    return this.node('checksum', offset, 1)
  }

  node(name: string, offset: number, length: number, more: Partial<TreeNode> = {}): TreeNode {
    return { name, offset, length, ...more }
  }

  say(english: string): string {
    return translate(english, this.#language)
  }

  octet(name: string, offset: number, text?: string): TreeNode {
    return this.node(name, offset, 1, {
      value: this.#bytes[offset] as number,
      ...(text ? { text: this.say(text) } : {}),
    })
  }

  hex(name: string, offset: number, length: number): TreeNode {
    return this.node(name, offset, length, { value: hexOf(this.#bytes.subarray(offset, offset + length)) })
  }

  /** @param swapped on the link layer the manufacturer comes first */
  address(address: MeterAddress, offset: number, swapped: boolean): TreeNode[] {
    const first = swapped ? 2 : 0
    const id = this.node('identification', offset + first, 4, { value: address.id })
    const manufacturer = this.node('manufacturer', offset + (swapped ? 0 : 4), 2, {
      value: address.manufacturer,
    })
    return [
      ...(swapped ? [manufacturer, id] : [id, manufacturer]),
      this.octet('version', offset + 6),
      this.octet('medium', offset + 7, address.mediumName),
    ]
  }

  header(header: Header): TreeNode {
    const { offset, length, address, status, configuration } = header
    const at = offset + (header.kind === 'long' ? 8 : 0)
    const names = statusNames(status)
    const children = [
      ...(address ? this.address(address, offset, false) : []),
      this.octet('access-number', at),
      this.node('status', at + 1, 1, {
        value: status.octet,
        ...(names.length > 0 ? { text: names.map((name) => this.say(name)).join(', ') } : {}),
      }),
      this.node('signature', at + 2, length - (at + 2 - offset), {
        value: configurationHex(configuration),
        ...(configuration.mode === 0 ? {} : { text: `${this.say('security mode')} ${configuration.mode}` }),
      }),
    ]
    return this.node('header', offset, length, { children })
  }

  record(record: MbusRecord, index: number): TreeNode {
    const { offset, vifOffset, dataOffset } = record
    const children: TreeNode[] = []
    for (let at = offset; at < vifOffset; at++) children.push(this.octet(at === offset ? 'dif' : 'dife', at))
    for (let at = vifOffset; at < dataOffset; at++)
      children.push(this.octet(at === vifOffset ? 'vif' : 'vife', at))
    const end = offset + record.length
    if (this.#redact && secretQuantity.test(record.quantity)) {
      this.#secrets.push([dataOffset, end])
      children.push(this.node('data', dataOffset, end - dataOffset))
      const text = `${this.say(record.quantity)}: ${this.say('hidden')}`
      return this.node(`record ${index}`, offset, record.length, {
        type: this.say(record.quantity),
        text,
        children,
      })
    }
    const coded = plain(record.value)
    children.push(this.node('data', dataOffset, end - dataOffset, { value: coded }))
    const parts = [this.say(record.quantity), ...record.qualifiers.map(({ text }) => this.say(text))]
    if (record.function !== 'instantaneous') {
      parts.push(this.say(record.function === 'error' ? 'during error' : record.function))
    }
    if (record.storage) parts.push(`${this.say('storage')} ${record.storage}`)
    if (record.tariff) parts.push(`${this.say('tariff')} ${record.tariff}`)
    if (record.subunit) parts.push(`${this.say('device')} ${record.subunit}`)
    const type = parts.join(', ')
    const shown =
      record.scaled === undefined ? valueText(record.value) : `${record.scaled} ${record.unit ?? ''}`
    return this.node(`record ${index}`, offset, record.length, {
      type,
      value: coded,
      text: `${type}: ${shown.trim()}`,
      ...(record.scaled === undefined ? {} : { scaled: record.scaled }),
      ...(record.unit === undefined ? {} : { unit: record.unit }),
      children,
    })
  }

  fixed(data: FixedData): TreeNode[] {
    const { offset, counters } = data
    return [
      this.node('identification', offset, 4, { value: data.id }),
      this.octet('access-number', offset + 4),
      this.octet('status', offset + 5),
      this.node('medium-unit', offset + 6, 2, { value: data.medium, text: this.say(data.mediumName) }),
      ...counters.map((counter, i) =>
        this.node(`counter-${i + 1}`, counter.offset, 4, {
          value: counter.value ?? counterHex(this.#bytes, counter),
          text: `${counter.value ?? ''} ${this.say(counter.unitName)}`.trim(),
          ...(counter.scaled === undefined ? {} : { scaled: counter.scaled }),
          ...(counter.unit === undefined ? {} : { unit: counter.unit }),
        }),
      ),
    ]
  }

  application(application: Application): TreeNode[] {
    const head = 'header' in application && application.header ? [this.header(application.header)] : []
    switch (application.kind) {
      case 'variable': {
        const { records, fillers, manufacturerData, moreRecordsFollow } = application.list
        const nodes = [
          ...records.map((record, i) => this.record(record, i + 1)),
          ...fillers.map((at) => this.node('filler', at, 1)),
        ].sort((a, b) => a.offset - b.offset)
        if (manufacturerData) {
          const { offset, octets } = manufacturerData
          const value = hexOf(octets)
          const text = moreRecordsFollow ? { text: this.say('more records follow in the next telegram') } : {}
          nodes.push(this.node('manufacturer-specific', offset - 1, octets.length + 1, { value, ...text }))
        }
        return [...head, ...nodes]
      }
      case 'fixed':
        return this.fixed(application)
      case 'application-error':
        return [...head, this.applicationError(application)]
      case 'encrypted':
        return [...head, this.hex('encrypted', application.payload.offset, application.payload.octets.length)]
      case 'selection':
        return application.enhanced.records.map((record, i) => this.record(record, i + 1))
      case 'alarm':
        return [...head, this.hex('alarm', application.flags.offset, application.flags.octets.length)]
      case 'compact':
        return [...head, this.hex('values', application.values.offset, application.values.octets.length)]
      case 'format':
        return [...head, this.hex('format', application.records.offset, application.records.octets.length)]
      case 'manufacturer-specific':
      case 'unsupported':
        return [this.hex(application.kind, application.contents.offset, application.contents.octets.length)]
      default:
        return []
    }
  }

  applicationError(error: Extract<Application, { kind: 'application-error' }>): TreeNode {
    const text = this.say(error.text)
    const at = error.contents ? error.contents.offset - 1 : this.#bytes.length - 3
    return error.code === undefined
      ? this.node('application-error', this.#bytes.length - 2, 0, { text })
      : this.node('application-error', at, 1, { value: error.code, text })
  }
}

function plain(value: MbusRecord['value']): number | string | null {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value
  return valueText(value)
}

/** Quantities of the VIFs FD 12 … FD 16 (EN 13757-3, table 12). */
const secretQuantity = /^(access code|password)/

function inspectWired(bytes: Uint8Array, language: Language, redact: boolean): MbusResult {
  const builder = new Builder(bytes, language, redact)
  const tree = builder.node('telegram', 0, bytes.length, { type: 'mbus', children: [] })
  const failed = (error: Fault): MbusResult => {
    tree.error = error
    return { ok: false, protocol: 'mbus', tree, error }
  }
  const frame = decodeFrame(bytes)
  if (frame.kind === 'malformed') return failed(frame.error)
  if (frame.kind === 'more') {
    return failed({ code: 'truncated', message: `${frame.need} octets are missing`, offset: bytes.length })
  }
  const { nodes, fault } = wiredNodes(builder, bytes, frame.value, frame.next)
  tree.children = nodes
  const hex = builder.masked()
  if (hex) tree.hex = hex
  if (fault) return failed(fault)
  if (frame.next < bytes.length) {
    return failed({ code: 'trailing', message: 'octets after the end of the frame', offset: frame.next })
  }
  return { ok: true, protocol: 'mbus', tree }
}

function wiredNodes(
  builder: Builder,
  bytes: Uint8Array,
  frame: LinkFrame,
  end: number,
): { nodes: TreeNode[]; fault?: Fault } {
  if (frame.kind === 'acknowledgement') return { nodes: [builder.octet('acknowledgement', 0)] }
  const trailer = () => [builder.checksum(end - 2), builder.octet('stop', end - 1)]
  if (frame.kind === 'short') {
    const start = [builder.octet('start', 0), builder.octet('control', 1), builder.octet('address', 2)]
    return { nodes: [...start, ...trailer()] }
  }
  const names = [
    'start',
    'length',
    'length-repeated',
    'start-repeated',
    'control',
    'address',
    'control-information',
  ]
  const nodes = names.map((name, at) => builder.octet(name, at))
  const { application, fault } = readApplication(bytes, frame.ciOffset, end - 2)
  if (application) nodes.push(...builder.application(application))
  const refused = application && !fault ? refusal(application, frame.ciOffset) : fault
  const ending = trailer()
  return refused ? { nodes, fault: refused } : { nodes: [...nodes, ...ending] }
}

/** Octets that were kept but not understood are no success. */
function refusal(application: Application, ciOffset: number): Fault | undefined {
  if (application.kind === 'encrypted') {
    return { code: 'encrypted', message: 'the records are encrypted', offset: application.payload.offset }
  }
  if (application.kind !== 'unsupported') return undefined
  const ci = application.ci.toString(16).padStart(2, '0')
  return { code: 'unsupported', message: `CI field ${ci} is not read here`, offset: ciOffset }
}

function inspectWireless(bytes: Uint8Array, options: MbusInspectOptions, language: Language): MbusResult {
  const tree: TreeNode = { name: 'telegram', offset: 0, length: bytes.length, type: 'wmbus', children: [] }
  const frame = decodeRadioFrame(bytes)
  const failed = (error: Fault): MbusResult => {
    tree.error = error
    return { ok: false, protocol: 'wmbus', tree, error }
  }
  if (frame.kind === 'malformed') return failed(frame.error)
  if (frame.kind === 'more') {
    return failed({ code: 'truncated', message: `${frame.need} octets are missing`, offset: bytes.length })
  }
  const { telegram, fault } = readWireless(frame.value.octets, frame.value.format, options)
  if (telegram) {
    const builder = new Builder(telegram.octets, language, options.redact ?? true)
    tree.children = wirelessNodes(builder, telegram)
    const shown = builder.masked()
    if (shown) tree.hex = shown
    else if (telegram.format !== 'none' || telegram.decrypted) tree.hex = hexOf(telegram.octets)
    if (telegram.format !== 'none') tree.text = `${builder.say('frame format')} ${telegram.format}`
  }
  const refused = fault ?? (telegram?.application && refusal(telegram.application, telegram.ciOffset))
  return refused ? failed(refused) : { ok: true, protocol: 'wmbus', tree }
}

function wirelessNodes(builder: Builder, telegram: WirelessTelegram): TreeNode[] {
  const { extendedLink, authentication, application, ciOffset } = telegram
  const nodes = [
    builder.octet('length', 0),
    builder.octet('control', 1),
    ...builder.address(telegram.address, 2, true),
  ]
  if (extendedLink) {
    const end = authentication?.offset ?? ciOffset
    nodes.push(
      builder.hex('extended-link-layer', extendedLink.offset, Math.max(1, end - extendedLink.offset)),
    )
  }
  if (authentication) {
    const { verified, offset } = authentication
    const layer = builder.hex('authentication-and-fragmentation-layer', offset, ciOffset - offset)
    if (verified) layer.text = builder.say('message authentication holds')
    nodes.push(layer)
  }
  if (application)
    nodes.push(builder.octet('control-information', ciOffset), ...builder.application(application))
  return nodes
}
