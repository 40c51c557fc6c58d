import { sql } from 'kysely'
import { asSystem, type Db } from '../platform/db/pool.ts'

const EVERY_MS = 5_000

/** Prints how the collection advances, a line at a time, until it stands still for a while. */
export function reportProgress(db: Db, say: (text: string) => void): { stop(): void } {
  let last = ''
  let quiet = 0
  const timer = setInterval(async () => {
    const line = await describe(db).catch(() => last)
    if (line === last) quiet++
    else {
      quiet = 0
      last = line
      say(line)
    }
    if (quiet > 24) clearInterval(timer)
  }, EVERY_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

async function describe(db: Db): Promise<string> {
  const { rows } = await asSystem(db, (trx) =>
    sql<{ meters: string; commissioned: string; read: string; present: string; running: string }>`
      select (select count(*) from contor.meter) as meters,
             (select count(*) from contor.meter where state = 'commissioned') as commissioned,
             (select count(distinct metering_point_id) from contor.day_figures) as read,
             (select coalesce(sum(present), 0) from contor.day_figures) as present,
             (select count(*) from contor.session where ended_at is null) as running`.execute(trx),
  )
  const row = rows[0]!
  const intervals = Number(row.present).toLocaleString('en')
  return `  Collecting: ${row.commissioned} of ${row.meters} meters commissioned, ${row.read} read, ${intervals} quarter-hours, ${row.running} sessions running`
}
