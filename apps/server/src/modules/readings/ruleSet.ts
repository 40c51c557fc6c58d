// The rules in force: the newest version of each, as the table of rules gives them.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import type { ClockToleranceParameters } from './rules/clockTolerance.ts'
import type { IntervalSumParameters } from './rules/intervalSum.ts'
import type { Rule, RuleName } from './rules/rule.ts'
import type { SpikeParameters } from './rules/spike.ts'

export type RuleSet = {
  readonly 'missing-interval': Rule<object>
  readonly duplicate: Rule<object>
  readonly 'interval-sum': Rule<IntervalSumParameters>
  readonly spike: Rule<SpikeParameters>
  readonly 'clock-tolerance': Rule<ClockToleranceParameters & { readonly alignmentS: number }>
}

/** Loads the newest version of every rule that is valid at this moment. */
export async function loadRules(trx: Trx): Promise<RuleSet> {
  const { rows } = await sql<{
    rule: RuleName
    version: number
    severity: Rule<object>['severity']
    parameters: object
  }>`
    select distinct on (rule) rule, version, severity, parameters from contor.validation_rule
     where valid_from <= now() order by rule, version desc`.execute(trx)
  const byName = Object.fromEntries(rows.map((row) => [row.rule, row]))
  return byName as unknown as RuleSet
}
