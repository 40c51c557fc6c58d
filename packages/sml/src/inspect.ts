// Frames and messages as a tree with a place for every field.

import { decodeFile, type SmlFile } from './messages.ts'
import { defaultSmlLimits, type Fault, type SmlLimits } from './parse.ts'
import { readingsOf, type SmlReading } from './readings.ts'
import { type TransportEvent, TransportReader } from './transport.ts'
import { TreeTrace } from './treeTrace.ts'
import { type Language, translate } from './words.ts'

/**
 * `offset` and `length` count octets of what was given; of `hex` of the node itself or its nearest ancestor that
 * has one, where doubled escapes were taken out.
 */
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
  /** Octets of secrets appear as `xx`. */
  hex?: string
  children?: TreeNode[]
  error?: Fault
}

export type SmlResult = {
  /** Every octet was understood and the check sequences match. */
  readonly ok: boolean
  readonly protocol: 'sml'
  readonly tree: TreeNode
  readonly error?: Fault
}

export type SmlInspectOptions = {
  /** English by default. */
  readonly language?: Language
  /** Hides passwords of requests; true by default. */
  readonly redact?: boolean
  /** Name of an object by its OBIS as `A.B.C.D.E.F`. */
  readonly nameOf?: (obis: string) => string | undefined
  readonly limits?: SmlLimits
}

/** Takes apart one frame or several, or messages without the transport around them. Never throws on any octets. */
export function inspectSml(bytes: Uint8Array, options: SmlInspectOptions = {}): SmlResult {
  return new Inspector(bytes, options).run()
}

/** A stretch of octets that must not be shown. */
type Range = readonly [from: number, to: number]

class Inspector {
  readonly #bytes: Uint8Array
  readonly #options: SmlInspectOptions
  readonly #language: Language
  readonly #limits: SmlLimits
  readonly #hidden: Range[] = []
  #error: Fault | undefined

  constructor(bytes: Uint8Array, options: SmlInspectOptions) {
    this.#bytes = bytes
    this.#options = options
    this.#language = options.language ?? 'en'
    this.#limits = options.limits ?? defaultSmlLimits
  }

  run(): SmlResult {
    const tree: TreeNode = { name: 'telegram', offset: 0, length: this.#bytes.length, type: 'sml' }
    tree.children = this.#bytes[0] === 0x1b ? this.#frames() : this.#bare()
    if (this.#hidden.length > 0) tree.hex = masked(this.#bytes, this.#hidden)
    const error = this.#error
    if (!error) return { ok: true, protocol: 'sml', tree }
    tree.error = error
    return { ok: false, protocol: 'sml', tree, error }
  }

  #say(english: string): string {
    return translate(english, this.#language)
  }

  #fail(error: Fault): void {
    this.#error ??= error
  }

  #bare(): TreeNode[] {
    const { nodes, file, secrets } = this.#messages(this.#bytes, 0)
    if (file.error) this.#fail(file.error)
    else if (file.messages.length === 0) {
      this.#fail({ code: 'truncated', message: 'no message', offset: this.#bytes.length })
    }
    this.#hidden.push(...secrets)
    return nodes
  }

  #frames(): TreeNode[] {
    const events = new TransportReader(this.#limits).receive(this.#bytes)
    const frames = events.flatMap((event) => this.#frame(event))
    const read = frames.reduce((end, node) => Math.max(end, node.offset + node.length), 0)
    const complete = events.some(({ kind }) => kind === 'content')
    if (!complete && !this.#error) {
      const message = 'the frame is cut short'
      this.#fail({ code: 'truncated', message, offset: this.#bytes.length })
    } else if (read < this.#bytes.length) {
      this.#fail({ code: 'malformed', message: 'octets after the end of the frame', offset: read })
    }
    const [only] = frames
    return frames.length === 1 && only?.name === 'frame' && !only.hex ? (only.children ?? []) : frames
  }

  #frame(event: TransportEvent): TreeNode[] {
    if (event.kind === 'malformed') {
      this.#fail(event.error)
      return []
    }
    if (event.kind === 'skipped') {
      this.#fail({ code: 'malformed', message: 'octets outside of frames', offset: 0 })
      return []
    }
    const { offset, length, content, crc } = event
    const end = offset + length
    const padding = this.#bytes[end - 3] as number
    // Without doubled escapes the content stands in the frame as it is.
    const plain = content.length + padding + 16 === length
    const { nodes, file, secrets } = this.#messages(content, plain ? offset + 8 : 0)
    if (file.error) {
      this.#fail({ ...file.error, offset: plain ? file.error.offset + offset + 8 : file.error.offset })
    }
    const body: TreeNode[] = plain
      ? nodes
      : [
          {
            name: 'content',
            offset: 0,
            length: content.length,
            hex: masked(content, secrets),
            children: nodes,
          },
        ]
    if (plain) this.#hidden.push(...secrets)
    else if (secrets.length > 0) this.#hidden.push([offset + 8, end - 8])
    const start = { name: 'start', offset, length: 8, text: this.#say('start of the frame') }
    const children: TreeNode[] = [start, ...body]
    if (padding > 0 && plain) children.push({ name: 'padding', offset: end - 8 - padding, length: padding })
    children.push(
      { name: 'end', offset: end - 8, length: 5, text: this.#say('end of the frame') },
      { name: 'paddingLength', offset: end - 3, length: 1, value: padding },
      {
        name: 'crc16',
        offset: end - 2,
        length: 2,
        value: hexOf(this.#bytes.subarray(end - 2, end)),
        ...(crc === 'kermit' ? { text: this.#say('check sequence without inversions') } : {}),
      },
    )
    return [{ name: 'frame', offset, length, children }]
  }

  #messages(
    content: Uint8Array,
    shift: number,
  ): { nodes: TreeNode[]; file: SmlFile; secrets: readonly Range[] } {
    const trace = new TreeTrace(shift, this.#language, this.#options.redact ?? true)
    const file = decodeFile(content, this.#limits, trace)
    const nodes = trace.finish(file.error)
    this.#annotate(nodes, file)
    return { nodes, file, secrets: trace.secrets }
  }

  /** Says at each entry of a list what it means. */
  #annotate(messages: readonly TreeNode[], file: SmlFile): void {
    const readings = readingsOf(file)
    let next = 0
    file.messages.forEach(({ body }, index) => {
      if (body.kind !== 'getListResponse') return
      const message = messages[index]
      const entries = message && entriesOf(message)
      body.valList.forEach((_, at) => {
        const reading = readings[next++]
        const node = entries?.[at]
        if (reading && node) this.#describe(node, reading)
      })
    })
  }

  #describe(node: TreeNode, reading: SmlReading): void {
    const { obis, value, unit, direction, corrected } = reading
    node.obis = obis.replace(/[-:*]/g, '.')
    const name = this.#options.nameOf?.(node.obis)
    // Names of makers are octets that read as text.
    const said = node.children?.find((child) => child.name === 'value')?.text
    const shown = typeof value === 'object' ? value.value : (said ?? value)
    const flow = direction && unit === 'W' ? ` (${this.#say(direction)})` : ''
    node.text = `${name ?? obis}: ${shown}${unit ? ` ${unit}` : ''}${flow}`
    if (typeof value === 'number') node.scaled = value
    if (unit) node.unit = unit
    if (corrected) node.note = 'unsigned'
  }
}

function entriesOf(message: TreeNode): TreeNode[] | undefined {
  const find = (node: TreeNode | undefined, name: string) =>
    node?.children?.find((child) => child.name === name)
  return find(find(find(message, 'messageBody'), 'getListResponse'), 'valList')?.children
}

const hexOf = (bytes: Uint8Array) =>
  Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')

function masked(bytes: Uint8Array, hidden: readonly Range[]): string {
  const octets = Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0'))
  for (const [from, to] of hidden) octets.fill('xx', from, to)
  return octets.join('')
}
