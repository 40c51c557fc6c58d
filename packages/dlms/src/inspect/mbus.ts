import { decodeMbusFrame, mbusSegment, mbusTransportHeader } from '../mbus/index.ts'
import type { Malformed } from '../parse.ts'
import { concatenate } from './blocks.ts'
import type { Layer } from './layer.ts'
import { walkPayload } from './link.ts'
import { piecesOf } from './secrets.ts'
import { attempt, type Inspection } from './state.ts'

/** Carries the segments of one APDU over M-Bus long frames. */
export class MbusWalker {
  readonly #state: Inspection
  #parts: Uint8Array[] = []
  /** A frame whose CI field announces another application than DLMS. */
  otherApplication = false

  constructor(state: Inspection) {
    this.#state = state
  }

  walk(layer: Layer): void {
    while (layer.remaining > 0) {
      const start = layer.position
      const parsed = decodeMbusFrame(layer.bytes.subarray(0, layer.end), start)
      if (parsed.kind !== 'ok') {
        const error: Malformed =
          parsed.kind === 'malformed'
            ? parsed.error
            : { code: 'truncated', message: 'the M-Bus frame is cut short', offset: layer.end }
        this.#state.error ??= error
        layer.group('m-bus', (node) => {
          node.error = error
          attempt(this.#state, node, () => this.#fields(layer, layer.end, layer.end))
          layer.position = layer.end
        })
        return
      }
      const { next } = parsed
      const segment = mbusSegment(parsed.value)
      if (!segment) this.otherApplication = true
      layer.group('m-bus', (node) => {
        if (parsed.value.wrapped) node.note = layer.say('wrappedLength')
        attempt(this.#state, node, () => {
          this.#fields(layer, next - 2, next)
          if (segment) this.#segment(layer, segment.sequence, segment.last, segment.data, next)
        })
        layer.position = next
      })
    }
  }

  finish(layer: Layer): void {
    if (this.#parts.length === 0) return
    const error: Malformed = {
      code: 'incomplete',
      message: 'the last M-Bus segment is missing',
      offset: layer.end,
    }
    const before = this.#state.error
    this.#reassembled(layer)
    const node = layer.node.children?.at(-1)
    if (node) node.error = error
    this.#state.error = before ?? error
  }

  /** `dataEnd` is where the checksum lies, or the end of what is there. */
  #fields(layer: Layer, dataEnd: number, end: number): void {
    layer.octets('start', 1)
    layer.u8('length')
    layer.u8('length-repeated')
    layer.octets('start-repeated', 1)
    layer.u8('control')
    layer.u8('address', (value) => (value >= 0xfe ? 'broadcast' : undefined))
    const ci = layer.u8('control-information', (value) =>
      value <= 0x1f ? `DLMS segment ${value & 0x0f}${value & 0x10 ? ', last' : ''}` : undefined,
    )
    if (ci <= 0x1f && dataEnd - layer.position >= mbusTransportHeader) {
      layer.u8('source-tsap')
      layer.u8('destination-tsap')
      layer.add('segment', layer.position, dataEnd - layer.position)
      layer.position = dataEnd
    } else layer.octets('data', dataEnd - layer.position)
    if (end > dataEnd) {
      layer.octets('checksum', 1)
      layer.octets('stop', 1)
    }
  }

  #segment(layer: Layer, sequence: number, last: boolean, data: Uint8Array, next: number): void {
    layer.position = next
    const expected = this.#parts.length & 0x0f
    if (sequence !== expected) {
      this.#parts = []
      layer.fail('segment-sequence', `M-Bus segment ${sequence} where ${expected} was due`)
    }
    this.#parts.push(data)
    if (last) this.#reassembled(layer)
  }

  #reassembled(layer: Layer): void {
    const parts = this.#parts
    this.#parts = []
    this.#state.channel = 'm-bus'
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const bytes = concatenate(parts, length)
    layer.inner('reassembled', bytes, (whole) => walkPayload(whole, true), {}, piecesOf(parts))
  }
}
