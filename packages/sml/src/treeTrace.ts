// Builds the tree while the declarations of the messages are read.

import type { TreeNode } from './inspect.ts'
import type { Fault } from './parse.ts'
import { obisText } from './readings.ts'
import type { Trace, TraceValue } from './tlv.ts'
import { smlUnit } from './units.ts'
import { type Language, translate } from './words.ts'

const abort: Readonly<Record<number, string>> = {
  0: 'go on after an error',
  1: 'next group after an error',
  2: 'end of the group after an error',
  255: 'stop at once after an error',
}

const secretNames = new Set(['password'])
const obisNames = new Set(['objName', 'listName', 'parameterName'])
const textNames = new Set(['username', 'attentionMsg', 'codepage'])

export class TreeTrace implements Trace {
  /** Octets of the content or, with a shift, of the frame. */
  readonly secrets: [from: number, to: number][] = []
  readonly #shift: number
  readonly #language: Language
  readonly #redact: boolean
  readonly #roots: TreeNode[] = []
  readonly #open: TreeNode[] = []

  constructor(shift: number, language: Language, redact: boolean) {
    this.#shift = shift
    this.#language = language
    this.#redact = redact
  }

  enter(name: string, offset: number): void {
    const node: TreeNode = { name, offset: offset + this.#shift, length: 0 }
    const parent = this.#open.at(-1)
    if (!parent) this.#roots.push(node)
    else if (parent.children) parent.children.push(node)
    else parent.children = [node]
    this.#open.push(node)
  }

  leave(offset: number): void {
    const node = this.#open.pop()
    if (!node) return
    node.length = offset + this.#shift - node.offset
    if (node.value !== undefined && node.value !== null) this.#hide(node)
  }

  #hide(node: TreeNode): void {
    if (!this.#redact || !secretNames.has(node.name)) return
    this.secrets.push([node.offset, node.offset + node.length])
    delete node.value
    node.text = translate('hidden (secret)', this.#language)
  }

  value(value: TraceValue, type?: string): void {
    const node = this.#open.at(-1)
    if (!node) return
    if (type) node.type = type
    if (value === null || typeof value !== 'object') node.value = value
    else if (value instanceof Uint8Array) node.value = hexOf(value)
    else if (value.type === 'integer' || value.type === 'unsigned') {
      const number = Number(value.value)
      node.value = Number.isSafeInteger(number) ? number : String(value.value)
      node.type = `${value.type}${8 * value.octets}`
    }
    const text = this.#textOf(node.name, value)
    if (text) node.text = text
  }

  #textOf(name: string, value: TraceValue): string | undefined {
    if (value instanceof Uint8Array) {
      if (obisNames.has(name)) return obisText(value)
      const printable =
        name === 'value' && value.length > 1 && value.every((octet) => octet > 0x1f && octet < 0x7f)
      return printable || textNames.has(name) ? new TextDecoder('latin1').decode(value) : undefined
    }
    if (typeof value !== 'number') return undefined
    if (name === 'unit') return smlUnit(value)
    if (name === 'timestamp') return new Date(1000 * value).toISOString()
    if (name === 'secIndex') return translate('seconds of operation', this.#language)
    const said = name === 'abortOnError' ? abort[value] : undefined
    return said && translate(said, this.#language)
  }

  /** Whatever is still open ended with the fault, which is told at the innermost. */
  finish(error: Fault | undefined): TreeNode[] {
    const innermost = this.#open.at(-1)
    if (error && innermost) {
      innermost.error = { ...error, offset: error.offset + this.#shift }
      while (this.#open.length > 0)
        this.leave(Math.max(error.offset, (this.#open.at(-1)?.offset ?? 0) - this.#shift))
    }
    return this.#roots
  }
}

const hexOf = (bytes: Uint8Array) =>
  Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
