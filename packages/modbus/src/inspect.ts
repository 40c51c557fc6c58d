// Modbus frames on the line: RTU with CRC (Modbus over serial line 1.02) and TCP with MBAP (Messaging guide 1.0b).

import { pduLength, type Side, walkPdu } from './pdu.ts'
import { type Fault, type Language, Stop, type TreeNode, Walk } from './tree.ts'

export type ModbusResult = {
  /** Every octet was understood and the CRC (RTU) or length (TCP) matches. */
  readonly ok: boolean
  readonly protocol: 'modbus-rtu' | 'modbus-tcp'
  readonly side: Side
  readonly tree: TreeNode
  readonly error?: Fault
}

export type InspectOptions = {
  readonly language?: Language
  /** Who sends; guessed from the lengths when absent, `request` where both fit. */
  readonly side?: Side
  readonly transport?: 'rtu' | 'tcp'
}

/** CRC-16/Modbus, sent low octet first. */
export function crc16Modbus(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff
  for (let i = from; i < to; i++) {
    crc ^= bytes[i] as number
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return crc
}

/** Frames longer than this are no Modbus: 256 octets on lines, 260 with MBAP. */
const longest = 260

/** Whether the octets are an MBAP frame: protocol 0 and a length that fits. */
export function looksLikeTcp(bytes: Uint8Array): boolean {
  if (bytes.length < 8 || bytes.length > longest) return false
  return (
    bytes[2] === 0 &&
    bytes[3] === 0 &&
    (((bytes[4] as number) << 8) | (bytes[5] as number)) === bytes.length - 6
  )
}

/** Whether the octets are an RTU frame whose CRC is right. */
export function looksLikeRtu(bytes: Uint8Array): boolean {
  if (bytes.length < 4 || bytes.length > 256) return false
  const end = bytes.length - 2
  return crc16Modbus(bytes, 0, end) === ((bytes[end] as number) | ((bytes[end + 1] as number) << 8))
}

/** Takes one frame apart. Never throws on any octets. */
export function inspectModbus(bytes: Uint8Array, options: InspectOptions = {}): ModbusResult {
  const tcp = options.transport === 'tcp' || (options.transport === undefined && looksLikeTcp(bytes))
  const protocol = tcp ? 'modbus-tcp' : 'modbus-rtu'
  const pdu = tcp ? bytes.subarray(7) : bytes.subarray(1, Math.max(1, bytes.length - 2))
  const side = options.side ?? guessSide(pdu)
  const tree: TreeNode = { name: 'frame', offset: 0, length: bytes.length, type: protocol, children: [] }
  const walk = new Walk(bytes, tree, options.language ?? 'en')
  try {
    if (bytes.length > longest) walk.stop('length', `a frame has at most ${longest} octets`, 0)
    if (tcp) walkTcp(walk, side)
    else walkRtu(walk, bytes, side)
    return { ok: true, protocol, side, tree }
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop
    tree.error = stop.fault
    return { ok: false, protocol, side, tree, error: stop.fault }
  }
}

function guessSide(pdu: Uint8Array): Side {
  if (((pdu[0] ?? 0) & 0x80) !== 0) return 'response'
  if (pduLength(pdu, 'request') === pdu.length) return 'request'
  if (pdu[0] === 43) return pdu.length === 4 ? 'request' : 'response'
  return 'response'
}

function walkTcp(walk: Walk, side: Side): void {
  walk.group('mbap', () => {
    walk.u16('transaction-identifier')
    const protocol = walk.u16('protocol-identifier')
    if (protocol !== 0) walk.stop('protocol', 'the protocol identifier of Modbus is 0', walk.at - 2)
    const length = walk.u16('length')
    if (length !== walk.left) walk.stop('length', `length ${length}, ${walk.left} octets follow`, walk.at - 2)
    walk.u8('unit-identifier')
  })
  walk.group(side, () => walkPdu(walk, side))
}

function walkRtu(walk: Walk, bytes: Uint8Array, side: Side): void {
  if (bytes.length < 4) walk.stop('truncated', 'an RTU frame has at least 4 octets', bytes.length)
  // The CRC comes first: octets it does not vouch for are not read as values.
  const end = bytes.length - 2
  const computed = crc16Modbus(bytes, 0, end)
  const stated = (bytes[end] as number) | ((bytes[end + 1] as number) << 8)
  if (computed !== stated) {
    const low = (computed & 0xff).toString(16).padStart(2, '0')
    walk.stop('crc', `CRC is not ${low}${(computed >> 8).toString(16).padStart(2, '0')}`, end)
  }
  walk.u8('address')
  walk.end = end
  walk.group(side, () => walkPdu(walk, side))
  walk.end = bytes.length
  walk.u16('crc', true)
}
