// Received files go when the law no longer wants them kept; the values, the checksum and the rejected lines stay.

import { rm } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db } from '../../../platform/index.ts'
import { legalRule } from '../../legal/index.ts'
import { judgeServerClock } from '../../readings/index.ts'

export type FilesRemoved = {
  readonly removed: number
  /** Why nothing was done. */
  readonly refused: string | null
}

/**
 * Removes the files of ended imports that are older than `retention.files.days`. A file that somebody registered
 * where it lay is theirs and stays. A crash between file and row is made good by the next run.
 * @param now epoch ms, believed or not as for retention of readings
 */
export async function removeOldFiles(
  db: Db,
  dataDir: string,
  now = Date.now(),
  signal?: AbortSignal,
): Promise<FilesRemoved> {
  const folder = resolve(join(dataDir, 'imports')) + sep
  const { clock, files } = await asSystem(db, async (trx) => {
    const { value: days } = await legalRule(trx, 'retention.files.days', civilDayOf(now))
    const { rows } = await sql<{ id: string; path: string }>`
      select id, path from contor.import_file
       where removed_at is null and state in ('done', 'failed', 'cancelled')
         and coalesce(ended_at, requested_at) < ${new Date(now)}::timestamptz - make_interval(days => ${days})
       order by id`.execute(trx)
    return { clock: await judgeServerClock(trx, now), files: rows }
  })
  const own = files.filter(({ path }) => resolve(path).startsWith(folder))
  if (own.length > 0 && !clock.believed) return { removed: 0, refused: clock.reason }
  let removed = 0
  for (const { id, path } of own) {
    if (signal?.aborted) break
    await rm(path, { force: true })
    await asSystem(db, (trx) =>
      sql`update contor.import_file set removed_at = ${new Date(now)} where id = ${id}`.execute(trx),
    )
    removed++
  }
  return { removed, refused: null }
}
