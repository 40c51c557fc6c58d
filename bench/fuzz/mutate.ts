// Structured mutations: what line noise, cut transfers and hostile peers do to frames, and what finds the edges of
// parsers: lengths, counts and tags.
import type { Random } from './random.ts'

/** Longest input, bytes: mutations that would grow beyond it are cut. */
export const maxInput = 4_096

const edges = [0x00, 0x01, 0x02, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0xfe, 0xff]
/** Tags of APDUs, of Data, of HDLC and M-Bus frames, of SML elements. */
const tags = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x09, 0x0a, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x19,
  0x1b, 0x21, 0x28, 0x60, 0x61, 0x62, 0x63, 0x68, 0x72, 0x76, 0x7e, 0xa0, 0xa8, 0xc0, 0xc1, 0xc4, 0xc8, 0xcc,
  0xd8, 0xd9, 0xda, 0xdb, 0xdd, 0xdf, 0xe0, 0xe6, 0xe7,
]

/** One to four mutations of `seed`; `other` is what splices take from. */
export function mutate(seed: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = seed.slice(0, maxInput)
  for (let times = 1 + random.below(4); times > 0; times--) bytes = once(bytes, other, random)
  return bytes
}

function once(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const own = bytes as Uint8Array<ArrayBuffer>
  const at = random.below(own.length)
  switch (random.below(12)) {
    case 0:
    case 1:
      if (own.length > 0) own[at] ^= 1 << random.below(8)
      return own
    case 2:
    case 3:
      if (own.length > 0) own[at] = edges[random.below(edges.length)]
      return own
    case 4:
    case 5:
      if (own.length > 0) own[at] = tags[random.below(tags.length)]
      return own
    case 6:
      return own.slice(0, at)
    case 7:
      return join(own.subarray(0, at), own.subarray(Math.min(own.length, at + 1 + random.below(16))))
    case 8: {
      const piece = own.subarray(at, at + 1 + random.below(32))
      return join(own.subarray(0, at), piece, own.subarray(at))
    }
    case 9: {
      const from = random.below(other.length)
      return join(own.subarray(0, at), other.subarray(from, from + 1 + random.below(128)))
    }
    case 10: {
      // A length that claims much: what follows must not be believed, nor allocated for.
      const huge = [Uint8Array.of(0x82, 0xff, 0xff), Uint8Array.of(0x84, 0x7f, 0xff, 0xff, 0xff)][
        random.below(2)
      ]
      return join(own.subarray(0, at), huge, own.subarray(Math.min(own.length, at + 1)))
    }
    default: {
      // Structures in structures, many deep.
      const nest = new Uint8Array(2 * (1 + random.below(64)))
      for (let i = 0; i < nest.length; i += 2) nest.set([random.below(2) + 1, 1 + random.below(3)], i)
      return join(own.subarray(0, at), nest, own.subarray(at))
    }
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = Math.min(
    maxInput,
    parts.reduce((sum, part) => sum + part.length, 0),
  )
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part.subarray(0, length - at), at)
    at += Math.min(part.length, length - at)
  }
  return whole
}
