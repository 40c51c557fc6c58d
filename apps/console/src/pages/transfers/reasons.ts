/** Why a line was rejected, as the server writes it: the pattern, and the key of its words. What a pattern
 *  catches is said in the words too. */
const reasons: readonly (readonly [pattern: RegExp, key: string])[] = [
  [/^no metering point is named$/, 'noPoint'],
  [/^there is no such metering point$/, 'unknownPoint'],
  [/^an earlier line of this file says (?<what>.*)$/, 'earlierLine'],
  [/^another value is stored: (?<what>.*)$/, 'stored'],
  [/^not on a quarter-hour$/, 'notQuarter'],
  [/^an interval of (?<what>.*) minutes; quarter-hours are taken$/, 'otherLength'],
  [/^outside the years /, 'otherYears'],
  [/^not a quality that can be stored/, 'quality'],
  [/^not marks/, 'marks'],
  [/^not a channel/, 'channel'],
  [/^not a day/, 'day'],
  [/^(?<what>.* has \d+) quarter-hours, this is none of them$/, 'notInDay'],
  [/^not an instant/, 'instant'],
  [/^there is no such date$/, 'noDate'],
  [/^there is no such civil time/, 'noTime'],
  [/^not an offset/, 'offset'],
  [/^this civil time happens twice/, 'twice'],
  [/^not a whole number of Wh$/, 'wholeWh'],
  [/^a date where an energy is expected$/, 'dateNotEnergy'],
  [/^not a number$/, 'number'],
  [/^beyond what a quarter-hour can hold$/, 'tooLarge'],
]

/** The key of a reason and what it names, undefined for one that has no words here. */
export function reasonOf(reason: string): { key: string; what: string } | undefined {
  for (const [pattern, key] of reasons) {
    const match = pattern.exec(reason)
    if (match) return { key, what: (match.groups?.['what'] ?? '').replace(' has ', ': ') }
  }
  return undefined
}
