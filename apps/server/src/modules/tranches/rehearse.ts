// What a run of a list would do, before anybody is touched: who, by how many W, who is left out, what the guard says.

import { civilDayOf, seriesOf, slotStart, stateOf } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { guardLimits, guardState, protectionsOn, rehearseReleases, type Verifier } from '../commands/index.ts'
import { loadDays } from '../readings/index.ts'
import { limitOf, type Member } from './plan.ts'

export type Excluded = 'protected' | 'no-limiter' | 'lower-already'

export interface RehearsedMember extends Member {
  readonly pod: string
  readonly name: string
  readonly customer: string | null
  readonly supplier: string | null
  readonly stationId: string
  readonly feeder: string | null
  readonly approvedPowerW: number
  /** What the limiter was last seen with. */
  readonly thresholdW: number | null
  readonly limitW: number
  readonly excluded: Excluded | null
  /** Mean of the last measured hour, W; null when none of the last days is stored. */
  readonly loadW: number | null
  /** What would be relieved: load above the limit, or the normal power where no load is known. */
  readonly reliefW: number
}

export interface Rehearsal {
  readonly members: readonly RehearsedMember[]
  readonly limited: number
  readonly excluded: number
  readonly reliefW: number
  readonly guard: {
    readonly stopped: string | null
    readonly frozen: string | null
    /** How many would leave at once; the others wait until the budget has room, or for two persons. */
    readonly leave: number
    readonly held: number
    readonly why: string | null
  }
}

/** Judges members as if a run began now. Nothing is written. */
export async function rehearse(
  trx: Trx,
  verifier: Verifier,
  members: readonly Member[],
  person: string,
  now: number,
): Promise<Rehearsal> {
  const found = await judge(trx, verifier, members, now)
  const limited = found.filter(({ excluded }) => excluded === null)
  const state = await guardState(trx, verifier, now)
  const reasons = await rehearseReleases(trx, await guardLimits(trx, verifier), person, limited)
  const refused = reasons.filter((reason) => reason !== undefined)
  return {
    members: found,
    limited: limited.length,
    excluded: found.length - limited.length,
    reliefW: limited.reduce((all, { reliefW }) => all + reliefW, 0),
    guard: {
      stopped: state.stopped?.reason ?? null,
      frozen: state.frozen?.reason ?? null,
      leave: reasons.length - refused.length,
      held: refused.length,
      why: refused[0] ?? null,
    },
  }
}

type PointRow = Pick<
  RehearsedMember,
  'pod' | 'name' | 'customer' | 'supplier' | 'stationId' | 'feeder' | 'approvedPowerW' | 'thresholdW'
> & { readonly id: string }

async function judge(
  trx: Trx,
  verifier: Verifier,
  members: readonly Member[],
  now: number,
): Promise<RehearsedMember[]> {
  const day = civilDayOf(now)
  const ids = members.map(({ meteringPointId }) => meteringPointId)
  const { rows } = await sql<PointRow>`
    select p.id, p.pod, p.name, p.customer, p.supplier, p.station_id as "stationId", p.feeder,
           p.approved_power_w as "approvedPowerW",
           (select w.threshold_w from contor.limiter_watch w
              join contor.meter m on m.metering_point_id = w.metering_point_id and m.id = w.meter_id
             where w.metering_point_id = p.id and m.state = 'commissioned' and m.removed_at is null limit 1) as "thresholdW"
      from contor.metering_point p where p.id = any(${ids}::bigint[])`.execute(trx)
  const kept = await protectionsOn(trx, verifier, day, sql`p.metering_point_id = any(${ids}::bigint[])`)
  const points = new Map(rows.map((row) => [row.id, row]))
  const judged: RehearsedMember[] = []
  for (const member of members) {
    const row = points.get(member.meteringPointId)
    if (!row) continue
    const { id, ...point } = row
    const limitW = limitOf(member)
    const loadW = await lastLoad(trx, id, now)
    judged.push({
      ...member,
      ...point,
      limitW,
      loadW,
      reliefW: Math.max(0, (loadW ?? member.normalW) - limitW),
      excluded: kept.has(id)
        ? 'protected'
        : point.thresholdW === null
          ? 'no-limiter'
          : limitW >= point.approvedPowerW
            ? 'lower-already'
            : null,
    })
  }
  return judged
}

const dayMs = 86_400_000
const slotMs = 900_000

async function lastLoad(trx: Trx, id: string, now: number): Promise<number | null> {
  const powers = await powersBetween(trx, id, now - 2 * dayMs, now)
  const last = powers.slice(-4)
  return last.length === 0 ? null : Math.round(last.reduce((all, w) => all + w, 0) / last.length)
}

/** Mean power of each measured quarter-hour that lies within [from, to), W, in their order. */
export async function powersBetween(trx: Trx, id: string, from: number, to: number): Promise<number[]> {
  const powers: number[] = []
  for (const { block } of await loadDays(trx, id, civilDayOf(from), civilDayOf(to))) {
    const series = seriesOf(block, 'A+')
    if (!series || block.minutes !== 15) continue
    for (const [slot, wh] of series.values.entries()) {
      const start = slotStart(block.day, slot, 15)
      const measured = stateOf(series.quality[slot] ?? 0) === 'measured'
      if (measured && start >= from && start + slotMs <= to) powers.push(wh * 4)
    }
  }
  return powers
}
