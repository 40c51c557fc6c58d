// The client's association handshake (Green Book 9.4.5 and 9.2.7.4): AARQ/AARE, the two further passes of
// high level security with GMAC, and RLRQ.

import { type Aare, type ApplicationContext, diagnosticName } from '../../acse/index.ts'
import { data } from '../../axdr/data.ts'
import { equalBytes } from '../../bytes.ts'
import { DlmsError } from '../../parse.ts'
import { hlsMechanisms } from '../../security/index.ts'
import {
  type ConformanceBit,
  decodeApdu,
  type ExceptionResponse,
  encodeApdu,
  invokeIdOf,
  serviceErrorText,
} from '../../xdlms/index.ts'
import { drawChallenge, fitsChallenge, type HlsParty, prove, verifyProof } from '../hls.ts'
import { covers, type Opened } from '../protection.ts'
import type { ClientAuthentication, ClientSessionOptions, SessionError } from '../types.ts'
import { invokeByte } from './operation.ts'
import type { ClientProtection } from './security.ts'

const dlmsVersion = 6
const lowMechanism = 1
const authenticationFailure = 13
const replyToHls = { classId: 15, obis: '0.0.40.0.0.255', method: 1 } as const
const releaseNormal = 0

const shortNameConformance: readonly ConformanceBit[] = [
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

const clientConformance: readonly ConformanceBit[] = [
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

/** What the handshake keeps between its passes. */
export type Handshake = {
  readonly aarq: Uint8Array
  readonly mechanism: ClientAuthentication['mechanism']
  /** Bare InitiateRequest, which a ciphered RLRQ repeats. */
  readonly initiate: Uint8Array
  /** CtoS of HLS, and how both sides prove themselves. */
  readonly challenge?: Uint8Array
  readonly party?: HlsParty
  /** StoC, once the AARE brought it. */
  serverChallenge?: Uint8Array
  /** Invoke-id of the HLS reply. */
  replyInvokeId?: number
}

export type AareAnswer =
  | {
      readonly kind: 'accepted'
      readonly conformance: readonly ConformanceBit[]
      readonly maxPduSize: number
      /** StoC: the client has to prove itself before the association stands. */
      readonly challenge?: Uint8Array
    }
  | { readonly kind: 'failed'; readonly error: SessionError }
  /** Not an answer to an AARQ. */
  | { readonly kind: 'other' }

export function buildAarq(
  options: ClientSessionOptions,
  protection: ClientProtection,
  maxPduSize: number,
): Handshake {
  const { authentication, conformance } = options
  const offered = conformance ?? [
    ...(protection.usesGeneralProtection ? (['general-protection'] as const) : []),
    ...(options.generalBlockTransfer ? (['general-block-transfer'] as const) : []),
    ...(options.referencing === 'short-name' ? shortNameConformance : clientConformance),
  ]
  const { ownDedicatedKey: dedicatedKey } = protection
  const initiate = encodeApdu({
    kind: 'initiate-request',
    ...(dedicatedKey && { dedicatedKey }),
    dlmsVersion,
    conformance: offered,
    maxPduSize,
  })
  const party = hlsParty(options, protection)
  const challenge =
    party &&
    drawChallenge(
      options.crypto,
      party.credentials.mechanism,
      'challengeLength' in authentication ? authentication.challengeLength : undefined,
    )
  const callingApTitle = protection.systemTitle ?? options.systemTitle
  const credentials = authentication.mechanism === 'low' ? passwordBytes(authentication.password) : challenge
  const aarq = encodeApdu({
    kind: 'aarq',
    context: contextOf(options, protection),
    ...(callingApTitle && { callingApTitle }),
    ...(options.security?.certificate && { callingAeQualifier: options.security.certificate }),
    ...(options.userId !== undefined && { callingAeInvocationId: options.userId }),
    ...(credentials && {
      authenticationRequired: true,
      mechanism: party ? hlsMechanisms[party.credentials.mechanism] : lowMechanism,
      authenticationValue: credentials,
    }),
    userInformation: protection.sealInitiate(initiate),
  })
  return {
    aarq,
    mechanism: authentication.mechanism,
    initiate,
    ...(challenge && { challenge }),
    ...(party && { party }),
  }
}

/** How the client proves itself; undefined when it does not use high level security. */
export function hlsParty(options: ClientSessionOptions, protection: ClientProtection): HlsParty | undefined {
  const { authentication, crypto } = options
  if (authentication.mechanism === 'none' || authentication.mechanism === 'low') return undefined
  const title = protection.systemTitle ?? options.systemTitle
  return { credentials: authentication, protection, crypto, title }
}

function contextOf(options: ClientSessionOptions, protection: ClientProtection): ApplicationContext {
  const ciphered = protection.policy !== 'none'
  if (options.referencing === 'short-name') return ciphered ? 'short-name-ciphered' : 'short-name'
  return ciphered ? 'logical-name-ciphered' : 'logical-name'
}

export function passwordBytes(password: string | Uint8Array): Uint8Array {
  return typeof password === 'string' ? new TextEncoder().encode(password) : password
}

/** Reads the answer to an AARQ and learns the server's title from it. */
export function readAare(apdu: Uint8Array, handshake: Handshake, protection: ClientProtection): AareAnswer {
  const decoded = decodeApdu(apdu)
  if (decoded.kind !== 'ok') {
    const why = decoded.kind === 'more' ? 'cut short' : decoded.error.message
    return fail('malformed', `the answer to the AARQ cannot be read: ${why}`)
  }
  const answer = decoded.value
  if (answer.kind === 'exception-response') return exceptionError(answer, 'the AARQ')
  if (answer.kind === 'confirmed-service-error') return serviceError(answer.errorKind, answer.value)
  if (answer.kind !== 'aare') return { kind: 'other' }
  if (answer.result !== 0) {
    const detail = diagnosticName(answer)
    const code = answer.diagnostic === authenticationFailure ? 'authentication-failed' : 'rejected'
    return fail(code, `the server refused the association: ${detail}`, detail)
  }
  if (answer.respondingApTitle?.length === 8) protection.peerTitle = answer.respondingApTitle
  protection.peerCertificate = answer.respondingAeQualifier
  return readInitiate(answer, handshake, protection)
}

function readInitiate(aare: Aare, handshake: Handshake, protection: ClientProtection): AareAnswer {
  if (!aare.userInformation) return fail('malformed', 'the AARE carries no InitiateResponse')
  const opened = protection.open(aare.userInformation)
  if (opened.kind === 'failed') return opened
  const decoded = decodeApdu(opened.plain)
  if (decoded.kind !== 'ok') return fail('malformed', 'the InitiateResponse cannot be read')
  const response = decoded.value
  if (response.kind === 'confirmed-service-error') return serviceError(response.errorKind, response.value)
  if (response.kind !== 'initiate-response') return fail('malformed', `a ${response.kind} inside the AARE`)
  if (!covers(opened.protection, protection.policy)) {
    return fail('policy', `the InitiateResponse came with protection '${opened.protection}'`)
  }
  const granted = { conformance: response.conformance, maxPduSize: response.maxPduSize }
  const { party } = handshake
  if (!party) return { kind: 'accepted', ...granted }
  const challenge = aare.authenticationValue
  const { mechanism } = party.credentials
  if (aare.mechanism !== hlsMechanisms[mechanism] || !challenge || !fitsChallenge(challenge, mechanism)) {
    return fail('authentication-failed', 'the server accepted without an HLS challenge of its own')
  }
  // A server that returns our own challenge would let us compute its proof for it.
  if (handshake.challenge && equalBytes(challenge, handshake.challenge)) {
    return fail('authentication-failed', 'the server returned our own challenge')
  }
  handshake.serverChallenge = challenge
  return { kind: 'accepted', ...granted, challenge }
}

/** Pass 3: f(StoC) to reply_to_HLS_authentication of the current association. Bare; the caller seals it. */
export function buildHlsReply(
  serverChallenge: Uint8Array,
  invokeId: number,
  handshake: Handshake,
): Uint8Array {
  handshake.replyInvokeId = invokeId
  const { party, challenge } = handshake
  if (!party || !challenge) throw new DlmsError('usage', 'no high level security was asked for')
  return encodeApdu({
    kind: 'action-request',
    form: 'normal',
    invokeIdAndPriority: invokeByte(invokeId),
    method: replyToHls,
    data: data.octets(prove(party, { sent: challenge, received: serverChallenge })),
  })
}

export type HlsAnswer =
  | { readonly kind: 'proven' }
  | { readonly kind: 'stray'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: SessionError }

/** Pass 4: the server's f(CtoS). */
export function readHlsAnswer(
  opened: Extract<Opened, { kind: 'opened' }>,
  handshake: Handshake,
  protection: ClientProtection,
): HlsAnswer {
  const weak = protection.weakness(opened)
  if (weak) return { kind: 'failed', error: weak }
  const decoded = decodeApdu(opened.plain)
  if (decoded.kind !== 'ok') return fail('malformed', 'the answer to the HLS reply cannot be read')
  const answer = decoded.value
  if (answer.kind === 'exception-response' && answer.invocationCounter !== undefined) {
    return exceptionError(answer, 'the HLS reply')
  }
  if (answer.kind === 'exception-response' || answer.kind === 'confirmed-service-error') {
    return fail('authentication-failed', `the server answered the HLS reply with a ${answer.kind}`)
  }
  if (answer.kind !== 'action-response') return { kind: 'stray', reason: `a ${answer.kind} during HLS` }
  if (invokeIdOf(answer.invokeIdAndPriority) !== handshake.replyInvokeId) {
    return { kind: 'stray', reason: 'an action response with another invoke-id during HLS' }
  }
  if (answer.form !== 'normal')
    return fail('malformed', `an action response of form '${answer.form}' during HLS`)
  const { outcome } = answer
  if (outcome.code !== 0) {
    return fail(
      'authentication-failed',
      `the server refused the HLS reply: ${outcome.result}`,
      outcome.result,
    )
  }
  const proof = outcome.returned?.ok ? outcome.returned.data : undefined
  const { party, challenge, serverChallenge } = handshake
  if (proof?.type !== 'octet-string' || !party || !challenge || !serverChallenge) {
    return fail('authentication-failed', 'the server did not prove itself')
  }
  if (verifyProof(party, proof.value, { sent: challenge, received: serverChallenge }))
    return { kind: 'proven' }
  return fail('authentication-failed', "the server's proof is wrong")
}

/** RLRQ; in a ciphered association it carries the protected InitiateRequest, which proves who releases. */
export function buildRlrq(handshake: Handshake | undefined, protection: ClientProtection): Uint8Array {
  const ciphered = handshake && protection.policy !== 'none'
  return encodeApdu({
    kind: 'rlrq',
    reason: releaseNormal,
    ...(ciphered && { userInformation: protection.sealInitiate(handshake.initiate) }),
  })
}

/** An exception in the place of an answer; with the counter that the server would take, when it says so. */
function exceptionError(exception: ExceptionResponse, what: string): { kind: 'failed'; error: SessionError } {
  const { invocationCounter: expectedCounter } = exception
  const failed = fail('exception', `${what} met an exception`)
  if (expectedCounter === undefined) return failed
  const message = `${what} had an invocation counter that the server has seen: it expects ${expectedCounter}`
  const error = { code: 'exception', message, detail: 'invocation-counter-error', expectedCounter } as const
  return { kind: 'failed', error }
}

function serviceError(kind: number, value: number): { kind: 'failed'; error: SessionError } {
  const text = serviceErrorText(kind, value)
  return fail('service-error', `the server refused the InitiateRequest: ${text}`, text)
}

function fail(
  code: SessionError['code'],
  message: string,
  detail?: string,
): { kind: 'failed'; error: SessionError } {
  return { kind: 'failed', error: { code, message, ...(detail === undefined ? {} : { detail }) } }
}
