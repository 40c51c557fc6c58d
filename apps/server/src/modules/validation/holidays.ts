// Legal holidays of Romania (Codul muncii, Law 53/2003, art. 139 (1)): the days of the year that are free of work.
// Dated rows: a change of the law is another row.

const fixed: readonly { readonly from: number; readonly days: readonly string[] }[] = [
  { from: 2000, days: ['01-01', '01-02', '05-01', '12-01', '12-25', '12-26'] },
  { from: 2009, days: ['08-15'] }, // Law 202/2008
  { from: 2012, days: ['11-30'] }, // Law 147/2012
  { from: 2017, days: ['01-24'] }, // Law 176/2016
  { from: 2018, days: ['06-01'] }, // Law 220/2016
  { from: 2024, days: ['01-06', '01-07'] }, // Law 52/2023
]
/** Days after Orthodox Easter Sunday, with the year from which they are free. */
const movable: readonly (readonly [from: number, after: number])[] = [
  [2000, 0],
  [2000, 1],
  [2009, 49], // Pentecost
  [2009, 50],
  [2018, -2], // Good Friday, Law 64/2018
]

/** Orthodox Easter Sunday as epoch ms of its UTC midnight: Meeus' Julian rule, 13 days to the civil calendar. */
export function orthodoxEaster(year: number): number {
  const d = (19 * (year % 19) + 15) % 30
  const e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
  const month = Math.floor((d + e + 114) / 31)
  const day = ((d + e + 114) % 31) + 1
  return Date.UTC(year, month - 1, day + 13)
}

const known = new Map<number, ReadonlySet<string>>()

/** The legal holidays of a year, 2000…2099, as civil days. */
export function holidaysOf(year: number): ReadonlySet<string> {
  let days = known.get(year)
  if (!days) {
    const all = new Set<string>()
    for (const row of fixed) if (row.from <= year) for (const day of row.days) all.add(`${year}-${day}`)
    for (const [from, after] of movable)
      if (from <= year)
        all.add(new Date(orthodoxEaster(year) + after * 86_400_000).toISOString().slice(0, 10))
    days = all
    known.set(year, days)
  }
  return days
}
