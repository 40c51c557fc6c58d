// Takes a received file in: streaming, with a checkpoint in the transaction of the values before it, so that a
// worker that dies leaves a state from which the next one goes on, and no row counts twice.
import { sql } from 'kysely'
import { asSystem, ContorError, type Db, systemActor, type Trx } from '../../../platform/index.ts'
import { inBulk } from '../../readings/index.ts'
import { DayAssembler } from './assemble.ts'
import { type Mapping, mapHeader } from './mapping.ts'
import { openTable } from './open.ts'
import type { RowBatch, TableOptions } from './tables.ts'

interface Row {
  id: string
  exchange_id: string
  format: string
  path: string
  bytes: string
  state: string
  line: string
  byte_offset: string
  rows: string
  options: TableOptions
}

const attempts = 5
// Somebody else stored the same days at the same time: the transaction is begun again.
const retried = new Set(['40P01', '40001'])

interface Reject {
  readonly line: number
  readonly field: string
  readonly value: string
  readonly reason: string
}

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly progress?: (done: number, total: number, note: string) => void
  /** Rows and days of metering points held before they are stored; default 100,000 and 5,000. */
  readonly batchRows?: number
  readonly batchDays?: number
  /** Called after each checkpoint. */
  readonly onCheckpoint?: (line: number) => void | Promise<void>
}

/**
 * Runs or goes on with an import.
 * @throws ContorError 'invalid-request' for a file whose header says nothing; the import is then 'failed'
 */
export async function runImport(db: Db, id: string, options: RunOptions = {}): Promise<void> {
  const file = await begin(db, id)
  if (!file) return
  try {
    await new Run(db, file, options).all()
    await end(db, id, 'done', null)
  } catch (error) {
    if (options.signal?.aborted) {
      // Told to stop: the checkpoint stands, and the next run goes on from it.
      await end(db, id, 'received', null)
      throw error
    }
    await end(db, id, 'failed', error instanceof Error ? error.message : String(error))
    throw error
  }
}

class Run {
  readonly #db: Db
  readonly #file: Row
  readonly #options: RunOptions
  readonly #days = new DayAssembler()
  readonly #points = new Map<string, string | null>()
  #rejects: Reject[] = []
  #rows = 0
  #pending = 0
  #line: number
  #byte: number

  constructor(db: Db, file: Row, options: RunOptions) {
    this.#db = db
    this.#file = file
    this.#options = options
    this.#line = Number(file.line)
    this.#byte = Number(file.byte_offset)
    this.#rows = Number(file.rows)
  }

  async all(): Promise<void> {
    const file = this.#file
    const table = await openTable(file.format, file.path, file.options, {
      rows: this.#rows,
      line: this.#line,
      byte: this.#byte,
    })
    const mapping = mapHeader(table.header, table.decimal)
    await asSystem(this.#db, (trx) =>
      sql`update contor.import_file set layout = ${mapping.layout} where id = ${file.id}`.execute(trx),
    )
    let skip = this.#rows - (table.skipped ?? 0)
    const { batchRows = 100_000, batchDays = 5_000 } = this.#options
    for await (const batch of table.rows) {
      this.#options.signal?.throwIfAborted()
      await this.#resolve(batch, mapping)
      for (let i = 0; i < batch.cells.length; i++) {
        if (skip-- > 0) continue // of a format that cannot begin in mid-file
        this.#row(batch.cells[i], batch.lines[i], mapping)
        this.#byte = batch.ends?.[i] ?? 0
        if (this.#pending >= batchRows || this.#days.size >= batchDays || this.#rejects.length >= 20_000)
          await this.#checkpoint(mapping)
      }
    }
    await this.#checkpoint(mapping)
  }

  #row(cells: RowBatch['cells'][number], line: number, mapping: Mapping): void {
    this.#line = line
    this.#rows++
    this.#pending++
    const pod = `${cells[mapping.pod] ?? ''}`.trim()
    const pointId = this.#points.get(pod)
    const reject = (field: string, value: string, reason: string) =>
      this.#rejects.push({ line, field, value: value.slice(0, 200), reason })
    if (!pointId) {
      reject('pod', pod, pod === '' ? 'no metering point is named' : 'there is no such metering point')
      return
    }
    mapping.apply(cells, {
      reject,
      value: (channel, day, slot, value, quality) => {
        const other = this.#days.add(pointId, channel, day, slot, value, quality, line)
        if (other !== undefined) reject(channel, `${value}`, `an earlier line of this file says ${other}`)
      },
    })
  }

  /** Numbers of the points that a batch names for the first time. */
  async #resolve(batch: RowBatch, mapping: Mapping): Promise<void> {
    const unknown = new Set<string>()
    for (const cells of batch.cells) {
      const pod = `${cells[mapping.pod] ?? ''}`.trim()
      if (!this.#points.has(pod)) unknown.add(pod)
    }
    if (unknown.size === 0) return
    if (this.#points.size > 500_000) this.#points.clear()
    const names = [...unknown]
    // After a clear, names of this batch that were known before must be asked for again.
    if (this.#points.size === 0)
      for (const cells of batch.cells) names.push(`${cells[mapping.pod] ?? ''}`.trim())
    const { rows } = await asSystem(this.#db, (trx) =>
      sql<{
        pod: string
        id: string
      }>`select pod, metering_point_id as id from contor.point_code where pod = any(${names}::text[])`.execute(
        trx,
      ),
    )
    for (const name of names) this.#points.set(name, null)
    for (const row of rows) this.#points.set(row.pod, row.id)
  }

  async #checkpoint(mapping: Mapping): Promise<void> {
    if (this.#pending === 0) return
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#write(mapping)
        break
      } catch (error) {
        if (attempt === attempts || !retried.has((error as { code?: string }).code ?? '')) throw error
      }
    }
    this.#days.clear()
    this.#rejects = []
    this.#pending = 0
    this.#options.progress?.(this.#byte || this.#rows, Number(this.#file.bytes), `${this.#rows} rows`)
    await this.#options.onCheckpoint?.(this.#line)
  }

  /** The days that are held, the lines that were refused and where reading stands: all of it or nothing. */
  async #write(mapping: Mapping): Promise<void> {
    const { id, exchange_id } = this.#file
    await inBulk(this.#db, systemActor, async (client, trx) => {
      const stored = await this.#days.store(client, trx, Number(exchange_id), mapping.layout === 'wide')
      const rejects = [
        ...this.#rejects,
        ...stored.conflicts.map(({ line, channel, value, stored: other }) => ({
          line,
          field: channel,
          value: `${value}`,
          reason: `another value is stored: ${other}`,
        })),
        ...stored.refused.map(({ line, day, reason }) => ({ line, field: 'day', value: day, reason })),
      ]
      await writeRejects(trx, id, rejects)
      await sql`update contor.import_file set line = ${this.#line}, byte_offset = ${this.#byte}, rows = ${this.#rows},
          added = added + ${stored.added}, repeated = repeated + ${stored.repeated}, rejected = rejected + ${rejects.length}
        where id = ${id}`.execute(trx)
    })
  }
}

async function writeRejects(trx: Trx, id: string, rejects: readonly Reject[]): Promise<void> {
  if (rejects.length === 0) return
  await sql`
    insert into contor.import_reject (import_id, seq, line, field, value, reason)
    select ${id}::bigint, (select rejected from contor.import_file where id = ${id}) + row_number() over (order by t.n), t.line, t.field, t.value, t.reason
      from unnest(${rejects.map((r) => r.line)}::bigint[], ${rejects.map((r) => r.field)}::text[],
                  ${rejects.map((r) => r.value.replaceAll('\0', ''))}::text[], ${rejects.map((r) => r.reason)}::text[])
           with ordinality as t(line, field, value, reason, n)`.execute(trx)
}

async function begin(db: Db, id: string): Promise<Row | undefined> {
  return asSystem(db, async (trx) => {
    const { rows } = await sql<Row>`
      select id, exchange_id, format, path, bytes, state, line, byte_offset, rows, options from contor.import_file where id = ${id} for update`.execute(
      trx,
    )
    const [row] = rows
    if (!row) throw new ContorError('not-found', `No import ${id}`, { field: 'id', value: id })
    if (row.state === 'done' || row.state === 'cancelled') return undefined
    await sql`update contor.import_file set state = 'running', started_at = coalesce(started_at, now()), error_text = null where id = ${id}`.execute(
      trx,
    )
    return row
  })
}

async function end(db: Db, id: string, state: string, error: string | null): Promise<void> {
  await asSystem(db, (trx) =>
    sql`update contor.import_file set state = ${state}, error_text = ${error},
        ended_at = case when ${state} = 'received' then null else now() end where id = ${id}`.execute(trx),
  )
}
