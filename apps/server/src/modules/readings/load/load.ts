// Loads many days of many points in one transaction: judged, encoded, copied, merged, exactly once.

import { type DayBlock, dayOfNumber } from '@contor/intervals'
import { Kysely, PostgresDialect, sql } from 'kysely'
import type pg from 'pg'
import {
  ContorError,
  type Database,
  type Db,
  systemActor,
  type Trx,
  withActorClient,
} from '../../../platform/index.ts'
import { storeDays } from '../store.ts'
import {
  channelsOf,
  type Judge,
  type LoadFinding,
  type LoadResult,
  type LoadSource,
  type ReadingBatch,
  slotsOf,
  unfit,
} from './batch.ts'
import { ensureStage, stageRows } from './stage.ts'

const attempts = 5
// Another loader wrote the same day at the same time: the transaction is begun again.
const retried = new Set(['40P01', '40001'])
const uniqueViolation = '23505'

/**
 * Loads a batch: asks `judge`, stores new days by COPY, merges days that exist slot by slot (the first value
 * stays), opens an exception for each finding, and marks the balances of the stations as stale. All of it or,
 * when the process dies, none of it; the same batch again changes nothing and returns the first result.
 * Runs as the system. The gap ledger is the caller's: it knows what was expected.
 * @throws ContorError 'invalid-request' when a day of a point stands twice in the batch
 */
export async function loadBatch(
  db: Db,
  batch: ReadingBatch,
  source: LoadSource,
  judge: Judge,
): Promise<LoadResult> {
  const { order, rejected } = arrange(batch)
  const findings = judge(batch)
  for (let attempt = 1; ; attempt++) {
    try {
      return await withActorClient(db, systemActor, (client) =>
        write(client, { batch, source, order, rejected, findings }),
      )
    } catch (error) {
      if (attempt === attempts || !retried.has((error as { code?: string }).code ?? '')) throw error
    }
  }
}

type Job = {
  readonly batch: ReadingBatch
  readonly source: LoadSource
  readonly order: readonly number[]
  readonly rejected: LoadResult['rejected']
  readonly findings: readonly LoadFinding[]
}

/** Rows that can be stored, in the order of the table's key: loaders at the same time wait, and never deadlock. */
function arrange(batch: ReadingBatch): { order: number[]; rejected: { row: number; reason: string }[] } {
  const { points, days } = batch
  const width = channelsOf(batch.mask).length
  const order: number[] = []
  const rejected: { row: number; reason: string }[] = []
  let sorted = true
  let last = -1
  for (let row = 0; row < days.length; row++) {
    const reason = unfit(batch, row, width)
    if (reason !== undefined) {
      rejected.push({ row, reason })
      continue
    }
    if (last >= 0 && !before(batch, last, row)) sorted = false
    order.push(row)
    last = row
  }
  if (!sorted) order.sort((a, b) => points[a] - points[b] || days[a] - days[b])
  for (let i = 1; i < order.length; i++)
    if (!before(batch, order[i - 1], order[i]))
      throw new ContorError('invalid-request', 'A day of a metering point stands twice in one batch', {
        field: 'batch',
        value: `${batch.id}: ${points[order[i]]} ${dayOfNumber(days[order[i]])}`,
        remedy: 'Put the second one into another batch: it is merged slot by slot.',
      })
  return { order, rejected }
}

function before({ points, days }: ReadingBatch, a: number, b: number): boolean {
  return points[a] < points[b] || (points[a] === points[b] && days[a] < days[b])
}

/** Kysely on a connection whose transaction has begun, for the verbs of this module. */
function trxOf(client: pg.ClientBase): Trx {
  const borrowed = { query: client.query.bind(client), release() {} }
  const pool = { connect: async () => borrowed, end: async () => {} }
  const dialect = new PostgresDialect({ pool: pool as never })
  return new Kysely<Database>({ dialect }).withSchema('contor') as unknown as Trx
}

async function write(client: pg.PoolClient, job: Job): Promise<LoadResult> {
  const { batch, source, order, findings } = job
  const trx = trxOf(client)
  const loaded = await claim(trx, job)
  if (loaded) return loaded
  await ensureStage(client)
  const staged = await stageRows(client, batch, order, source)
  const existing = await insertNew(client, staged.rows)
  await markStale(client)
  const total = (rows: readonly number[]) => rows.reduce((all, row) => all + staged.filled[row], 0)
  const readings = total(staged.rows)
  let added = readings - total(existing)
  let conflicts = 0
  for (const [point, rows] of byPoint(batch, existing)) {
    const incoming = rows.map((row) => ({
      day: dayOfNumber(batch.days[row]),
      block: blockOf(batch, row),
      sources: sourcesOf(source, slotsOf(batch.days[row])),
    }))
    for (const stored of await storeDays(trx, `${point}`, incoming)) {
      added += stored.added
      conflicts += stored.conflicts.length
    }
  }
  const rejected = [...job.rejected, ...staged.refused]
  const left = new Set(rejected.map(({ row }) => row))
  const opened = left.size === 0 ? findings : findings.filter(({ row }) => !left.has(row))
  await openFindings(trx, batch, opened)
  const result = { days: staged.rows.length, readings, added, conflicts, findings: opened.length }
  await sql`
    update contor.load_batch set days = ${result.days}, readings = ${readings}, added = ${added},
           conflicts = ${conflicts}, findings = ${opened.length}, rejected = ${rejected.length}
     where source = ${source.name} and batch = ${batch.id}`.execute(trx)
  return { repeated: false, ...result, rejected }
}

/** Takes the batch for this transaction; the result of the first time when it was loaded before. */
async function claim(trx: Trx, { batch, source }: Job): Promise<LoadResult | undefined> {
  const { rows: mine } = await sql`
    insert into contor.load_batch (source, batch) values (${source.name}, ${batch.id})
    on conflict do nothing returning batch`.execute(trx)
  if (mine.length > 0) return undefined
  const { rows } = await sql<Record<'days' | 'readings' | 'added' | 'conflicts' | 'findings', string>>`
    select days, readings, added, conflicts, findings from contor.load_batch
     where source = ${source.name} and batch = ${batch.id}`.execute(trx)
  const [was] = rows
  return {
    repeated: true,
    days: Number(was.days),
    readings: Number(was.readings),
    added: Number(was.added),
    conflicts: Number(was.conflicts),
    findings: Number(was.findings),
    rejected: [],
  }
}

const insertStaged = `
  insert into contor.day_block
    (metering_point_id, day, slots, present, estimated, suspect, import_wh, export_wh, payload, sources, checksum)
  select metering_point_id, day, slots, present, estimated, suspect, import_wh, export_wh, payload, sources,
         checksum from load_stage`

/**
 * Inserts the staged days that are not stored yet and leaves those in the staging table.
 * @returns rows of the batch whose day exists
 */
async function insertNew(client: pg.PoolClient, staged: readonly number[]): Promise<number[]> {
  const existing: number[] = []
  await client.query('savepoint staged')
  if (await insertUnknown(client, staged)) return existing
  for (;;) {
    // Some exist: they are taken out, and what another loader stores meanwhile makes one more turn.
    await client.query('rollback to savepoint staged')
    const { rows } = await client.query<{ row_no: number }>(`
      delete from load_stage s using contor.day_block b
       where b.metering_point_id = s.metering_point_id and b.day = s.day returning s.row_no`)
    for (const { row_no } of rows) existing.push(row_no)
    await client.query('savepoint staged')
    const { rowCount } = await client.query(`${insertStaged} on conflict do nothing`)
    if (rowCount === staged.length - existing.length) return existing
  }
}

/**
 * The way of days that nobody has stored: asking about conflicts costs a third of the database's time. Three rows
 * tell whether it is worth a try.
 * @returns false when a day exists; the transaction must then go back to its savepoint
 */
async function insertUnknown(client: pg.PoolClient, staged: readonly number[]): Promise<boolean> {
  const some = [0, staged.length >> 1, staged.length - 1].map((i) => staged[i] ?? -1)
  const { rows } = await client.query<{ known: boolean }>(
    `select exists (select 1 from load_stage s join contor.day_block b
        on b.metering_point_id = s.metering_point_id and b.day = s.day where s.row_no = any($1::integer[])) as known`,
    [some],
  )
  if (rows[0].known) return false
  try {
    await client.query(insertStaged)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === uniqueViolation) return false
    throw error
  }
}

/** One mark for each station and day that has new rows. */
async function markStale(client: pg.PoolClient): Promise<void> {
  await client.query(`
    insert into contor.station_day_stale (metering_point_id, station_id, day)
    select min(p.id), p.station_id, s.day from load_stage s join contor.metering_point p on p.id = s.metering_point_id
     group by p.station_id, s.day`)
}

function byPoint(batch: ReadingBatch, rows: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const row of [...rows].sort((a, b) => batch.points[a] - batch.points[b])) {
    const group = groups.get(batch.points[row])
    if (group) group.push(row)
    else groups.set(batch.points[row], [row])
  }
  return groups
}

function blockOf(batch: ReadingBatch, row: number): DayBlock {
  const slots = slotsOf(batch.days[row])
  return {
    day: dayOfNumber(batch.days[row]),
    minutes: 15,
    channels: channelsOf(batch.mask).map((channel, c) => {
      const from = batch.starts[row] + c * slots
      const quality = batch.quality.slice(from, from + slots)
      const values = batch.values.slice(from, from + slots).map((value, i) => (quality[i] & 7 ? value : 0))
      return { channel, values, quality }
    }),
  }
}

function sourcesOf({ exchangeId }: LoadSource, slots: number) {
  return Array.from({ length: slots }, (_, row) =>
    exchangeId === undefined ? undefined : { exchangeId, row },
  )
}

/** An exception for each finding; one that stands already shows the newest details. */
async function openFindings(trx: Trx, batch: ReadingBatch, findings: readonly LoadFinding[]): Promise<void> {
  if (findings.length === 0) return
  const day = (found: LoadFinding) => dayOfNumber(batch.days[found.row])
  await sql`
    insert into contor.validation_exception
      (metering_point_id, day, channel, rule, rule_version, severity, from_slot, count, details)
    select * from unnest(${findings.map((f) => batch.points[f.row])}::bigint[], ${findings.map(day)}::date[],
        ${findings.map((f) => f.channel)}::text[], ${findings.map((f) => f.rule)}::text[],
        ${findings.map((f) => f.ruleVersion)}::int[], ${findings.map((f) => f.severity)}::text[],
        ${findings.map((f) => f.fromSlot)}::smallint[], ${findings.map((f) => f.count)}::smallint[],
        ${findings.map((f) => JSON.stringify(f.details))}::jsonb[])
    on conflict (metering_point_id, day, channel, rule, from_slot) do update
       set count = excluded.count, details = excluded.details, rule_version = excluded.rule_version,
           severity = excluded.severity, status = 'open', closed_at = null`.execute(trx)
}
