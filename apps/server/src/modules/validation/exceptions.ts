// Opens and resolves validation exceptions.

import type { Finding } from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import type { RuleSet } from './ruleBook.ts'

/**
 * Opens an exception for each finding; one that stands already keeps its id and shows the newest details. What a
 * person closed stays closed while the rule says the same thing.
 */
export async function openExceptions(
  trx: Trx,
  of: { readonly meteringPointId: string; readonly meterId: string | null },
  findings: readonly Finding[],
  rules: RuleSet,
): Promise<void> {
  // The same place twice in one statement would be refused by the database.
  const unique = new Map(findings.map((f) => [`${f.day}/${f.channel}/${f.rule}/${f.fromSlot}`, f]))
  if (unique.size === 0) return
  const rows = [...unique.values()]
    .sort((a, b) => (a.day < b.day ? -1 : 1))
    .map((f) => ({ ...f, configured: rules[f.rule as keyof RuleSet] }))
  await sql`
    insert into contor.validation_exception as e
      (metering_point_id, meter_id, day, channel, rule, rule_version, severity, from_slot, count, details)
    select ${of.meteringPointId}::bigint, ${of.meterId}::bigint, t.*
      from unnest(${rows.map((f) => f.day)}::date[], ${rows.map((f) => f.channel)}::text[],
                  ${rows.map((f) => f.rule)}::text[], ${rows.map((f) => f.configured.version)}::int[],
                  ${rows.map((f) => f.configured.severity)}::text[], ${rows.map((f) => f.fromSlot)}::smallint[],
                  ${rows.map((f) => f.count)}::smallint[], ${rows.map((f) => JSON.stringify(f.details))}::jsonb[]) as t
    on conflict (metering_point_id, day, channel, rule, from_slot) do update
       set count = excluded.count, details = excluded.details, rule_version = excluded.rule_version,
           severity = excluded.severity,
           status = case when e.status = 'acknowledged' then e.status
                         when e.closed_by is not null and e.details = excluded.details then e.status else 'open' end,
           closed_at = case when e.closed_by is not null and e.details = excluded.details then e.closed_at end,
           resolution = case when e.closed_by is not null and e.details = excluded.details then e.resolution end,
           closed_by = case when e.details = excluded.details then e.closed_by end`.execute(trx)
}

/** Resolves what a rule said of these days and no longer says. */
export async function resolveExceptions(
  trx: Trx,
  meteringPointId: string,
  rules: readonly string[],
  days: readonly string[],
  still: readonly Finding[],
): Promise<void> {
  if (days.length === 0) return
  const keep = still.map((f) => `${f.rule}/${f.day}/${f.channel}/${f.fromSlot}`)
  await sql`
    update contor.validation_exception set status = 'resolved', closed_at = now()
     where metering_point_id = ${meteringPointId} and rule = any(${[...rules]}::text[]) and status <> 'resolved'
       and day = any(${[...days]}::date[])
       and not (rule || '/' || to_char(day, 'YYYY-MM-DD') || '/' || channel || '/' || from_slot = any(${keep}::text[]))`.execute(
    trx,
  )
}
