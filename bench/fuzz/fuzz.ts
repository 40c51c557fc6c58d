// The run: seeds are mutated and given to a target; an input that shows a target something of its own (an outcome at a
// place not seen before) becomes a seed too. A finding is an exception, or work out of proportion to the bytes.
import { corpus } from './corpus.ts'
import { maxInput, mutate } from './mutate.ts'
import { Random } from './random.ts'
import { targets } from './targets.ts'

export interface Finding {
  readonly target: string
  readonly what: string
  readonly hex: string
}

export interface FuzzReport {
  readonly inputs: number
  readonly findings: readonly Finding[]
  /** Different outcomes seen, over all targets. */
  readonly outcomes: number
  readonly seeds: number
  /** The slowest input, ms, and which target took it. */
  readonly slowest: { readonly ms: number; readonly target: string }
  /** Largest heap between two looks, bytes. */
  readonly heap: number
}

export interface FuzzOptions {
  readonly inputs: number
  readonly seed: number
  /** An input may take no longer; ms. A pause of the process counts too, so it is generous, and tried again. */
  readonly maxMs?: number
  readonly onProgress?: (done: number) => void
}

const maxSeeds = 8_000
const maxFindings = 20
const lookEvery = 100_000
const maxHeap = 2 * 1024 ** 3

export function fuzz({ inputs, seed, maxMs = 100, onProgress }: FuzzOptions): FuzzReport {
  const random = new Random(seed)
  const seeds = corpus().filter((bytes) => bytes.length <= maxInput)
  const seen = new Set<string>()
  const findings: Finding[] = []
  let slowest = { ms: 0, target: '' }
  let heap = 0
  const wheel = targets.flatMap((target) => Array.from({ length: target.weight }, () => target))
  let done = 0
  for (; done < inputs && findings.length < maxFindings; done++) {
    const target = wheel[random.below(wheel.length)]
    const bytes = mutate(seeds[random.below(seeds.length)], seeds[random.below(seeds.length)], random)
    const started = performance.now()
    try {
      const outcome = `${target.name}: ${target.run(bytes, random)}`
      if (!seen.has(outcome) && seen.size < 200_000) {
        seen.add(outcome)
        if (seeds.length < maxSeeds) seeds.push(bytes)
      }
    } catch (error) {
      findings.push({ target: target.name, what: String(error), hex: Buffer.from(bytes).toString('hex') })
    }
    const ms = performance.now() - started
    if (ms > slowest.ms) slowest = { ms, target: target.name }
    if (ms > maxMs && again(target.run, bytes) > maxMs) {
      findings.push({
        target: target.name,
        what: `took ${Math.round(ms)} ms for ${bytes.length} bytes`,
        hex: Buffer.from(bytes).toString('hex'),
      })
    }
    if (done % lookEvery === 0) {
      heap = Math.max(heap, process.memoryUsage().heapUsed)
      if (heap > maxHeap) {
        findings.push({ target: 'all', what: `the heap holds ${heap} bytes`, hex: '' })
        break
      }
      onProgress?.(done)
    }
  }
  return { inputs: done, findings, outcomes: seen.size, seeds: seeds.length, slowest, heap }
}

function again(run: (bytes: Uint8Array, random: Random) => string, bytes: Uint8Array): number {
  const started = performance.now()
  try {
    run(bytes, new Random(1))
  } catch {
    // The first time has reported it.
  }
  return performance.now() - started
}
