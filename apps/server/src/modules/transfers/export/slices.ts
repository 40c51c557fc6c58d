// What an export holds, piece by piece: one metering point and at most one civil month at a time, so that the
// memory does not grow with the number of points or days.
import {
  addDays,
  type Channel,
  type DayBlock,
  dayStart,
  monthOf,
  type Resolution,
  resample,
  seriesOf,
  slotsInDay,
  stateOf,
} from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, type Db, type Trx, withActor } from '../../../platform/index.ts'
import { loadDays, loadMethods } from '../../readings/index.ts'
import type { EnergyUnit, Locale } from '../table/columns.ts'

/** Which points: named, or all of a station or supplier; always only what the asker may see. */
export interface PointSelection {
  readonly points?: readonly string[]
  readonly pods?: readonly string[]
  readonly station?: string
  readonly supplier?: string
}

export interface ExportRequest extends PointSelection {
  /** Civil days, both included. */
  readonly from: string
  readonly to: string
  readonly channels: readonly Channel[]
  readonly resolution: Resolution
  readonly layout: 'channels' | 'wide'
  readonly unit: EnergyUnit
  readonly locale: Locale
  readonly separator: ',' | ';' | '\t'
  readonly decimal: ',' | '.'
  /** Beside the state of each value its marks, and the method of an estimate or an edit. */
  readonly marks?: boolean
}

/** Rows of one point in time order; arrays of one length, per channel in the order of the request. */
export interface Slice {
  readonly id: string
  readonly pod: string
  readonly start: readonly number[]
  readonly end: readonly number[]
  readonly channels: readonly {
    readonly channel: Channel
    /** Wh or varh. */
    readonly value: readonly (number | null)[]
    readonly quality: readonly ('measured' | 'estimated' | 'edited' | 'missing' | 'mixed')[]
    /** Marks as bits of the quality byte. */
    readonly flags: readonly number[]
    /** Rule and version that made a value; only when marks are asked for. */
    readonly method?: readonly (string | null)[]
  }[]
}

const pageSize = 100

/**
 * The slices of an export, points by their number, months in order. Each page of points is read in a transaction
 * of its own under the rights of the asker.
 */
export async function* exportSlices(db: Db, actor: Actor, request: ExportRequest): AsyncGenerator<Slice> {
  const months = monthsOf(request.from, request.to)
  let after = '0'
  for (;;) {
    const points = await withActor(db, actor, (trx) => nextPoints(trx, request, after))
    if (points.length === 0) return
    after = points[points.length - 1].id
    // Short spans: a page in one transaction; long ones: a transaction for each point.
    const group = months.length === 1 ? 25 : 1
    for (let i = 0; i < points.length; i += group) {
      const part = points.slice(i, i + group)
      for (const [from, to] of months) {
        const loaded = await withActor(db, actor, async (trx) => {
          const slices: Slice[] = []
          for (const point of part) slices.push(await loadSlice(trx, point, from, to, request))
          return slices
        })
        yield* loaded
      }
    }
  }
}

async function nextPoints(
  trx: Trx,
  select: PointSelection,
  after: string,
): Promise<{ id: string; pod: string }[]> {
  const { rows } = await sql<{ id: string; pod: string }>`
    select p.id, p.pod from contor.metering_point p
     where p.id > ${after}
       and (${select.points === undefined} or p.id = any(${[...(select.points ?? [])]}::bigint[]))
       and (${select.pods === undefined} or p.pod = any(${[...(select.pods ?? [])]}::text[]))
       and (${select.station === undefined} or p.station_id = ${select.station ?? '0'}::bigint)
       and (${select.supplier === undefined} or p.supplier = ${select.supplier ?? ''})
     order by p.id limit ${pageSize}`.execute(trx)
  return rows
}

/** How many points an export would hold for this asker. */
export async function countPoints(db: Db, actor: Actor, select: PointSelection): Promise<number> {
  return withActor(db, actor, async (trx) => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from contor.metering_point p
       where (${select.points === undefined} or p.id = any(${[...(select.points ?? [])]}::bigint[]))
         and (${select.pods === undefined} or p.pod = any(${[...(select.pods ?? [])]}::text[]))
         and (${select.station === undefined} or p.station_id = ${select.station ?? '0'}::bigint)
         and (${select.supplier === undefined} or p.supplier = ${select.supplier ?? ''})`.execute(trx)
    return rows[0].n
  })
}

function monthsOf(from: string, to: string): [string, string][] {
  const parts: [string, string][] = []
  for (let first = from; first <= to; ) {
    let last = first
    while (last < to && monthOf(addDays(last, 1)) === monthOf(first)) last = addDays(last, 1)
    parts.push([first, last])
    first = addDays(last, 1)
  }
  return parts
}

async function loadSlice(
  trx: Trx,
  point: { id: string; pod: string },
  from: string,
  to: string,
  request: ExportRequest,
): Promise<Slice> {
  const blocks = (await loadDays(trx, point.id, from, to)).map((day) => day.block)
  if (request.resolution !== '15m') return coarser(point, blocks, from, to, request)
  const slice = quarterHours(point, blocks, from, to, request.channels)
  return request.marks ? withMethods(slice, await loadMethods(trx, point.id, from, to)) : slice
}

function withMethods(slice: Slice, methods: Awaited<ReturnType<typeof loadMethods>>): Slice {
  return {
    ...slice,
    channels: slice.channels.map((column) => ({
      ...column,
      method: slice.start.map((start, i) =>
        column.quality[i] === 'estimated' || column.quality[i] === 'edited'
          ? (methods.get(`${column.channel}/${start}`) ?? null)
          : null,
      ),
    })),
  }
}

function quarterHours(
  point: { id: string; pod: string },
  blocks: readonly DayBlock[],
  from: string,
  to: string,
  wanted: readonly Channel[],
): Slice {
  const byDay = new Map(blocks.map((block) => [block.day, block]))
  const start: number[] = []
  const end: number[] = []
  const columns = wanted.map((channel) => ({
    channel,
    value: [] as (number | null)[],
    quality: [] as Slice['channels'][number]['quality'][number][],
    flags: [] as number[],
  }))
  for (let day = from; day <= to; day = addDays(day, 1)) {
    const first = dayStart(day)
    const slots = slotsInDay(day)
    const block = byDay.get(day)
    for (let slot = 0; slot < slots; slot++) {
      start.push(first + slot * 900_000)
      end.push(first + (slot + 1) * 900_000)
    }
    for (const column of columns) {
      const series = block && seriesOf(block, column.channel)
      for (let slot = 0; slot < slots; slot++) {
        const byte = series ? series.quality[slot] : 0
        column.value.push((byte & 7) !== 0 && series ? series.values[slot] : null)
        column.quality.push(stateOf(byte))
        column.flags.push(byte & 0xf8)
      }
    }
  }
  return { ...point, start, end, channels: columns }
}

function coarser(
  point: { id: string; pod: string },
  blocks: readonly DayBlock[],
  from: string,
  to: string,
  { channels, resolution }: ExportRequest,
): Slice {
  const series = channels.map((channel) => ({
    channel,
    points: resample(blocks, resolution, channel, { from, to }),
  }))
  const [first] = series
  return {
    ...point,
    start: first.points.map((p) => p.start),
    end: first.points.map((p) => p.end),
    channels: series.map(({ channel, points }) => ({
      channel,
      value: points.map((p) => p.value),
      quality: points.map((p) => p.quality),
      flags: points.map((p) => p.flags),
    })),
  }
}

/** @throws ContorError 'invalid-request' when the days are out of order or more than ten years */
export function checkDays(from: string, to: string): void {
  if (from > to || addDays(from, 3_660) < to)
    throw new ContorError('invalid-request', 'The range must hold 1 day to 10 years', {
      field: 'to',
      value: to,
      remedy: 'Give civil days from … to, both included.',
    })
}
