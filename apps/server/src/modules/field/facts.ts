// What a crew confirms, does and may report: dated rows, as they hold on the day of a visit.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

interface Titled {
  readonly titleRo: string
  readonly titleEn: string
  readonly source: string
}
export interface Check extends Titled {
  readonly code: string
  readonly required: boolean
}
export interface Step extends Titled {
  readonly action: 'disconnect' | 'reconnect' | 'exchange'
  readonly seq: number
}
export interface ResultCode extends Titled {
  readonly code: string
  readonly effect: 'done' | 'postponed' | 'impossible'
  readonly needsChecklist: boolean
  readonly needsReadings: boolean
  readonly needsPhoto: boolean
  readonly needsNote: boolean
}
export interface FieldFacts {
  readonly checks: readonly Check[]
  readonly steps: readonly Step[]
  readonly results: readonly ResultCode[]
}

const holds = (day: string) =>
  sql`valid_from <= ${day}::date and (valid_to is null or valid_to >= ${day}::date)`
const titles = sql`title_ro as "titleRo", title_en as "titleEn", source`

/** @param day civil day of the visit */
export async function loadFacts(trx: Trx, day: string): Promise<FieldFacts> {
  const checks = await sql<Check & { seq: number }>`
    select * from (select distinct on (code) code, seq, required, ${titles} from contor.field_check
      where ${holds(day)} order by code, valid_from desc) newest order by seq, code`.execute(trx)
  const steps = await sql<Step>`
    select distinct on (action, seq) action, seq, ${titles} from contor.field_step
     where ${holds(day)} order by action, seq, valid_from desc`.execute(trx)
  const results = await sql<ResultCode & { seq: number }>`
    select * from (select distinct on (code) code, seq, effect, needs_checklist as "needsChecklist", needs_readings as "needsReadings",
             needs_photo as "needsPhoto", needs_note as "needsNote", ${titles} from contor.field_result
      where ${holds(day)} order by code, valid_from desc) newest order by seq, code`.execute(trx)
  return {
    checks: checks.rows.map(({ seq: _, ...check }) => check),
    steps: steps.rows,
    results: results.rows.map(({ seq: _, ...result }) => result),
  }
}
