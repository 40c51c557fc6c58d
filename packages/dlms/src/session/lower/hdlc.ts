// The HDLC profile as a lower layer (Green Book 8): LLC in front of each APDU, a link below them.

import {
  defaultHdlcParameters,
  encodeHdlcFrame,
  type HdlcAddress,
  type HdlcEnd,
  type HdlcLinkEvent,
  type HdlcParameters,
  HdlcPrimary,
  HdlcSecondary,
  withLlc,
  withoutLlc,
} from '../../hdlc/index.ts'
import type { EpochMs, SessionLimits } from '../types.ts'
import { allStations, type Lower, type LowerEvent, type OnWire } from './types.ts'

/** What a link over HDLC may be told; sizes and windows are proposals to the peer. */
type CommonHdlcOptions = Partial<HdlcParameters> & {
  /** Quiet time inside a frame after which its beginning is thrown away, ms. Default: none. */
  readonly interOctetTimeoutMs?: number
  /** The peer stuffs octets, which the profile does without. */
  readonly octetStuffing?: boolean
}

export type ClientHdlcOptions = CommonHdlcOptions & {
  /** Lower HDLC address of the server: the physical device. */
  readonly physicalAddress?: number
  /** Octets of the server address. Default 1 without `physicalAddress`, else 2 or, where a part exceeds 127, 4. */
  readonly addressSize?: 1 | 2 | 4
  /** Quiet time after which the server is polled again, ms. Default: a fifth of the session's `timeoutMs`. */
  readonly responseTimeoutMs?: number
  /** Repetitions without progress before the link is given up. Default 3. */
  readonly retries?: number
  /** Wait before a server that has no answer yet is polled again, ms. Default 100. */
  readonly pollDelayMs?: number
  /** 'poll' asks with RR what arrived; 'repeat' sends the I frames again, for meters that leave an RR unanswered. Default 'poll'. */
  readonly recovery?: 'poll' | 'repeat'
  /** How `release` ends: RLRQ and then DISC, DISC alone, or RLRQ alone, which keeps the link for another association. Default 'rlrq-and-disc'. */
  readonly release?: 'rlrq-and-disc' | 'disc' | 'rlrq'
}

export type ServerHdlcOptions = CommonHdlcOptions & {
  /** Lower HDLC address: the physical device. Absent: any is taken. */
  readonly physicalAddress?: number
  /** Quiet time after which the link, and the association over it, is gone, ms; 0 = never. Default 120,000. */
  readonly inactivityTimeoutMs?: number
}

const llcBytes = 3
const reasons: Readonly<Record<HdlcEnd, string>> = {
  requested: 'the link was closed',
  refused: 'the server is disconnected (DM)',
  rejected: 'the server rejected a frame (FRMR)',
  'no-answer': 'no answer on the link',
  sequence: 'the sequence numbers of the link do not fit',
  replaced: 'the client set the link up anew',
  'too-large': 'more octets than the link holds',
}

function lowerEvent(event: HdlcLinkEvent): LowerEvent {
  switch (event.kind) {
    case 'sdu': {
      const apdu = withoutLlc(event.information)
      if (!apdu) return { kind: 'discarded', reason: 'information without an LLC header' }
      const { source, destination, frames } = event
      return { kind: 'apdu', apdu, source: source.upper, destination: destination.upper, frames }
    }
    case 'disconnected':
      return {
        kind: 'disconnected',
        reason: reasons[event.reason],
        orderly: event.reason === 'requested',
        silent: event.reason === 'no-answer',
      }
    case 'discarded':
      return { kind: 'discarded', reason: event.error.message }
    default:
      return { kind: event.kind }
  }
}

export class HdlcClientLower implements Lower {
  readonly #station: HdlcPrimary
  readonly #server: HdlcAddress
  readonly #unnumberedBytes: number
  readonly #onWire: OnWire

  constructor(
    client: number,
    server: number,
    options: ClientHdlcOptions,
    timeoutMs: number,
    limits: SessionLimits,
    onWire: OnWire,
  ) {
    const retries = options.retries ?? 3
    this.#server = serverAddress(server, options)
    this.#unnumberedBytes = options.maxInfoTransmit ?? defaultHdlcParameters.maxInfoTransmit
    this.#onWire = onWire
    this.#station = new HdlcPrimary({
      ...options,
      client,
      server: this.#server,
      // All repetitions fit into the session's own wait.
      responseTimeoutMs: options.responseTimeoutMs ?? Math.max(1, Math.floor(timeoutMs / (retries + 2))),
      retries,
      maxSduBytes: limits.maxApduBytes + llcBytes,
      onWire,
    })
  }

  get connected(): boolean {
    return this.#station.state === 'connected'
  }

  connect(now: EpochMs): void {
    this.#station.connect(now)
  }

  disconnect(now: EpochMs): void {
    this.#station.disconnect(now)
  }

  send(_source: number, _destination: number, apdu: Uint8Array, now: EpochMs): void {
    this.#station.send(withLlc(apdu, 'client'), now)
  }

  /** In UI frames to all stations, which need no link and have no answer. */
  sendAside(source: number, _destination: number, apdu: Uint8Array, now: EpochMs): void {
    const { size } = this.#server
    const all = size === 4 ? { upper: 0x3fff, lower: 0x3fff } : { upper: allStations, lower: allStations }
    const destination: HdlcAddress = size === 1 ? { size, upper: allStations } : { size, ...all }
    const sdu = withLlc(apdu, 'client')
    for (let from = 0; from < sdu.length; from += this.#unnumberedBytes) {
      const frame = encodeHdlcFrame({
        source: { size: 1, upper: source },
        destination,
        control: { kind: 'ui', pf: false },
        segmented: from + this.#unnumberedBytes < sdu.length,
        information: sdu.subarray(from, from + this.#unnumberedBytes),
      })
      this.#onWire('out', frame, now, true)
    }
  }

  expect(answer: boolean): void {
    this.#station.expect(answer)
  }

  receive(chunk: Uint8Array, now: EpochMs): void {
    this.#station.receive(chunk, now)
  }

  next(now: EpochMs): LowerEvent | undefined {
    const event = this.#station.next(now)
    return event && lowerEvent(event)
  }

  tick(now: EpochMs): void {
    this.#station.tick(now)
  }

  nextDeadline(): EpochMs | undefined {
    return this.#station.nextDeadline()
  }
}

export class HdlcServerLower implements Lower {
  readonly #station: HdlcSecondary

  constructor(server: number, options: ServerHdlcOptions, limits: SessionLimits, onWire: OnWire) {
    const { physicalAddress } = options
    this.#station = new HdlcSecondary({
      ...options,
      logical: server,
      ...(physicalAddress !== undefined && { physical: physicalAddress }),
      maxSduBytes: limits.maxApduBytes + llcBytes,
      onWire,
    })
  }

  get connected(): boolean {
    return this.#station.state === 'connected'
  }

  connect(): void {}

  disconnect(): void {}

  send(_source: number, destination: number, apdu: Uint8Array, now: EpochMs): void {
    const sdu = withLlc(apdu, 'server')
    if (this.#station.client === destination) this.#station.send(sdu, now)
  }

  sendAside(_source: number, destination: number, apdu: Uint8Array, now: EpochMs): void {
    this.#station.sendUnnumbered(withLlc(apdu, 'server'), destination, now)
  }

  expect(): void {}

  receive(chunk: Uint8Array, now: EpochMs): void {
    this.#station.receive(chunk, now)
  }

  next(now: EpochMs): LowerEvent | undefined {
    const event = this.#station.next(now)
    return event && lowerEvent(event)
  }

  tick(now: EpochMs): void {
    this.#station.tick(now)
  }

  nextDeadline(): EpochMs | undefined {
    return this.#station.nextDeadline()
  }
}

function serverAddress(upper: number, options: ClientHdlcOptions): HdlcAddress {
  const { physicalAddress: lower, addressSize } = options
  if (lower === undefined && (addressSize ?? 1) === 1) return { size: 1, upper }
  const size = addressSize ?? (upper > 0x7f || (lower ?? 0) > 0x7f ? 4 : 2)
  if (size === 1) return { size, upper }
  return { size, upper, lower: lower ?? 0 }
}
