// The sum of a set of points over time.

import {
  addDays,
  type Channel,
  type CivilDay,
  type CivilMonth,
  dayNumber,
  monthOf,
  seriesOf,
  sum,
} from '@contor/intervals'
import { type Actor, asSystem, ContorError, type Db, systemActor } from '../../platform/index.ts'
import { listLegalRules, ruleOf } from '../legal/index.ts'
import { loadDays, sumCurves } from '../readings/index.ts'
import { type BucketSize, bucketsOf, fill } from './buckets.ts'
import { type DisclosureRule, discloseGroup, refuseRuled } from './disclosure.ts'
import { type Members, type PointSet, resolveSet } from './set.ts'

/** A bound on the work of one question, not a figure of law. */
const mostDays = 800
const mostBuckets = 40_000
const mostHidden = 5_000

export type AggregateQuery = {
  readonly set: PointSet
  readonly from: CivilDay
  /** Included. */
  readonly to: CivilDay
  readonly channel: Channel
  readonly resolution: BucketSize
}

/** Columns of one element per bucket. */
export type Aggregate = {
  readonly members: number
  /** Epoch ms. */
  readonly starts: Float64Array
  readonly end: number
  /** Wh or varh of the values that are there. */
  readonly sums: Float64Array
  /** Values that there should be: members × quarter-hours. */
  readonly expected: Float64Array
  readonly present: Float64Array
  /** Of those present: estimated or edited. */
  readonly notMeasured: Float64Array
}

/**
 * Sums a set, members that the asker may not see one by one included where that shows none of them (CC art. 8 (2) g).
 * @throws ContorError 'invalid-request' for a range of no day or too many; 'not-found', 'not-allowed' as
 *   `resolveSet`, `discloseGroup` and `refuseRuled` say
 */
export async function aggregate(db: Db, actor: Actor, query: AggregateQuery): Promise<Aggregate> {
  const { set, from, to, channel, resolution } = query
  checkRange(from, to)
  const buckets = bucketsOf(from, to, resolution)
  if (buckets.starts.length > mostBuckets)
    throw new ContorError('invalid-request', `${buckets.starts.length} values are more than ${mostBuckets}`, {
      field: 'resolution',
      value: resolution,
      remedy: 'Ask for a coarser resolution or fewer days.',
    })
  const members = await resolveSet(db, actor, set, from)
  if (members.hidden.length > 0) await disclose(db, actor, query, members)
  const all = [...members.seen, ...members.hidden]
  const curve = await sumCurves(db, systemActor, all, from, to, channel)
  const slots = Float64Array.from(buckets.starts, (_, i) => buckets.first[i + 1] - buckets.first[i])
  return {
    members: all.length,
    starts: buckets.starts,
    end: buckets.end,
    sums: fill(buckets, curve.sums),
    expected: slots.map((count) => count * all.length),
    present: fill(buckets, curve.present),
    notMeasured: fill(buckets, curve.notMeasured),
  }
}

/** @throws ContorError 'invalid-request' unless from … to is 1 to 800 days */
export function checkRange(from: CivilDay, to: CivilDay): void {
  const days = dayNumber(to) - dayNumber(from) + 1
  if (days >= 1 && days <= mostDays) return
  throw new ContorError('invalid-request', `The range must hold 1 to ${mostDays} days`, {
    field: 'to',
    value: to,
    remedy: days < 1 ? 'Give a last day that is not before the first.' : 'Ask for a shorter range.',
  })
}

async function disclose(db: Db, actor: Actor, query: AggregateQuery, { hidden }: Members): Promise<void> {
  if (hidden.length > mostHidden)
    throw new ContorError('not-allowed', `The set holds ${hidden.length} points that you may not see`, {
      field: 'set',
      remedy: `Ask for a set with at most ${mostHidden} of them, such as a station or feeder.`,
    })
  await asSystem(db, async (trx) => {
    const law = await listLegalRules(trx)
    const figure = (name: string) => ruleOf(law, name, query.to).value
    const rule: DisclosureRule = {
      leastPoints: figure('aggregate.group.least'),
      mostPercent: figure('aggregate.share.most'),
    }
    await discloseGroup(trx, actor.subject, hidden, rule, query)
    const first = `${monthOf(query.from)}-01`
    const last = addDays(`${monthOf(addDays(`${monthOf(query.to)}-28`, 4))}-01`, -1)
    const months = new Map<CivilMonth, Float64Array>()
    for (const [member, id] of hidden.entries())
      for (const { day, block } of await loadDays(trx, id, first, last)) {
        const series = seriesOf(block, query.channel)
        if (!series) continue
        const month = monthOf(day)
        let energies = months.get(month)
        if (!energies) {
          energies = new Float64Array(hidden.length)
          months.set(month, energies)
        }
        energies[member] += sum(series)
      }
    refuseRuled(months, rule)
  })
}
