// Curves as JSON, written digit by digit into a few buffers: an object for each of 280,000 values would cost
// more than everything else together.

import { flagsOf, stateOf, quality as states } from '@contor/intervals'
import type { ChartChannel, CurveChannel, PointCurve } from './pointCurve.ts'

const pieceBytes = 64 * 1024
/** Values that are written without asking for room, 12 bytes each at most; a run of quality is shorter than all. */
const valuesAtOnce = 256
const spareBytes = 4_096

/** Bytes that grow into pieces of `pieceBytes`. */
class Pieces {
  #bytes = Buffer.allocUnsafeSlow(pieceBytes)
  #length = 0

  /** True when a full piece waits to be taken before more is written. */
  get isFull(): boolean {
    return this.#length > pieceBytes - spareBytes
  }

  /** What was written since the last call. */
  take(): Buffer {
    const piece = this.#bytes.subarray(0, this.#length)
    this.#bytes = Buffer.allocUnsafeSlow(pieceBytes)
    this.#length = 0
    return piece
  }

  text(text: string): void {
    this.#length += this.#bytes.write(text, this.#length, 'latin1')
  }

  comma(): void {
    this.#bytes[this.#length++] = 44
  }

  null(): void {
    const bytes = this.#bytes
    const at = this.#length
    bytes[at] = 110
    bytes[at + 1] = 117
    bytes[at + 2] = 108
    bytes[at + 3] = 108
    this.#length = at + 4
  }

  /** @param value an integer of at most 32 bits */
  int(value: number): void {
    const bytes = this.#bytes
    let at = this.#length
    let rest = value
    if (rest < 0) {
      bytes[at++] = 45
      rest = -rest
    }
    const digits = rest < 10 ? 1 : rest < 100 ? 2 : rest < 1_000 ? 3 : rest < 10_000 ? 4 : `${rest}`.length
    for (let i = at + digits - 1; i > at; i--) {
      const tens = Math.floor(rest / 10)
      bytes[i] = 48 + rest - tens * 10
      rest = tens
    }
    bytes[at] = 48 + rest
    this.#length = at + digits
  }
}

type Head = { readonly meteringPointId: string; readonly from: string; readonly to: string }

const unitOf = (channel: string) => (channel.startsWith('A') ? 'Wh' : 'varh')
const openOf = (head: Head, { start, slots }: PointCurve, more = '') =>
  `${JSON.stringify({ ...head, start: new Date(start).toISOString(), minutes: 15, slots }).slice(0, -1)}${more},"channels":[`

/**
 * `{meteringPointId, from, to, start, minutes, slots, channels: [{channel, unit, values, quality}]}`: value i
 * begins `i × minutes` after `start`, null where missing; `quality` lists the runs of slots that are not plainly
 * measured as `{from, count, state, flags}`.
 */
export function* curveJson(head: Head, curve: PointCurve): Generator<Buffer> {
  const out = new Pieces()
  out.text(openOf(head, curve))
  for (const [c, one] of curve.channels.entries()) {
    if (out.isFull) yield out.take()
    out.text(`${c > 0 ? ',' : ''}{"channel":"${one.channel}","unit":"${unitOf(one.channel)}","values":[`)
    yield* valuesOf(out, one)
    out.text('],"quality":[')
    yield* runsOf(out, one)
    out.text(']}')
  }
  out.text(']}')
  yield out.take()
}

function* valuesOf(out: Pieces, { values, quality }: CurveChannel): Generator<Buffer> {
  const length = values.length
  for (let i = 0; i < length; ) {
    const end = Math.min(length, i + valuesAtOnce)
    for (; i < end; i++) {
      if (i > 0) out.comma()
      if ((quality[i] & 7) === 0) out.null()
      else out.int(values[i])
    }
    if (out.isFull) yield out.take()
  }
}

function* runsOf(out: Pieces, { quality }: CurveChannel): Generator<Buffer> {
  let first = true
  for (let i = 0; i < quality.length; ) {
    const byte = quality[i]
    let end = i + 1
    while (end < quality.length && quality[end] === byte) end++
    if (byte !== states.measured) {
      const run = { from: i, count: end - i, state: stateOf(byte), flags: flagsOf(byte) }
      out.text((first ? '' : ',') + JSON.stringify(run))
      first = false
      if (out.isFull) yield out.take()
    }
    i = end
  }
}

/**
 * The same head with `step`, the quarter-hours of a piece, and for each channel `{channel, unit, min, max, sum,
 * present, estimated}` with one element per piece; min, max and sum null where a piece has no value.
 */
export function* chartJson(
  head: Head,
  curve: PointCurve,
  chart: { readonly step: number; readonly channels: readonly ChartChannel[] },
): Generator<Buffer> {
  let text = openOf(head, curve, `,"step":${chart.step}`)
  for (const [c, { channel, min, max, sum, present, estimated }] of chart.channels.entries()) {
    const known = (list: Int32Array | Float64Array) => Array.from(list, (v, i) => (present[i] ? v : null))
    const columns = {
      channel,
      unit: unitOf(channel),
      min: known(min),
      max: known(max),
      sum: known(sum),
      present: Array.from(present),
      estimated: Array.from(estimated),
    }
    yield Buffer.from(`${text}${c > 0 ? ',' : ''}${JSON.stringify(columns)}`)
    text = ''
  }
  yield Buffer.from(`${text}]}`)
}
