import {
  checkSequenceFault,
  type HdlcAddress,
  type HdlcControl,
  type HdlcLayout,
  hdlcFlag,
  layoutOf,
  unstuff,
} from '../hdlc/index.ts'
import type { Malformed } from '../parse.ts'
import { concatenate } from './blocks.ts'
import type { Layer } from './layer.ts'
import { walkPayload } from './link.ts'
import { type Piece, piecesOf } from './secrets.ts'
import { attempt, type Inspection } from './state.ts'

/** Segments of one sender that wait for the last one. */
type Segments = {
  readonly key: string
  readonly parts: Uint8Array[]
  ns: number | undefined
  faulty: boolean
}

/** Carries segments from frame to frame, also when every frame is an item of its own. */
export class HdlcWalker {
  readonly #state: Inspection
  #pending: Segments | undefined

  constructor(state: Inspection) {
    this.#state = state
  }

  /** Reads every frame of the layer; octets outside of frames are errors, and the next flag is looked for. */
  walk(layer: Layer): void {
    while (layer.remaining > 0) {
      if (layer.peek() !== hdlcFlag) this.#noise(layer)
      else if (layer.remaining === 1 || layer.peek(1) === hdlcFlag) {
        // A flag between frames, or the closing one left over.
        layer.position++
      } else this.#frame(layer)
    }
  }

  /** Shows what came of segments whose end never arrived. */
  finish(layer: Layer): void {
    const pending = this.#pending
    if (!pending) return
    this.#pending = undefined
    // A lone segment from the middle of a message is whole in itself: it only cannot be read further.
    const begins = pending.parts[0]?.[0] === 0xe6
    const error: Malformed | undefined = !begins
      ? undefined
      : {
          code: 'incomplete',
          message: 'the last segment of the message is missing',
          offset: layer.end,
        }
    this.#reassembled(layer, pending, error)
  }

  #noise(layer: Layer): void {
    const start = layer.position
    const flag = layer.bytes.subarray(0, layer.end).indexOf(hdlcFlag, start)
    const end = flag < 0 ? layer.end : flag
    const error = { code: 'flag', message: `${end - start} octets outside of any HDLC frame`, offset: start }
    layer.add('noise', start, end - start, { text: layer.say('noise'), error })
    this.#state.error ??= error
    layer.position = end
  }

  #frame(layer: Layer): void {
    const start = layer.position
    const bytes = layer.bytes.subarray(0, layer.end)
    const fault = frameFault(bytes, start)
    const plain = fault ? unstuff(bytes, start) : undefined
    if (plain && !frameFault(plain.frame, 0)) {
      const about = { note: layer.say('stuffed'), type: 'stuffed' }
      const pieces = stuffedPieces(bytes.subarray(start, plain.next))
      layer.inner('hdlc', plain.frame, (whole) => this.#fields(whole, 0, undefined), about, pieces)
      layer.position = plain.next
      return
    }
    layer.group('hdlc', (node) => {
      const header = layoutOf(bytes, start + 1)
      const stated = header.kind === 'ok' ? header.value.fcsOffset + 3 : layer.end
      attempt(this.#state, node, () => this.#fields(layer, start, fault))
      if (fault) {
        node.error = fault
        this.#state.error ??= fault
      }
      layer.position = fault ? resume(bytes, start, stated) : stated
    })
  }

  #fields(layer: Layer, start: number, fault: Malformed | undefined): void {
    const bytes = layer.bytes.subarray(0, layer.end)
    layer.octets('opening-flag', 1)
    const parsed = layoutOf(bytes, start + 1)
    if (parsed.kind === 'malformed') layer.fail(parsed.error.code, parsed.error.message, parsed.error.offset)
    if (parsed.kind === 'more') layer.fail('truncated', 'the HDLC frame ends inside its header', bytes.length)
    const layout = parsed.value
    header(layer, layout)
    this.#state.channel = `${layout.source.upper}>${layout.destination.upper}`
    const end = Math.min(layout.fcsOffset, bytes.length)
    const isInformation = layout.control.kind === 'i' || layout.control.kind === 'ui'
    const information = bytes.subarray(layout.informationOffset, end)
    const alone = !layout.segmented && !this.#pending
    if (information.length > 0) {
      layer.group('information', (node) => {
        if (!isInformation) parameters(layer, end)
        else if (alone) {
          const before = this.#state.error
          attempt(this.#state, node, () => layer.within(end, () => walkPayload(layer, false)))
          // A frame that failed its check sequence explains what its octets do not say.
          if (fault) this.#state.error = before ?? fault
        } else {
          layer.add('segment', layer.position, information.length)
          if (layout.segmented) node.note = layer.say('segmentFollows')
        }
        layer.position = end
      })
    }
    if (layout.fcsOffset + 2 <= bytes.length) layer.octets('fcs', 2)
    if (bytes[layout.fcsOffset + 2] === hdlcFlag) layer.octets('closing-flag', 1)
    if (isInformation && !alone) this.#segment(layer, layout, information, fault !== undefined)
  }

  #segment(layer: Layer, layout: HdlcLayout, information: Uint8Array, faulty: boolean): void {
    const key = this.#state.channel
    const ns = layout.control.kind === 'i' ? layout.control.ns : undefined
    let pending = this.#pending
    if (pending && pending.key !== key) {
      this.#pending = undefined
      layer.fail('segment-address', 'a segment of another sender lies between two segments', layout.format)
    }
    pending ??= { key, parts: [], ns: undefined, faulty: false }
    if (pending.ns !== undefined && ns !== undefined && ns !== (pending.ns + 1) % 8) {
      layer.node.note = layer.say('repeatedSequence')
    }
    pending.ns = ns
    pending.faulty ||= faulty
    pending.parts.push(information)
    this.#pending = layout.segmented ? pending : undefined
    if (!layout.segmented) this.#reassembled(layer, pending, undefined)
  }

  #reassembled(layer: Layer, segments: Segments, error: Malformed | undefined): void {
    const length = segments.parts.reduce((sum, part) => sum + part.length, 0)
    const before = this.#state.error
    const bytes = concatenate(segments.parts, length)
    layer.inner('reassembled', bytes, (whole) => walkPayload(whole, false), {}, piecesOf(segments.parts))
    if (error) {
      const node = layer.node.children?.at(-1)
      if (node) node.error = error
      this.#state.error = before ?? error
    }
  }
}

/** One piece an octet: an escaped one was two on the wire. */
function stuffedPieces(raw: Uint8Array): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < raw.length; ) {
    const size = raw[at] === 0x7d && at > 0 ? 2 : 1
    pieces.push({ length: 1, source: raw.subarray(at, at + size) })
    at += size
  }
  return pieces
}

/** Everything that is wrong with the frame as it stands, first the header. */
function frameFault(bytes: Uint8Array, start: number): Malformed | undefined {
  const parsed = layoutOf(bytes, start + 1)
  if (parsed.kind === 'malformed') return parsed.error
  if (parsed.kind === 'more') {
    return { code: 'truncated', message: 'the HDLC frame ends inside its header', offset: bytes.length }
  }
  const { hcsOffset, fcsOffset } = parsed.value
  if (hcsOffset !== undefined && hcsOffset + 2 <= bytes.length) {
    const fault = checkSequenceFault(bytes, start + 1, hcsOffset, 'hcs')
    if (fault) return fault
  }
  if (fcsOffset + 2 > bytes.length) {
    const message = `the HDLC frame states ${fcsOffset + 2 - start - 1} octets, ${bytes.length - start - 1} are there`
    return { code: 'truncated', message, offset: bytes.length }
  }
  const fault = checkSequenceFault(bytes, start + 1, fcsOffset, 'fcs')
  if (fault) return fault
  if (bytes[fcsOffset + 2] === hdlcFlag) return undefined
  return { code: 'flag', message: 'the HDLC frame does not end with 7E', offset: fcsOffset + 2 }
}

/** After a faulty frame: behind it when its closing flag is where it says, at the next flag otherwise. */
function resume(bytes: Uint8Array, start: number, stated: number): number {
  if (stated <= bytes.length && bytes[stated - 1] === hdlcFlag) return stated
  const flag = bytes.indexOf(hdlcFlag, start + 1)
  return flag < 0 ? bytes.length : flag
}

function header(layer: Layer, layout: HdlcLayout): void {
  layer.u16('frame-format', () => `type 3, length ${layout.length}${layout.segmented ? ', segmented' : ''}`)
  layer.octets('destination-address', layout.destination.size, addressText(layout.destination))
  layer.octets('source-address', layout.source.size, addressText(layout.source))
  layer.u8('control', () => controlText(layout.control))
  if (layout.hcsOffset !== undefined && layer.remaining >= 2) layer.octets('hcs', 2)
}

function addressText(address: HdlcAddress): string {
  return address.lower === undefined ? String(address.upper) : `${address.upper}/${address.lower}`
}

function controlText(control: HdlcControl): string {
  const parts = [control.kind.toUpperCase()]
  if ('ns' in control) parts.push(`N(S) ${control.ns}`)
  if ('nr' in control) parts.push(`N(R) ${control.nr}`)
  if (control.pf) parts.push('P/F')
  return parts.join(', ')
}

const parameterNames: Readonly<Record<number, string>> = {
  5: 'maximum-information-field-length-transmit',
  6: 'maximum-information-field-length-receive',
  7: 'window-size-transmit',
  8: 'window-size-receive',
}

/** Negotiation of SNRM and UA (Green Book 8.4.5.3.2): 81 80 length, then identifier, length, value. */
function parameters(layer: Layer, end: number): void {
  if (layer.peek() !== 0x81 || layer.peek(1) !== 0x80) {
    layer.octets('contents', end - layer.position)
    return
  }
  layer.within(end, () => {
    layer.u8('format-identifier')
    layer.u8('group-identifier')
    layer.u8('group-length')
    while (layer.remaining > 0) {
      layer.group(parameterNames[layer.peek()] ?? 'parameter', (node) => {
        layer.position++
        const value = layer.take(layer.take(1, 'parameter length')[0] as number, 'parameter')
        node.value = value.reduce((sum, octet) => sum * 256 + octet, 0)
      })
    }
  })
}
