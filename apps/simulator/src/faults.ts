// What is wrong in the neighbourhood, as data: the behaviours ask, nothing else knows.

export type FaultKind =
  | 'refuses-connections'
  | 'never-answers'
  | 'wrong-tag'
  | 'repeats-blocks'
  | 'garbage'
  | 'clock-off'
  | 'wrong-limiter'
  | 'entries-lost'
  | 'spike'
  | 'tampered'
  | 'thief'

export interface Fault {
  readonly kind: FaultKind
  /** What it means, for people. */
  readonly story: string
  /** Kind-specific figure: seconds, share of energy, factor. */
  readonly amount: number
}

/** In the order in which they enter a neighbourhood as it grows. */
export const faultTable: readonly Fault[] = [
  {
    kind: 'never-answers',
    story: 'modem accepts the connection, the meter behind it is silent',

    amount: 0,
  },
  { kind: 'clock-off', story: 'clock 95 s ahead', amount: 95 },
  {
    kind: 'thief',
    story: 'a line before the meter: a third of the true energy passes through it',

    amount: 0.35,
  },
  {
    kind: 'tampered',
    story: 'cover opened, magnet at the meter: evenings count 30 %',

    amount: 0.3,
  },
  {
    kind: 'wrong-tag',
    story: 'ciphers with another authentication key after an exchange of firmware',

    amount: 0,
  },
  { kind: 'entries-lost', story: 'no entries during a night without power', amount: 22 },
  { kind: 'refuses-connections', story: 'no power: nothing listens', amount: 0 },
  {
    kind: 'wrong-limiter',
    story: 'limiter threshold left at the factory value',

    amount: 25_000,
  },
  { kind: 'spike', story: 'one quarter-hour with an impossible value', amount: 60_000 },
  { kind: 'repeats-blocks', story: 'answers with the block before, now and then', amount: 0 },
  { kind: 'garbage', story: 'noise on the line instead of frames', amount: 0 },
  { kind: 'clock-off', story: 'clock 41 s behind', amount: -41 },
  { kind: 'refuses-connections', story: 'taken down with the pole', amount: 0 },
]
