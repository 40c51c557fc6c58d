// The association APDUs as values (Green Book 9.4.2; ISO/IEC 15954 in BER).

/** Application context: referencing and ciphering (Green Book 9.4.2.2.2). */
export const applicationContexts = {
  1: 'logical-name',
  2: 'short-name',
  3: 'logical-name-ciphered',
  4: 'short-name-ciphered',
} as const
export type ApplicationContext = (typeof applicationContexts)[keyof typeof applicationContexts]

/** Authentication mechanisms by id (Green Book 9.4.2.2.3). */
export const authenticationMechanisms = {
  0: 'lowest',
  1: 'low',
  2: 'high',
  3: 'high-md5',
  4: 'high-sha1',
  5: 'high-gmac',
  6: 'high-sha256',
  7: 'high-ecdsa',
} as const

export const associationResults = {
  0: 'accepted',
  1: 'rejected-permanent',
  2: 'rejected-transient',
} as const

/** Diagnostics of the ACSE service user. */
export const userDiagnostics: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'no-reason-given',
  2: 'application-context-name-not-supported',
  3: 'calling-ap-title-not-recognized',
  4: 'calling-ap-invocation-identifier-not-recognized',
  5: 'calling-ae-qualifier-not-recognized',
  6: 'calling-ae-invocation-identifier-not-recognized',
  7: 'called-ap-title-not-recognized',
  8: 'called-ap-invocation-identifier-not-recognized',
  9: 'called-ae-qualifier-not-recognized',
  10: 'called-ae-invocation-identifier-not-recognized',
  11: 'authentication-mechanism-name-not-recognised',
  12: 'authentication-mechanism-name-required',
  13: 'authentication-failure',
  14: 'authentication-required',
}

/** Diagnostics of the ACSE service provider. */
export const providerDiagnostics: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'no-reason-given',
  2: 'no-common-acse-version',
}

export const releaseReasons: Readonly<Record<number, string>> = {
  0: 'normal',
  1: 'urgent',
  30: 'user-defined',
}

/** Fields that AARQ and AARE have in common. */
interface Association {
  /** Bits of protocol-version as sent ('1' is version 1); absent is version 1 too. */
  readonly protocolVersion?: string
  readonly context: ApplicationContext | 'unknown'
  /** Encoded object identifier, only when `context` is 'unknown'. */
  readonly contextOid?: Uint8Array
  /** The ACSE requirements field announces authentication. */
  readonly authenticationRequired?: boolean
  /** 0…7: see `authenticationMechanisms`. */
  readonly mechanism?: number
  /** Password or challenge. */
  readonly authenticationValue?: Uint8Array
  /** Encoded xDLMS APDU: InitiateRequest/Response, plain or glo-ciphered, or a ConfirmedServiceError. */
  readonly userInformation?: Uint8Array
}

export type Aarq = Association & {
  readonly kind: 'aarq'
  readonly calledApTitle?: Uint8Array
  /** The client's system title. */
  readonly callingApTitle?: Uint8Array
  /** The client's certificate or user name. */
  readonly callingAeQualifier?: Uint8Array
  /** User id of the client. */
  readonly callingAeInvocationId?: number
}

export type Aare = Association & {
  readonly kind: 'aare'
  /** 0 accepted, 1 rejected-permanent, 2 rejected-transient: see `associationResults`. */
  readonly result: number
  readonly diagnosticSource: 'service-user' | 'service-provider'
  /** See `userDiagnostics`, `providerDiagnostics`, `diagnosticName`. */
  readonly diagnostic: number
  /** The server's system title. */
  readonly respondingApTitle?: Uint8Array
  readonly respondingAeQualifier?: Uint8Array
  readonly respondingAeInvocationId?: number
}

/** `reason`: see `releaseReasons`; absent when not sent. */
export type Rlrq = { readonly kind: 'rlrq'; readonly reason?: number; readonly userInformation?: Uint8Array }
export type Rlre = { readonly kind: 'rlre'; readonly reason?: number; readonly userInformation?: Uint8Array }

/** Name of an AARE's diagnostic, for people. */
export function diagnosticName(aare: Pick<Aare, 'diagnosticSource' | 'diagnostic'>): string {
  const names = aare.diagnosticSource === 'service-user' ? userDiagnostics : providerDiagnostics
  return names[aare.diagnostic] ?? `diagnostic ${aare.diagnostic}`
}
