// A second meter on the same energy (contor martor): both must say the same within their classes.

import type { Finding } from './rule.ts'

export type WitnessParameters = {
  /** Largest error of each accuracy class, percent. */
  readonly classPercent: readonly (readonly [accuracyClass: string, percent: number])[]
  /** A difference below this is never told, Wh. */
  readonly floorWh: number
}

/**
 * The energy of a day by the meter and by its witness. What both classes together allow is believed; a meter of
 * unknown class counts as the widest class that is configured.
 * @param classes accuracy class of the meter and of the witness
 */
export function witnessDeviation(
  day: string,
  slots: number,
  ownWh: number,
  witnessWh: number,
  classes: readonly [string | null, string | null],
  { classPercent, floorWh }: WitnessParameters,
): Finding[] {
  const widest = Math.max(...classPercent.map(([, percent]) => percent))
  const percentOf = (name: string | null) => classPercent.find(([each]) => each === name)?.[1] ?? widest
  const allowedPercent = percentOf(classes[0]) + percentOf(classes[1])
  const differenceWh = ownWh - witnessWh
  const allowedWh = Math.max(floorWh, (Math.max(ownWh, witnessWh) * allowedPercent) / 100)
  if (Math.abs(differenceWh) <= allowedWh) return []
  const details = { ownWh, witnessWh, differenceWh, allowedPercent, allowedWh: Math.round(allowedWh) }
  return [{ rule: 'witness-deviation', day, channel: 'A+', fromSlot: 0, count: slots, details }]
}
