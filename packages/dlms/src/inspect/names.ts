// Names of enumerated fields (Green Book 9.5, xDLMS and ACSE).

export const dataAccessResults: Readonly<Record<number, string>> = {
  0: 'success',
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
}

export const stateErrors: Readonly<Record<number, string>> = {
  1: 'service-not-allowed',
  2: 'service-unknown',
}

export const serviceErrors: Readonly<Record<number, string>> = {
  1: 'operation-not-possible',
  2: 'service-not-supported',
  3: 'other-reason',
  4: 'pdu-too-long',
  5: 'deciphering-error',
  6: 'invocation-counter-error',
}

export const confirmedServices: Readonly<Record<number, string>> = {
  1: 'initiate-error',
  5: 'read',
  6: 'write',
  10: 'get',
  11: 'set',
  12: 'action',
}

export const serviceErrorGroups: Readonly<Record<number, string>> = {
  0: 'application-reference',
  1: 'hardware-resource',
  2: 'vde-state-error',
  3: 'service',
  4: 'definition',
  5: 'access',
  6: 'initiate',
  7: 'load-data-set',
  9: 'task',
  10: 'other',
}

/** Bits of the conformance block, from bit 0 (Green Book 9.4.6.1). */
export const conformanceBits: readonly string[] = [
  'reserved-zero',
  'general-protection',
  'general-block-transfer',
  'read',
  'write',
  'unconfirmed-write',
  'delta-value-encoding',
  'reserved-seven',
  'attribute0-supported-with-set',
  'priority-mgmt-supported',
  'attribute0-supported-with-get',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'block-transfer-with-action',
  'multiple-references',
  'information-report',
  'data-notification',
  'access',
  'parameterized-access',
  'get',
  'set',
  'selective-access',
  'event-notification',
  'action',
]

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
