// The quick form of a day block, version 2: a few per cent larger than the dense one and many times faster
// to write and to read.
//
// After the header of header.ts one stream of bits follows, the highest bit of a byte first, filled with
// zeros to a whole byte. For each channel, in the order of `channels`:
//   quality   2 bits: 0 all measured · 1 as the channel before · 2 one byte for all ·
//             3 runs of (byte, 7 bits length − 1) that fill the day
//   shape     2 bits: 0 all zero · 1 constant · 2 levels · 3 differences to the value before
//   constant  its zigzag number as (6 bits width, bits)
//   otherwise one bit and, when set, the unit that divides all values (6 bits width, bits); 5 bits k, the
//             first parameter; then every value as a Golomb–Rice code whose parameter follows the mean:
//             the part above k bits in unary (zeros, then a one), then the k bits. Twelve zeros say that
//             the value is written out: 5 bits width − 1, then the bits below the highest.
// Missing slots have no value and take no space.
export const version = 2
export const mostSlots = 100
export const allZero = 0
export const constant = 1
export const levels = 2
export const differences = 3
/** Zeros of a unary part that announce a value written out. */
export const longCode = 12
/** The mean is kept in sixteenths; a quarter of each new value goes into it. */
export const meanBits = 4
export const meanShift = 2
export const meanCap = 0x7ffffff >> meanBits
/** Bytes that no day exceeds: 8 channels of 100 values of 48 bits and 100 quality runs of 15 bits. */
export const mostDayBytes = 8192
/** The running mean that a parameter of the first value stands for. */
export const meanOf = (k: number) => (k > 22 ? meanCap : (3 << k) >> 1) << meanBits
