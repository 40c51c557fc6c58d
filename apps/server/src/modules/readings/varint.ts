// Variable-length integers (LEB128) for the small packed columns of readings and journal. Numbers up to
// 2^53: exchange ids and epoch milliseconds fit, 32-bit shifts would not hold them.

/** Writes non-negative safe integers, seven bits a byte, least significant first. */
export class VarintWriter {
  #bytes: Uint8Array = new Uint8Array(64)
  #length = 0

  /** @param value 0 … 2^53−1; throws RangeError otherwise */
  unsigned(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an unsigned integer: ${value}`)
    let rest = value
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.#byte(rest)
  }

  /** Zigzag: small negative numbers stay small. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2)
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#length + extra, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

/** Reads what {@link VarintWriter} wrote; throws RangeError on truncated or overlong input. */
export class VarintReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  unsigned(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 8; i++) {
      if (this.done) throw new RangeError('packed column ends inside a number')
      const byte = this.#bytes[this.#at++]
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break
        return value
      }
      scale *= 0x80
    }
    throw new RangeError('number in packed column exceeds 2^53')
  }

  signed(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  bytes(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length)
      throw new RangeError('packed column ends inside a byte string')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
