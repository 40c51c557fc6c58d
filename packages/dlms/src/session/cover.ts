// What covers an APDU, and how it is ciphered: the words in which both machines speak of protection.

import { cipheredTags } from '../xdlms/index.ts'
import type { SecurityPolicy, SessionError } from './types.ts'

export type CipheringFormat = 'global' | 'general-global' | 'dedicated' | 'general-dedicated' | 'general'

/** An APDU after (or without) deciphering. */
export type Opened =
  | {
      readonly kind: 'opened'
      readonly plain: Uint8Array
      /** What covered it; 'none' for an APDU that came bare. */
      readonly protection: SecurityPolicy
      /** Of the outermost ciphering. */
      readonly format: 'bare' | CipheringFormat
      /** It is under the broadcast key, which every member of the group holds: any of them may have sent it. */
      readonly broadcast?: true
      /** The sender signed it, and the signature holds. */
      readonly signed?: boolean
      /** The sender's title, when the message is ciphered or signed. */
      readonly systemTitle?: Uint8Array
    }
  | { readonly kind: 'failed'; readonly error: SessionError; readonly lastCounter?: number }

/** Bits of the security control byte. */
export const controls: Record<SecurityPolicy, number> = {
  none: 0x00,
  authenticated: 0x10,
  encrypted: 0x20,
  'authenticated-encrypted': 0x30,
}
/** By those bits, shifted down. */
export const policies: readonly SecurityPolicy[] = [
  'none',
  'authenticated',
  'encrypted',
  'authenticated-encrypted',
]

export const generalTags = { glo: 0xdb, ded: 0xdc, ciphering: 0xdd, signing: 0xdf } as const

/** True when `actual` covers at least what `wanted` does. */
export function covers(actual: SecurityPolicy, wanted: SecurityPolicy): boolean {
  return (controls[actual] & controls[wanted]) === controls[wanted]
}

/** The protection that covers what both do. */
export function atLeast(one: SecurityPolicy, other: SecurityPolicy): SecurityPolicy {
  return policies[(controls[one] | controls[other]) >> 4] as SecurityPolicy
}

export function isCiphered(tag: number | undefined): boolean {
  if (tag === undefined) return false
  return (
    tag === generalTags.glo ||
    tag === generalTags.ded ||
    tag === generalTags.ciphering ||
    cipheredTags.has(tag)
  )
}

/** How to answer what came like this: ciphered as it was, and general-glo when it came bare. */
export function answerFormat(format: 'bare' | CipheringFormat): CipheringFormat {
  return format === 'bare' ? 'general-global' : format
}
