// The TCP-UDP/IP wrapper as a lower layer (Green Book 7.3.3): no connection of its own. Over TCP a malformed
// header ends the stream; over UDP each call of `receive` brings one datagram, and a malformed one costs itself only.

import { decodeWrapperFrame, encodeWrapperFrame, WrapperReader } from '../../wrapper/index.ts'
import type { EpochMs } from '../types.ts'
import type { Lower, LowerEvent, OnWire } from './types.ts'

abstract class Wrapper implements Lower {
  readonly connected = true
  protected readonly onWire: OnWire
  #events: { readonly event: LowerEvent; readonly wire?: Uint8Array }[] = []
  #at = 0

  constructor(onWire: OnWire) {
    this.onWire = onWire
  }

  connect(): void {
    this.push({ kind: 'connected' })
  }

  disconnect(): void {
    this.push({ kind: 'disconnected', reason: 'requested', orderly: true, silent: false })
  }

  send(source: number, destination: number, apdu: Uint8Array, now: EpochMs): void {
    this.onWire('out', encodeWrapperFrame({ source, destination, payload: apdu }), now, false)
  }

  sendAside(source: number, destination: number, apdu: Uint8Array, now: EpochMs): void {
    this.onWire('out', encodeWrapperFrame({ source, destination, payload: apdu }), now, true)
  }

  expect(): void {}

  abstract receive(chunk: Uint8Array, now: EpochMs): void

  next(now: EpochMs): LowerEvent | undefined {
    const waiting = this.#events[this.#at]
    if (!waiting) return undefined
    this.#at += 1
    if (this.#at === this.#events.length) {
      this.#events = []
      this.#at = 0
    }
    if (waiting.wire) this.onWire('in', waiting.wire, now, false)
    return waiting.event
  }

  tick(): void {}

  nextDeadline(): undefined {
    return undefined
  }

  protected push(event: LowerEvent, wire?: Uint8Array): void {
    this.#events.push(wire ? { event, wire } : { event })
  }
}

export class TcpWrapper extends Wrapper {
  readonly #reader: WrapperReader

  constructor(maxApduBytes: number, onWire: OnWire) {
    super(onWire)
    this.#reader = new WrapperReader(maxApduBytes)
  }

  override receive(chunk: Uint8Array): void {
    for (const event of this.#reader.push(chunk)) {
      if (event.kind === 'malformed') this.push(event)
      else {
        const { payload: apdu, source, destination } = event.frame
        this.push({ kind: 'apdu', apdu, source, destination, frames: 1 }, event.wire)
      }
    }
  }
}

export class UdpWrapper extends Wrapper {
  readonly #maxApduBytes: number

  constructor(maxApduBytes: number, onWire: OnWire) {
    super(onWire)
    this.#maxApduBytes = maxApduBytes
  }

  override receive(datagram: Uint8Array): void {
    let at = 0
    while (at < datagram.length) {
      const parsed = decodeWrapperFrame(datagram, at, this.#maxApduBytes)
      if (parsed.kind !== 'ok') {
        const why = parsed.kind === 'more' ? 'a datagram that ends inside a frame' : parsed.error.message
        this.push({ kind: 'discarded', reason: why })
        return
      }
      const wire = datagram.slice(at, parsed.next)
      const { source, destination } = parsed.value
      this.push({ kind: 'apdu', apdu: wire.subarray(8), source, destination, frames: 1 }, wire)
      at = parsed.next
    }
  }
}
