/** Civil time of Europe/Bucharest from the EU rule (last Sunday of March and October, 01:00 UTC): cheap enough
 *  to run per interval of a year, which Intl is not. */
const hour = 3_600_000
export const quarter = 15 * 60_000

const changes = new Map<number, { spring: number; autumn: number }>()
function changesOf(year: number) {
  let found = changes.get(year)
  if (!found) {
    const lastSunday = (month: number) => {
      const last = new Date(Date.UTC(year, month + 1, 0, 1))
      return last.getTime() - last.getUTCDay() * 24 * hour
    }
    found = { spring: lastSunday(2), autumn: lastSunday(9) }
    changes.set(year, found)
  }
  return found
}

/** Milliseconds to add to UTC to get civil time: 2 h in winter, 3 h in summer. */
export function offsetAt(ms: number): number {
  const { spring, autumn } = changesOf(new Date(ms).getUTCFullYear())
  return ms >= spring && ms < autumn ? 3 * hour : 2 * hour
}

/** 'YYYY-MM-DD' of the civil day that contains the instant. */
export function civilDay(ms: number): string {
  return new Date(ms + offsetAt(ms)).toISOString().slice(0, 10)
}

/** Minutes since civil midnight as a clock on the wall shows them: 0 … 1439. */
export function wallMinutes(ms: number): number {
  return Math.floor(((ms + offsetAt(ms)) % (24 * hour)) / 60_000)
}

/** Instant at which the civil day begins. */
export function dayStart(day: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`)
  // Changes happen at 03:00/04:00 civil time, never between midnight and the offset's own length.
  const guess = utc - 2 * hour
  return civilDay(guess) === day && wallMinutes(guess) === 0 ? guess : utc - 3 * hour
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * 24 * hour).toISOString().slice(0, 10)
}

/** 92, 96 or 100. */
export function slotsInDay(day: string): number {
  return (dayStart(addDays(day, 1)) - dayStart(day)) / quarter
}

export const today = (): string => civilDay(Date.now())
