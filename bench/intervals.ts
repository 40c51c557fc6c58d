// Day blocks of real load curves: size against general compressors, and speed.
import { readFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import {
  channelBit,
  createDayColumns,
  type DayBlock,
  dayNumber,
  decodeDayBlock,
  decodeInto,
  encodeColumns,
  encodeDayBlock,
  mostDayBytes,
} from '@contor/intervals'
import { round } from './measure.ts'
import type { Bench, Figure } from './types.ts'

const slots = 96

/** The curves of conformance/intervals, one array per household and day, by the unit the meter counts in. */
export function readDays(): { name: string; days: Int32Array[] }[] {
  const file = new URL('../conformance/intervals/ch-15min-week46.csv', import.meta.url)
  const single: Int32Array[] = []
  const tens: Int32Array[] = []
  for (const line of readFileSync(file, 'utf8').trim().split('\n').slice(1)) {
    const week = Int32Array.from(line.split(',').slice(1).map(Number))
    const into = week.every((value) => value % 10 === 0) ? tens : single
    for (let at = 0; at < week.length; at += slots) into.push(week.slice(at, at + slots))
  }
  return [
    { name: 'meters counting 1 Wh', days: single },
    { name: 'meters counting 10 Wh', days: tens },
  ]
}

const blockOf = (values: Int32Array): DayBlock => ({
  day: '2026-11-09',
  minutes: 15,
  channels: [{ channel: 'A+', values, quality: new Uint8Array(values.length).fill(1) }],
})

const int32 = (values: Int32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

/** Zigzag differences as LEB128 varints: what a careful schema would hand to a general compressor. */
function varintDelta(values: Int32Array): Buffer {
  const bytes: number[] = []
  let last = 0
  for (const value of values) {
    let u = ((value - last) << 1) ^ ((value - last) >> 31)
    last = value
    for (; u > 127; u >>>= 7) bytes.push((u & 127) | 128)
    bytes.push(u)
  }
  return Buffer.from(bytes)
}

const compressors: Record<string, (bytes: Buffer) => number> = {
  'brotli 11': (b) => brotliCompressSync(b, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
  'zstd 19': (b) => zstdCompressSync(b, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }).length,
  'gzip 9': (b) => gzipSync(b, { level: 9 }).length,
}

function entropyOf(counts: Map<unknown, number>): number {
  let total = 0
  for (const n of counts.values()) total += n
  let bits = 0
  for (const n of counts.values()) bits -= (n / total) * Math.log2(n / total)
  return bits
}

/**
 * Order-0 entropy of the pooled values, and entropy given the half-octave of the value before, both in
 * bits a reading and without the cost of knowing the distribution (so the second is flattered by the
 * small sample, and no coder that sees one day at a time reaches it).
 */
function entropies(days: Int32Array[]): { order0: number; conditional: number } {
  const all = new Map<number, number>()
  const given = new Map<number, Map<number, number>>()
  let readings = 0
  for (const day of days) {
    let context = 0
    for (const value of day) {
      readings++
      all.set(value, (all.get(value) ?? 0) + 1)
      const counts = given.get(context) ?? new Map<number, number>()
      counts.set(value, (counts.get(value) ?? 0) + 1)
      given.set(context, counts)
      context = value === 0 ? 0 : 1 + Math.floor(2 * Math.log2(value))
    }
  }
  let conditional = 0
  for (const counts of given.values()) {
    let n = 0
    for (const count of counts.values()) n += count
    conditional += (n / readings) * entropyOf(counts)
  }
  return { order0: entropyOf(all), conditional }
}

const size: Bench = {
  name: 'interval block size',
  async run() {
    const figures: Figure[] = []
    for (const { name, days } of readDays()) {
      const readings = days.length * slots
      const total = (f: (day: Int32Array) => number) => days.reduce((sum, day) => sum + f(day), 0) / readings
      const ours = total((day) => encodeDayBlock(blockOf(day)).length)
      const { order0, conditional } = entropies(days)
      const bound = `entropy of this sample: order 0 ${order0.toFixed(2)} bit, given the value before ${conditional.toFixed(2)} bit`
      figures.push({
        name: `contor, ${name}`,
        value: round(ours),
        unit: 'B/reading',
        note: `${(8 * ours).toFixed(2)} bit with day, channel and quality; ${bound}`,
      })
      for (const [peer, compress] of Object.entries(compressors)) {
        const raw = total((day) => compress(int32(day)))
        const delta = total((day) => compress(varintDelta(day)))
        const note = 'values only, one day at a time; ratio = peer / contor'
        for (const [form, value] of [
          ['Int32LE', raw],
          ['varint delta', delta],
        ] as const)
          figures.push({
            name: `${peer} of ${form}, ${name}`,
            value: round(value),
            unit: 'B/reading',
            baseline: round(ours),
            ratio: round(value / ours, 2),
            note,
          })
      }
    }
    return figures
  },
}

/** Readings per second of one core's user time, the best of several rounds. */
function rate(perRound: number, work: () => void): number {
  let best = 0
  for (let round = 0; round < 6; round++) {
    const start = process.cpuUsage().user
    let done = 0
    let spent = 0
    while (spent < 250_000) {
      work()
      done += perRound
      spent = process.cpuUsage().user - start
    }
    best = Math.max(best, (done / spent) * 1e6)
  }
  return best
}

const fourChannels = ({ channels: [one], ...day }: DayBlock): DayBlock => ({
  ...day,
  channels: (['A+', 'A-', 'R+', 'R-'] as const).map((channel, i) => ({
    ...one,
    channel,
    values: i % 2 === 0 ? one.values : new Int32Array(slots),
  })),
})

const speed: Bench = {
  name: 'interval block speed',
  async run() {
    const days = readDays().flatMap(({ days }) => days)
    const blocks = days.map(blockOf)
    const stored = blocks.map((block) => encodeDayBlock(block))
    const readings = slots * days.length
    const note = 'whole blocks, one core, best of 6 rounds'
    const encode = rate(readings, () => {
      for (const block of blocks) encodeDayBlock(block)
    })
    const decode = rate(readings, () => {
      for (const bytes of stored) decodeDayBlock(bytes)
    })
    const columns = createDayColumns()
    const into = rate(readings, () => {
      for (const bytes of stored) decodeInto(bytes, columns)
    })
    // Days of four channels, A− and R− zero: an aggregate of A+ looks at the first channel only.
    const four = blocks.map((block) => encodeDayBlock(fourChannels(block)))
    const first = rate(readings, () => {
      for (const bytes of four) decodeInto(bytes, columns, channelBit('A+'))
    })
    const { length } = days
    const values = new Int32Array(4 * slots)
    const quality = new Uint8Array(4 * slots).fill(1)
    const out = new Uint8Array(mostDayBytes)
    const number = dayNumber('2026-11-09')
    const encodeFour = rate(4 * readings, () => {
      for (let i = 0; i < length; i++) {
        values.set(days[i])
        values.set(days[(i + 1) % length], 2 * slots)
        encodeColumns(out, 0, number, 15, 0b1100_0011, slots, values, quality, 0)
      }
    })
    return [
      { name: 'decode into columns', value: Math.round(into), unit: 'readings/s', note },
      {
        name: 'decode A+ of four channels into columns',
        value: Math.round(first),
        unit: 'readings/s',
        note: `${note}; readings of A+ counted`,
      },
      {
        name: 'encode columns, four channels of which two are zero',
        value: Math.round(encodeFour),
        unit: 'readings/s',
        note,
      },
      { name: 'encode', value: Math.round(encode), unit: 'readings/s', note },
      { name: 'decode', value: Math.round(decode), unit: 'readings/s', note },
    ]
  },
}

export const benches: readonly Bench[] = [size, speed]
