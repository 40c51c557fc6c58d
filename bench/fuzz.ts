// npm run bench -- --only fuzz [--inputs N] [--seed S]: mutated frames over every parser and both sessions.
import { fuzz } from './fuzz/fuzz.ts'
import { round } from './measure.ts'
import type { Bench } from './types.ts'

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(name)
  const value = at < 0 ? fallback : Number(process.argv[at + 1])
  if (!Number.isInteger(value) || value < 1) {
    process.stderr.write(`${name} is a whole number from 1.\n`)
    process.exit(2)
  }
  return value
}

export const fuzzBenches: Bench[] = [
  {
    name: 'fuzz',
    async run() {
      const inputs = option('--inputs', 10_000_000)
      const seed = option('--seed', Date.now() % 0x7fff_ffff)
      const started = performance.now()
      const report = fuzz({
        inputs,
        seed,
        onProgress: (done) => {
          if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${inputs} inputs`)
        },
      })
      for (const { target, what, hex } of report.findings) {
        process.stderr.write(`\n${target}: ${what}\n${hex}\n`)
      }
      if (report.findings.length > 0) process.exitCode = 1
      const seconds = (performance.now() - started) / 1_000
      const note = `seed ${seed}; ${report.outcomes} different outcomes, ${report.seeds} seeds; slowest input ${round(report.slowest.ms, 1)} ms (${report.slowest.target}); heap at most ${Math.round(report.heap / 2 ** 20)} MiB`
      return [
        { name: 'fuzz inputs', value: report.inputs, unit: 'inputs', note },
        { name: 'fuzz findings', value: report.findings.length, unit: 'findings' },
        { name: 'fuzz speed', value: round(report.inputs / seconds, 0), unit: 'inputs/s' },
      ]
    },
  },
]
