// Trying a rule on stored days without writing anything.

import { addDays, daysBetween, slotsInDay } from '@contor/intervals'
import { dayTypeOf, emptyHistory, type Finding, remember, wholeDayWh } from '@contor/vee'
import { sql } from 'kysely'
import { ContorError, type Trx } from '../../platform/index.ts'
import { loadDays } from '../readings/index.ts'
import { type DayFacts, judgeBy, triableRules } from './dayRules.ts'
import { createFacts } from './facts.ts'
import {
  type ConfiguredRule,
  type Group,
  loadRuleBook,
  type RuleBook,
  type RuleParameters,
  type RuleSet,
} from './ruleBook.ts'
import { checkParameters } from './rules.ts'

export type Trial = {
  readonly rule: ConfiguredRule
  readonly parameters: Record<string, unknown>
  readonly appliesTo: Group
  readonly from: string
  readonly to: string
}

export type TrialResult = {
  readonly points: number
  readonly days: number
  /** What the version on trial says, and what the live one says of the same days. */
  readonly trial: Side
  readonly live: Side
  /** Points that only the trial tells and that only the live rule tells. */
  readonly onlyTrial: readonly string[]
  readonly onlyLive: readonly string[]
  readonly samples: readonly (Finding & { readonly meteringPointId: string; readonly pod: string })[]
}
type Side = { readonly points: number; readonly findings: number }

/** Points and days that one trial looks at. */
export const trialLimits = { points: 2_000, days: 93, samples: 50, listed: 200 } as const
/** Whole days before the range that build up what is remembered. */
const warmUpDays = 45

export type TrialPoint = {
  id: string
  pod: string
  approvedPowerW: number
  producer: boolean
  meterId: string | null
  segment: string
  modelId: string | null
  readingMode: string
  stationId: string
}

/**
 * Runs a version over stored days without writing anything: how many points would fail, which, and how that
 * compares with the rule that is live for them.
 * @throws ContorError 'invalid-request' for a rule that needs more than stored days, or too long a range
 */
export async function tryRule(trx: Trx, trial: Trial): Promise<TrialResult> {
  const days = await checkTrial(trx, trial)
  const points = await trialPoints(trx, trial.appliesTo)
  const book = await loadRuleBook(trx)
  const found = { trial: new Map<string, Finding[]>(), live: new Map<string, Finding[]>() }
  let judged = 0
  for (const point of points) {
    const one = await judgePoint(trx, trial, point, days, book)
    judged += one.days
    if (one.trial.length > 0) found.trial.set(point.id, one.trial)
    if (one.live.length > 0) found.live.set(point.id, one.live)
  }
  const side = (map: Map<string, Finding[]>): Side => ({
    points: map.size,
    findings: [...map.values()].reduce((all, list) => all + list.length, 0),
  })
  const podOf = new Map(points.map((point) => [point.id, point.pod]))
  const only = (a: Map<string, unknown>, b: Map<string, unknown>) =>
    [...a.keys()]
      .filter((id) => !b.has(id))
      .map((id) => podOf.get(id) ?? id)
      .slice(0, trialLimits.listed)
  return {
    points: points.length,
    days: judged,
    trial: side(found.trial),
    live: side(found.live),
    onlyTrial: only(found.trial, found.live),
    onlyLive: only(found.live, found.trial),
    samples: [...found.trial]
      .flatMap(([id, list]) => list.map((f) => ({ ...f, meteringPointId: id, pod: podOf.get(id) ?? '' })))
      .slice(0, trialLimits.samples),
  }
}

/**
 * @returns the days of a trial that may be
 * @throws ContorError 'not-found' | 'invalid-request'
 */
export async function checkTrial(trx: Trx, trial: Trial): Promise<string[]> {
  await checkParameters(trx, trial.rule, trial.parameters)
  if (!triableRules.includes(trial.rule))
    throw new ContorError('invalid-request', `Rule ${trial.rule} cannot be tried on stored days`, {
      field: 'rule',
      value: trial.rule,
      remedy: `Rules that can: ${triableRules.join(', ')}.`,
    })
  const days = trial.from <= trial.to ? daysBetween(trial.from, trial.to) : []
  if (days.length < 1 || days.length > trialLimits.days)
    throw new ContorError('invalid-request', `A trial spans 1 to ${trialLimits.days} days`, {
      field: 'to',
      value: trial.to,
    })
  return days
}

/** What one point says: by the parameters on trial, and by the version that judges it. */
export async function judgePoint(
  trx: Trx,
  trial: Trial,
  point: TrialPoint,
  days: readonly string[],
  book: RuleBook,
): Promise<{ days: number; trial: Finding[]; live: Finding[] }> {
  const rules = book.rulesFor({
    segment: point.segment,
    readingMode: point.readingMode,
    stationId: point.stationId,
    ...(point.modelId ? { modelId: point.modelId } : {}),
  })
  const live = rules[trial.rule]
  const said = { days: 0, trial: [] as Finding[], live: [] as Finding[] }
  for await (const facts of factsOf(trx, point, days, rules)) {
    said.days++
    said.trial.push(...judgeBy(trial.rule, facts, trial.parameters as RuleParameters[typeof trial.rule]))
    if (live) said.live.push(...judgeBy(trial.rule, facts, live.parameters as never))
  }
  return said
}

const inGroup = (group: Group) => sql`
  (${group.segment ?? null}::text is null or p.kind = ${group.segment ?? null})
  and (${group.readingMode ?? null}::text is null or p.reading_mode = ${group.readingMode ?? null})
  and (${group.stationId ?? null}::bigint is null or p.station_id = ${group.stationId ?? null}::bigint)
  and (${group.modelId ?? null}::text is null or exists (
        select 1 from contor.meter m where m.metering_point_id = p.id and m.state <> 'retired'
           and m.removed_at is null and m.model_id = ${group.modelId ?? null}))`

/** Points of a group by their number: those after one, or those of a list of numbers. */
export async function trialPoints(
  trx: Trx,
  group: Group,
  limit: number = trialLimits.points,
  some: { readonly after?: string; readonly of?: readonly string[] } = {},
): Promise<TrialPoint[]> {
  const { rows } = await sql<TrialPoint>`
    select p.id, p.pod, p.approved_power_w as "approvedPowerW", p.prosumer as producer, p.kind as segment,
           p.reading_mode as "readingMode", p.station_id as "stationId", m.id as "meterId", m.model_id as "modelId"
      from (select * from contor.metering_point p
             where ${inGroup(group)} and p.id > ${some.after ?? '0'}::bigint
               and (${some.of === undefined} or p.id = any(${[...(some.of ?? [])]}::bigint[]))
             order by p.id limit ${limit}) p
      left join lateral (
           select m.id, m.model_id from contor.meter m
            where m.metering_point_id = p.id and m.state <> 'retired' and m.removed_at is null
              and (${group.modelId ?? null}::text is null or m.model_id = ${group.modelId ?? null})
            order by m.id limit 1) m on true
     order by p.id`.execute(trx)
  return rows
}

/** How many points a group has, and the range of their numbers. */
export async function countGroup(
  trx: Trx,
  group: Group,
): Promise<{ points: number; lowest: number; highest: number }> {
  const { rows } = await sql<{ points: number; lowest: number; highest: number }>`
    select count(*)::float8 as points, coalesce(min(p.id), 0)::float8 as lowest, coalesce(max(p.id), 0)::float8 as highest
      from contor.metering_point p where ${inGroup(group)}`.execute(trx)
  return rows[0]
}

async function* factsOf(
  trx: Trx,
  point: TrialPoint,
  days: readonly string[],
  rules: RuleSet,
): AsyncGenerator<DayFacts> {
  const first = addDays(days[0], -warmUpDays)
  const stored = await loadDays(trx, point.id, first, days[days.length - 1])
  const { approvedPowerW } = point
  const of = { meteringPointId: point.id, meterId: point.meterId ?? '0', approvedPowerW, rules }
  const around = await createFacts(trx, of, days, false)
  let history = emptyHistory
  for (const { day, block } of stored) {
    const dayType = dayTypeOf(day)
    if (day >= days[0]) {
      const expected = { from: 0, to: slotsInDay(day) }
      yield { ...(await around.of(day)), block, expected, producer: point.producer, dayType, history }
    }
    const total = wholeDayWh(block)
    if (total !== undefined) history = remember(history, day, dayType, total)
  }
}
