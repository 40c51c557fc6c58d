// What wireless telegrams need of a cipher; the library holds none of its own, so it runs everywhere.

/** AES-128. Implementations throw on keys that have not 16 octets and never log what they are given. */
export interface MbusCrypto {
  /** CBC without padding; `data` is a multiple of 16 octets. */
  aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array
  /** One block of 16 octets. */
  aesEcbEncrypt(key: Uint8Array, block: Uint8Array): Uint8Array
}

function doubled(block: Uint8Array): Uint8Array {
  const result = new Uint8Array(16)
  let carry = 0
  for (let i = 15; i >= 0; i--) {
    const shifted = ((block[i] as number) << 1) | carry
    result[i] = shifted & 0xff
    carry = shifted >> 8
  }
  if (carry) result[15] = (result[15] as number) ^ 0x87
  return result
}

function mix(into: Uint8Array, other: Uint8Array, offset = 0): void {
  for (let i = 0; i < 16; i++) into[i] = (into[i] as number) ^ (other[offset + i] ?? 0)
}

/** AES-CMAC of RFC 4493, 16 octets. */
export function aesCmac(crypto: MbusCrypto, key: Uint8Array, message: Uint8Array): Uint8Array {
  const first = doubled(crypto.aesEcbEncrypt(key, new Uint8Array(16)))
  const whole = message.length > 0 && message.length % 16 === 0
  const blocks = Math.max(1, Math.ceil(message.length / 16))
  let state: Uint8Array = new Uint8Array(16)
  for (let n = 0; n < blocks - 1; n++) {
    mix(state, message, 16 * n)
    state = crypto.aesEcbEncrypt(key, state)
  }
  const last = new Uint8Array(16)
  last.set(message.subarray(16 * (blocks - 1)))
  if (!whole) last[message.length - 16 * (blocks - 1)] = 0x80
  mix(last, whole ? first : doubled(first))
  mix(state, last)
  return crypto.aesEcbEncrypt(key, state)
}

/** AES-CTR with the whole block as a counter, highest octet first. */
export function aesCtr(crypto: MbusCrypto, key: Uint8Array, start: Uint8Array, data: Uint8Array): Uint8Array {
  const counter = Uint8Array.from(start)
  const result = new Uint8Array(data.length)
  for (let at = 0; at < data.length; at += 16) {
    const stream = crypto.aesEcbEncrypt(key, counter)
    for (let i = 0; i < 16 && at + i < data.length; i++) {
      result[at + i] = (data[at + i] as number) ^ (stream[i] as number)
    }
    for (let i = 15; i >= 0; i--) {
      counter[i] = ((counter[i] as number) + 1) & 0xff
      if (counter[i] !== 0) break
    }
  }
  return result
}

/** Constants of the key derivation of EN 13757-7 clause 9.6: what the derived key is for. */
export const derivation = {
  encryptionFromMeter: 0x00,
  macFromMeter: 0x01,
  encryptionToMeter: 0x10,
  macToMeter: 0x11,
}

/** Ephemeral key: CMAC over constant, message counter (4 octets), identification (4 octets) and seven times 07. */
export function deriveKey(
  crypto: MbusCrypto,
  key: Uint8Array,
  constant: number,
  counter: Uint8Array,
  identification: Uint8Array,
): Uint8Array {
  const input = new Uint8Array(16).fill(0x07)
  input[0] = constant
  input.set(counter.subarray(0, 4), 1)
  input.set(identification.subarray(0, 4), 5)
  return aesCmac(crypto, key, input)
}

/** Compares without telling by time where the octets differ. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}
