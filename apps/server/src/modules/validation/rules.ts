// Rules as configuration: draft a version, make it live.

import type { Severity } from '@contor/vee'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import type { ConfiguredRule, Group } from './ruleBook.ts'

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
/** @throws ContorError 'not-found' for a rule that does not exist, 'invalid-request' naming a wrong parameter */
export async function checkParameters(
  trx: Trx,
  rule: string,
  parameters: Record<string, unknown>,
): Promise<void> {
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
