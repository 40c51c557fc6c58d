import type { Finding } from './rule.ts'

export type ClockToleranceParameters = {
  /** Deviation from the server's clock beyond which intervals are marked, seconds. */
  readonly toleranceS: number
}

/** Whether a clock is outside its tolerance. @param deviationS meter minus server, seconds */
export function clockDeviates(deviationS: number, { toleranceS }: ClockToleranceParameters): boolean {
  return Math.abs(deviationS) > toleranceS
}

/** A finding for the day on which the deviation was measured. */
export function clockTolerance(
  day: string,
  slots: number,
  deviationS: number,
  parameters: ClockToleranceParameters,
): Finding[] {
  if (!clockDeviates(deviationS, parameters)) return []
  const details = { deviationS: Math.round(deviationS * 10) / 10, toleranceS: parameters.toleranceS }
  return [{ rule: 'clock-tolerance', day, channel: 'A+', fromSlot: 0, count: slots, details }]
}
