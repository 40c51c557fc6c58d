// The non-volatile memory of the neighbourhood: one JSON file, replaced as a whole.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { CivilDay } from '@contor/intervals'
import type { MeterState } from './meter.ts'

interface Kept {
  readonly version: 1
  readonly seed: number
  readonly installedOn: CivilDay
  readonly meters: Record<string, MeterState>
}

export interface Memory {
  readonly installedOn: CivilDay
  stateOf(serial: string): MeterState | undefined
  dirty(): void
  /** Writes at once when something changed. */
  save(): void
  close(): void
}

const saveEveryMs = 500

/**
 * Opens the memory, or begins one that remembers nothing when `file` is undefined or is of another seed.
 * `meters` gives the states to write.
 */
export function openMemory(
  file: string | undefined,
  seed: number,
  installedOn: CivilDay,
  meters: () => Iterable<readonly [string, MeterState]>,
): Memory {
  const kept = file === undefined ? undefined : read(file, seed)
  let changed = false
  const installed = kept?.installedOn ?? installedOn
  const save = () => {
    if (!changed || file === undefined) return
    changed = false
    const content: Kept = { version: 1, seed, installedOn: installed, meters: Object.fromEntries(meters()) }
    writeFileSync(`${file}.new`, JSON.stringify(content))
    renameSync(`${file}.new`, file)
  }
  const timer = setInterval(save, saveEveryMs)
  timer.unref()
  return {
    installedOn: installed,
    stateOf: (serial) => kept?.meters[serial],
    dirty() {
      changed = true
    },
    save,
    close() {
      clearInterval(timer)
      save()
    },
  }
}

function read(file: string, seed: number): Kept | undefined {
  if (!existsSync(file)) return undefined
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept
  return kept.version === 1 && kept.seed === seed ? kept : undefined
}
