// security_policy of the security setup (class 64, attribute 2): an enumeration in version 0, bits in version 1
// (Blue Book 4.4.7; Green Book table 17).

import { DlmsError } from '../parse.ts'

export type MessagePolicy = {
  readonly authenticated: boolean
  readonly encrypted: boolean
  readonly signed: boolean
}
/** What the server asks of requests, and gives its answers. */
export type SetupPolicy = { readonly request: MessagePolicy; readonly response: MessagePolicy }

const bits = { authenticated: 0x04, encrypted: 0x08, signed: 0x10 } as const
const responseShift = 3

/**
 * Meaning of the attribute. Version 0 knows 0 nothing, 1 authenticated, 2 encrypted, 3 both, for both directions.
 * @returns undefined for values that the version does not define.
 */
export function readSetupPolicy(version: 0 | 1, value: number): SetupPolicy | undefined {
  if (!Number.isInteger(value) || value < 0) return undefined
  if (version === 0) {
    if (value > 3) return undefined
    const both = { authenticated: (value & 1) !== 0, encrypted: (value & 2) !== 0, signed: false }
    return { request: both, response: both }
  }
  // Bits 0 and 1 are unused and must be 0.
  if (value > 0xff || (value & 0x03) !== 0) return undefined
  return { request: messagePolicy(value), response: messagePolicy(value >> responseShift) }
}

/** The attribute's value. Throws 'invalid-argument' for what version 0 cannot say. */
export function writeSetupPolicy(version: 0 | 1, policy: SetupPolicy): number {
  const { request, response } = policy
  if (version === 1) return messageBits(request) | (messageBits(response) << responseShift)
  const same = messageBits(request) === messageBits(response)
  if (!same || request.signed) {
    throw new DlmsError('invalid-argument', 'version 0 has one policy for both directions and no signatures')
  }
  return messageBits(request) >> 2
}

function messagePolicy(value: number): MessagePolicy {
  return {
    authenticated: (value & bits.authenticated) !== 0,
    encrypted: (value & bits.encrypted) !== 0,
    signed: (value & bits.signed) !== 0,
  }
}

function messageBits({ authenticated, encrypted, signed }: MessagePolicy): number {
  return (
    (authenticated ? bits.authenticated : 0) | (encrypted ? bits.encrypted : 0) | (signed ? bits.signed : 0)
  )
}
