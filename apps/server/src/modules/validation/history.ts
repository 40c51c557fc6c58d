// What is remembered of each point, in the database.

import { emptyHistory, type History } from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

/** The history of a point; empty before its first whole day. */
export async function loadHistory(trx: Trx, meteringPointId: string): Promise<History> {
  const { rows } = await sql<{ history: History }>`
    select history from contor.point_history where metering_point_id = ${meteringPointId}`.execute(trx)
  return rows[0]?.history ?? emptyHistory
}

export async function saveHistory(trx: Trx, meteringPointId: string, history: History): Promise<void> {
  await sql`
    insert into contor.point_history (metering_point_id, history)
    values (${meteringPointId}, ${JSON.stringify(history)}::jsonb)
    on conflict (metering_point_id) do update set history = excluded.history`.execute(trx)
}
