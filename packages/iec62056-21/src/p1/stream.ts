// Telegrams cut out of what a P1 port or a mode D device sends unasked (DSMR 5.0.2 6.2, IEC 62056-21 6.4.4).

import { crc16 } from '../checks.ts'
import { defaultIecLimits, type IecErrorCode, type IecLimits, textOf } from '../parse.ts'

export type TelegramEvent =
  /** A whole telegram, from `/` to the end of the line with `!`; its CRC matches, or it has none. */
  | { readonly kind: 'telegram'; readonly bytes: Uint8Array; readonly check: 'match' | 'none' }
  /** A general-glo-ciphering APDU (Luxembourg Smarty), to be deciphered by `@contor/dlms`; a telegram is inside. */
  | { readonly kind: 'ciphered'; readonly bytes: Uint8Array }
  /** What began as a telegram and cannot be trusted. `malformed`: its end never came. */
  | {
      readonly kind: 'rejected'
      readonly code: Extract<IecErrorCode, 'check' | 'malformed' | 'too-large'>
      readonly bytes: Uint8Array
    }

const slash = 0x2f
const glo = 0xdb
const titleLength = 8

/** Octets in, telegrams out. Garbage between telegrams is passed over; any chunking gives the same events. */
export class TelegramReader {
  readonly #limits: IecLimits
  readonly #sevenBits: boolean
  #buffer: Uint8Array = new Uint8Array(2048)
  #length = 0
  /** How far the present telegram holds no end. */
  #searched = 0
  #events: TelegramEvent[] = []

  /** @param options.sevenBits takes parity bits off, for devices of 7E1 on a line of eight bits */
  constructor(options: { readonly limits?: IecLimits; readonly sevenBits?: boolean } = {}) {
    this.#limits = options.limits ?? { ...defaultIecLimits, maxMessage: 65_536 }
    this.#sevenBits = options.sevenBits ?? false
  }

  takeEvents(): TelegramEvent[] {
    return this.#events.splice(0)
  }

  receive(bytes: Uint8Array): void {
    // In small pieces the buffer stays bounded by the longest telegram, whatever is handed in.
    for (let at = 0; at < bytes.length; at += 1024) {
      this.#append(bytes.subarray(at, at + 1024))
      while (this.#read(false));
    }
  }

  /** To be called when the line has been silent: a telegram whose last line end is missing is complete. */
  flush(): void {
    while (this.#read(true));
    this.#length = 0
    this.#searched = 0
  }

  #append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#buffer.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length))
      larger.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = larger
    }
    this.#buffer.set(this.#sevenBits ? bytes.map((octet) => octet & 0x7f) : bytes, this.#length)
    this.#length += bytes.length
  }

  /** Takes octets off the front. */
  #take(count: number): Uint8Array {
    const taken = this.#buffer.slice(0, count)
    this.#buffer.copyWithin(0, count, this.#length)
    this.#length -= count
    this.#searched = 0
    return taken
  }

  /** One step: true when another may follow without more octets. */
  #read(last: boolean): boolean {
    let start = 0
    while (start < this.#length && this.#opens(start, last) === 'no') start++
    if (start > 0) this.#take(start)
    if (this.#length === 0 || this.#opens(0, last) === 'more') return false
    return this.#buffer[0] === glo ? this.#ciphered(last) : this.#telegram(last)
  }

  /** Does a telegram or a ciphered APDU begin here? */
  #opens(at: number, last: boolean): 'yes' | 'no' | 'more' {
    const first = this.#buffer[at]
    const short = (count: number) => at + count > this.#length
    if (first === slash) {
      for (let index = at + 1; index < at + 4; index++) {
        if (index >= this.#length) return last ? 'no' : 'more'
        if (!isLetter(this.#buffer[index] as number)) return 'no'
      }
      return 'yes'
    }
    if (first !== glo || this.#sevenBits) return 'no'
    if (short(2)) return last ? 'no' : 'more'
    return this.#buffer[at + 1] === titleLength ? 'yes' : 'no'
  }

  #ciphered(last: boolean): boolean {
    const at = 2 + titleLength
    const first = at < this.#length ? (this.#buffer[at] as number) : 0
    const octets = first < 0x80 ? 0 : first - 0x80
    if (this.#length < at + 1 + octets) {
      if (last) this.#take(1)
      return last
    }
    let length = octets === 0 ? first : 0
    for (let index = 0; index < Math.min(octets, 5); index++) {
      length = length * 256 + (this.#buffer[at + 1 + index] as number)
    }
    const end = at + 1 + octets + length
    // The security header and the tag alone are 17 octets: anything shorter is chance.
    if (octets > 3 || length < 17 || end > this.#limits.maxMessage) {
      this.#take(1)
      return true
    }
    const control = at + 1 + octets
    if (control < this.#length && !isSecurityControl(this.#buffer[control] as number)) {
      this.#take(1)
      return true
    }
    if (this.#length < end) {
      if (last) this.#take(1)
      return last
    }
    this.#events.push({ kind: 'ciphered', bytes: this.#take(end) })
    return true
  }

  #telegram(last: boolean): boolean {
    const buffer = this.#buffer
    for (let at = Math.max(4, this.#searched); at < this.#length; at++) {
      const octet = buffer[at]
      const before = buffer[at - 1]
      const lineBegins = before === 0x0a || before === 0x0d
      if (octet === 0x21 && (lineBegins || before === 0x29)) {
        const end = buffer.subarray(0, this.#length).indexOf(0x0a, at)
        if (end >= 0) return this.#close(at, end + 1)
        if (last) return this.#close(at, this.#length)
        this.#searched = at
        return this.#tooLong()
      }
      if (octet === slash && lineBegins) {
        const opens = this.#opens(at, last)
        if (opens === 'more') {
          this.#searched = at
          return false
        }
        if (opens === 'yes') return this.#reject('malformed', at)
      }
    }
    this.#searched = this.#length
    return last ? this.#reject('malformed', this.#length) : this.#tooLong()
  }

  #tooLong(): boolean {
    return this.#length > this.#limits.maxMessage && this.#reject('too-large', this.#length)
  }

  #reject(code: 'check' | 'malformed' | 'too-large', end: number): boolean {
    this.#events.push({ kind: 'rejected', code, bytes: this.#take(end) })
    return true
  }

  /** @param mark where `!` stands */
  #close(mark: number, end: number): boolean {
    if (end > this.#limits.maxMessage) return this.#reject('too-large', end)
    const tail = textOf(this.#buffer.subarray(mark + 1, end)).trim()
    const check = checkOfTelegram(this.#buffer.subarray(0, mark + 1), tail)
    if (check === 'mismatch') {
      // One telegram may have lost its end and swallowed the beginning of the next.
      for (let at = mark - 4; at > 0; at--) {
        if (this.#opens(at, true) === 'yes' && this.#buffer[at] === slash)
          return this.#reject('malformed', at)
      }
      return this.#reject('check', end)
    }
    this.#events.push({ kind: 'telegram', bytes: this.#take(end), check })
    return true
  }
}

/** @param tail what stands behind `!`: up to four hexadecimal digits; some leave leading zeros out */
export function checkOfTelegram(bytes: Uint8Array, tail: string): 'match' | 'mismatch' | 'none' {
  if (!/^[0-9A-Fa-f]{1,4}$/.test(tail)) return tail === '' ? 'none' : 'mismatch'
  return Number.parseInt(tail, 16) === crc16(bytes) ? 'match' : 'mismatch'
}

/** Authenticated or encrypted, suite 0 to 2, a key of the device alone (Green Book 9.2.7.2.4.1). */
function isSecurityControl(octet: number): boolean {
  return (octet & 0xc0) === 0 && (octet & 0x30) !== 0 && (octet & 0x0f) <= 2
}

function isLetter(octet: number): boolean {
  return (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x61 && octet <= 0x7a)
}

export function createTelegramReader(
  options: { readonly limits?: IecLimits; readonly sevenBits?: boolean } = {},
): TelegramReader {
  return new TelegramReader(options)
}
