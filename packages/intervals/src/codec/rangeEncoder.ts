/** Certainty in 1/32768: a probability never leaves [minimum, 32768 − minimum], so no symbol has width 0. */
export const probabilityBits = 15

/**
 * Binary range encoder: a 16-bit range, carries propagated into the bytes already written. The decoder
 * is unrolled in values.ts, where its state can live in local variables.
 */
export class RangeEncoder {
  #bytes: Uint8Array = new Uint8Array(512)
  #length = 0
  #low = 0
  #range = 0xffff
  #pending = 0
  #used = false

  reset(): void {
    this.#length = this.#low = this.#pending = 0
    this.#range = 0xffff
    this.#used = false
  }

  /** Encodes one bit; `zero` is the probability of 0 in 1/32768. */
  bit(bit: number, zero: number): void {
    this.#used = true
    const split = (this.#range * zero) >>> probabilityBits
    if (bit) {
      this.#low += split
      this.#range -= split
    } else this.#range = split
    let shift = Math.clz32(this.#range) - 16
    this.#range <<= shift
    while (shift > 0) {
      const step = Math.min(shift, 8 - this.#pending)
      this.#low <<= step
      this.#pending += step
      shift -= step
      if (this.#pending === 8) {
        this.#push(this.#low >>> 16)
        this.#low &= 0xffff
        this.#pending = 0
      }
    }
  }

  // `byte` may carry a ninth bit into the bytes before it.
  #push(byte: number): void {
    if (byte > 255) {
      let i = this.#length - 1
      while (i >= 0 && ++this.#bytes[i] === 256) i--
    }
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes[this.#length++] = byte & 255
  }

  /** Bits written so far, to the nearest bit. */
  get bits(): number {
    return 8 * this.#length + this.#pending
  }

  /** Ends with the fewest bytes that decode rightly whatever bytes follow. */
  finish(): Uint8Array {
    if (!this.#used) return this.#bytes.subarray(0, 0)
    const width = 16 + this.#pending
    for (let count = 1; ; count++) {
      const span = 2 ** (width - 8 * count)
      const value = Math.ceil(this.#low / span) * span
      if (value + span > this.#low + this.#range) continue
      for (let i = 1; i <= count; i++) {
        const top = Math.floor(value / 2 ** (width - 8 * i))
        this.#push(i === 1 ? top : top & 255)
      }
      return this.#bytes.subarray(0, this.#length)
    }
  }
}
