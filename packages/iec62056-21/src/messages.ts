// Messages of IEC 62056-21 6.3 in both directions, cut out of a stream of 7-bit characters.

import { bcc, sum7 } from './checks.ts'
import { defaultIecLimits, type IecFault, type IecLimits, latin1, textOf } from './parse.ts'

export const soh = 0x01
export const stx = 0x02
export const etx = 0x03
export const eot = 0x04
export const ack = 0x06
export const nak = 0x15
const lf = 0x0a
const starts = new Set([0x2f, soh, stx, ack, nak])

/** The block check: the standard's XOR, or the sum modulo 128 that some manufacturers send in its place. */
export type BlockCheck = 'xor' | 'sum'

export type Message =
  /** `/?` address `!`, 6.3.1. */
  | { readonly kind: 'request'; readonly address: string }
  /** 6.3.2; `text` is what stands behind the slash. */
  | { readonly kind: 'identification'; readonly text: string }
  /** ACK V Z Y, 6.3.3. */
  | { readonly kind: 'option'; readonly protocol: string; readonly baud: string; readonly mode: string }
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak' }
  /** SOH command [STX data] ETX, 6.3.7; `last` is false when EOT announces more blocks. */
  | {
      readonly kind: 'command'
      readonly command: string
      readonly data?: string
      readonly last: boolean
      readonly checked: boolean
    }
  /** STX data ETX, 6.3.4 and 6.3.8. */
  | { readonly kind: 'data'; readonly data: string; readonly last: boolean; readonly checked: boolean }
  /** What was given up; reading goes on behind it. */
  | { readonly kind: 'malformed'; readonly error: IecFault }

export function checkOf(bytes: Uint8Array, from: number, to: number, check: BlockCheck): number {
  return check === 'sum' ? sum7(bytes, from, to) : bcc(bytes, from, to)
}

/** Characters in, messages out. Octets that begin no message are passed over. Any chunking gives the same. */
export class MessageReader {
  readonly #limits: IecLimits
  readonly #check: BlockCheck
  #buffer: Uint8Array = new Uint8Array(256)
  #from = 0
  #to = 0
  /** How far the end of the message was already looked for. */
  #searched = 0
  /** Devices get options behind an ACK right after their identification; everything else is an ACK alone. */
  expectOption = false

  constructor(check: BlockCheck = 'xor', limits: IecLimits = defaultIecLimits) {
    this.#check = check
    this.#limits = limits
  }

  /** Octets received that belong to no complete message. */
  rest(): Uint8Array {
    return this.#buffer.slice(this.#from, this.#to)
  }

  clear(): void {
    this.#from = 0
    this.#to = 0
    this.#searched = 0
  }

  receive(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#buffer.length) {
      const kept = this.#to - this.#from
      const needed = kept + bytes.length
      const larger = needed > this.#buffer.length / 2 ? new Uint8Array(2 * needed) : this.#buffer
      larger.set(this.#buffer.subarray(this.#from, this.#to))
      this.#buffer = larger
      this.#searched -= this.#from
      this.#from = 0
      this.#to = kept
    }
    this.#buffer.set(bytes, this.#to)
    this.#to += bytes.length
  }

  /** The next complete message, or undefined while more octets are needed. */
  next(): Message | undefined {
    while (this.#from < this.#to && !starts.has(this.#buffer[this.#from] as number)) this.#from++
    if (this.#from === this.#to) {
      this.clear()
      return undefined
    }
    const message = this.#read()
    if (message === undefined && this.#to - this.#from > this.#limits.maxMessage) {
      this.clear()
      const text = `a message longer than ${this.#limits.maxMessage} octets`
      return { kind: 'malformed', error: { code: 'too-large', message: text } }
    }
    return message
  }

  /** Takes the octets up to `end` off the buffer. */
  #take(end: number): string {
    const text = textOf(this.#buffer.subarray(this.#from, end))
    this.#from = end
    this.#searched = end
    return text
  }

  #read(): Message | undefined {
    const first = this.#buffer[this.#from]
    if (first === 0x2f) return this.#line()
    if (first === ack && this.expectOption) return this.#option()
    if (first === ack || first === nak) {
      this.#take(this.#from + 1)
      return { kind: first === ack ? 'ack' : 'nak' }
    }
    return this.#block(first === soh)
  }

  #line(): Message | undefined {
    const end = this.#find((octet) => octet === lf)
    if (end === undefined) return undefined
    const line = this.#take(end + 1).replace(/\r?\n$/, '')
    const request = /^\/\?([^!]*)!$/.exec(line)
    return request
      ? { kind: 'request', address: request[1] as string }
      : { kind: 'identification', text: line.slice(1) }
  }

  #option(): Message | undefined {
    if (this.#to - this.#from < 6) return undefined
    const [, protocol, baud, mode, first, second] = this.#take(this.#from + 6)
    if (first !== '\r' || second !== '\n' || !protocol || !baud || !mode) {
      return { kind: 'malformed', error: { code: 'malformed', message: 'an option that cannot be read' } }
    }
    return { kind: 'option', protocol, baud, mode }
  }

  #block(commanded: boolean): Message | undefined {
    const end = this.#find((octet) => octet === etx || octet === eot)
    if (end === undefined || end + 1 >= this.#to) return undefined
    const computed = checkOf(this.#buffer, this.#from + 1, end + 1, this.#check)
    const checked = (this.#buffer[end + 1] as number) === computed
    const last = this.#buffer[end] === etx
    const text = this.#take(end + 2).slice(1, -2)
    if (!commanded) return { kind: 'data', data: text, last, checked }
    const at = text.indexOf('\x02')
    return at < 0
      ? { kind: 'command', command: text, last, checked }
      : { kind: 'command', command: text.slice(0, at), data: text.slice(at + 1), last, checked }
  }

  #find(ends: (octet: number) => boolean): number | undefined {
    for (let at = Math.max(this.#from + 1, this.#searched); at < this.#to; at++) {
      if (ends(this.#buffer[at] as number)) {
        this.#searched = at
        return at
      }
    }
    this.#searched = this.#to
    return undefined
  }
}

export function encodeRequest(address = ''): Uint8Array {
  return latin1(`/?${address}!\r\n`)
}

export function encodeOption(protocol: string, baud: string, mode: string): Uint8Array {
  return latin1(`\x06${protocol}${baud}${mode}\r\n`)
}

/** @param last false for a partial block, which ends with EOT */
export function encodeData(data: string, check: BlockCheck = 'xor', last = true): Uint8Array {
  return seal(`\x02${data}${last ? '\x03' : '\x04'}`, check)
}

/** @param data left out for commands without data, such as the break `B0` */
export function encodeCommand(command: string, data?: string, check: BlockCheck = 'xor'): Uint8Array {
  return seal(`\x01${command}${data === undefined ? '' : `\x02${data}`}\x03`, check)
}

function seal(text: string, check: BlockCheck): Uint8Array {
  const bytes = latin1(`${text}\0`)
  bytes[bytes.length - 1] = checkOf(bytes, 1, bytes.length - 1, check)
  return bytes
}
