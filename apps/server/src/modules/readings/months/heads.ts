// What a day's row says beside its values, for all days of a month: version, instants, sources and growth.

import { VarintReader, VarintWriter } from '../varint.ts'

/** The head of a day; instants in microseconds since 1970, as the database keeps them. */
export type Head = {
  readonly version: number
  readonly knownUs: number
  readonly changedUs: number
  readonly sources: Uint8Array
  readonly growth: Uint8Array
}

const format = 1
// What a day has in common with the day before it takes no more than a bit.
const sameVersion = 1
const sameInstants = 2
const sameSources = 4
const sameGrowth = 8
const mostDays = 31
const none: Head = {
  version: 1,
  knownUs: 0,
  changedUs: 0,
  sources: new Uint8Array(0),
  growth: new Uint8Array(0),
}

const isSame = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Packs the heads of the days of a month, ascending. */
export function packHeads(heads: readonly Head[]): Uint8Array {
  const out = new VarintWriter()
  out.unsigned(format)
  let before = none
  for (const head of heads) {
    const same =
      (head.version === before.version ? sameVersion : 0) |
      (head.knownUs === before.knownUs && head.changedUs === before.changedUs ? sameInstants : 0) |
      (isSame(head.sources, before.sources) ? sameSources : 0) |
      (isSame(head.growth, before.growth) ? sameGrowth : 0)
    out.unsigned(same)
    if (!(same & sameVersion)) out.unsigned(head.version)
    if (!(same & sameInstants)) {
      out.signed(head.knownUs - before.knownUs)
      out.signed(head.changedUs - head.knownUs)
    }
    for (const [bit, bytes] of [
      [sameSources, head.sources],
      [sameGrowth, head.growth],
    ] as const) {
      if (same & bit) continue
      out.unsigned(bytes.length)
      out.bytes(bytes)
    }
    before = head
  }
  return out.finish()
}

/** Reverses {@link packHeads}. @throws RangeError on bytes that are no heads */
export function unpackHeads(bytes: Uint8Array): Head[] {
  const input = new VarintReader(bytes)
  if (input.unsigned() !== format) throw new RangeError('unknown format of heads')
  const heads: Head[] = []
  let before = none
  while (!input.done) {
    if (heads.length === mostDays) throw new RangeError('more heads than days in a month')
    const same = input.unsigned()
    const version = same & sameVersion ? before.version : input.unsigned()
    const knownUs = same & sameInstants ? before.knownUs : before.knownUs + input.signed()
    const changedUs = same & sameInstants ? before.changedUs : knownUs + input.signed()
    const sources = same & sameSources ? before.sources : input.bytes(input.unsigned())
    const growth = same & sameGrowth ? before.growth : input.bytes(input.unsigned())
    before = { version, knownUs, changedUs, sources, growth }
    heads.push(before)
  }
  return heads
}
