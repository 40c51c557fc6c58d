import { IntervalError } from '../errors.ts'

/** Collects bits, least significant first; its bytes stand in REVERSE order at the end of a block. */
export class BitWriter {
  #bytes: Uint8Array = new Uint8Array(256)
  #length = 0
  #pending = 0
  #count = 0

  reset(): void {
    this.#length = this.#pending = this.#count = 0
  }

  /** Appends the low `width` bits (0…32) of `value`. */
  write(value: number, width: number): void {
    if (width > 16) {
      this.write(value & 0xffff, 16)
      this.write(value >>> 16, width - 16)
      return
    }
    this.#pending |= (value & ((1 << width) - 1)) << this.#count
    this.#count += width
    while (this.#count >= 8) {
      this.#push(this.#pending & 255)
      this.#pending >>>= 8
      this.#count -= 8
    }
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes[this.#length++] = byte
  }

  /** Bits written. */
  get bits(): number {
    return 8 * this.#length + this.#count
  }

  /** Bytes needed for the bits written. */
  get size(): number {
    return this.#length + (this.#count > 0 ? 1 : 0)
  }

  /** Writes the bytes so that the first one is the last byte of `into`. */
  copyReversed(into: Uint8Array): void {
    let at = into.length
    for (let i = 0; i < this.#length; i++) into[--at] = this.#bytes[i]
    if (this.#count > 0) into[--at] = this.#pending & 255
  }
}

/** Reads what BitWriter wrote, from the last byte of `bytes` towards `floor`. */
export class BitReader {
  readonly #bytes: Uint8Array
  readonly #floor: number
  #pending = 0
  #count = 0
  /** Index of the byte last taken. */
  position: number

  constructor(bytes: Uint8Array, floor: number) {
    this.#bytes = bytes
    this.#floor = floor
    this.position = bytes.length
  }

  /** The next `width` bits (0…32), unsigned. @throws IntervalError 'malformed' past the floor */
  read(width: number): number {
    if (width <= 16) return this.readShort(width)
    const low = this.readShort(16)
    return (low | (this.readShort(width - 16) << 16)) >>> 0
  }

  /** As `read`, for at most 16 bits: small enough to be inlined where values are decoded. */
  readShort(width: number): number {
    if (this.#count < width) this.#fill(width)
    const value = this.#pending & ((1 << width) - 1)
    this.#pending >>>= width
    this.#count -= width
    return value
  }

  #fill(width: number): void {
    while (this.#count < width) {
      if (this.position <= this.#floor) throw new IntervalError('malformed', 'the day block ends too early')
      this.#pending |= this.#bytes[--this.position] << this.#count
      this.#count += 8
    }
  }
}
