// Passwords on the line: the commands P1 and P2 carry them in clear text (IEC 62056-21 6.5), and the block check behind
// them is the XOR of their characters.

/** Octets from … to−1. */
export type Range = readonly [from: number, to: number]

const stx = 0x02
const etx = 0x03
const eot = 0x04
const opening = 0x28
const closing = 0x29

/** Where octets, parity bits or not, hold a password or tell of it; ascending. The parentheses stay outside. */
export function secretRanges(octets: Uint8Array): Range[] {
  const found: Range[] = []
  const at = (position: number) => (octets[position] ?? 0) & 0x7f
  const endOf = (from: number, ends: (octet: number) => boolean) => {
    let end = from
    while (end < octets.length && !ends(at(end))) end++
    return end
  }
  for (let start = 0; start + 2 < octets.length; start++) {
    // P0 asks and holds no more than a seed.
    if (at(start) !== 0x50 || at(start + 1) < 0x31 || at(start + 1) > 0x39) continue
    const from = start + 2
    const begins = start === 0 || at(start - 1) <= 0x20 || at(start - 1) === 0x7f
    if (at(from) === stx) {
      // An end that never came hides everything behind.
      const end = endOf(from + 1, (octet) => octet === etx || octet === eot)
      found.push(inside(from + 1, end, at))
      if (end + 1 < octets.length) found.push([end + 1, end + 2])
      start = end
    } else if (begins && at(from) === opening) {
      // A record that lost its control characters.
      const end = endOf(from, (octet) => octet === 0x0d || octet === 0x0a)
      found.push(inside(from, end, at))
      start = end
    }
  }
  return found.filter(([from, to]) => from < to)
}

function inside(from: number, to: number, at: (position: number) => number): Range {
  const opened = at(from) === opening ? 1 : 0
  const closed = to - 1 > from && at(to - 1) === closing ? 1 : 0
  return [from + opened, to - closed]
}

export const covers = (ranges: readonly Range[], at: number): boolean =>
  ranges.some(([from, to]) => from <= at && at < to)

/** Hexadecimal, octets of the ranges as `xx`. */
export function maskedHex(octets: Uint8Array, ranges: readonly Range[]): string {
  const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, '0'))
  for (const [from, to] of ranges) hex.fill('xx', from, to)
  return hex.join('')
}
