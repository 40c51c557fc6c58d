// A meter on a wired bus: enough of EN 13757-2 to answer a master; the telegrams are given.

import type { SelectionMask } from './application.ts'
import { decodeFrame, encodeLong, type LinkFrame } from './link.ts'

export type SlaveOptions = {
  readonly primary: number
  readonly secondary: SelectionMask
  /** User data of each telegram of a readout, behind CI 72; all but the last end with DIF 1F. */
  readonly telegrams: readonly Uint8Array[]
}

export type Slave = {
  /** Octets seen on the bus, whole frames; @returns what the meter answers, empty for silence. */
  receive(bytes: Uint8Array): Uint8Array
  readonly primary: number
  readonly baud: number | undefined
}

const silence = new Uint8Array()
const yes = Uint8Array.of(0xe5)

export function createSlave(options: SlaveOptions): Slave {
  return new Meter(options)
}

/** Whether a mask with wildcards names this address. */
export function matches(mask: SelectionMask, { id, manufacturer, version, medium }: SelectionMask): boolean {
  const digits = [...mask.id.toUpperCase()].every(
    (digit, i) => digit === 'F' || digit === id[i]?.toUpperCase(),
  )
  return (
    digits &&
    (mask.manufacturer === 0xffff || mask.manufacturer === manufacturer) &&
    (mask.version === 0xff || mask.version === version) &&
    (mask.medium === 0xff || mask.medium === medium)
  )
}

class Meter implements Slave {
  readonly #options: SlaveOptions
  #selected = false
  #last: boolean | undefined
  #telegram = 0
  primary: number
  baud: number | undefined

  constructor(options: SlaveOptions) {
    this.#options = options
    this.primary = options.primary
  }

  receive(bytes: Uint8Array): Uint8Array {
    const frame = decodeFrame(bytes)
    if (frame.kind !== 'ok' || frame.value.kind === 'acknowledgement') return silence
    const { control, address } = frame.value
    if (frame.value.kind === 'long' && address === 253 && frame.value.controlInformation === 0x52) {
      return this.#select(frame.value.data)
    }
    const addressed = address === this.primary || address >= 254 || (address === 253 && this.#selected)
    if (!addressed) return silence
    const answer = this.#handle(frame.value, control)
    return address === 255 ? silence : answer
  }

  #handle(frame: Exclude<LinkFrame, { kind: 'acknowledgement' }>, control: number): Uint8Array {
    if (frame.kind === 'short') {
      if (control === 0x40) {
        this.#last = undefined
        this.#telegram = 0
        if (frame.address === 253) this.#selected = false
        return yes
      }
      const repeated = this.#repeated(control)
      if ((control & 0x5f) === 0x5a) return yes
      if ((control & 0x5f) !== 0x5b) return silence
      return this.#readout(repeated)
    }
    if ((control & 0x5f) !== 0x53) return silence
    if (!this.#repeated(control)) this.#command(frame.controlInformation, frame.data)
    return yes
  }

  /** The same FCB twice: the master did not hear the answer and wants it again. */
  #repeated(control: number): boolean {
    if ((control & 0x10) === 0) return false
    const count = (control & 0x20) !== 0
    const repeated = this.#last === count
    this.#last = count
    return repeated
  }

  #readout(repeated: boolean): Uint8Array {
    const { telegrams } = this.#options
    if (!repeated && this.#started) this.#telegram = (this.#telegram + 1) % Math.max(1, telegrams.length)
    this.#started = true
    const data = telegrams[this.#telegram]
    return data ? encodeLong(0x08, this.primary, 0x72, data) : silence
  }

  #started = false

  #command(ci: number, data: Uint8Array): void {
    if (ci === 0x50) {
      this.#telegram = 0
      this.#started = false
    }
    if (ci === 0x51 && data[0] === 0x01 && data[1] === 0x7a && data[2] !== undefined) this.primary = data[2]
    const rates = [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400]
    if (ci >= 0xb8 && ci <= 0xbf) this.baud = rates[ci - 0xb8]
  }

  #select(data: Uint8Array): Uint8Array {
    if (data.length < 8) return silence
    const [a = 0, b = 0, c = 0, d = 0, low = 0, high = 0, version = 0, medium = 0] = data
    const id = [d, c, b, a].map((octet) => octet.toString(16).padStart(2, '0')).join('')
    this.#selected = matches(
      { id, manufacturer: low | (high << 8), version, medium },
      this.#options.secondary,
    )
    if (!this.#selected) return silence
    this.#telegram = 0
    this.#started = false
    this.#last = undefined
    return yes
  }
}
