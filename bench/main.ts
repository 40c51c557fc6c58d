// npm run bench [-- --only NAME]: prints one JSON object a line {name, value, unit, baseline?, ratio?, note?}.
import type { Bench } from './types.ts'

type Group = { readonly names: readonly string[]; readonly load: () => Promise<readonly Bench[]> }

// With the first word of their names: only what is asked for is loaded. Beside the heap of a whole server each
// collection takes so long that the codec seems half as fast.
const groups: readonly Group[] = [
  { names: ['interval'], load: async () => (await import('./intervals.ts')).benches },
  { names: ['dlms'], load: async () => (await import('./dlms.ts')).dlmsBenches },
  { names: ['fuzz'], load: async () => (await import('./fuzz.ts')).fuzzBenches },
  {
    names: ['validation', 'store', 'sessions', 'api'],
    load: async () => (await import('./server.ts')).serverBenches,
  },
  { names: ['orders'], load: async () => (await import('./orders.ts')).orderBenches },
  { names: ['import'], load: async () => (await import('./import.ts')).importBenches },
]

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
const known: string[] = []
let run = 0
for (const { names, load } of groups) {
  const asked = (name: string) => only === undefined || only.startsWith(name) || name.startsWith(only)
  if (!names.some(asked)) continue
  for (const bench of await load()) {
    known.push(bench.name)
    if (only !== undefined && !bench.name.startsWith(only)) continue
    run++
    for (const figure of await bench.run()) process.stdout.write(`${JSON.stringify(figure)}\n`)
  }
}
if (run === 0) {
  const names = known.length > 0 ? known : groups.flatMap((group) => group.names)
  process.stderr.write(`No bench is named '${only ?? ''}'. Benches: ${names.join(', ')}.\n`)
  process.exit(2)
}
process.exit()
