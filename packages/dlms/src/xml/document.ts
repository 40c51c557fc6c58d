// A small strict reader and writer of XML: elements with attributes, comments, a prolog. No document type,
// no entities but the five of XML and character references, no text between elements. Everything is bounded.

import { DlmsError } from '../parse.ts'

export type XmlElement = {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Where it begins in the text, for messages. */
  readonly offset: number
}

export const element = (
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly XmlElement[] = [],
): XmlElement => ({ name, attributes, children, offset: 0 })

export const xmlLimits = { maxLength: 16 * 1024 * 1024, maxDepth: 64, maxElements: 400_000 } as const

/** Whether XML 1.0 can hold the text: no control characters but tab and line ends, no half characters. */
export function isXmlText(text: string): boolean {
  for (const character of text) {
    const point = character.codePointAt(0) as number
    const control = point < 0x20 && point !== 0x09 && point !== 0x0a && point !== 0x0d
    if (control || (point >= 0xd800 && point < 0xe000) || point === 0xfffe || point === 0xffff) return false
  }
  return true
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeText = (text: string) =>
  text.replace(/[&<>"\t\r\n]/g, (found) => escapes[found] ?? `&#${found.charCodeAt(0)};`)

/** Two spaces a level, one element a line. */
export function writeXml(root: XmlElement): string {
  const lines: string[] = []
  const write = (node: XmlElement, indent: string) => {
    const attributes = Object.entries(node.attributes).map(
      ([name, value]) => ` ${name}="${escapeText(value)}"`,
    )
    const open = `${indent}<${node.name}${attributes.join('')}`
    if (node.children.length === 0) {
      lines.push(`${open} />`)
      return
    }
    lines.push(`${open}>`)
    for (const child of node.children) write(child, `${indent}  `)
    lines.push(`${indent}</${node.name}>`)
  }
  write(root, '')
  return `${lines.join('\n')}\n`
}

/** Throws DlmsError 'malformed' with the offset of the character; 'too-large' beyond `xmlLimits`. */
export function readXml(text: string): XmlElement {
  if (text.length > xmlLimits.maxLength) {
    throw new DlmsError('too-large', `more than ${xmlLimits.maxLength} characters`, { offset: 0 })
  }
  return new XmlReader(text).document()
}

const nameStart = /[A-Za-z_]/
const nameRest = /[A-Za-z0-9_.:-]/

class XmlReader {
  readonly #text: string
  #at = 0
  #elements = 0

  constructor(text: string) {
    this.#text = text
    if (text.startsWith('\ufeff')) this.#at = 1
  }

  document(): XmlElement {
    this.#space()
    if (this.#text.startsWith('<?xml', this.#at)) this.#skipTo('?>')
    this.#between()
    const root = this.#element(0)
    this.#between()
    if (this.#at < this.#text.length) this.#fail('there is more after the document')
    return root
  }

  #fail(message: string, at = this.#at): never {
    throw new DlmsError('malformed', message, { offset: at })
  }

  #space(): boolean {
    const from = this.#at
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
    return this.#at > from
  }

  #skipTo(mark: string): void {
    const end = this.#text.indexOf(mark, this.#at)
    if (end < 0) this.#fail(`'${mark}' is missing`)
    this.#at = end + mark.length
  }

  #between(): void {
    this.#space()
    while (this.#text.startsWith('<!--', this.#at)) {
      this.#skipTo('-->')
      this.#space()
    }
  }

  #name(): string {
    const from = this.#at
    if (!nameStart.test(this.#text[from] ?? '')) this.#fail('a name is missing')
    while (nameRest.test(this.#text[this.#at] ?? '')) this.#at++
    return this.#text.slice(from, this.#at)
  }

  #element(depth: number): XmlElement {
    const offset = this.#at
    if (depth > xmlLimits.maxDepth) this.#fail('the elements are nested too deep')
    if (++this.#elements > xmlLimits.maxElements) {
      throw new DlmsError('too-large', `more than ${xmlLimits.maxElements} elements`, { offset })
    }
    if (this.#text[this.#at] !== '<') this.#fail('an element is missing')
    this.#at++
    const name = this.#name()
    const attributes = this.#attributes()
    if (this.#text.startsWith('/>', this.#at)) {
      this.#at += 2
      return { name, attributes, children: [], offset }
    }
    if (this.#text[this.#at] !== '>') this.#fail(`the tag of ${name} is not closed`)
    this.#at++
    const children: XmlElement[] = []
    this.#between()
    while (!this.#text.startsWith('</', this.#at)) {
      children.push(this.#element(depth + 1))
      this.#between()
    }
    this.#at += 2
    const at = this.#at
    const closed = this.#name()
    if (closed !== name) this.#fail(`${closed} closes ${name}`, at)
    this.#space()
    if (this.#text[this.#at] !== '>') this.#fail(`the end of ${name} is not closed`)
    this.#at++
    return { name, attributes, children, offset }
  }

  #attributes(): Record<string, string> {
    const found: Record<string, string> = Object.create(null)
    for (;;) {
      const spaced = this.#space()
      if (!nameStart.test(this.#text[this.#at] ?? '')) return found
      if (!spaced) this.#fail('a space is missing')
      const at = this.#at
      const name = this.#name()
      if (name in found) this.#fail(`${name} stands twice`, at)
      this.#space()
      if (this.#text[this.#at] !== '=') this.#fail(`${name} has no value`)
      this.#at++
      this.#space()
      found[name] = this.#value()
    }
  }

  #value(): string {
    const quote = this.#text[this.#at]
    if (quote !== '"' && quote !== "'") this.#fail('a quote is missing')
    const from = this.#at + 1
    const end = this.#text.indexOf(quote, from)
    if (end < 0) this.#fail('a quote is not closed')
    const raw = this.#text.slice(from, end)
    if (raw.includes('<')) this.#fail("'<' in a value", from + raw.indexOf('<'))
    this.#at = end + 1
    const text = raw.replace(/&([^;&]{0,8};?)/g, (_, body: string) => this.#reference(body, from))
    if (!isXmlText(text)) this.#fail('a character that XML does not allow', from)
    return text
  }

  #reference(body: string, at: number): string {
    const named = { 'amp;': '&', 'lt;': '<', 'gt;': '>', 'quot;': '"', 'apos;': "'" }[body]
    if (named) return named
    const code = /^#x([0-9a-fA-F]{1,6});$/.exec(body)
    const decimal = /^#(\d{1,7});$/.exec(body)
    const point = code ? Number.parseInt(code[1] as string, 16) : decimal ? Number(decimal[1]) : -1
    if (point < 0 || point > 0x10ffff) this.#fail('an unknown entity', at)
    return String.fromCodePoint(point)
  }
}
