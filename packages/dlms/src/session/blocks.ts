// Block transfer inside one service (Green Book 9.4.6.11): putting blocks together, and cutting a value up.

import type { Data } from '../axdr/data.ts'
import { readData } from '../axdr/decode.ts'
import { writeData } from '../axdr/encode.ts'
import { Reader, Writer } from '../bytes.ts'
import { DlmsError } from '../parse.ts'
import type { SessionError, SessionLimits } from './types.ts'

export type BlockTaken = 'taken' | 'duplicate' | { readonly error: SessionError }

/** Joins numbered blocks; bounded in bytes and blocks, and only in order. */
export class Reassembly {
  readonly #limits: SessionLimits
  #parts: Uint8Array[] = []
  #bytes = 0
  #blocks = 0

  constructor(limits: SessionLimits) {
    this.#limits = limits
  }

  /** Blocks taken so far, which is also the number of the latest. */
  get blocks(): number {
    return this.#blocks
  }
  get bytes(): number {
    return this.#bytes
  }

  /** A block seen before is a duplicate and changes nothing; a gap is an error: the value would have a hole. */
  take(number: number, part: Uint8Array): BlockTaken {
    if (number <= this.#blocks && number > 0) return 'duplicate'
    if (number !== this.#blocks + 1) {
      return blockError('block', `block ${number} came where ${this.#blocks + 1} was due`)
    }
    if (number > this.#limits.maxBlocks) {
      return blockError('too-large', `more than ${this.#limits.maxBlocks} blocks`)
    }
    if (this.#bytes + part.length > this.#limits.maxReassembledBytes) {
      return blockError('too-large', `more than ${this.#limits.maxReassembledBytes} bytes in blocks`)
    }
    this.#parts.push(part)
    this.#bytes += part.length
    this.#blocks = number
    return 'taken'
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.#bytes)
    let offset = 0
    for (const part of this.#parts) {
      joined.set(part, offset)
      offset += part.length
    }
    this.#parts = []
    return joined
  }
}

function blockError(code: 'block' | 'too-large', message: string): BlockTaken {
  return { error: { code, message } }
}

export type Block = { readonly number: number; readonly last: boolean; readonly part: Uint8Array }

/** Cuts a value into numbered blocks whose sizes the caller gives, since the first APDU has a longer header. */
export class Cutter {
  readonly #value: Uint8Array
  #offset = 0
  #number = 0

  constructor(value: Uint8Array) {
    this.#value = value
  }

  get number(): number {
    return this.#number
  }
  /** Bytes handed out so far. */
  get offset(): number {
    return this.#offset
  }
  get done(): boolean {
    return this.#offset >= this.#value.length
  }

  /** The next block of at most `room` bytes (at least 1). */
  next(room: number): Block {
    const end = Math.min(this.#value.length, this.#offset + room)
    const part = this.#value.subarray(this.#offset, end)
    this.#offset = end
    this.#number += 1
    return { number: this.#number, last: end === this.#value.length, part }
  }
}

/** SEQUENCE OF Data, as a list of values travels inside blocks. */
export function encodeList(values: readonly Data[]): Uint8Array {
  const writer = new Writer()
  writer.length(values.length)
  for (const value of values) writeData(writer, value)
  return writer.finish()
}

/** Reads a SEQUENCE OF Data of exactly `count` elements; undefined when the bytes are anything else. */
export function decodeList(bytes: Uint8Array, count: number): Data[] | undefined {
  try {
    const reader = new Reader(bytes)
    if (reader.length() !== count) return undefined
    const values = Array.from({ length: count }, () => readData(reader))
    return reader.remaining === 0 ? values : undefined
  } catch (error) {
    if (error instanceof DlmsError) return undefined
    throw error
  }
}
