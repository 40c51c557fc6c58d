// Figures of law and practice: days, months, hours. Dated rows with their source; each day is judged by the rule of
// its own time.

import type { CivilDay } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'

export const legalUnits = [
  'days',
  'months',
  'working-days',
  'hour',
  'hours',
  'minutes',
  'seconds',
  'times',
  'percent',
  'watts',
  'points',
] as const
export type LegalUnit = (typeof legalUnits)[number]

/** One figure from one day on. */
export type LegalRule = {
  readonly name: string
  readonly value: number
  readonly unit: LegalUnit
  /** First civil day that it judges. */
  readonly validFrom: CivilDay
  /** Counts corrections of the same day of validity, from 1. */
  readonly revision: number
  /** Law, article and paragraph, or 'practice: …'. */
  readonly source: string
  readonly actor: string
  readonly reason: string
  readonly recordedAt: Date
}

const columns = sql`r.name, r.value, f.unit, r.valid_from as "validFrom", r.revision, r.source, r.actor, r.reason,
  r.recorded_at as "recordedAt"`

/** Every row that was ever recorded, by name, oldest validity first; with `name` only those of one figure. */
export async function listLegalRules(trx: Trx, name?: string): Promise<LegalRule[]> {
  const { rows } = await sql<LegalRule>`
    select ${columns} from contor.legal_rule r join contor.legal_figure f on f.name = r.name
     where ${name ?? null}::text is null or r.name = ${name ?? null}
     order by r.name, r.valid_from, r.revision`.execute(trx)
  return rows
}

/**
 * The rule that judges a civil day. A day before the first rule is judged by the first.
 * @throws ContorError 'not-found' for a name without any rule
 */
export async function legalRule(trx: Trx, name: string, day: CivilDay): Promise<LegalRule> {
  return ruleOf(await listLegalRules(trx, name), name, day)
}

/** The rule among `rules` (as {@link listLegalRules} orders them) that judges a day. */
export function ruleOf(rules: readonly LegalRule[], name: string, day: CivilDay): LegalRule {
  const own = rules.filter((rule) => rule.name === name)
  const first = own.findLast((rule) => rule.validFrom === own[0].validFrom)
  const rule = own.findLast((each) => each.validFrom <= day) ?? first
  if (!rule) throw notFound('legal rule', name)
  return rule
}

export type LegalChange = {
  readonly value: number
  readonly validFrom: CivilDay
  readonly source: string
  readonly reason: string
}

/**
 * Records a figure from a day on; earlier rows stay.
 * @throws ContorError 'not-found' for an unknown name, 'invalid-request' for a value outside the figure's range
 */
export async function recordLegalRule(
  trx: Trx,
  actor: Actor,
  name: string,
  change: LegalChange,
): Promise<LegalRule> {
  const figure = await sql<{ least: number; most: number; unit: LegalUnit }>`
    select least, most, unit from contor.legal_figure where name = ${name}`.execute(trx)
  const range = figure.rows[0]
  if (!range) throw notFound('legal rule', name)
  if (change.value < range.least || change.value > range.most)
    throw new ContorError(
      'invalid-request',
      `${name} is from ${range.least} to ${range.most} ${range.unit}`,
      {
        field: 'value',
        value: change.value,
        remedy: 'The range is the least that the law in force allows and the most that the product can keep.',
      },
    )
  // Two persons at once: one after the other, each with a revision of its own.
  await sql`select pg_advisory_xact_lock(hashtext('contor.legal_rule'))`.execute(trx)
  await sql`
    insert into contor.legal_rule (name, valid_from, revision, value, source, actor, reason)
    select ${name}, ${change.validFrom}::date, coalesce(max(revision), 0) + 1, ${change.value}::int, ${change.source},
           ${actor.subject}, ${change.reason}
      from contor.legal_rule where name = ${name} and valid_from = ${change.validFrom}::date`.execute(trx)
  const recorded = await legalRule(trx, name, change.validFrom)
  await writeAudit(trx, actor, 'legal.change', name, { ...change, revision: recorded.revision })
  return recorded
}
