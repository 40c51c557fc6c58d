// npm run bench [-- --only NAME]: prints one JSON object a line {name, value, unit, baseline?, ratio?, note?}.
import { dlmsBenches } from './dlms.ts'
import { fuzzBenches } from './fuzz.ts'
import { importBenches } from './import.ts'
import { benches as intervalBenches } from './intervals.ts'
import { serverBenches } from './server.ts'
import type { Bench } from './types.ts'

const all: Bench[] = [...intervalBenches, ...dlmsBenches, ...fuzzBenches, ...serverBenches, ...importBenches]

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
const chosen = all.filter((bench) => only === undefined || bench.name.startsWith(only))
if (chosen.length === 0) {
  process.stderr.write(
    `No bench is named '${only ?? ''}'. Benches: ${all.map((bench) => bench.name).join(', ')}.\n`,
  )
  process.exit(2)
}
for (const bench of chosen) {
  for (const figure of await bench.run()) process.stdout.write(`${JSON.stringify(figure)}\n`)
}
process.exit()
