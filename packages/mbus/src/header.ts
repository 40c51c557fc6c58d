// Headers of the transport layer (EN 13757-7 clause 7): none, short (4 octets) and long (12 octets).

import { type Cursor, hexOf, manufacturerOf, reversedHex } from './bytes.ts'
import { media } from './vif.ts'

/** Status octet of EN 13757-7 table 16. */
export type MeterStatus = {
  readonly octet: number
  readonly application: 'no-error' | 'busy' | 'any-error' | 'abnormal'
  readonly lowPower: boolean
  readonly permanentError: boolean
  readonly temporaryError: boolean
  /** Bits 5 to 7, manufacturer specific. */
  readonly specific: number
}

/** Configuration (signature) field; which bits mean what depends on the security mode. */
export type Configuration = {
  readonly raw: number
  readonly mode: number
  /** 16-octet blocks that are encrypted (modes 5, 7 and 13). */
  readonly encryptedBlocks: number
  readonly bidirectional: boolean
  readonly accessible: boolean
  readonly synchronous: boolean
  /** Contents of the message (modes 5 and 7). */
  readonly content: number
  /** Modes 7: which key derivation and which key the configuration extension names. */
  readonly extension?: { readonly kdf: number; readonly keyId: number }
}

export type MeterAddress = {
  /** Eight digits as on the type plate. */
  readonly id: string
  readonly manufacturer: string
  readonly version: number
  readonly medium: number
  /** Undefined for reserved device types. */
  readonly mediumName?: string
}

export type Header = {
  readonly kind: 'short' | 'long'
  /** Long headers only: the meter, where a radio adapter sends for it. */
  readonly address?: MeterAddress
  readonly accessNumber: number
  readonly status: MeterStatus
  readonly configuration: Configuration
  readonly offset: number
  readonly length: number
}

const applications = ['no-error', 'busy', 'any-error', 'abnormal'] as const

export function statusOf(octet: number): MeterStatus {
  return {
    octet,
    application: applications[octet & 3] as MeterStatus['application'],
    lowPower: (octet & 4) !== 0,
    permanentError: (octet & 8) !== 0,
    temporaryError: (octet & 16) !== 0,
    specific: octet >> 5,
  }
}

/** Names of the bits that are set; empty for a meter in order. */
export function statusNames(status: MeterStatus): string[] {
  const names: string[] = status.application === 'no-error' ? [] : [status.application]
  if (status.lowPower) names.push('low-power')
  if (status.permanentError) names.push('permanent-error')
  if (status.temporaryError) names.push('temporary-error')
  if (status.specific) names.push(`specific-${status.specific}`)
  return names
}

/** Identification, manufacturer, version and device type, in the order of the transport layer. */
export function readAddress(cursor: Cursor): MeterAddress {
  const id = reversedHex(cursor.take(4))
  const manufacturer = manufacturerOf(cursor.u8(), cursor.u8())
  const version = cursor.u8()
  const medium = cursor.u8()
  const mediumName = media[medium]
  return { id, manufacturer, version, medium, ...(mediumName === undefined ? {} : { mediumName }) }
}

export function readHeader(cursor: Cursor, kind: 'short' | 'long'): Header {
  const offset = cursor.at
  const address = kind === 'long' ? readAddress(cursor) : undefined
  const accessNumber = cursor.u8()
  const status = statusOf(cursor.u8())
  const raw = cursor.u8() | (cursor.u8() << 8)
  const mode = (raw >> 8) & 0x1f
  const extended = mode === 7 || mode === 13 ? cursor.u8() : undefined
  const five = mode === 5
  const configuration: Configuration = {
    raw,
    mode,
    encryptedBlocks: (raw >> 4) & 0x0f,
    bidirectional: (five || mode === 0) && (raw & 0x8000) !== 0,
    accessible: (five || mode === 0) && (raw & 0x4000) !== 0,
    synchronous: (five || mode === 0) && (raw & 0x2000) !== 0,
    content: five ? (raw >> 2) & 3 : mode === 7 ? (raw >> 14) & 3 : 0,
    ...(extended === undefined || mode !== 7
      ? {}
      : { extension: { kdf: (extended >> 4) & 3, keyId: extended & 0x0f } }),
  }
  return {
    kind,
    ...(address ? { address } : {}),
    accessNumber,
    status,
    configuration,
    offset,
    length: cursor.at - offset,
  }
}

/** The configuration field in the order of the wire. */
export const configurationHex = (configuration: Configuration) =>
  hexOf(Uint8Array.of(configuration.raw & 0xff, configuration.raw >> 8))
