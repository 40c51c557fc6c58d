// Loads many days of many points in one transaction: judged, encoded, copied, merged, exactly once.

import { dayOfNumber } from '@contor/intervals'
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
import { wholeDaySources } from './stage.ts'
import { storeRows } from './storeRows.ts'

const attempts = 5
// Another loader wrote the same day at the same time: the transaction is begun again.
const retried = new Set(['40P01', '40001'])

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
export function trxOf(client: pg.ClientBase): Trx {
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
  const { exchangeId } = source
  const { days, readings, added, conflicts, refused } = await storeRows(client, trx, batch, order, {
    packed: (row) => wholeDaySources(source, slotsOf(batch.days[row])),
    expanded: (row) =>
      Array.from({ length: slotsOf(batch.days[row]) }, (_, slot) =>
        exchangeId === undefined ? undefined : { exchangeId, row: slot },
      ),
  })
  const rejected = [...job.rejected, ...refused]
  const left = new Set(rejected.map(({ row }) => row))
  const opened = left.size === 0 ? findings : findings.filter(({ row }) => !left.has(row))
  await openFindings(trx, batch, opened)
  const result = { days, readings, added, conflicts: conflicts.length, findings: opened.length }
  await sql`
    update contor.load_batch set days = ${days}, readings = ${readings}, added = ${added},
           conflicts = ${conflicts.length}, findings = ${opened.length}, rejected = ${rejected.length}
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
