// Groups of points that rules may name, with the points of each; and the rules of one point, with those that lose.

import { sql } from 'kysely'
import { notFound, type Trx } from '../../platform/index.ts'
import { type Group, type GroupKey, loadRuleBook } from './ruleBook.ts'
import { listRules, type RuleVersion } from './rules.ts'

export type GroupChoice = { readonly value: string; readonly label: string; readonly points: number }

/** What each field of a group may be in this network: names of the data, the largest first. */
export async function listGroupChoices(trx: Trx): Promise<Record<GroupKey, GroupChoice[]>> {
  const point = sql`contor.metering_point p`
  const ask = async (value: ReturnType<typeof sql>, label: ReturnType<typeof sql>, from: typeof point) =>
    (
      await sql<GroupChoice>`
        select ${value}::text as value, ${label} as label, count(distinct p.id)::int as points
          from ${from} group by 1 order by 3 desc, 2 limit 5000`.execute(trx)
    ).rows
  return {
    segment: await ask(sql`p.kind`, sql`max(p.kind)`, point),
    readingMode: await ask(sql`p.reading_mode`, sql`max(p.reading_mode)`, point),
    modelId: await ask(
      sql`m.model_id`,
      sql`max(m.model_id)`,
      sql`${point} join contor.meter m on m.metering_point_id = p.id and m.state <> 'retired' and m.removed_at is null`,
    ),
    stationId: await ask(
      sql`p.station_id`,
      sql`max(s.code || ' ' || s.name)`,
      sql`${point} join contor.station s on s.id = p.station_id`,
    ),
  }
}

export type AppliedRule = RuleVersion & {
  /** Live versions that would hold for the point too, and give way to this one, the narrowest first. */
  readonly over: readonly { readonly version: number; readonly appliesTo: Group }[]
}

/**
 * The version of each rule that judges a point, by name.
 * @throws ContorError 'not-found' for a point that the actor does not see
 */
export async function rulesOfPoint(trx: Trx, meteringPointId: string): Promise<AppliedRule[]> {
  const { rows } = await sql<{
    segment: string
    modelId: string | null
    readingMode: string
    stationId: string
  }>`
    select p.kind as segment, m.model_id as "modelId", p.reading_mode as "readingMode", p.station_id::text as "stationId"
      from contor.metering_point p
      left join contor.meter m on m.metering_point_id = p.id and m.state <> 'retired' and m.removed_at is null
     where p.id = ${meteringPointId} order by m.id limit 1`.execute(trx)
  const [point] = rows
  if (!point) throw notFound('metering point', meteringPointId)
  const { modelId, ...rest } = point
  const fitting = (await loadRuleBook(trx)).fitting(modelId === null ? rest : { ...rest, modelId })
  const versions = await listRules(trx)
  return [...fitting]
    .flatMap(([rule, [first, ...over]]) => {
      const known = versions.find((one) => one.rule === rule && one.version === first?.version)
      return known ? [{ ...known, over: over.map(({ version, appliesTo }) => ({ version, appliesTo })) }] : []
    })
    .sort((a, b) => (a.rule < b.rule ? -1 : 1))
}
