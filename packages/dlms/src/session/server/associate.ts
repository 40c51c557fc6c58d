// The server's half of the association handshake (Green Book 9.4.5): judging an AARQ and writing the AARE.

import { type Aarq, userDiagnostics } from '../../acse/index.ts'
import { hlsMechanisms, sameSecret, suiteKeyLength } from '../../security/index.ts'
import { type ConformanceBit, decodeApdu, encodeApdu, type InitiateRequest } from '../../xdlms/index.ts'
import { type Challenges, drawChallenge, fitsChallenge, type HlsParty, isHls } from '../hls.ts'
import { atLeast, covers, type Protection } from '../protection.ts'
import type { ActiveAssociation, ServerAssociation, ServerSessionOptions } from '../serverTypes.ts'
import type { SecurityPolicy, SessionError } from '../types.ts'

const dlmsVersion = 6
/** vaa-name of logical name referencing. */
const logicalNameVaa = 0x0007
/** vaa-name of short name referencing: base name of the Association SN object. */
const shortNameVaa = 0xfa00
const accepted = 0
const rejectedPermanent = 1
const mechanisms = { none: 0, low: 1, ...hlsMechanisms } as const
const leastPdu = 12
const initiateErrors = { versionTooLow: 1, incompatibleConformance: 2, pduTooShort: 3 } as const

const diagnostics = {
  noReason: 1,
  contextNotSupported: 2,
  callingTitleNotRecognized: 3,
  callingUserNotRecognized: 6,
  mechanismNotRecognized: 11,
  authenticationFailure: 13,
  authenticationRequired: 14,
} as const

const shortNameConformance: readonly ConformanceBit[] = [
  'general-protection',
  'general-block-transfer',
  'read',
  'write',
  'unconfirmed-write',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'multiple-references',
  'information-report',
  'data-notification',
  'parameterized-access',
]

export const serverConformance: readonly ConformanceBit[] = [
  'general-protection',
  'general-block-transfer',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'block-transfer-with-action',
  'multiple-references',
  'data-notification',
  'access',
  'get',
  'set',
  'selective-access',
  'event-notification',
  'action',
]

export const defaultServerPdu = 2_048

/** How client and server prove themselves in passes 3 and 4: `sent` is StoC, `received` is CtoS. */
export type Hls = { readonly party: HlsParty; readonly challenges: Challenges }

/** What an AARQ leads to. */
export type AarqVerdict =
  | {
      readonly kind: 'accepted'
      readonly aare: Uint8Array
      readonly association: ActiveAssociation
      /** Both challenges when the client has to prove itself still. */
      readonly hls?: Hls
      /** Bare InitiateResponse, which a ciphered RLRE repeats. */
      readonly initiate: Uint8Array
    }
  | {
      readonly kind: 'rejected'
      readonly aare: Uint8Array
      readonly error: SessionError
      /** The client holds the keys, but its counter was seen already: the highest one accepted so far. */
      readonly lastCounter?: number
    }

/** Why an AARQ is refused: a diagnostic, or an initiate error for the user information. */
type Refusal = {
  readonly diagnostic: number
  readonly initiateError?: number
  readonly cause?: SessionError
  readonly lastCounter?: number
}

type Judged = {
  readonly request: InitiateRequest
  readonly protection: SecurityPolicy
  readonly conformance: readonly ConformanceBit[]
}

/** Judges an AARQ. Sets the protection's peer title to the one the client claims. */
export function judgeAarq(
  aarq: Aarq,
  clientAddress: number,
  options: ServerSessionOptions,
  protection: Protection,
): AarqVerdict {
  const offer = options.associations.find((candidate) => candidate.clientAddress === clientAddress)
  if (!offer) return reject(aarq, { diagnostic: diagnostics.noReason })
  protection.peerTitle = aarq.callingApTitle?.length === 8 ? aarq.callingApTitle : undefined
  protection.peerCertificate = aarq.callingAeQualifier
  protection.dedicatedKey = undefined
  const refused = refuseContext(aarq, offer, options) ?? refuseMechanism(aarq, offer)
  if (refused) return reject(aarq, refused)
  const judged = judgeInitiate(aarq, offer, protection, options)
  if ('diagnostic' in judged) return reject(aarq, judged)
  return accept(aarq, offer, options, protection, judged)
}

function refuseContext(
  aarq: Aarq,
  offer: ServerAssociation,
  options: ServerSessionOptions,
): Refusal | undefined {
  const plainContext = offer.referencing ?? 'logical-name'
  const ciphered = aarq.context === `${plainContext}-ciphered`
  if (!ciphered && aarq.context !== plainContext) return { diagnostic: diagnostics.contextNotSupported }
  if (ciphered ? !options.security : offer.policy !== 'none') {
    return { diagnostic: diagnostics.contextNotSupported }
  }
  const titled = ciphered || ['gmac', 'sha256', 'ecdsa'].includes(offer.mechanism)
  if (titled && aarq.callingApTitle?.length !== 8) {
    return { diagnostic: diagnostics.callingTitleNotRecognized }
  }
  if (offer.userIds && !offer.userIds.includes(aarq.callingAeInvocationId ?? -1)) {
    return { diagnostic: diagnostics.callingUserNotRecognized }
  }
  return undefined
}

function refuseMechanism(aarq: Aarq, offer: ServerAssociation): Refusal | undefined {
  const mechanism = aarq.mechanism ?? mechanisms.none
  const wanted = mechanisms[offer.mechanism]
  if (mechanism === mechanisms.none && wanted !== mechanisms.none) {
    return { diagnostic: diagnostics.authenticationRequired }
  }
  if (mechanism !== wanted) return { diagnostic: diagnostics.mechanismNotRecognized }
  const value = aarq.authenticationValue ?? new Uint8Array(0)
  if (offer.mechanism === 'low') {
    const password = offer.password ?? ''
    const bytes = typeof password === 'string' ? new TextEncoder().encode(password) : password
    if (!sameSecret(bytes, value)) return { diagnostic: diagnostics.authenticationFailure }
  }
  if (isHls(offer.mechanism) && !fitsChallenge(value, offer.mechanism)) {
    return { diagnostic: diagnostics.authenticationFailure }
  }
  return undefined
}

/** How a client of this association proves itself; undefined when it is not by high level security. */
export function hlsParty(
  offer: ServerAssociation,
  options: ServerSessionOptions,
  protection: Protection,
): HlsParty | undefined {
  const { mechanism, secret, transform } = offer
  if (!isHls(mechanism)) return undefined
  const credentials = { mechanism, ...(secret !== undefined && { secret }), ...(transform && { transform }) }
  const title = options.security?.systemTitle ?? options.systemTitle
  return { credentials, protection, crypto: options.crypto, title }
}

/** What an association that is pre-established would have been granted (Green Book 9.4.4). */
export function preEstablished(
  clientAddress: number,
  options: ServerSessionOptions,
  protection: Protection,
): Extract<AarqVerdict, { kind: 'accepted' }> | undefined {
  const offer = options.associations.find((candidate) => candidate.clientAddress === clientAddress)
  const terms = offer?.preEstablished
  if (!offer || !terms) return undefined
  protection.peerTitle = terms.clientSystemTitle
  const able = offer.referencing === 'short-name' ? shortNameConformance : serverConformance
  const association: ActiveAssociation = {
    clientAddress,
    mechanism: offer.mechanism,
    policy: offer.policy,
    ...(terms.clientSystemTitle && { clientSystemTitle: terms.clientSystemTitle }),
    conformance: offer.conformance ?? able,
    ...(offer.referencing && { referencing: offer.referencing }),
    clientMaxPduSize: terms.clientMaxPduSize ?? 0,
  }
  const none = new Uint8Array(0)
  return { kind: 'accepted', aare: none, association, initiate: none }
}

function judgeInitiate(
  aarq: Aarq,
  offer: ServerAssociation,
  protection: Protection,
  options: ServerSessionOptions,
): Judged | Refusal {
  if (!aarq.userInformation) return { diagnostic: diagnostics.noReason }
  const opened = protection.open(aarq.userInformation)
  if (opened.kind === 'failed') {
    const { error: cause, lastCounter } = opened
    const replayed = lastCounter === undefined ? {} : { lastCounter }
    return { diagnostic: diagnostics.authenticationFailure, cause, ...replayed }
  }
  if (!covers(opened.protection, offer.policy)) return { diagnostic: diagnostics.authenticationRequired }
  const decoded = decodeApdu(opened.plain)
  if (decoded.kind !== 'ok' || decoded.value.kind !== 'initiate-request') {
    return { diagnostic: diagnostics.noReason }
  }
  const request = decoded.value
  const { dedicatedKey } = request
  if (dedicatedKey) {
    // Green Book 9.4.6: a key that crosses the line in clear is none.
    const suite = options.security?.suite ?? 0
    if (!covers(opened.protection, 'encrypted') || dedicatedKey.length !== suiteKeyLength(suite)) {
      return { diagnostic: diagnostics.noReason }
    }
    protection.dedicatedKey = dedicatedKey
  }
  const refuse = (initiateError: number): Refusal => ({ diagnostic: diagnostics.noReason, initiateError })
  if (request.dlmsVersion < dlmsVersion) return refuse(initiateErrors.versionTooLow)
  if (request.maxPduSize !== 0 && request.maxPduSize < leastPdu) return refuse(initiateErrors.pduTooShort)
  const able = offer.referencing === 'short-name' ? shortNameConformance : serverConformance
  const ours = offer.conformance ?? able
  const conformance = ours.filter((bit) => request.conformance.includes(bit))
  if (conformance.length === 0) return refuse(initiateErrors.incompatibleConformance)
  return { request, protection: opened.protection, conformance }
}

function accept(
  aarq: Aarq,
  offer: ServerAssociation,
  options: ServerSessionOptions,
  protection: Protection,
  judged: Judged,
): AarqVerdict {
  const initiate = encodeApdu({
    kind: 'initiate-response',
    dlmsVersion,
    conformance: judged.conformance,
    maxPduSize: options.maxPduSize ?? defaultServerPdu,
    vaaName: offer.referencing === 'short-name' ? shortNameVaa : logicalNameVaa,
  })
  const party = hlsParty(offer, options, protection)
  const received = aarq.authenticationValue
  const hls: Hls | undefined = party &&
    received && {
      party,
      challenges: { received, sent: drawChallenge(options.crypto, party.credentials.mechanism) },
    }
  const titled = aarq.context.endsWith('-ciphered') || hls !== undefined
  const respondingApTitle = options.security?.systemTitle ?? options.systemTitle
  const respondingAeQualifier = options.security?.certificate
  const aare = encodeApdu({
    kind: 'aare',
    context: aarq.context,
    result: accepted,
    diagnosticSource: 'service-user',
    diagnostic: hls ? diagnostics.authenticationRequired : 0,
    ...(titled && respondingApTitle && { respondingApTitle }),
    ...(titled && respondingAeQualifier && { respondingAeQualifier }),
    ...(hls && {
      authenticationRequired: true,
      mechanism: mechanisms[offer.mechanism],
      authenticationValue: hls.challenges.sent,
    }),
    userInformation: protection.seal(initiate, atLeast(judged.protection, offer.policy), 'global'),
  })
  const association: ActiveAssociation = {
    clientAddress: offer.clientAddress,
    mechanism: offer.mechanism,
    policy: offer.policy,
    ...(protection.peerTitle && { clientSystemTitle: protection.peerTitle }),
    conformance: judged.conformance,
    ...(aarq.callingAeInvocationId !== undefined && { userId: aarq.callingAeInvocationId }),
    ...(offer.referencing && { referencing: offer.referencing }),
    clientMaxPduSize: judged.request.maxPduSize,
  }
  return { kind: 'accepted', aare, association, initiate, ...(hls && { hls }) }
}

function reject(aarq: Aarq, refusal: Refusal): AarqVerdict {
  const { diagnostic, initiateError, cause, lastCounter } = refusal
  const aare = encodeApdu({
    kind: 'aare',
    // A context that we do not know cannot be echoed by name; the AARE then names the plain one.
    context: aarq.context === 'unknown' ? 'logical-name' : aarq.context,
    result: rejectedPermanent,
    diagnosticSource: 'service-user',
    diagnostic,
    ...(initiateError !== undefined && {
      userInformation: encodeApdu({
        kind: 'confirmed-service-error',
        service: 1,
        errorKind: 6,
        value: initiateError,
      }),
    }),
  })
  const detail = userDiagnostics[diagnostic]
  const failedProof = diagnostic === diagnostics.authenticationFailure
  const error: SessionError = cause ?? {
    code: failedProof ? 'authentication-failed' : 'rejected',
    message: `the association is refused: ${detail}`,
    detail,
  }
  return { kind: 'rejected', aare, error, ...(lastCounter !== undefined && { lastCounter }) }
}
