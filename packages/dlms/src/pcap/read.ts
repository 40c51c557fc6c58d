// Capture files as the octets that TCP and UDP carried: pcap (both byte orders, micro- and nanoseconds) and
// pcapng, over Ethernet (with VLAN tags), raw IP, Linux cooked and loopback link layers, IPv4 and IPv6.

import type { Parse } from '../parse.ts'

export type CapturedFrame = {
  /** Epoch milliseconds. */
  readonly at: number
  readonly transport: 'tcp' | 'udp'
  /** `address:port` */
  readonly from: string
  readonly to: string
  readonly sourcePort: number
  readonly destinationPort: number
  readonly bytes: Uint8Array
}

export const captureLimits = { maxFile: 256 * 1024 * 1024, maxPackets: 1_000_000 } as const

type Packet = { readonly at: number; readonly link: number; readonly bytes: Uint8Array }

const malformed = (code: string, message: string, offset: number): Parse<never> => ({
  kind: 'malformed',
  error: { code, message, offset },
})

/**
 * Payloads in the order of the file; packets without any, and those of other protocols, are left out.
 * Repeated TCP segments are left out too. A file cut short gives what is whole.
 */
export function readCapture(file: Uint8Array): Parse<CapturedFrame[]> {
  if (file.length > captureLimits.maxFile) return malformed('too-large', 'the file is too large', 0)
  if (file.length < 24) return { kind: 'more', need: 24 - file.length }
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const packets = view.getUint32(0) === 0x0a0d0d0a ? pcapng(file, view) : pcap(file, view)
  if (!packets) return malformed('unknown-tag', 'the file is neither pcap nor pcapng', 0)
  const frames: CapturedFrame[] = []
  const seen = new Map<string, number>()
  for (const packet of packets) {
    const frame = payloadOf(packet)
    if (!frame) continue
    const { sequence, ...plain } = frame
    if (sequence !== undefined) {
      const stream = `${frame.from}>${frame.to}`
      const due = seen.get(stream)
      // Behind what was seen: a repetition (RFC 9293 3.4, arithmetic modulo 2^32).
      if (due !== undefined && ((sequence - due) | 0) < 0) continue
      seen.set(stream, (sequence + frame.bytes.length) >>> 0)
    }
    frames.push(plain)
  }
  return { kind: 'ok', value: frames, next: file.length }
}

function pcap(file: Uint8Array, view: DataView): Packet[] | undefined {
  const magics: Readonly<Record<number, readonly [little: boolean, perSecond: number]>> = {
    [0xa1b2c3d4]: [false, 1e6],
    [0xd4c3b2a1]: [true, 1e6],
    [0xa1b23c4d]: [false, 1e9],
    [0x4d3cb2a1]: [true, 1e9],
  }
  const format = magics[view.getUint32(0)]
  if (!format) return undefined
  const [little, perSecond] = format
  const link = view.getUint32(20, little) & 0x0fff_ffff
  const packets: Packet[] = []
  for (let at = 24; at + 16 <= file.length && packets.length < captureLimits.maxPackets; ) {
    const length = view.getUint32(at + 8, little)
    if (at + 16 + length > file.length) break
    const time = view.getUint32(at, little) * 1000 + (view.getUint32(at + 4, little) * 1000) / perSecond
    packets.push({ at: time, link, bytes: file.subarray(at + 16, at + 16 + length) })
    at += 16 + length
  }
  return packets
}

/** Section header, interface description, enhanced and simple packet blocks. */
function pcapng(file: Uint8Array, view: DataView): Packet[] | undefined {
  const packets: Packet[] = []
  let little = false
  let interfaces: { link: number; perMillisecond: number }[] = []
  for (let at = 0; at + 12 <= file.length && packets.length < captureLimits.maxPackets; ) {
    if (view.getUint32(at) === 0x0a0d0d0a) {
      const order = view.getUint32(at + 8)
      if (order !== 0x1a2b3c4d && order !== 0x4d3c2b1a) return at === 0 ? undefined : packets
      little = order === 0x4d3c2b1a
      interfaces = []
    }
    const type = view.getUint32(at, little)
    const length = view.getUint32(at + 4, little)
    if (length < 12 || length % 4 || at + length > file.length) break
    const end = at + length - 4
    if (type === 1 && length >= 20) {
      interfaces.push({
        link: view.getUint16(at + 8, little),
        perMillisecond: resolution(view, at + 16, end, little),
      })
    } else if (type === 6 && length >= 32) {
      const about = interfaces[view.getUint32(at + 8, little)]
      const ticks = view.getUint32(at + 12, little) * 2 ** 32 + view.getUint32(at + 16, little)
      const size = view.getUint32(at + 20, little)
      if (about && at + 28 + size <= end) {
        packets.push({
          at: ticks / about.perMillisecond,
          link: about.link,
          bytes: file.subarray(at + 28, at + 28 + size),
        })
      }
    } else if (type === 3 && length >= 16 && interfaces[0]) {
      const size = Math.min(view.getUint32(at + 8, little), end - at - 12)
      packets.push({ at: 0, link: interfaces[0].link, bytes: file.subarray(at + 12, at + 12 + size) })
    }
    at += length
  }
  return packets
}

/** Option if_tsresol: ticks of a millisecond; microseconds when it is absent. */
function resolution(view: DataView, from: number, end: number, little: boolean): number {
  for (let at = from; at + 4 <= end; ) {
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === 0) break
    if (code === 9 && length === 1 && at + 5 <= end) {
      const value = view.getUint8(at + 4)
      return (value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value) / 1000
    }
    at += 4 + ((length + 3) & ~3)
  }
  return 1000
}

type Payload = CapturedFrame & { readonly sequence?: number }

function payloadOf({ at, link, bytes }: Packet): Payload | undefined {
  const start = ipStart(link, bytes)
  if (start === undefined) return undefined
  const version = (bytes[start] ?? 0) >> 4
  const u16 = (offset: number) => ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
  let protocol: number | undefined
  let transportAt = 0
  let end = 0
  let addresses: [string, string] = ['', '']
  if (version === 4 && bytes.length >= start + 20) {
    // Later fragments have no ports.
    if (u16(start + 6) & 0x1fff) return undefined
    protocol = bytes[start + 9]
    transportAt = start + 4 * ((bytes[start] as number) & 0x0f)
    end = start + u16(start + 2)
    addresses = [dotted(bytes, start + 12), dotted(bytes, start + 16)]
  } else if (version === 6 && bytes.length >= start + 40) {
    protocol = bytes[start + 6]
    transportAt = start + 40
    end = transportAt + u16(start + 4)
    addresses = [colons(bytes, start + 8), colons(bytes, start + 24)]
  }
  // Ethernet pads short packets; offloading leaves the length out.
  if (end <= transportAt || end > bytes.length) end = bytes.length
  if ((protocol !== 6 && protocol !== 17) || transportAt + 8 > end) return undefined
  const tcp = protocol === 6
  if (tcp && transportAt + 20 > end) return undefined
  const from = transportAt + (tcp ? 4 * ((bytes[transportAt + 12] as number) >> 4) : 8)
  if (from >= end) return undefined
  const sourcePort = u16(transportAt)
  const destinationPort = u16(transportAt + 2)
  return {
    at,
    transport: tcp ? 'tcp' : 'udp',
    from: `${addresses[0]}:${sourcePort}`,
    to: `${addresses[1]}:${destinationPort}`,
    sourcePort,
    destinationPort,
    bytes: bytes.subarray(from, end),
    ...(tcp && { sequence: (u16(transportAt + 4) * 65_536 + u16(transportAt + 6)) >>> 0 }),
  }
}

/** Where the IP header begins; undefined on other link layers and protocols. */
function ipStart(link: number, bytes: Uint8Array): number | undefined {
  const type = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  const isIp = (value: number) => value === 0x0800 || value === 0x86dd
  switch (link) {
    case 1: {
      let at = 12
      // Tags of VLANs, one inside another.
      for (let tags = 0; tags < 4 && (type(at) === 0x8100 || type(at) === 0x88a8); tags++) at += 4
      return isIp(type(at)) ? at + 2 : undefined
    }
    case 0:
    case 108:
      return 4
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return 0
    case 113:
      return isIp(type(14)) ? 16 : undefined
    case 276:
      return isIp(type(0)) ? 20 : undefined
    default:
      return undefined
  }
}

const dotted = (bytes: Uint8Array, at: number) => bytes.subarray(at, at + 4).join('.')

function colons(bytes: Uint8Array, at: number): string {
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) {
    groups.push((((bytes[at + i] as number) << 8) | (bytes[at + i + 1] as number)).toString(16))
  }
  return `[${groups.join(':')}]`
}
