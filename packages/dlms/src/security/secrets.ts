// Where passwords and keys lie in an APDU, so that journals and pages can show the rest of it.

import { Reader } from '../bytes.ts'
import { DlmsError } from '../parse.ts'

/** One stretch of an APDU that must not be shown. */
export type SecretRange = {
  /** Byte of the APDU, from 0. */
  readonly offset: number
  readonly length: number
  readonly what: 'password' | 'dedicated-key' | 'key-transfer'
}

const tags = { initiateRequest: 0x01, aarq: 0x60, rlrq: 0x62, setRequest: 0xc1, actionRequest: 0xc3 } as const
const lowMechanism = 1

type Members = { readonly attribute?: readonly number[]; readonly method?: readonly number[] }

/** Members whose values are passwords or keys, by class (Blue Book 4). */
const secretMembers: Readonly<Record<number, Members>> = {
  // change_secret
  12: { attribute: [6, 7], method: [5, 6] },
  // secret; change_HLS_secret
  15: { attribute: [7], method: [2] },
  // passwords of IEC local ports
  19: { attribute: [7, 8, 9] },
  // PPP_authentication
  44: { attribute: [5] },
  // PIN_code
  45: { attribute: [3] },
  // login_password
  46: { attribute: [5] },
  // key_transfer
  64: { method: [2] },
  // set_encryption_key, transfer_key
  72: { method: [7, 8] },
  // link_key, network_key
  101: { attribute: [10, 11] },
  // initial_encryption_key
  140: { attribute: [8] },
}

/** Whether what is written to this attribute, or given to this method, is a password or a key. */
export function isSecretMember(classId: number, member: 'attribute' | 'method', index: number): boolean {
  return secretMembers[classId]?.[member]?.includes(index) ?? false
}

/**
 * The secrets of a bare APDU: the password of an AARQ (mechanism 1), the dedicated key of an InitiateRequest
 * (alone, or in AARQ or RLRQ), and what is written or given to the members of `isSecretMember`. Ciphered ones hide theirs themselves: `apdu` is then what is inside. Never throws; bytes that cannot
 * be read have no ranges beyond the fault.
 */
export function secretRanges(apdu: Uint8Array): readonly SecretRange[] {
  const ranges: SecretRange[] = []
  try {
    const reader = new Reader(apdu)
    const tag = reader.u8()
    if (tag === tags.initiateRequest) initiateSecrets(apdu, 0, apdu.length, ranges)
    else if (tag === tags.aarq || tag === tags.rlrq) acseSecrets(apdu, reader, ranges)
    else if (tag === tags.actionRequest) actionSecrets(apdu, reader, ranges)
    else if (tag === tags.setRequest) setSecrets(apdu, reader, ranges)
  } catch (error) {
    if (!(error instanceof DlmsError)) throw error
  }
  return ranges
}

function initiateSecrets(apdu: Uint8Array, offset: number, end: number, ranges: SecretRange[]): void {
  const reader = new Reader(apdu.subarray(0, end), offset)
  if (reader.u8() !== tags.initiateRequest || reader.u8() === 0) return
  const length = reader.length()
  // Of a key that is cut short what is there is secret too.
  const there = Math.min(length, end - reader.offset)
  if (there > 0) ranges.push({ offset: reader.offset, length: there, what: 'dedicated-key' })
}

function acseSecrets(apdu: Uint8Array, reader: Reader, ranges: SecretRange[]): void {
  reader.length()
  let mechanism = lowMechanism
  while (reader.remaining > 0) {
    const tag = reader.u8()
    const length = reader.length()
    const start = reader.offset
    const end = Math.min(apdu.length, start + length)
    // The last byte of the mechanism's object identifier is its number; a value without a name is a password.
    if (tag === 0x8b && length > 0) mechanism = apdu[end - 1] ?? lowMechanism
    if (tag === 0xac && mechanism <= lowMechanism) contentRange(apdu, start, end, 'password', ranges)
    if (tag === 0xbe) {
      const inner = new Reader(apdu.subarray(0, end), start)
      inner.u8()
      inner.length()
      initiateSecrets(apdu, inner.offset, end, ranges)
    }
    reader.bytes(end - start)
  }
}

/** Contents of the one element inside a constructed field. */
function contentRange(
  apdu: Uint8Array,
  start: number,
  end: number,
  what: SecretRange['what'],
  ranges: SecretRange[],
): void {
  const inner = new Reader(apdu.subarray(0, end), start)
  inner.u8()
  inner.length()
  if (inner.offset < end) ranges.push({ offset: inner.offset, length: end - inner.offset, what })
}

/** Forms whose first descriptor tells: normal, and with the first block. Everything behind it is masked. */
function actionSecrets(apdu: Uint8Array, reader: Reader, ranges: SecretRange[]): void {
  const form = reader.u8()
  reader.u8()
  if (form === 3 || form === 5) {
    listSecrets(apdu, reader, ranges, isSecretMethod)
    return
  }
  if (form !== 1 && form !== 4) return
  if (isSecretMethod(...descriptor(reader))) rest(apdu, reader, ranges)
}

function setSecrets(apdu: Uint8Array, reader: Reader, ranges: SecretRange[]): void {
  const form = reader.u8()
  reader.u8()
  if (form === 4 || form === 5) {
    listSecrets(apdu, reader, ranges, isSecretAttribute)
    return
  }
  if (form !== 1 && form !== 2) return
  if (isSecretAttribute(...descriptor(reader))) rest(apdu, reader, ranges)
}

/** In a list the values lie behind all descriptors: one secret object masks them all. */
function listSecrets(
  apdu: Uint8Array,
  reader: Reader,
  ranges: SecretRange[],
  secret: (classId: number, member: number) => boolean,
): void {
  const count = reader.length()
  let found = false
  for (let i = 0; i < count; i++) {
    const [classId, member] = descriptor(reader)
    found ||= secret(classId, member)
    // Attributes carry a selection flag, methods do not; a selection is masked with the values.
    if (secret === isSecretAttribute && reader.u8() !== 0) break
  }
  if (found) rest(apdu, reader, ranges)
}

function descriptor(reader: Reader): [classId: number, member: number] {
  const classId = reader.u16()
  reader.bytes(6)
  return [classId, reader.u8()]
}

const isSecretMethod = (classId: number, index: number) => isSecretMember(classId, 'method', index)
const isSecretAttribute = (classId: number, index: number) => isSecretMember(classId, 'attribute', index)

function rest(apdu: Uint8Array, reader: Reader, ranges: SecretRange[]): void {
  const { offset } = reader
  if (offset < apdu.length) ranges.push({ offset, length: apdu.length - offset, what: 'key-transfer' })
}
