// The module is assembled and compiled where it runs: nothing is generated or shipped that cannot be read.

import { countBlocks, expandKey, putRoundKey, substitute } from './aes.ts'
import { assemble, v128 } from './assembler.ts'
import { hashBlocks, hashTables } from './ghash.ts'

/** What the module exports; addresses in octets of its memory. */
export interface GcmModule {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly expand128: (slot: number) => void
  readonly expand256: (slot: number) => void
  readonly hashTables: (slot: number) => void
  readonly count: (slot: number, counter: number, address: number, batches: number) => void
  readonly hash: (slot: number, address: number, blocks: number) => void
}

/** The part of the WebAssembly interface that is used: the library is typed without any one platform. */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

export const memoryPages = 4
const pageSize = 65536
export const memorySize = memoryPages * pageSize

/** The bytes of the module, with the instructions of Relaxed SIMD or with those of SIMD alone. */
export function moduleBytes(relaxed: boolean): Uint8Array {
  const swizzle = relaxed ? v128.relaxedSwizzle : v128.swizzle
  return assemble(
    {
      substitute: substitute(swizzle),
      putRoundKey: putRoundKey(swizzle),
      expand128: expandKey(16, 0, 1),
      expand256: expandKey(32, 0, 1),
      hashTables: hashTables(),
      count: countBlocks(swizzle),
      hash: hashBlocks(swizzle),
    },
    memoryPages,
  )
}

/** Undefined where WebAssembly, or the kind of SIMD asked for, is missing or forbidden. */
export function instantiate(relaxed: boolean): GcmModule | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyInterface }).WebAssembly
  if (!api) return undefined
  try {
    return new api.Instance(new api.Module(moduleBytes(relaxed))).exports as GcmModule
  } catch {
    return undefined
  }
}
