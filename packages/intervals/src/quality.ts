// The quality of a slot is one byte: the low three bits say where the value comes from, the high five
// bits are marks that may stand beside any state.

/** States of a slot (low three bits). */
export const quality = { missing: 0, measured: 1, estimated: 2, edited: 3 } as const
/** Marks of a slot (bits 3…7), to be added with `|`. */
export const flag = { suspect: 8, clockDeviated: 16, powerDown: 32, meterError: 64, late: 128 } as const

export type QualityState = keyof typeof quality
export type QualityFlag = 'suspect' | 'clock-deviated' | 'power-down' | 'meter-error' | 'late'
/** How many slots of a range are in each state. */
export type QualityCounts = { measured: number; estimated: number; edited: number; missing: number }

const states: readonly QualityState[] = ['missing', 'measured', 'estimated', 'edited']
const flagNames: readonly (readonly [number, QualityFlag])[] = [
  [flag.suspect, 'suspect'],
  [flag.clockDeviated, 'clock-deviated'],
  [flag.powerDown, 'power-down'],
  [flag.meterError, 'meter-error'],
  [flag.late, 'late'],
]

/** Whether a quality byte is one this package understands (state 0…3). */
export function isQuality(byte: number): boolean {
  return (byte & 7) <= 3 && byte >= 0 && byte <= 255
}

/** The state of a slot; unknown state bits count as missing. */
export function stateOf(byte: number): QualityState {
  return states[byte & 7] ?? 'missing'
}

/** Whether the slot holds a value. */
export function isPresent(byte: number): boolean {
  return (byte & 7) !== 0
}

/** The marks of a slot, in bit order. */
export function flagsOf(byte: number): QualityFlag[] {
  return flagNames.filter(([bit]) => (byte & bit) !== 0).map(([, name]) => name)
}

/** One word for a range: its only state, or 'mixed'. An empty range is 'missing'. */
export function summarise(counts: QualityCounts): QualityState | 'mixed' {
  const found = states.filter((state) => counts[state] > 0)
  if (found.length === 0) return 'missing'
  return found.length === 1 ? found[0] : 'mixed'
}
