// Enumerations of the xDLMS services (Green Book 9.5, ASN.1 module COSEMpdu), named as the book names them.

/** Data-Access-Result without 'success'. */
export const dataAccessResults = {
  1: 'hardware-fault',
  2: 'temporary-failure',
  3: 'read-write-denied',
  4: 'object-undefined',
  9: 'object-class-inconsistent',
  11: 'object-unavailable',
  12: 'type-unmatched',
  13: 'scope-of-access-violated',
  14: 'data-block-unavailable',
  15: 'long-get-aborted',
  16: 'no-long-get-in-progress',
  17: 'long-set-aborted',
  18: 'no-long-set-in-progress',
  19: 'data-block-number-invalid',
  250: 'other-reason',
} as const

/** 'unknown' stands for a code that the standard does not define; the number is kept beside it. */
export type DataAccessResult = (typeof dataAccessResults)[keyof typeof dataAccessResults] | 'unknown'

/** Action-Result without 'success'. */
export const actionResults = {
  1: 'hardware-fault',
  2: 'temporary-failure',
  3: 'read-write-denied',
  4: 'object-undefined',
  9: 'object-class-inconsistent',
  11: 'object-unavailable',
  12: 'type-unmatched',
  13: 'scope-of-access-violated',
  14: 'data-block-unavailable',
  15: 'long-action-aborted',
  16: 'no-long-action-in-progress',
  250: 'other-reason',
} as const

export type ActionError = (typeof actionResults)[keyof typeof actionResults] | 'unknown'

export const stateErrors = { 1: 'service-not-allowed', 2: 'service-unknown' } as const
export const serviceErrors = {
  1: 'operation-not-possible',
  2: 'service-not-supported',
  3: 'other-reason',
  4: 'pdu-too-long',
  5: 'deciphering-error',
  6: 'invocation-counter-error',
} as const

/** ServiceError of a ConfirmedServiceError: what each choice is about. */
export const serviceErrorKinds = {
  0: 'application-reference',
  1: 'hardware-resource',
  2: 'vde-state-error',
  3: 'service',
  4: 'definition',
  5: 'access',
  6: 'initiate',
  7: 'load-data-set',
  8: 'change-scope',
  9: 'task',
  10: 'other',
} as const

const serviceErrorDetails: Readonly<Record<number, readonly string[]>> = {
  0: [
    'other',
    'time-elapsed',
    'application-unreachable',
    'application-reference-invalid',
    'application-context-unsupported',
    'provider-communication-error',
    'deciphering-error',
  ],
  1: [
    'other',
    'memory-unavailable',
    'processor-resource-unavailable',
    'mass-storage-unavailable',
    'other-resource-unavailable',
  ],
  2: ['other', 'no-dlms-context', 'loading-data-set', 'status-nochange', 'status-inoperable'],
  3: ['other', 'pdu-size', 'service-unsupported'],
  4: ['other', 'object-undefined', 'object-class-inconsistent', 'object-attribute-inconsistent'],
  5: ['other', 'scope-of-access-violated', 'object-access-violated', 'hardware-fault', 'object-unavailable'],
  6: [
    'other',
    'dlms-version-too-low',
    'incompatible-conformance',
    'pdu-size-too-short',
    'refused-by-the-vde-handler',
  ],
}

/** Text of a ServiceError, for people: 'initiate: incompatible-conformance'. */
export function serviceErrorText(kind: number, value: number): string {
  const name = serviceErrorKinds[kind as keyof typeof serviceErrorKinds] ?? `kind ${kind}`
  return `${name}: ${serviceErrorDetails[kind]?.[value] ?? value}`
}

const codesOf = (names: Readonly<Record<number, string>>) =>
  new Map(Object.entries(names).map(([code, name]) => [name, Number(code)]))
const dataAccessCodes = codesOf(dataAccessResults)
const actionCodes = codesOf(actionResults)

/** Name of a data-access-result code; 'success' for 0. */
export function dataAccessName(code: number): 'success' | DataAccessResult {
  if (code === 0) return 'success'
  return dataAccessResults[code as keyof typeof dataAccessResults] ?? 'unknown'
}
/** Code of a name; 'unknown' becomes other-reason (250). */
export function dataAccessCode(name: 'success' | DataAccessResult): number {
  return name === 'success' ? 0 : (dataAccessCodes.get(name) ?? 250)
}
/** Name of an action-result code; 'success' for 0. */
export function actionName(code: number): 'success' | ActionError {
  if (code === 0) return 'success'
  return actionResults[code as keyof typeof actionResults] ?? 'unknown'
}
export function actionCode(name: string): number {
  return name === 'success' ? 0 : (actionCodes.get(name) ?? 250)
}
