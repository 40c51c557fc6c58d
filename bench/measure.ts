// How the benches measure: the median of several rounds, because other processes share the cores.

export const round = (value: number, digits = 3) => Number(value.toFixed(digits))

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Nearest-rank quantile, `q` in 0…1. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]
}

/**
 * Units of work a second of this process's CPU time: `work` does `perCall` units and is called for `roundMs`
 * in each of `rounds` rounds after one round of warming up. @returns the median
 */
export function cpuRate(perCall: number, work: () => void, rounds = 7, roundMs = 250): number {
  const rates: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const start = process.cpuUsage()
    let calls = 0
    let spent = 0
    while (spent < roundMs * 1000) {
      for (let i = 0; i < 20; i++) work()
      calls += 20
      const used = process.cpuUsage(start)
      spent = used.user + used.system
    }
    if (round > 0) rates.push((calls * perCall * 1e6) / spent)
  }
  return median(rates)
}
