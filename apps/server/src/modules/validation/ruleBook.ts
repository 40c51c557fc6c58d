// The rules in force, for each group of points: of the live versions that name the point's kind, meter model,
// reading mode or station, the one that names most; of equals the newest.

import type {
  BalanceParameters,
  ClockToleranceParameters,
  ExportParameters,
  FirstAfterExchangeParameters,
  ImbalanceParameters,
  InactiveParameters,
  IntervalSumParameters,
  MeterStatusParameters,
  MultiplierParameters,
  OverLimitParameters,
  OverlapParameters,
  PeerParameters,
  PowerFactorParameters,
  RolloverParameters,
  RuleName,
  Severity,
  SpikeParameters,
  StuckParameters,
  UseParameters,
  WitnessParameters,
} from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

/** One version of a rule as the table contor.validation_rule holds it. */
export type Rule<P = object> = {
  readonly rule: RuleName
  readonly version: number
  readonly severity: Severity
  readonly parameters: P
}

/** The parameters of each rule that is configured. */
export type RuleParameters = {
  'missing-interval': object
  duplicate: object
  negative: object
  'interval-sum': IntervalSumParameters
  spike: SpikeParameters
  'clock-tolerance': ClockToleranceParameters & { readonly alignmentS: number }
  'meter-status': MeterStatusParameters
  'over-limit': OverLimitParameters
  stuck: StuckParameters
  inactive: InactiveParameters
  'high-use': UseParameters
  'low-use': UseParameters
  'export-without-production': ExportParameters
  'power-factor': PowerFactorParameters
  'register-rollover': RolloverParameters
  'multiplier-step': MultiplierParameters
  'first-after-exchange': FirstAfterExchangeParameters
  'tariff-sum': IntervalSumParameters
  overlap: OverlapParameters
  'peer-deviation': PeerParameters
  'phase-imbalance': ImbalanceParameters
  'station-balance': BalanceParameters
  'witness-deviation': WitnessParameters
}
export type ConfiguredRule = keyof RuleParameters

/** The rules of one point. A rule that nobody configured is absent. */
export type RuleSet = { readonly [R in ConfiguredRule]: Rule<RuleParameters[R]> }

/** What groups of points are told apart by. */
export const groupKeys = ['segment', 'modelId', 'readingMode', 'stationId'] as const
export type GroupKey = (typeof groupKeys)[number]
export type Group = Readonly<Partial<Record<GroupKey, string>>>

export type RuleRow = Rule & { readonly appliesTo: Group }

/** Rules by point; the set of a group is put together once. */
export class RuleBook {
  readonly #rows: readonly RuleRow[]
  readonly #sets = new Map<string, RuleSet>()

  constructor(rows: readonly RuleRow[]) {
    this.#rows = rows
  }

  /** The rules of a point with these properties. */
  rulesFor(point: Group): RuleSet {
    const key = groupKeys.map((name) => point[name] ?? '').join('|')
    let set = this.#sets.get(key)
    if (!set) {
      // Stations are many: what is remembered stays bounded, what is left out is put together again.
      if (this.#sets.size >= 10_000) this.#sets.clear()
      set = this.#choose(point)
      this.#sets.set(key, set)
    }
    return set
  }

  /** Every version that holds for a point, by rule: the one that judges first, then those that give way. */
  fitting(point: Group): Map<string, RuleRow[]> {
    const found = new Map<string, RuleRow[]>()
    for (const row of this.#rows) {
      if (!holdsFor(row.appliesTo, point)) continue
      const list = found.get(row.rule)
      if (list) list.push(row)
      else found.set(row.rule, [row])
    }
    for (const list of found.values()) list.sort((a, b) => (narrower(a, b) ? -1 : 1))
    return found
  }

  #choose(point: Group): RuleSet {
    const first = [...this.fitting(point)].map(([rule, [row]]) => [rule, row])
    return Object.fromEntries(first) as unknown as RuleSet
  }
}

const holdsFor = (wanted: Group, point: Group) =>
  groupKeys.every((key) => wanted[key] === undefined || wanted[key] === point[key])
const named = (group: Group) => Object.keys(group).length
const narrower = (a: RuleRow, b: RuleRow) =>
  named(a.appliesTo) > named(b.appliesTo) ||
  (named(a.appliesTo) === named(b.appliesTo) && a.version > b.version)

/** Loads every version that is live at this moment. */
export async function loadRuleBook(trx: Trx): Promise<RuleBook> {
  const { rows } = await sql<RuleRow>`
    select rule, version, severity, parameters, applies_to as "appliesTo" from contor.validation_rule
     where state = 'live' and valid_from <= now()`.execute(trx)
  return new RuleBook(rows)
}

/** The rules of a point that belongs to no group. */
export async function loadRules(trx: Trx): Promise<RuleSet> {
  return (await loadRuleBook(trx)).rulesFor({})
}
