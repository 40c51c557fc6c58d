// General block transfer of one side (Green Book 9.3.5 and 9.4.6.13): any APDU, ciphered or not, travels in
// numbered blocks. Each side numbers what it sends, acknowledgements included, and says up to which block of
// the peer it has everything (block-number-ack) and how many more it takes (window). A lost block is asked for
// again by repeating the last good number; what is held already is not asked for twice.

import { concatAll, equalBytes } from '../bytes.ts'
import { encodeApdu, type GeneralBlockTransfer } from '../xdlms/index.ts'
import type { GeneralBlockTransferOptions, SessionError, SessionLimits } from './types.ts'

type Outgoing = { readonly number: number; readonly last: boolean; readonly data: Uint8Array }
type Incoming = { readonly last: boolean; readonly data: Uint8Array }

const empty = new Uint8Array(0)
/** Tag, control, two numbers and the longest length field in front of a block's data. */
const headerBytes = 9
const maxNumber = 0xffff
const maxWindow = 63
/** Requests that may be carried out again: GET and Read change nothing. */
const repeatable: readonly number[] = [0xc0, 0x05]

export type BlocksTaken = {
  /** GBT APDUs to send at once, in order. */
  readonly send: readonly Uint8Array[]
  /** The peer's APDU, once, when its last block and all before it are there. */
  readonly apdu?: Uint8Array
  /** The block was new, or it acknowledged what was not yet: number and bytes so far. */
  readonly progress?: { readonly block: number; readonly bytes: number }
  readonly error?: SessionError
  /** Nothing of this belongs to the transfer: counted as a stray. */
  readonly stray?: string
}

/** Longest APDU that a peer with this PDU can be sent in blocks. */
export function blocksRoom(maxPdu: number, limits: SessionLimits): number {
  const blocks = Math.min(limits.maxBlocks, maxNumber)
  return Math.min(limits.maxReassembledBytes, blocks * blockBytes(maxPdu))
}

function blockBytes(maxPdu: number): number {
  return Math.max(1, (maxPdu === 0 ? maxNumber : Math.min(maxPdu, maxNumber)) - headerBytes)
}

export class GeneralBlocks {
  readonly #limits: SessionLimits
  readonly #window: number
  readonly #streaming: boolean
  /** True while our request waits for the peer's answer. */
  #asking = false
  #out: Outgoing[] = []
  #nextNumber = 1
  /** Highest number that left. */
  #sentTo = 0
  #acknowledgedTo = 0
  /** Number of the last data block of ours. */
  #lastOut = 0
  #leftBytes = 0
  #peerWindow = 1
  #in: Incoming[] = []
  #inFrom = 0
  #held = new Map<number, Incoming>()
  #receivedTo = 0
  #bytes = 0
  #complete = false

  constructor(options: GeneralBlockTransferOptions, limits: SessionLimits) {
    this.#limits = limits
    this.#window = Math.min(maxWindow, Math.max(1, options.window ?? 1))
    this.#streaming = options.streaming ?? true
  }

  /** True while our request is not answered in full. */
  get asking(): boolean {
    return this.#asking
  }

  /** True between the first block of a peer's APDU and its last. */
  get receiving(): boolean {
    return !this.#complete && (this.#in.length > 0 || this.#held.size > 0)
  }

  /** Begins an exchange with our APDU; returns its first blocks. */
  begin(apdu: Uint8Array, maxPdu: number): Uint8Array[] {
    this.reset()
    this.#asking = true
    this.#cut(apdu, maxPdu)
    return this.#sendFrom(1)
  }

  /** All blocks of an APDU that is not answered, in one stream. */
  stream(apdu: Uint8Array, maxPdu: number): Uint8Array[] {
    this.reset()
    this.#cut(apdu, maxPdu)
    // Window 0: nothing comes back.
    const blocks = this.#out.map((block) => this.#encode(block, !block.last, 0))
    this.reset()
    return blocks
  }

  /** Answers the peer's APDU with ours, inside the same exchange; returns the first blocks. */
  reply(apdu: Uint8Array, maxPdu: number): Uint8Array[] {
    const first = this.#nextNumber
    this.#out = []
    this.#cut(apdu, maxPdu)
    return this.#sendFrom(first)
  }

  reset(): void {
    this.#asking = false
    this.#out = []
    this.#nextNumber = 1
    this.#sentTo = 0
    this.#acknowledgedTo = 0
    this.#lastOut = 0
    this.#leftBytes = 0
    this.#peerWindow = 1
    this.forget()
  }

  /** Forgets what was received: it was not the answer. The peer is asked again by `retry`. */
  forget(): void {
    this.#in = []
    this.#inFrom = 0
    this.#held.clear()
    this.#receivedTo = 0
    this.#bytes = 0
    this.#complete = false
  }

  /** The answer has been taken: nothing is due any more. */
  finish(): void {
    this.#asking = false
  }

  /** Nothing came for too long: repeats what the peer has not acknowledged, or what is missing here. */
  retry(): Uint8Array[] {
    if (this.#acknowledgedTo < this.#lastOut) return this.#sendFrom(this.#acknowledgedTo + 1)
    return this.#complete ? [] : [this.#report()]
  }

  receive(block: GeneralBlockTransfer): BlocksTaken {
    if (block.blockNumber === 0) return { send: [], stray: 'block number 0' }
    if (!this.#asking && this.#begins(block)) this.reset()
    if (block.blockNumberAck > this.#sentTo) return { send: [], stray: 'blocks acknowledged that never left' }
    this.#peerWindow = Math.max(1, block.window)
    const left = this.#acknowledge(block.blockNumberAck)
    const before = this.#in.length
    const error = this.#take(block)
    if (error) return { send: [], error }
    if (this.#complete && before < this.#in.length) return { send: [], apdu: this.#join() }
    const arrived = before < this.#in.length ? { block: this.#receivedTo, bytes: this.#bytes } : undefined
    const progress = arrived ?? left
    // While the peer streams it is not our turn; after the last block of its window it waits for us.
    const send = block.streaming ? [] : this.#turn(block)
    return { send, ...(progress && { progress }) }
  }

  /** Takes the peer's acknowledgement; what it says of our data blocks that it did not say before. */
  #acknowledge(number: number): BlocksTaken['progress'] {
    this.#acknowledgedTo = Math.max(this.#acknowledgedTo, number)
    const waiting = this.#out.findIndex((sent) => sent.number > this.#acknowledgedTo)
    const gone = this.#out.splice(0, waiting < 0 ? this.#out.length : waiting)
    if (gone.length === 0) return undefined
    for (const sent of gone) this.#leftBytes += sent.data.length
    return { block: gone[gone.length - 1].number, bytes: this.#leftBytes }
  }

  #turn(block: GeneralBlockTransfer): Uint8Array[] {
    // Unacknowledged blocks of ours go on (or again); a mere acknowledgement needs none in return.
    if (this.#out.length > 0) return this.#sendFrom(this.#acknowledgedTo + 1)
    if (this.#complete || (block.data.length === 0 && !block.lastBlock)) return []
    return [this.#report()]
  }

  /** True for the first block of a transfer that is not the one known here. */
  #begins(block: GeneralBlockTransfer): boolean {
    if (block.data.length === 0) return false
    const known = this.#in[block.blockNumber - 1 - this.#inFrom] ?? this.#held.get(block.blockNumber)
    if (known && equalBytes(known.data, block.data) && known.last === block.lastBlock) {
      const again = this.#complete && this.#in.length === 1 && repeatable.includes(block.data[0])
      return again && block.blockNumberAck === 0
    }
    // Another content under a number that was taken already is another transfer; so is a first block anew.
    if (known !== undefined || this.#complete) return true
    // Blocks that overtook the first one wait for it.
    const waited = this.#in.length === 0 && this.#held.size > 0
    return block.blockNumber === 1 && block.blockNumberAck === 0 && !waited
  }

  #take(block: GeneralBlockTransfer): SessionError | undefined {
    const { blockNumber: number, data, lastBlock: last } = block
    if (data.length === 0 && (!last || this.#complete || this.#in.length === 0)) {
      // An acknowledgement holds no data: all that its sender had sent before it were such, too.
      if (this.#in.length === 0 || this.#complete) this.#pass(number)
      return undefined
    }
    // The peer answers only after it has all of our request.
    if (this.#asking && block.blockNumberAck < this.#lastOut) return undefined
    if (number <= this.#receivedTo || this.#complete || this.#held.has(number)) return undefined
    if (number > this.#receivedTo + maxWindow) {
      return { code: 'block', message: `block ${number} came where ${this.#receivedTo + 1} was due` }
    }
    this.#bytes += data.length
    if (this.#bytes > this.#limits.maxReassembledBytes || this.#in.length >= this.#limits.maxBlocks) {
      return { code: 'too-large', message: `more than ${this.#limits.maxReassembledBytes} bytes in blocks` }
    }
    this.#held.set(number, { last, data })
    this.#drain()
    return undefined
  }

  /** Moves what follows without a gap from the held blocks to the value. */
  #drain(): void {
    for (;;) {
      const next = this.#held.get(this.#receivedTo + 1)
      if (!next) return
      if (this.#in.length === 0) this.#inFrom = this.#receivedTo
      this.#held.delete(this.#receivedTo + 1)
      this.#receivedTo += 1
      this.#in.push(next)
      if (next.last) {
        this.#complete = true
        this.#held.clear()
        return
      }
    }
  }

  #pass(number: number): void {
    if (number === this.#receivedTo + 1 || (number > this.#receivedTo && this.#held.size === 0)) {
      this.#receivedTo = number
      if (!this.#complete) this.#drain()
    }
  }

  #join(): Uint8Array {
    return concatAll(this.#in.map((part) => part.data))
  }

  #cut(apdu: Uint8Array, maxPdu: number): void {
    const size = blockBytes(maxPdu)
    for (let offset = 0; offset < apdu.length; offset += size) {
      const last = offset + size >= apdu.length
      this.#out.push({ number: this.#nextNumber, last, data: apdu.subarray(offset, offset + size) })
      this.#lastOut = this.#nextNumber
      this.#nextNumber += 1
    }
  }

  /** The next blocks from a number on, as many as the peer takes. */
  #sendFrom(number: number): Uint8Array[] {
    const count = this.#streaming ? this.#peerWindow : 1
    const blocks: Outgoing[] = []
    // A number without data was that of an acknowledgement, which the peer may have missed.
    for (let next = number; blocks.length < count && next <= this.#lastOut; next++) {
      const data = this.#out.find((block) => block.number === next)
      blocks.push(data ?? { number: next, last: false, data: empty })
    }
    return blocks.map((block, index) => this.#encode(block, index < blocks.length - 1))
  }

  /** An empty block: how far we are, and how many we take. Of a gap only what is missing is asked for. */
  #report(): Uint8Array {
    const next = Math.min(...this.#held.keys())
    const missing = Number.isFinite(next) ? next - this.#receivedTo - 1 : this.#window
    const number = this.#nextNumber
    this.#nextNumber += 1
    const last = this.#asking
    return this.#encode({ number, last, data: empty }, false, Math.min(this.#window, missing))
  }

  #encode(block: Outgoing, streaming: boolean, window = this.#window): Uint8Array {
    this.#sentTo = Math.max(this.#sentTo, block.number)
    return encodeApdu({
      kind: 'general-block-transfer',
      lastBlock: block.last,
      streaming,
      window,
      blockNumber: block.number & maxNumber,
      blockNumberAck: this.#receivedTo & maxNumber,
      data: block.data,
    })
  }
}
