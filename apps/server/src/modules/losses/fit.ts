// What the lines of a network take, from its own history: loss = a + k · E², fitted over quarter-hours. Quarter-hours
// of a day resemble each other, so the errors are those of days (cluster-robust, White 1980, Liang and Zeger 1986).

/** Sums over the complete, measured quarter-hours of a day: x = E² in kWh², y = loss less transformer in Wh. */
export type FitSums = {
  readonly n: number
  readonly x: number
  readonly y: number
  readonly xx: number
  readonly xy: number
}

export type Fit = {
  /** Slope and its standard error, per Wh. */
  readonly k: number
  readonly error: number
  /** What does not depend on the load, Wh per quarter-hour: own use, or somebody who takes always. */
  readonly constantWh: number
  readonly constantError: number
  readonly days: number
  readonly slots: number
}

/** Wh per kWh² → per Wh. */
const perWh = 1e-6

/** @returns undefined when fewer than `fewestDays` days are whole, or when the load never changes */
export function fitLines(days: readonly FitSums[], fewestDays: number): Fit | undefined {
  const whole = days.filter((day) => day.n > 0)
  if (whole.length < Math.max(3, fewestDays)) return undefined
  const all = whole.reduce((a, b) => ({
    n: a.n + b.n,
    x: a.x + b.x,
    y: a.y + b.y,
    xx: a.xx + b.xx,
    xy: a.xy + b.xy,
  }))
  const determinant = all.n * all.xx - all.x ** 2
  if (!(determinant > all.n * all.xx * 1e-9)) return undefined
  const slope = (all.n * all.xy - all.x * all.y) / determinant
  const constant = (all.y - slope * all.x) / all.n
  // (X'X)⁻¹ · Σ s s' · (X'X)⁻¹ with s the sums of residuals, and of residuals times x, of one day.
  let [aa, ab, bb] = [0, 0, 0]
  for (const day of whole) {
    const s = day.y - constant * day.n - slope * day.x
    const sx = day.xy - constant * day.x - slope * day.xx
    aa += s * s
    ab += s * sx
    bb += sx * sx
  }
  const few = whole.length / (whole.length - 1)
  const variance = (u: number, v: number) =>
    (few * (u * u * aa + 2 * u * v * ab + v * v * bb)) / determinant ** 2
  return {
    k: slope * perWh,
    error: Math.sqrt(variance(-all.x, all.n)) * perWh,
    constantWh: constant,
    constantError: Math.sqrt(variance(all.xx, -all.x)),
    days: whole.length,
    slots: all.n,
  }
}
