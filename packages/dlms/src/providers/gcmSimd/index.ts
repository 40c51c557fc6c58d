// AES-GCM (NIST SP 800-38D) on WebAssembly SIMD: in constant time, without a call into another runtime for each APDU.
// Vectors have 12 octets, as those of all security suites.

import { firstSlotAt, hashAt, slot, vectorAt, workAt } from './layout.ts'
import { type GcmModule, instantiate, memorySize } from './module.ts'

const blockSize = 16
const batchBlocks = 4
/** Keys whose schedules are kept, the oldest giving way. Making one costs less than deciphering a short APDU. */
const slotCount = 64
const textBase = firstSlotAt + slotCount * slot.size + blockSize
/** Longest sum of additional data and text, in octets: what memory holds less padding, lengths and the last batch. */
export const simdLimit = memorySize - textBase - 8 * blockSize

// An array buffer of its own, made and collected, costs as much as deciphering 300 octets. Results of a middle length
// are therefore views into common ones, as those of node:crypto and Buffer are; engines keep shorter ones on the heap.
const onHeapMost = 64
const pooledMost = 1024
const poolSize = 8192

const padded = (length: number) => (length + blockSize - 1) & -blockSize

/** AES-GCM over one module; `create` gives undefined where the platform has no SIMD in WebAssembly. */
export class SimdGcm {
  private readonly module: GcmModule
  private readonly memory: Uint8Array
  private readonly view: DataView
  // By array, not by its octets: looking those up would show in time what they are.
  private readonly slots = new WeakMap<Uint8Array, number>()
  private nextSlot = 0
  private pool = new ArrayBuffer(poolSize)
  private poolUsed = 0

  private constructor(module: GcmModule) {
    this.module = module
    this.memory = new Uint8Array(module.memory.buffer)
    this.view = new DataView(module.memory.buffer)
  }

  /** `relaxed` instructions are the faster ones; `undefined` takes what there is. */
  static create(relaxed?: boolean): SimdGcm | undefined {
    const module = relaxed === undefined ? (instantiate(true) ?? instantiate(false)) : instantiate(relaxed)
    return module && new SimdGcm(module)
  }

  /** Whether texts of this size go here: keys of 16 or 32 octets and a vector of 12, all within memory. */
  takes(key: Uint8Array, iv: Uint8Array, octets: number): boolean {
    return (key.length === 16 || key.length === 32) && iv.length === 12 && octets <= simdLimit
  }

  /** @returns ciphertext ‖ tag; `tagLength` 0…16 */
  seal(
    key: Uint8Array,
    iv: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
    tagLength: number,
  ): Uint8Array {
    const { memory } = this
    const slotAt = this.slotOf(key)
    const textAt = textBase + padded(aad.length)
    const textEnd = textAt + plaintext.length
    memory.set(plaintext, textAt)
    if (tagLength > 0) this.hashAdditional(slotAt, aad, textAt)
    this.count(slotAt, iv, textAt, plaintext.length)
    if (tagLength > 0) {
      // The mask of the tag lies before the text, where the end of the additional data was.
      this.hashText(slotAt, textAt, aad.length, plaintext.length)
      for (let i = 0; i < tagLength; i++)
        memory[textEnd + i] = memory[hashAt + i] ^ memory[textAt - blockSize + i]
    }
    return this.result(textAt, plaintext.length + tagLength)
  }

  /** @returns the plaintext, or null when the tag is wrong; `tagLength` 0 opens without one */
  open(
    key: Uint8Array,
    iv: Uint8Array,
    aad: Uint8Array,
    ciphertextAndTag: Uint8Array,
    tagLength: number,
  ): Uint8Array | null {
    const length = ciphertextAndTag.length - tagLength
    if (length < 0) return null
    const { memory } = this
    const slotAt = this.slotOf(key)
    const textAt = textBase + padded(aad.length)
    memory.set(ciphertextAndTag, textAt)
    if (tagLength > 0) {
      this.hashAdditional(slotAt, aad, textAt)
      this.hashText(slotAt, textAt, aad.length, length)
    }
    this.count(slotAt, iv, textAt, length)
    let difference = 0
    for (let i = 0; i < tagLength; i++) {
      difference |= memory[hashAt + i] ^ memory[textAt - blockSize + i] ^ ciphertextAndTag[length + i]
    }
    if (difference === 0) return this.result(textAt, length)
    memory.fill(0, textAt, textAt + padded(length))
    return null
  }

  /** A copy out of the module's memory. */
  private result(at: number, length: number): Uint8Array {
    const { memory } = this
    if (length <= onHeapMost || length > pooledMost) return memory.slice(at, at + length)
    if (this.poolUsed + length > poolSize) {
      this.pool = new ArrayBuffer(poolSize)
      this.poolUsed = 0
    }
    const result = new Uint8Array(this.pool, this.poolUsed, length)
    this.poolUsed += length
    result.set(memory.subarray(at, at + length))
    return result
  }

  /** Begins GHASH with the additional data, which is laid before the text. */
  private hashAdditional(slotAt: number, aad: Uint8Array, textAt: number): void {
    const { memory } = this
    memory.fill(0, hashAt, hashAt + blockSize)
    if (aad.length === 0) return
    memory.fill(0, textAt - blockSize, textAt)
    memory.set(aad, textBase)
    this.module.hash(slotAt, textBase, (textAt - textBase) / blockSize)
  }

  /** Ends GHASH with the ciphertext and both lengths in bits. */
  private hashText(slotAt: number, textAt: number, aadLength: number, length: number): void {
    const lengthsAt = textAt + padded(length)
    this.memory.fill(0, textAt + length, lengthsAt + blockSize)
    this.view.setUint32(lengthsAt + 4, aadLength * 8)
    this.view.setUint32(lengthsAt + 12, length * 8)
    this.module.hash(slotAt, textAt, (lengthsAt - textAt) / blockSize + 1)
  }

  /** Counter 1 is the mask of the tag, in the block before the text; text begins with counter 2. */
  private count(slotAt: number, iv: Uint8Array, textAt: number, length: number): void {
    this.memory.fill(0, textAt - blockSize, textAt)
    this.memory.set(iv, vectorAt)
    const blocks = padded(length) / blockSize + 1
    this.module.count(slotAt, 1, textAt - blockSize, Math.ceil(blocks / batchBlocks))
  }

  /** The slot that has the schedule of this key. */
  private slotOf(key: Uint8Array): number {
    const known = this.slots.get(key)
    if (known !== undefined && this.holds(known, key)) return known
    const at = firstSlotAt + this.nextSlot * slot.size
    this.nextSlot = (this.nextSlot + 1) % slotCount
    this.slots.set(key, at)
    const { memory, module } = this
    memory.set(key, at + slot.key)
    memory[at + slot.keyLength] = key.length
    if (key.length === 16) module.expand128(at)
    else module.expand256(at)
    memory.fill(0, vectorAt, vectorAt + blockSize)
    memory.fill(0, workAt, workAt + batchBlocks * blockSize)
    module.count(at, 0, workAt, 1)
    module.hashTables(at)
    return at
  }

  /** A slot may have gone to another key, and an array may have been written over. */
  private holds(at: number, key: Uint8Array): boolean {
    let difference = this.memory[at + slot.keyLength] ^ key.length
    for (let i = 0; i < key.length; i++) difference |= this.memory[at + slot.key + i] ^ key[i]
    return difference === 0
  }
}

let shared: SimdGcm | undefined | null = null

/** The one of this thread, made when it is first asked for; undefined where the platform has none. */
export function sharedSimdGcm(): SimdGcm | undefined {
  if (shared === null) shared = SimdGcm.create()
  return shared
}
