// Where things lie in the module's memory, in octets.

/** Of one key: the key itself, its round keys, H and the tables of GHASH. */
export const slot = {
  key: 0,
  /** Number of rounds less one, of which all but the last are alike. */
  middleRounds: 32,
  /** Octets of the key, in one octet. */
  keyLength: 36,
  /** 15 at most, each as four rows of 16 octets. */
  roundKeys: 64,
  /** 32 tables: octets 0…15 of what the high nibbles give, then of what the low ones give. */
  hashTables: 64 + 15 * 64,
  size: 64 + 15 * 64 + 32 * 16,
} as const

/** Initialization vector (12 octets) and four zeros. */
export const vectorAt = 0
/** What GHASH has reached. */
export const hashAt = 16
/** H while the tables are made of it; the counter mode writes four blocks. */
export const workAt = 64
export const firstSlotAt = 1024
