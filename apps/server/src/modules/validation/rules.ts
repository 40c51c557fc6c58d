// Rules as configuration: draft a version, try it on history, make it live.

import { addDays, daysBetween, slotsInDay } from '@contor/intervals'
import { dayTypeOf, emptyHistory, type Finding, remember, type Severity, wholeDayWh } from '@contor/vee'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { loadDays } from '../readings/index.ts'
import { type DayFacts, judgeBy, triableRules } from './dayRules.ts'
import { createFacts } from './facts.ts'
import {
  type ConfiguredRule,
  type Group,
  loadRuleBook,
  type RuleParameters,
  type RuleSet,
} from './ruleBook.ts'

export type RuleVersion = {
  readonly rule: string
  readonly version: number
  readonly severity: Severity
  readonly parameters: Record<string, unknown>
  readonly appliesTo: Group
  readonly state: 'draft' | 'live' | 'retired'
  readonly validFrom: Date
  readonly decidedBy: string
  readonly reason: string
}

/** Every version of every rule, by name and newest first. */
export async function listRules(trx: Trx): Promise<RuleVersion[]> {
  const { rows } = await sql<RuleVersion>`
    select rule, version, severity, parameters, applies_to as "appliesTo", state, valid_from as "validFrom",
           decided_by as "decidedBy", reason
      from contor.validation_rule order by rule, version desc`.execute(trx)
  return rows
}

export type RuleDraft = {
  readonly rule: ConfiguredRule
  readonly parameters: Record<string, unknown>
  readonly severity: Severity
  readonly appliesTo: Group
  readonly reason: string
}

/**
 * Writes the next version of a rule as a draft: it judges nothing before it is activated.
 * @throws ContorError 'not-found' for a rule that does not exist, 'invalid-request' naming a wrong parameter
 */
export async function draftRule(trx: Trx, actor: Actor, draft: RuleDraft): Promise<RuleVersion> {
  await checkParameters(trx, draft.rule, draft.parameters)
  const { rows } = await sql<{ version: number }>`
    insert into contor.validation_rule (rule, version, parameters, severity, applies_to, state, decided_by, reason)
    select ${draft.rule}, max(version) + 1, ${JSON.stringify(draft.parameters)}::jsonb, ${draft.severity},
           ${JSON.stringify(draft.appliesTo)}::jsonb, 'draft', ${actor.subject}, ${draft.reason}
      from contor.validation_rule where rule = ${draft.rule} returning version`.execute(trx)
  await writeAudit(trx, actor, 'rule.draft', `${draft.rule}/${rows[0].version}`, { ...draft })
  return findRule(trx, draft.rule, rows[0].version)
}

// A draft has the parameters of the shipped version, each of the same kind.
async function checkParameters(trx: Trx, rule: string, parameters: Record<string, unknown>): Promise<void> {
  const { rows } = await sql<{ parameters: Record<string, unknown> }>`
    select parameters from contor.validation_rule where rule = ${rule} order by version limit 1`.execute(trx)
  const shipped = rows[0]?.parameters
  if (!shipped) throw notFound('rule', rule)
  for (const name of new Set([...Object.keys(shipped), ...Object.keys(parameters)])) {
    const wanted = kindOf(shipped[name])
    if (kindOf(parameters[name]) === wanted) continue
    throw new ContorError('invalid-request', `Rule ${rule}: parameter ${name} must be a ${wanted}`, {
      field: `parameters.${name}`,
      value: parameters[name] ?? null,
      remedy: `Parameters: ${JSON.stringify(shipped)}`,
    })
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `list of ${typeof value[0]}s`
  if (typeof value === 'number') return Number.isFinite(value) ? 'number' : 'missing'
  return value === undefined ? 'missing' : typeof value
}

async function findRule(trx: Trx, rule: string, version: number): Promise<RuleVersion> {
  const found = (await listRules(trx)).find((one) => one.rule === rule && one.version === version)
  if (!found) throw notFound('rule version', `${rule}/${version}`)
  return found
}

/** Makes a version live for its group; the one that was live for the same group retires. */
export async function activateRule(
  trx: Trx,
  actor: Actor,
  rule: string,
  version: number,
  reason: string,
): Promise<RuleVersion> {
  const wanted = await findRule(trx, rule, version)
  if (wanted.state === 'live')
    throw new ContorError('conflict', `Version ${version} of ${rule} is live already`, {
      field: 'version',
      value: version,
    })
  await sql`
    update contor.validation_rule set state = 'retired'
     where rule = ${rule} and state = 'live' and applies_to = ${JSON.stringify(wanted.appliesTo)}::jsonb`.execute(
    trx,
  )
  await sql`
    update contor.validation_rule set state = 'live', valid_from = now(), decided_by = ${actor.subject}, reason = ${reason}
     where rule = ${rule} and version = ${version}`.execute(trx)
  await writeAudit(trx, actor, 'rule.activate', `${rule}/${version}`, { reason })
  return findRule(trx, rule, version)
}

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

type TrialPoint = {
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
  const points = await trialPoints(trx, trial.appliesTo)
  const book = await loadRuleBook(trx)
  const found = { trial: new Map<string, Finding[]>(), live: new Map<string, Finding[]>() }
  let judged = 0
  for (const point of points) {
    const rules = book.rulesFor({
      segment: point.segment,
      readingMode: point.readingMode,
      stationId: point.stationId,
      ...(point.modelId ? { modelId: point.modelId } : {}),
    })
    const live = rules[trial.rule]
    for await (const facts of factsOf(trx, point, days, rules)) {
      judged++
      const said = judgeBy(trial.rule, facts, trial.parameters as RuleParameters[typeof trial.rule])
      const says = live ? judgeBy(trial.rule, facts, live.parameters as never) : []
      if (said.length > 0) found.trial.set(point.id, [...(found.trial.get(point.id) ?? []), ...said])
      if (says.length > 0) found.live.set(point.id, [...(found.live.get(point.id) ?? []), ...says])
    }
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

async function trialPoints(trx: Trx, group: Group): Promise<TrialPoint[]> {
  const { rows } = await sql<TrialPoint>`
    select p.id, p.pod, p.approved_power_w as "approvedPowerW", p.prosumer as producer, m.id as "meterId",
           p.kind as segment, m.model_id as "modelId", p.reading_mode as "readingMode", p.station_id as "stationId"
      from contor.metering_point p
      left join contor.meter m on m.metering_point_id = p.id and m.state <> 'retired' and m.removed_at is null
     where (${group.segment ?? null}::text is null or p.kind = ${group.segment ?? null})
       and (${group.readingMode ?? null}::text is null or p.reading_mode = ${group.readingMode ?? null})
       and (${group.stationId ?? null}::bigint is null or p.station_id = ${group.stationId ?? null}::bigint)
       and (${group.modelId ?? null}::text is null or m.model_id = ${group.modelId ?? null})
     order by p.id limit ${trialLimits.points}`.execute(trx)
  return rows
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
