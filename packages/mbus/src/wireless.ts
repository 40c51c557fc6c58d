// Wireless telegrams: link header (EN 13757-4), extended link layer, AFL and transport security (EN 13757-7).

import { type Application, isEncrypted, readApplication } from './application.ts'
import { Cursor } from './bytes.ts'
import { aesCmac, aesCtr, derivation, deriveKey, type MbusCrypto, sameOctets } from './crypto.ts'
import { type Header, type MeterAddress, readAddress, readHeader } from './header.ts'
import { type Fault, type MbusLimits, malformed, ok, type Parse, Stop } from './parse.ts'
import { crc16, decodeRadioFrame, type RadioFormat } from './radio.ts'

export type ExtendedLink = {
  readonly communicationControl: number
  readonly accessNumber: number
  readonly destination?: MeterAddress
  /** CI 8D and 8F: the rest of the frame is under this session number. */
  readonly sessionNumber?: number
  /** 0: plain; 1: AES-128-CTR. */
  readonly encryption?: number
  readonly offset: number
}

/** Authentication and fragmentation layer (CI 90). */
export type Authentication = {
  readonly moreFragments: boolean
  readonly fragment: number
  readonly authenticationType: number
  readonly keyInformation?: number
  readonly messageCounter?: Uint8Array
  readonly mac?: Uint8Array
  readonly messageLength?: number
  /** Undefined when no key was given or the message is in fragments. */
  readonly verified?: boolean
  readonly offset: number
}

export type WirelessTelegram = {
  readonly format: RadioFormat
  readonly control: number
  readonly address: MeterAddress
  readonly extendedLink?: ExtendedLink
  readonly authentication?: Authentication
  readonly application?: Application
  /** Octets the offsets count in: without CRCs, deciphered where a key was given. */
  readonly octets: Uint8Array
  readonly ciOffset: number
  readonly decrypted: boolean
}

export type WirelessOptions = {
  readonly limits?: MbusLimits
  readonly crypto?: MbusCrypto
  /** The key of this meter, 16 octets; asked once with the address the meter's key goes by. */
  readonly keyOf?: (address: MeterAddress) => Uint8Array | undefined
}

/** What was understood before a fault, for inspection. */
export type PartialWireless = { telegram?: WirelessTelegram; fault?: Fault }

/**
 * Decodes one whole wireless telegram of frame format A, B or without CRCs. Never throws on any octets.
 * @returns malformed with 'crc', 'length', 'truncated', …; 'decryption-failed' when the key is wrong;
 * 'authentication-failed' when the CMAC is. Without a key the application is `encrypted`.
 */
export function decodeWireless(bytes: Uint8Array, options: WirelessOptions = {}): Parse<WirelessTelegram> {
  const frame = decodeRadioFrame(bytes)
  if (frame.kind !== 'ok') return frame
  const { telegram, fault } = readWireless(frame.value.octets, frame.value.format, options)
  if (fault || !telegram)
    return fault ? { kind: 'malformed', error: fault } : malformed('truncated', 'no octets', 0)
  return ok(telegram, frame.next)
}

export function readWireless(
  octets: Uint8Array,
  format: RadioFormat,
  options: WirelessOptions,
): PartialWireless {
  const state: { telegram?: WirelessTelegram } = {}
  try {
    const fault = new Reader(octets, format, options, state).run()
    return fault ? { ...state, fault } : state
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop
    return { ...state, fault: stop.fault }
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

class Reader {
  readonly #options: WirelessOptions
  readonly #telegram: Mutable<WirelessTelegram>
  #cursor: Cursor
  #end: number

  constructor(
    octets: Uint8Array,
    format: RadioFormat,
    options: WirelessOptions,
    state: { telegram?: WirelessTelegram },
  ) {
    this.#options = options
    this.#cursor = new Cursor(octets, 1)
    this.#end = octets.length
    const control = this.#cursor.u8()
    // On the link layer the manufacturer comes before the identification.
    const m = this.#cursor.take(2)
    const a = this.#cursor.take(6)
    const address = readAddress(new Cursor(Uint8Array.of(...a.subarray(0, 4), ...m, ...a.subarray(4))))
    this.#telegram = { format, control, address, octets, ciOffset: 10, decrypted: false }
    state.telegram = this.#telegram
  }

  run(): Fault | undefined {
    for (let layers = 0; layers < 4 && this.#cursor.left > 0; layers++) {
      const ci = this.#cursor.peek()
      if (ci >= 0x8c && ci <= 0x8f) this.#extended(ci)
      else if (ci === 0x90) this.#authentication()
      else return this.#transport(ci)
    }
    return undefined
  }

  #key(address: MeterAddress): Uint8Array | undefined {
    return this.#options.crypto ? this.#options.keyOf?.(address) : undefined
  }

  #extended(ci: number): void {
    const cursor = this.#cursor
    const offset = cursor.at++
    const communicationControl = cursor.u8()
    const accessNumber = cursor.u8()
    const link: Mutable<ExtendedLink> = { communicationControl, accessNumber, offset }
    if (ci >= 0x8e) {
      const m = cursor.take(2)
      const a = cursor.take(6)
      link.destination = readAddress(new Cursor(Uint8Array.of(...a.subarray(0, 4), ...m, ...a.subarray(4))))
    }
    this.#telegram.extendedLink = link
    if (ci === 0x8d || ci === 0x8f) {
      const sn = cursor.take(4)
      link.sessionNumber = new DataView(sn.buffer, sn.byteOffset, 4).getUint32(0, true)
      link.encryption = (sn[3] as number) >> 5
      if (link.encryption === 1) this.#openLink(communicationControl, sn)
      this.#payloadCrc(link.encryption)
    }
    this.#telegram.ciOffset = this.#cursor.at
  }

  /** AES-CTR over payload CRC and payload (EN 13757-4 annex, ELL encryption mode 1). */
  #openLink(communicationControl: number, sn: Uint8Array): void {
    const { address } = this.#telegram
    const key = this.#key(address)
    const crypto = this.#options.crypto
    const cursor = this.#cursor
    if (!key || !crypto) throw new Stop('encrypted', 'the extended link layer is encrypted', cursor.at)
    const start = new Uint8Array(16)
    start.set(this.#telegram.octets.subarray(2, 10))
    start[8] = communicationControl
    start.set(sn, 9)
    const plain = aesCtr(crypto, key, start, cursor.bytes.subarray(cursor.at, this.#end))
    this.#replace(cursor.at, plain)
  }

  #payloadCrc(encryption: number): void {
    const cursor = this.#cursor
    const stated = cursor.u8() | (cursor.u8() << 8)
    const computed = crc16(cursor.bytes, cursor.at, this.#end)
    if (stated === computed) return
    const code = encryption === 1 ? 'decryption-failed' : 'crc'
    throw new Stop(code, 'the payload does not match the CRC of the extended link layer', cursor.at - 2)
  }

  #replace(at: number, plain: Uint8Array): void {
    const octets = Uint8Array.from(this.#telegram.octets)
    octets.set(plain, at)
    this.#telegram.octets = octets
    this.#telegram.decrypted = true
    this.#cursor = new Cursor(octets, at, this.#end)
  }

  #authentication(): void {
    const cursor = this.#cursor
    const offset = cursor.at++
    const length = cursor.u8()
    const layer = new Cursor(cursor.bytes, cursor.at, cursor.at + length)
    cursor.take(length)
    const fcl = layer.u8() | (layer.u8() << 8)
    const mcl = fcl & 0x2000 ? layer.u8() : 0
    const result: Mutable<Authentication> = {
      moreFragments: (fcl & 0x4000) !== 0,
      fragment: fcl & 0xff,
      authenticationType: mcl & 0x0f,
      offset,
    }
    if (fcl & 0x0200) result.keyInformation = layer.u8() | (layer.u8() << 8)
    if (fcl & 0x0800) result.messageCounter = layer.take(4)
    if (fcl & 0x0400) {
      const size = [0, 0, 0, 2, 4, 8, 12, 16, 12][mcl & 0x0f] ?? 0
      result.mac = layer.take(size)
    }
    if (fcl & 0x1000) result.messageLength = layer.u8() | (layer.u8() << 8)
    this.#telegram.authentication = result
    this.#telegram.ciOffset = cursor.at
    this.#macInput = Uint8Array.of(mcl, ...(result.messageCounter ?? []), ...this.#lengthField(mcl, result))
  }

  #macInput = new Uint8Array()

  #lengthField(mcl: number, { messageLength }: Authentication): number[] {
    return mcl & 0x40 && messageLength !== undefined ? [messageLength & 0xff, messageLength >> 8] : []
  }

  #transport(ci: number): Fault | undefined {
    const offset = this.#cursor.at
    this.#telegram.ciOffset = offset
    const kind = transportHeaders[ci]
    if (kind) {
      const cursor = new Cursor(this.#cursor.bytes, offset + 1, this.#end)
      const header = readHeader(cursor, kind)
      this.#verify(header, offset)
      if (isEncrypted(header)) {
        const opened = this.#open(header, cursor.at)
        if (opened) return this.#application(offset, header)
      }
    }
    return this.#application(offset)
  }

  #application(offset: number, opened?: Header): Fault | undefined {
    const { application, fault } = readApplication(this.#telegram.octets, offset, this.#end, {
      ...(this.#options.limits ? { limits: this.#options.limits } : {}),
      wireless: true,
      ...(opened ? { opened: true } : {}),
    })
    if (application) this.#telegram.application = application
    return fault
  }

  /** CMAC over MCL, counter, length and the transport layer as it was sent (OMS volume 2, 6.3.4). */
  #verify(header: Header, offset: number): void {
    const authentication = this.#telegram.authentication as Mutable<Authentication> | undefined
    const crypto = this.#options.crypto
    if (!authentication?.mac || !authentication.messageCounter || !crypto) return
    if (authentication.moreFragments || authentication.fragment > 1) return
    if (authentication.authenticationType < 3 || authentication.authenticationType > 7) return
    const key = this.#key(header.address ?? this.#telegram.address)
    if (!key) return
    const constant = this.#fromMeter() ? derivation.macFromMeter : derivation.macToMeter
    const macKey = deriveKey(
      crypto,
      key,
      constant,
      authentication.messageCounter,
      this.#identification(header),
    )
    const message = this.#telegram.octets.subarray(offset, this.#end)
    const mac = aesCmac(crypto, macKey, Uint8Array.of(...this.#macInput, ...message))
    authentication.verified = sameOctets(mac.subarray(0, authentication.mac.length), authentication.mac)
    if (!authentication.verified) {
      throw new Stop('authentication-failed', 'the message does not match its CMAC', authentication.offset)
    }
  }

  /** SND_NR, SND_IR, RSP_UD and their like: C fields without the primary bit, and those meters start. */
  #fromMeter(): boolean {
    return (this.#telegram.control & 0x40) === 0 || [0x44, 0x46, 0x47, 0x48].includes(this.#telegram.control)
  }

  #identification(header: Header): Uint8Array {
    const octets = this.#telegram.octets
    return header.kind === 'long' ? octets.subarray(header.offset, header.offset + 4) : octets.subarray(4, 8)
  }

  /** Decrypts modes 5 and 7; false when there is no key or the mode is another. */
  #open(header: Header, at: number): boolean {
    const { mode, encryptedBlocks } = header.configuration
    const crypto = this.#options.crypto
    const key = this.#key(header.address ?? this.#telegram.address)
    if (!crypto || !key || (mode !== 5 && mode !== 7)) return false
    const length = 16 * encryptedBlocks
    if (encryptedBlocks === 0) return true
    if (at + length > this.#end) throw new Stop('truncated', 'fewer octets than encrypted blocks', at)
    let used = key
    const iv = new Uint8Array(16)
    if (mode === 5) this.#initialValue(header, iv)
    else {
      const counter = this.#telegram.authentication?.messageCounter
      if (!counter) throw new Stop('decryption-failed', 'mode 7 needs the message counter of the AFL', at)
      const constant = this.#fromMeter() ? derivation.encryptionFromMeter : derivation.encryptionToMeter
      used = deriveKey(crypto, key, constant, counter, this.#identification(header))
    }
    const plain = crypto.aesCbcDecrypt(used, iv, this.#telegram.octets.subarray(at, at + length))
    if (plain[0] !== 0x2f || plain[1] !== 0x2f) {
      throw new Stop('decryption-failed', 'the key is wrong: no 2F 2F at the begin', at)
    }
    this.#replace(at, plain)
    return true
  }

  /** Manufacturer, identification, version, device type and eight times the access number. */
  #initialValue(header: Header, iv: Uint8Array): void {
    const octets = this.#telegram.octets
    if (header.kind === 'long') {
      iv.set(octets.subarray(header.offset + 4, header.offset + 6))
      iv.set(octets.subarray(header.offset, header.offset + 4), 2)
      iv.set(octets.subarray(header.offset + 6, header.offset + 8), 6)
    } else iv.set(octets.subarray(2, 10))
    iv.fill(header.accessNumber, 8)
  }
}

const transportHeaders: Readonly<Record<number, 'short' | 'long'>> = {
  90: 'short', // 5A
  91: 'long', // 5B
  106: 'short', // 6A
  107: 'long', // 6B
  110: 'short', // 6E
  111: 'long', // 6F
  114: 'long', // 72
  115: 'long', // 73, compact frame
  116: 'short', // 74
  117: 'long', // 75
  122: 'short', // 7A
  123: 'short', // 7B
}
