/** xorshift128: the same seed gives the same run on every machine. */
export class Random {
  #a: number
  #b = 0x9e37_79b9
  #c = 0x243f_6a88
  #d = 0xb7e1_5162

  constructor(seed: number) {
    this.#a = seed | 1
    for (let i = 0; i < 16; i++) this.next()
  }

  /** 0…2³²−1 */
  next(): number {
    const t = this.#d ^ (this.#d << 11)
    this.#d = this.#c
    this.#c = this.#b
    this.#b = this.#a
    this.#a = (this.#a ^ (this.#a >>> 19) ^ (t ^ (t >>> 8))) | 0
    return this.#a >>> 0
  }

  /** 0…limit−1 */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.next() % limit
  }
}
