// SML transport protocol version 1 (annex IV b 8.1): escape, start, content with doubled escapes, padding, end.

import { type CrcVariant, crc16, step, variants } from './crc.ts'
import { defaultSmlLimits, type Fault, type SmlErrorCode, type SmlLimits } from './parse.ts'

const esc = 0x1b

export type TransportEvent =
  /** The content of one frame, escapes and padding taken off; the check matched by the named variant. */
  | {
      readonly kind: 'content'
      readonly content: Uint8Array
      readonly crc: CrcVariant
      /** Where the frame begins in the stream, and its octets from the first escape to the check. */
      readonly offset: number
      readonly length: number
    }
  /** Octets between frames. */
  | { readonly kind: 'skipped'; readonly octets: number }
  /** A frame that was given up; reading goes on at the next start. `offset` counts from the start of the stream. */
  | { readonly kind: 'malformed'; readonly error: Fault }

/** Bytes of a stream in, contents of frames out. Any chunking gives the same events. */
export class TransportReader {
  readonly #limits: SmlLimits
  #content = new Uint8Array(1024)
  #length = 0
  /** Octets not yet decided on: up to four of an escape and up to four of what it means. */
  readonly #pending: number[] = []
  #inFrame = false
  #skipped = 0
  #position = 0
  #began = 0
  #raw = 0
  #x25 = 0
  #kermit = 0
  #events: TransportEvent[] = []

  constructor(limits: SmlLimits = defaultSmlLimits) {
    this.#limits = limits
  }

  receive(bytes: Uint8Array): TransportEvent[] {
    this.#events = []
    for (const octet of bytes) {
      this.#position++
      this.#octet(octet)
    }
    this.#report()
    return this.#events
  }

  #octet(octet: number): void {
    const pending = this.#pending
    if (pending.length === 0 && octet !== esc) {
      this.#take(octet)
      return
    }
    pending.push(octet)
    if (pending.length <= 4) {
      if (octet !== esc) this.#release(pending.length)
    } else if (pending.length === 8) this.#command()
  }

  /** The first `count` octets pending are data; what is left is read again. */
  #release(count: number): void {
    const octets = this.#pending.splice(0)
    for (const octet of octets.slice(0, count)) this.#take(octet)
    for (const octet of octets.slice(count)) this.#octet(octet)
  }

  #take(octet: number): void {
    if (!this.#inFrame) {
      this.#skipped++
      return
    }
    if (this.#length >= this.#limits.maxFile) {
      this.#give('too-large', `the frame is longer than ${this.#limits.maxFile} octets`)
      return
    }
    this.#count(octet)
    this.#push(octet)
  }

  #count(octet: number): void {
    this.#raw++
    this.#x25 = step(this.#x25, octet)
    this.#kermit = step(this.#kermit, octet)
  }

  #push(octet: number): void {
    if (this.#length === this.#content.length) {
      const larger = new Uint8Array(Math.min(2 * this.#length, this.#limits.maxFile))
      larger.set(this.#content)
      this.#content = larger
    }
    this.#content[this.#length++] = octet
  }

  /** Four escape octets and the four behind them. */
  #command(): void {
    const [, , , , a = 0, b = 0, c = 0, d = 0] = this.#pending
    if (a === 1 && b === 1 && c === 1 && d === 1) this.#start()
    else if (a === 2 && b === 2 && c === 2 && d === 2) {
      this.#pending.length = 0
      this.#give('unsupported', 'transport version 2 (block transfer)')
    } else if (a === esc && b === esc && c === esc && d === esc && this.#inFrame) this.#doubled()
    // Content may end with escape octets right before the escape that ends it: the sequence begins later.
    else if (a === esc) this.#release(1)
    else if (a === 0x1a && this.#inFrame) this.#end(b, c | (d << 8))
    else if (!this.#inFrame) this.#release(4)
    else {
      this.#give('escape', 'an escape sequence that means nothing')
      this.#release(4)
    }
  }

  #start(): void {
    if (this.#inFrame) this.#give('truncated', 'another frame starts before this one ends')
    this.#report()
    const octets = this.#pending.splice(0)
    this.#began = this.#position - octets.length
    this.#inFrame = true
    this.#length = 0
    this.#raw = 0
    this.#x25 = variants.x25.initial
    this.#kermit = variants.kermit.initial
    for (const octet of octets) this.#count(octet)
  }

  #doubled(): void {
    for (const octet of this.#pending.splice(0)) this.#count(octet)
    if (this.#length + 4 > this.#limits.maxFile) {
      this.#give('too-large', `the frame is longer than ${this.#limits.maxFile} octets`)
    } else for (let i = 0; i < 4; i++) this.#push(esc)
  }

  #end(padding: number, sent: number): void {
    for (const octet of this.#pending.splice(0).slice(0, 6)) this.#count(octet)
    const matches: CrcVariant | undefined =
      (this.#x25 ^ variants.x25.final) === sent
        ? 'x25'
        : (this.#kermit ^ variants.kermit.final) === sent
          ? 'kermit'
          : undefined
    if (matches === undefined) this.#give('crc', 'the check sequence of the frame does not match')
    else if (padding > 3 || padding > this.#length || this.#raw % 4 !== 2) {
      this.#give('malformed', 'the padding of the frame does not fill four octets')
    } else {
      const content = this.#content.slice(0, this.#length - padding)
      const offset = this.#began
      this.#events.push({ kind: 'content', content, crc: matches, offset, length: this.#position - offset })
    }
    this.#inFrame = false
    this.#length = 0
  }

  #give(code: SmlErrorCode, message: string): void {
    this.#report()
    this.#events.push({ kind: 'malformed', error: { code, message, offset: this.#position } })
    this.#inFrame = false
    this.#length = 0
  }

  #report(): void {
    if (this.#skipped === 0) return
    this.#events.push({ kind: 'skipped', octets: this.#skipped })
    this.#skipped = 0
  }
}

/** Puts content into a frame of transport version 1. */
export function encodeTransport(content: Uint8Array, variant: CrcVariant = 'x25'): Uint8Array {
  const out: number[] = [esc, esc, esc, esc, 1, 1, 1, 1]
  let run = 0
  for (const octet of content) {
    out.push(octet)
    run = octet === esc ? run + 1 : 0
    if (run < 4) continue
    out.push(esc, esc, esc, esc)
    run = 0
  }
  const padding = (4 - (out.length % 4)) % 4
  for (let i = 0; i < padding; i++) out.push(0)
  out.push(esc, esc, esc, esc, 0x1a, padding)
  const bytes = Uint8Array.from([...out, 0, 0])
  const crc = crc16(bytes, 0, out.length, variant)
  bytes[out.length] = crc & 0xff
  bytes[out.length + 1] = crc >>> 8
  return bytes
}
