// Frames as a capture file (pcap, nanosecond variant): Ethernet, IPv4 and TCP or UDP around each of them, so
// that any packet analyser opens it. Analysers know DLMS/COSEM by its port, 4059 (IANA "d-s-n").

import { DlmsError } from '../parse.ts'

/** Registered port of DLMS/COSEM over TCP and UDP (IEC 62056-4-7). */
export const dlmsPort = 4059

export type CaptureFrame = {
  /** From the meter ('received') or to it ('sent'). */
  readonly direction: 'sent' | 'received'
  /** Epoch milliseconds; fractions are kept to a nanosecond. */
  readonly at: number
  /** What crossed the wire: a wrapper frame, an HDLC frame, any octets of the stream. */
  readonly bytes: Uint8Array
}

export type CaptureOptions = {
  /** 'tcp' by default. HDLC goes over TCP as the stream it is. */
  readonly transport?: 'tcp' | 'udp'
  /** IPv4 addresses and ports; the meter's port is 4059 unless told otherwise. */
  readonly client?: { readonly address?: string; readonly port?: number }
  readonly meter?: { readonly address?: string; readonly port?: number }
}

type End = { readonly address: Uint8Array; readonly port: number; readonly mac: Uint8Array; next: number }

const magicNanoseconds = 0xa1b23c4d
const linkEthernet = 1
const snapLength = 262_144
/** Longest TCP payload of one packet: an Ethernet frame of 1500 octets. */
const segmentSize = 1460
const maxUdpPayload = 65_507

const flags = { fin: 0x01, syn: 0x02, psh: 0x08, ack: 0x10 } as const

/**
 * The capture file. TCP streams begin with a handshake and end with both sides closing; sequence numbers
 * and checksums are right, and long frames are cut into segments.
 * Throws DlmsError 'out-of-range' on an address that is no IPv4 address, and on UDP frames beyond 65507 octets.
 */
export function writeCapture(frames: readonly CaptureFrame[], options: CaptureOptions = {}): Uint8Array {
  const client: End = end(options.client?.address ?? '192.0.2.1', options.client?.port ?? 49_152, 1)
  const meter: End = end(options.meter?.address ?? '192.0.2.2', options.meter?.port ?? dlmsPort, 2)
  const packets: { at: number; bytes: Uint8Array }[] = []
  let id = 0
  const tcp = (at: number, from: End, to: End, control: number, payload: Uint8Array) => {
    packets.push({
      at,
      bytes: ethernet(from, to, ipv4(from, to, 6, ++id, tcpSegment(from, to, control, payload))),
    })
    from.next = (from.next + payload.length + (control & (flags.syn | flags.fin) ? 1 : 0)) >>> 0
  }
  const first = frames[0]?.at ?? 0
  const last = frames.at(-1)?.at ?? first
  if (options.transport === 'udp') {
    for (const { direction, at, bytes } of frames) {
      const [from, to] = direction === 'sent' ? [client, meter] : [meter, client]
      if (bytes.length > maxUdpPayload) throw new DlmsError('out-of-range', 'the frame exceeds a datagram')
      packets.push({ at, bytes: ethernet(from, to, ipv4(from, to, 17, ++id, udpDatagram(from, to, bytes))) })
    }
    return file(packets)
  }
  const none = new Uint8Array(0)
  tcp(first, client, meter, flags.syn, none)
  tcp(first, meter, client, flags.syn | flags.ack, none)
  tcp(first, client, meter, flags.ack, none)
  for (const { direction, at, bytes } of frames) {
    const [from, to] = direction === 'sent' ? [client, meter] : [meter, client]
    for (let cut = 0; cut < bytes.length; cut += segmentSize) {
      const whole = cut + segmentSize >= bytes.length
      tcp(at, from, to, flags.ack | (whole ? flags.psh : 0), bytes.subarray(cut, cut + segmentSize))
    }
  }
  tcp(last, client, meter, flags.fin | flags.ack, none)
  tcp(last, meter, client, flags.fin | flags.ack, none)
  tcp(last, client, meter, flags.ack, none)
  return file(packets)
}

function end(address: string, port: number, number: number): End {
  const parts = address.split('.').map(Number)
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address) || parts.some((part) => part > 255)) {
    throw new DlmsError('out-of-range', `${address} is no IPv4 address`)
  }
  // Locally administered addresses: no maker's.
  const mac = Uint8Array.of(0x02, 0, 0, 0, 0, number)
  return { address: Uint8Array.from(parts), port, mac, next: number * 1000 }
}

function file(packets: readonly { at: number; bytes: Uint8Array }[]): Uint8Array {
  const size = packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24)
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  view.setUint32(0, magicNanoseconds)
  view.setUint16(4, 2)
  view.setUint16(6, 4)
  view.setUint32(16, snapLength)
  view.setUint32(20, linkEthernet)
  let offset = 24
  for (const { at, bytes } of packets) {
    const seconds = Math.floor(at / 1000)
    view.setUint32(offset, seconds)
    view.setUint32(offset + 4, Math.min(Math.round((at - seconds * 1000) * 1e6), 999_999_999))
    view.setUint32(offset + 8, bytes.length)
    view.setUint32(offset + 12, bytes.length)
    out.set(bytes, offset + 16)
    offset += 16 + bytes.length
  }
  return out
}

function ethernet(from: End, to: End, packet: Uint8Array): Uint8Array {
  const out = new Uint8Array(14 + packet.length)
  out.set(to.mac, 0)
  out.set(from.mac, 6)
  out.set([0x08, 0x00], 12)
  out.set(packet, 14)
  return out
}

function ipv4(from: End, to: End, protocol: number, id: number, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(20 + payload.length)
  const view = new DataView(out.buffer)
  out[0] = 0x45
  view.setUint16(2, out.length)
  view.setUint16(4, id & 0xffff)
  // Don't fragment.
  view.setUint16(6, 0x4000)
  out[8] = 64
  out[9] = protocol
  out.set(from.address, 12)
  out.set(to.address, 16)
  view.setUint16(10, checksum([out.subarray(0, 20)]))
  out.set(payload, 20)
  return out
}

function tcpSegment(from: End, to: End, control: number, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(20 + payload.length)
  const view = new DataView(out.buffer)
  view.setUint16(0, from.port)
  view.setUint16(2, to.port)
  view.setUint32(4, from.next)
  view.setUint32(8, control & flags.ack ? to.next : 0)
  out[12] = 0x50
  out[13] = control
  view.setUint16(14, 0xffff)
  out.set(payload, 20)
  view.setUint16(16, checksum([pseudoHeader(from, to, 6, out.length), out]))
  return out
}

function udpDatagram(from: End, to: End, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(8 + payload.length)
  const view = new DataView(out.buffer)
  view.setUint16(0, from.port)
  view.setUint16(2, to.port)
  view.setUint16(4, out.length)
  out.set(payload, 8)
  // Zero would mean that there is none (RFC 768).
  view.setUint16(6, checksum([pseudoHeader(from, to, 17, out.length), out]) || 0xffff)
  return out
}

function pseudoHeader(from: End, to: End, protocol: number, length: number): Uint8Array {
  return Uint8Array.of(...from.address, ...to.address, 0, protocol, length >> 8, length & 0xff)
}

/** Internet checksum (RFC 1071) over parts of even length, but for the last. */
function checksum(parts: readonly Uint8Array[]): number {
  let sum = 0
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += ((part[i] as number) << 8) | (part[i + 1] ?? 0)
    sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
