// The staging table of a bulk load: rows of day_block as they will be, filled by COPY, gone with the transaction.

import { pipeline } from 'node:stream/promises'
import { encodeColumns, flag, mostDayBytes, quality as states } from '@contor/intervals'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { checksumOf } from '../blockRow.ts'
import { packSources } from '../sources.ts'
import { channelsOf, type LoadSource, type ReadingBatch, slotsOf } from './batch.ts'
import { CopyRows } from './copyRows.ts'

const largestWh = 2 ** 31 - 1
const fields = 12
const fixedBytes = 160
const spareMost = 4

/** Made once per connection: a temporary table costs rows in the catalogue. */
export async function ensureStage(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('pg_temp.load_stage') is not null as there",
  )
  // A transaction may stage several times; its commit empties the table too.
  if (rows[0].there) await client.query('delete from load_stage')
  else
    await client.query(`
      create temporary table load_stage (row_no integer, metering_point_id bigint, day date, slots smallint,
        present smallint, estimated smallint, suspect smallint, import_wh integer, export_wh integer,
        payload bytea, sources bytea, checksum integer) on commit delete rows`)
}

/** Sums and counts of one row, as day_block keeps them beside the payload. */
type Figures = {
  /** Slots over all channels that hold a value. */
  filled: number
  /** Of channel A+, as the two after it. */
  present: number
  estimated: number
  suspect: number
  importWh: number
  exportWh: number
}
const figures: Figures = { filled: 0, present: 0, estimated: 0, suspect: 0, importWh: 0, exportWh: 0 }

/** Fills `figures`. @returns why the row cannot be stored, or undefined */
function measure(batch: ReadingBatch, row: number, slots: number, width: number): string | undefined {
  const { values, quality, mask } = batch
  const from = batch.starts[row]
  const end = from + width * slots
  let others = 0
  for (let i = from; i < end; i++) others |= quality[i] ^ states.measured
  figures.filled = width * slots
  figures.present = mask & 1 ? slots : 0
  figures.estimated = figures.suspect = 0
  if (others !== 0) {
    const wrong = measureMixed(quality, from, end, mask & 1 ? from + slots : from)
    if (wrong !== undefined) return wrong
  }
  figures.importWh = mask & 1 ? sum(values, quality, from, slots) : 0
  figures.exportWh = mask & 2 ? sum(values, quality, mask & 1 ? from + slots : from, slots) : 0
  return Math.abs(figures.importWh) > largestWh || Math.abs(figures.exportWh) > largestWh
    ? 'the energy of the day does not fit into 31 bits'
    : undefined
}

function measureMixed(quality: Uint8Array, from: number, end: number, importEnd: number): string | undefined {
  for (let i = from; i < end; i++) {
    const byte = quality[i]
    if ((byte & 7) > states.edited) return `quality ${byte}`
    const isImport = i < importEnd
    if ((byte & 7) === states.missing) {
      figures.filled--
      if (isImport) figures.present--
    }
    if (!isImport) continue
    if ((byte & 7) === states.estimated) figures.estimated++
    if (byte & flag.suspect) figures.suspect++
  }
  return undefined
}

function sum(values: Int32Array, quality: Uint8Array, from: number, slots: number): number {
  let total = 0
  for (let i = from; i < from + slots; i++) if ((quality[i] & 7) !== 0) total += values[i]
  return total
}

/** What was staged. */
export type Staged = {
  /** Rows in the staging table, in the order given. */
  readonly rows: readonly number[]
  /** By row of the batch: slots over all channels that hold a value. */
  readonly filled: Int32Array
  readonly refused: readonly { readonly row: number; readonly reason: string }[]
}

// Buffers of loads that have ended: a thread needs as many as it has loads at once.
const spare: CopyRows[] = []

/**
 * Encodes the rows in the order given and sends them into the staging table.
 * @param sourcesOf the packed sources of a row, see `packSources`
 */
export async function stageRows(
  client: pg.ClientBase,
  batch: ReadingBatch,
  order: readonly number[],
  sourcesOf: (row: number) => Uint8Array,
): Promise<Staged> {
  const copy = spare.pop() ?? new CopyRows()
  copy.begin()
  const rows: number[] = []
  const refused: { row: number; reason: string }[] = []
  const filled = new Int32Array(batch.days.length)
  const width = channelsOf(batch.mask).length
  for (const row of order) {
    const slots = slotsOf(batch.days[row])
    const reason = measure(batch, row, slots, width)
    if (reason !== undefined) {
      refused.push({ row, reason })
      continue
    }
    rows.push(row)
    filled[row] = figures.filled
    writeRow(copy, batch, row, slots, sourcesOf(row))
  }
  const stream = client.query(copyFrom('copy load_stage from stdin (format binary)'))
  await pipeline([copy.finish()], stream)
  if (spare.length < spareMost) spare.push(copy)
  return { rows, filled, refused }
}

function writeRow(
  copy: CopyRows,
  batch: ReadingBatch,
  row: number,
  slots: number,
  sources: Uint8Array,
): void {
  const { mask, values, quality } = batch
  copy.reserve(fixedBytes + sources.length + mostDayBytes)
  copy.row(fields)
  copy.int4(row)
  copy.int8(batch.points[row])
  copy.date(batch.days[row])
  copy.int2(slots)
  copy.int2(figures.present)
  copy.int2(figures.estimated)
  copy.int2(figures.suspect)
  copy.int4(figures.importWh)
  copy.int4(figures.exportWh)
  const payload = copy.byteaBy((into, at) =>
    encodeColumns(into, at, batch.days[row], 15, mask, slots, values, quality, batch.starts[row]),
  )
  copy.bytea(sources)
  copy.int4(checksumOf({ payload, sources, growth: nothing }))
}

const nothing = new Uint8Array(0)
const noSources = packSources([])
let packed: { exchangeId: number; slots: number; bytes: Uint8Array } | undefined

/** The sources column of a day whose slots all came with one exchange: the same bytes for row after row. */
export function wholeDaySources({ exchangeId }: LoadSource, slots: number): Uint8Array {
  if (exchangeId === undefined) return noSources
  if (packed?.exchangeId !== exchangeId || packed.slots !== slots)
    packed = { exchangeId, slots, bytes: packSources([{ fromSlot: 0, count: slots, exchangeId, row: 0 }]) }
  return packed.bytes
}
