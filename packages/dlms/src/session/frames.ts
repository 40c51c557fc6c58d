// What a session keeps of the frames of one exchange.

import type { EpochMs, WireFrame } from './types.ts'

/**
 * The frames of one exchange, bounded: of a long exchange the first half and the latest half are kept,
 * since its request and its end explain it best.
 */
export class Journal {
  readonly #half: number
  #first: WireFrame[] = []
  #last: WireFrame[] = []

  constructor(maxFrames: number) {
    this.#half = Math.max(1, Math.floor(maxFrames / 2))
  }

  add(direction: 'in' | 'out', at: EpochMs, bytes: Uint8Array): void {
    const frame: WireFrame = { direction, at, bytes }
    if (this.#first.length < this.#half) {
      this.#first.push(frame)
      return
    }
    this.#last.push(frame)
    // Trimmed in bulk: shifting one element per frame would cost the square of the block count.
    if (this.#last.length >= this.#half * 2) this.#last = this.#last.slice(-this.#half)
  }

  /** Takes back the frames added last: they belong to another event. */
  removeLast(count: number): WireFrame[] {
    const taken: WireFrame[] = []
    while (taken.length < count) {
      const frame = this.#last.length > 0 ? this.#last.pop() : this.#first.pop()
      if (!frame) break
      taken.unshift(frame)
    }
    return taken
  }

  /** The frames so far; the journal starts anew. */
  take(): WireFrame[] {
    const all = this.#last.length === 0 ? this.#first : this.#first.concat(this.#last.slice(-this.#half))
    this.#first = []
    this.#last = []
    return all
  }
}
