// Names of enumerated fields (Green Book 9.5, xDLMS and ACSE).

import * as results from '../xdlms/results.ts'

export { conformanceBits } from '../xdlms/conformance.ts'

// The same tables as the codec's, asked with numbers that may not be in them.
type Names = Readonly<Record<number, string>>
export const dataAccessResults: Names = { 0: 'success', ...results.dataAccessResults }
export const actionResults: Names = { 0: 'success', ...results.actionResults }
export const stateErrors: Names = results.stateErrors
export const serviceErrors: Names = results.serviceErrors
export const serviceErrorGroups: Names = results.serviceErrorKinds

export const accessRequests: Readonly<Record<number, string>> = {
  1: 'get',
  2: 'set',
  3: 'action',
  4: 'get-with-selection',
  5: 'set-with-selection',
}

export const confirmedServices: Readonly<Record<number, string>> = {
  1: 'initiate-error',
  5: 'read',
  6: 'write',
  10: 'get',
  11: 'set',
  12: 'action',
}

/** Last arc of 2.16.756.5.8.1.x. */
export const contextNames: Readonly<Record<number, string>> = {
  1: 'logical-name-referencing-no-ciphering',
  2: 'short-name-referencing-no-ciphering',
  3: 'logical-name-referencing-with-ciphering',
  4: 'short-name-referencing-with-ciphering',
}

/** Last arc of 2.16.756.5.8.2.x. */
export const mechanismNames: Readonly<Record<number, string>> = {
  0: 'lowest-level-security',
  1: 'low-level-security',
  2: 'high-level-security',
  3: 'high-level-security-md5',
  4: 'high-level-security-sha1',
  5: 'high-level-security-gmac',
  6: 'high-level-security-sha256',
  7: 'high-level-security-ecdsa',
}

export const associationResults: Readonly<Record<number, string>> = {
  0: 'accepted',
  1: 'rejected-permanent',
  2: 'rejected-transient',
}

export const acseUserDiagnostics: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'no-reason-given',
  2: 'application-context-name-not-supported',
  3: 'calling-AP-title-not-recognized',
  4: 'calling-AP-invocation-identifier-not-recognized',
  5: 'calling-AE-qualifier-not-recognized',
  6: 'calling-AE-invocation-identifier-not-recognized',
  7: 'called-AP-title-not-recognized',
  8: 'called-AP-invocation-identifier-not-recognized',
  9: 'called-AE-qualifier-not-recognized',
  10: 'called-AE-invocation-identifier-not-recognized',
  11: 'authentication-mechanism-name-not-recognised',
  12: 'authentication-mechanism-name-required',
  13: 'authentication-failure',
  14: 'authentication-required',
}

export const acseProviderDiagnostics: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'no-reason-given',
  2: 'no-common-acse-version',
}

export const releaseReasons: Readonly<Record<number, string>> = {
  0: 'normal',
  1: 'urgent / not-finished',
  30: 'user-defined',
}
