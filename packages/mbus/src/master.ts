// The master of a wired bus (EN 13757-2 and -7): sans-I/O; octets and the time come in, octets and events go out.

import { type Application, readApplication, type SelectionMask } from './application.ts'
import { decodeFrame, encodeLong, encodeShort, type LinkFrame } from './link.ts'
import type { Fault } from './parse.ts'

/** 253: the meter that a selection named; 254: any one meter answers; 255: all hear and none answers. */
export const selectedAddress = 253

export type MasterOptions = {
  /** Silence after a request before it is sent again, ms. EN 13757-2: 330 bit times and 50 ms. */
  readonly timeoutMs: number
  /** Repetitions after the first try. EN 13757-2 asks for two. */
  readonly retries: number
  /** Most telegrams of one readout. */
  readonly maxTelegrams: number
}

export const defaultMasterOptions: MasterOptions = { timeoutMs: 600, retries: 2, maxTelegrams: 32 }

export type MasterRequest =
  /** SND_NKE. */
  | { readonly kind: 'reset'; readonly address: number }
  /** REQ_UD2 (or REQ_UD1) until the meter has no more records. */
  | { readonly kind: 'read'; readonly address: number; readonly alarm?: boolean }
  /** SND_UD with any CI field. */
  | { readonly kind: 'send'; readonly address: number; readonly ci: number; readonly data?: Uint8Array }
  | { readonly kind: 'select'; readonly mask: SelectionMask }
  | { readonly kind: 'set-address'; readonly address: number; readonly next: number }
  | { readonly kind: 'set-baud'; readonly address: number; readonly baud: number }
  | { readonly kind: 'application-reset'; readonly address: number; readonly subcode?: number }

export type MasterOutcome =
  | { readonly kind: 'acknowledged' }
  /** 255 and requests to all: nobody answers. */
  | { readonly kind: 'sent' }
  | { readonly kind: 'telegrams'; readonly applications: readonly Application[]; readonly complete: boolean }
  | { readonly kind: 'silence' }
  /** Something came that no single meter sends: several answer at once, or the line is bad. */
  | { readonly kind: 'collision'; readonly fault: Fault }

export type MasterOutput = {
  /** Octets to put on the bus, in order. */
  readonly send: readonly Uint8Array[]
  readonly outcome?: MasterOutcome
}

export type Master = {
  /** Starts a request; throws when one is under way. */
  request(request: MasterRequest, now: number): MasterOutput
  receive(bytes: Uint8Array, now: number): MasterOutput
  tick(now: number): MasterOutput
  /** When `tick` has something to do; undefined while idle. */
  readonly deadline: number | undefined
}

const bauds: Readonly<Record<number, number>> = {
  300: 0xb8,
  600: 0xb9,
  1200: 0xba,
  2400: 0xbb,
  4800: 0xbc,
  9600: 0xbd,
  19200: 0xbe,
  38400: 0xbf,
}

const nothing: MasterOutput = { send: [] }

/** Octets of a selection: identification, manufacturer, version, medium, least significant first. */
export function selectionOctets({ id, manufacturer, version, medium }: SelectionMask): Uint8Array {
  if (!/^[0-9A-Fa-f]{8}$/.test(id)) throw new RangeError('an identification has eight digits')
  const digits = [6, 4, 2, 0].map((at) => Number.parseInt(id.slice(at, at + 2), 16))
  return Uint8Array.of(...digits, manufacturer & 0xff, manufacturer >> 8, version, medium)
}

export function createMaster(options: MasterOptions = defaultMasterOptions): Master {
  return new Machine(options)
}

class Machine implements Master {
  readonly #options: MasterOptions
  /** The next frame count bit of each address: meters tell a repetition from a new request by it. */
  readonly #fcb = new Map<number, boolean>()
  #request: MasterRequest | undefined
  #frame = new Uint8Array()
  #tries = 0
  #deadline: number | undefined
  #buffer = new Uint8Array()
  #applications: Application[] = []
  #fault: Fault | undefined

  constructor(options: MasterOptions) {
    this.#options = options
  }

  get deadline(): number | undefined {
    return this.#deadline
  }

  request(request: MasterRequest, now: number): MasterOutput {
    if (this.#request) throw new Error('a request is under way')
    this.#applications = []
    const address = request.kind === 'select' ? selectedAddress : request.address
    if (!Number.isInteger(address) || address < 0 || address > 255)
      throw new RangeError('addresses are 0 to 255')
    if (request.kind === 'reset') this.#fcb.set(address, true)
    this.#frame = this.#encode(request, address)
    if (address === 255) return { send: [this.#frame], outcome: { kind: 'sent' } }
    this.#request = request
    this.#tries = 0
    return this.#transmit(now)
  }

  #encode(request: MasterRequest, address: number): Uint8Array<ArrayBuffer> {
    // C fields: 40 SND_NKE; 53/73 SND_UD; 5B/7B REQ_UD2; 5A/7A REQ_UD1. Bit 5 is the FCB, bit 4 says it counts.
    const count = this.#fcb.get(address) ?? true
    const fcb = count ? 0x20 : 0
    const send = (ci: number, data = new Uint8Array()) =>
      Uint8Array.from(encodeLong(0x53 | fcb, address, ci, data))
    switch (request.kind) {
      case 'reset':
        return Uint8Array.from(encodeShort(0x40, address))
      case 'read':
        return Uint8Array.from(encodeShort((request.alarm ? 0x5a : 0x5b) | fcb, address))
      case 'send':
        return send(request.ci, Uint8Array.from(request.data ?? []))
      case 'select':
        return Uint8Array.from(encodeLong(0x53, address, 0x52, selectionOctets(request.mask)))
      case 'set-address':
        if (!Number.isInteger(request.next) || request.next < 0 || request.next > 250) {
          throw new RangeError('primary addresses are 0 to 250')
        }
        return send(0x51, Uint8Array.of(0x01, 0x7a, request.next))
      case 'set-baud': {
        const ci = bauds[request.baud]
        if (ci === undefined) throw new RangeError(`${request.baud} Bd is no rate of the bus`)
        return send(ci)
      }
      case 'application-reset':
        return send(0x50, request.subcode === undefined ? new Uint8Array() : Uint8Array.of(request.subcode))
    }
  }

  #transmit(now: number): MasterOutput {
    this.#tries++
    this.#buffer = new Uint8Array()
    this.#fault = undefined
    this.#deadline = now + this.#options.timeoutMs
    return { send: [this.#frame] }
  }

  receive(bytes: Uint8Array, now: number): MasterOutput {
    if (!this.#request || bytes.length === 0 || this.#fault) return nothing
    // No answer is longer than one frame; what exceeds it is noise.
    const room = Math.max(0, 600 - this.#buffer.length)
    const joined = new Uint8Array(this.#buffer.length + Math.min(room, bytes.length))
    joined.set(this.#buffer)
    joined.set(bytes.subarray(0, room), this.#buffer.length)
    this.#buffer = joined
    const frame = decodeFrame(this.#buffer)
    if (frame.kind === 'more') {
      this.#deadline = now + this.#options.timeoutMs
      return nothing
    }
    if (frame.kind === 'malformed') {
      // The bus is left until it is quiet: two meters that talk at once end at different times.
      this.#fault = frame.error
      this.#deadline = now + this.#options.timeoutMs
      return nothing
    }
    return this.#answer(this.#request, frame.value, this.#buffer.subarray(0, frame.next), now)
  }

  #answer(request: MasterRequest, frame: LinkFrame, bytes: Uint8Array, now: number): MasterOutput {
    const address = request.kind === 'select' ? selectedAddress : request.address
    if (frame.kind === 'acknowledgement') {
      if (request.kind !== 'reset' && request.kind !== 'select') this.#toggle(address)
      // The meter keeps its count under its other address.
      if (request.kind === 'set-address') this.#fcb.set(request.next, this.#fcb.get(address) ?? true)
      if (request.kind !== 'read') return this.#end({ kind: 'acknowledged' })
      // REQ_UD1 without an alarm is acknowledged.
      return this.#end({ kind: 'telegrams', applications: this.#applications, complete: true })
    }
    if (request.kind !== 'read' || frame.kind === 'short')
      return this.#wrong('an answer of another kind', now)
    const { application, fault } = readApplication(bytes, frame.ciOffset, bytes.length - 2)
    if (fault || !application) return this.#wrong(fault?.message ?? 'no application data', now)
    this.#toggle(address)
    this.#applications.push(application)
    const more = application.kind === 'variable' && application.list.moreRecordsFollow
    if (!more) return this.#end({ kind: 'telegrams', applications: this.#applications, complete: true })
    if (this.#applications.length >= this.#options.maxTelegrams) {
      return this.#end({ kind: 'telegrams', applications: this.#applications, complete: false })
    }
    this.#frame = this.#encode(request, address)
    this.#tries = 0
    return this.#transmit(now)
  }

  #toggle(address: number): void {
    this.#fcb.set(address, !(this.#fcb.get(address) ?? true))
  }

  #wrong(message: string, now: number): MasterOutput {
    this.#fault = { code: 'answer', message, offset: 0 }
    this.#deadline = now + this.#options.timeoutMs
    return nothing
  }

  tick(now: number): MasterOutput {
    if (!this.#request || this.#deadline === undefined || now < this.#deadline) return nothing
    // A broken answer to a selection is what the search looks for; asking again would not heal it.
    const final = this.#tries > this.#options.retries || (this.#fault && this.#request.kind === 'select')
    if (!final) return this.#transmit(now)
    if (this.#fault) return this.#end({ kind: 'collision', fault: this.#fault })
    const kept = this.#applications
    return this.#end(
      kept.length > 0 ? { kind: 'telegrams', applications: kept, complete: false } : { kind: 'silence' },
    )
  }

  #end(outcome: MasterOutcome): MasterOutput {
    this.#request = undefined
    this.#deadline = undefined
    return { send: [], outcome }
  }
}
