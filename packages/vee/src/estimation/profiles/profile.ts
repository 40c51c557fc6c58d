import { type CivilDay, slotsInDay } from '@contor/intervals'
import { dayKindOf } from '../dayKinds.ts'
import { wallQuarter } from '../timeline.ts'
import { bdewProfiles } from './bdew2025.ts'

export type ProfileName = 'household' | 'business'

/** Wh per year that the stored profiles stand for. */
export const profileYearWh = 1_000_000_000

const read = new Map<string, Uint32Array>()

function quarters(name: ProfileName, column: string): Uint32Array {
  const key = `${name} ${column}`
  let found = read.get(key)
  if (!found) {
    found = Uint32Array.from((bdewProfiles[name][column] ?? '').split(' '), Number)
    read.set(key, found)
  }
  return found
}

/**
 * A standard profile for each slot of a day, Wh of a year of {@link profileYearWh}. Legal holidays are as Sundays.
 * @throws IntervalError 'invalid-day'
 */
export function standardProfile(name: ProfileName, day: CivilDay): Uint32Array {
  const kind = dayKindOf(day)
  const column = `${Number(day.slice(5, 7))}-${kind === 'holiday' ? 'sunday' : kind}`
  const wall = quarters(name, column)
  const slots = slotsInDay(day)
  return Uint32Array.from({ length: slots }, (_, slot) => wall[wallQuarter(slot, slots)])
}
