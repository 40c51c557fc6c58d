// What a sum may tell of points that its asker may not see one by one. Whoever subtracts the points that he sees is
// left with the sum of those that he does not: that group must be large, no member may rule it, and it must not
// differ from a group given before by a few members. Sums of groups that are combined in cleverer ways (a + b − c)
// are not found out: such askers choose groups by the register's own divisions only, never point by point.

import { createHash } from 'node:crypto'
import type { CivilMonth } from '@contor/intervals'
import { sql } from 'kysely'
import { ContorError, type Trx } from '../../platform/index.ts'

/** Dated figures `aggregate.group.least` and `aggregate.share.most`. */
export type DisclosureRule = { readonly leastPoints: number; readonly mostPercent: number }

/**
 * Whether subtracting one sum from another leaves too few: one group holds the other, or nearly.
 * @param one ids ascending, as numbers @param other the same
 */
export function tellsApart(one: Float64Array, other: Float64Array, leastPoints: number): boolean {
  let [i, j, onlyOne, onlyOther] = [0, 0, 0, 0]
  while (i < one.length || j < other.length) {
    if (j >= other.length || one[i] < other[j]) {
      onlyOne++
      i++
    } else if (i >= one.length || other[j] < one[i]) {
      onlyOther++
      j++
    } else {
      i++
      j++
    }
  }
  const difference = onlyOne + onlyOther
  return difference > 0 && difference < leastPoints
}

/**
 * Lets a group through or refuses it, and remembers it.
 * @param hidden ids of the members that the subject may not see, ascending
 * @throws ContorError 'not-allowed' for a group too small, or too near one that this subject had before
 */
export async function discloseGroup(
  trx: Trx,
  subject: string,
  hidden: readonly string[],
  rule: DisclosureRule,
  described: unknown,
): Promise<void> {
  if (hidden.length === 0) return
  if (hidden.length < rule.leastPoints)
    throw new ContorError(
      'not-allowed',
      `The sum would tell of ${hidden.length} points that you may not see; the least is ${rule.leastPoints}`,
      { field: 'set', remedy: 'Ask for a larger set, or for points of yours only.' },
    )
  const ids = Float64Array.from(hidden, Number)
  const digest = createHash('sha256').update(hidden.join()).digest()
  // One question at a time of one subject: two at once must not miss each other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`disclosed_group ${subject}`}, 0))`.execute(trx)
  const { rows } = await sql<{ members: string[]; same: boolean }>`
    select members, digest = ${digest} as same from contor.disclosed_group where subject = ${subject}`.execute(
    trx,
  )
  if (!rows.some(({ same }) => same)) {
    const near = rows.find(({ members }) =>
      tellsApart(ids, Float64Array.from(members, Number), rule.leastPoints),
    )
    if (near)
      throw new ContorError(
        'not-allowed',
        `The set differs from one that you had before by fewer than ${rule.leastPoints} points: subtracting would show them`,
        { field: 'set', remedy: 'Ask for the set that you had before.' },
      )
  }
  await sql`
    insert into contor.disclosed_group (subject, digest, members, described)
    values (${subject}, ${digest}, ${[...hidden]}::bigint[], ${JSON.stringify(described)})
    on conflict (subject, digest) do update set last_at = now()`.execute(trx)
}

/**
 * Refuses a group in which one member rules a civil month. Whole months are judged whatever part of them is asked for:
 * a day that is refused could otherwise be had by subtracting two longer answers.
 * @param months energy of each member by month, same order of members in each
 * @throws ContorError 'not-allowed'
 */
export function refuseRuled(
  months: ReadonlyMap<CivilMonth, Float64Array>,
  { mostPercent }: DisclosureRule,
): void {
  for (const [month, members] of months) {
    let [total, largest] = [0, 0]
    for (const energy of members) {
      total += energy
      if (energy > largest) largest = energy
    }
    if (largest * 100 > total * mostPercent)
      throw new ContorError(
        'not-allowed',
        `One point has more than ${mostPercent} % of the energy of those that you may not see in ${month}`,
        { field: 'set', remedy: 'Ask for a larger set.' },
      )
  }
}
