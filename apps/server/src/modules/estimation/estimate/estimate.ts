// Stands values in for the missing quarter-hours of a point, and spreads them again when registers say so.

import {
  type Channel,
  type DayBlock,
  dayStart,
  isPresent,
  quality,
  type SlotReplacement,
  seriesOf,
} from '@contor/intervals'
import {
  type EstimatedRun,
  type EstimationInput,
  type EstimationResult,
  estimateSlots,
  slotMs,
  type UnfilledRun,
} from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { type LoadedDay, replaceDay } from '../../readings/index.ts'
import { type EstimationOrder, type EstimationPoint, loadOrder, loadPoint } from '../config.ts'
import { lockDays, sourcesAfter, withSlots } from '../days.ts'
import { loadOwn, ownContext, stretchAround, withNeighbours } from './context.ts'

/** Slots of one civil day that one way has filled. */
export type EstimateLine = {
  readonly day: string
  readonly channel: Channel
  readonly fromSlot: number
  readonly count: number
  readonly energyWh: number
  readonly method: string
  readonly reason: string
  readonly confidence: number
  readonly facts: Readonly<Record<string, number | string>>
  readonly declined: readonly { readonly method: string; readonly reason: string }[]
  /** The register sums that hold with it; empty without readings on both sides. */
  readonly registers: readonly {
    readonly tariff: number
    readonly from: string
    readonly to: string
    readonly differenceWh: number
    readonly measuredWh: number
    readonly estimatedWh: number
  }[]
}

/** Slots that nobody could fill, and why. */
export type OpenLine = Pick<EstimateLine, 'day' | 'channel' | 'fromSlot' | 'count' | 'declined'>

export type EstimateOutcome = {
  readonly orderVersion: number
  readonly estimated: readonly EstimateLine[]
  readonly open: readonly OpenLine[]
  /** Days that have a new version. */
  readonly days: readonly string[]
}

export type EstimateRequest = {
  readonly meteringPointId: string
  /** Civil days, both included. */
  readonly from: string
  readonly to: string
  readonly actor: string
  readonly reason: string
  /** Only look: nothing is written. */
  readonly dryRun?: boolean
  /** 'missing': fill what is missing. 'respread': only estimates between readings that they no longer meet. */
  readonly mode?: 'missing' | 'respread'
}

/**
 * Estimates the missing quarter-hours of whole days, in the caller's transaction. What lies between the same two
 * readings is estimated together, but only the days asked for are written.
 * @throws ContorError 'not-found' for a point that the actor may not see
 */
export async function estimatePoint(trx: Trx, request: EstimateRequest): Promise<EstimateOutcome> {
  const point = await loadPoint(trx, request.meteringPointId)
  const order = await loadOrder(trx, point)
  const stretch = await stretchAround(trx, point, request.from, request.to)
  const locked = await lockDays(trx, point.id, stretch.from, stretch.to)
  const around = await loadOwn(trx, point.id, stretch.from, stretch.to)
  const blocks = locked.map((each) => each.block)
  const estimated: EstimateLine[] = []
  const open: OpenLine[] = []
  const replacements = new Map<string, SlotReplacement[]>()
  for (const channel of channelsOf(point, [...around, ...blocks])) {
    const own = await ownContext(trx, point, order, channel, blocks, around)
    const input = request.mode === 'respread' ? onlyBroken(own) : own
    if (!input.free.some((one) => one !== 0)) continue
    const result = await estimateWith(trx, point, order, input)
    const wanted = (day: string) => request.mode === 'respread' || (day >= request.from && day <= request.to)
    collect(locked, channel, result, wanted, estimated, open, replacements)
  }
  const days: string[] = []
  if (!request.dryRun)
    for (const each of locked) {
      const changes = replacements.get(each.day)
      if (changes && (await write(trx, point, order, each, changes, estimated, request))) days.push(each.day)
      else if (each.version > 0) await noteInLedger(trx, point.id, each.day, each.block, [], each.version)
    }
  return { orderVersion: order.version, estimated, open, days }
}

function channelsOf(point: EstimationPoint, blocks: readonly DayBlock[]): Channel[] {
  const known = new Set<Channel>(point.prosumer ? ['A+', 'A-'] : ['A+'])
  for (const block of blocks) for (const { channel } of block.channels) known.add(channel)
  return [...known]
}

/** Free are estimates, and what is missing, between readings that the slots as they stand do not meet. */
function onlyBroken(input: EstimationInput): EstimationInput {
  const { timeline } = input
  const { segments } = estimateSlots({ ...input, free: new Uint8Array(input.free.length) }, [])
  const free = new Uint8Array(input.free.length)
  for (const { from, to, sums, note } of segments) {
    // With nothing free, tariffs that are off while their total holds show as a contradiction.
    const holds = sums.every((sum) => sum.remainder === 0)
    if (holds && note !== 'calendar-contradicts-registers') continue
    let any = false
    for (let slot = from; slot < to; slot++) any ||= (timeline.quality[slot] & 7) === quality.estimated
    if (!any) continue
    for (let slot = from; slot < to; slot++) {
      const byte = timeline.quality[slot]
      if (!isPresent(byte) || (byte & 7) === quality.estimated) free[slot] = 1
    }
  }
  return { ...input, free }
}

/** Neighbours are read only when the point alone does not fill everything by a way that comes before them. */
async function estimateWith(
  trx: Trx,
  point: EstimationPoint,
  order: EstimationOrder,
  input: EstimationInput,
): Promise<EstimationResult> {
  const alone = estimateSlots(input, order.ways)
  const asked = [...alone.estimated, ...alone.unfilled].some((run) =>
    run.declined.some(({ method }) => method === 'peers' || method === 'station'),
  )
  return asked ? estimateSlots(await withNeighbours(trx, point, input), order.ways) : alone
}

function collect(
  locked: readonly LoadedDay[],
  channel: Channel,
  result: EstimationResult,
  wanted: (day: string) => boolean,
  estimated: EstimateLine[],
  open: OpenLine[],
  replacements: Map<string, SlotReplacement[]>,
): void {
  const start = dayStart(locked[0].day)
  for (const { day, sources, block } of locked) {
    if (!wanted(day)) continue
    const first = (dayStart(day) - start) / slotMs
    const slots = sources.length
    const before = seriesOf(block, channel)
    const inDay = (run: EstimatedRun | UnfilledRun) => {
      const from = Math.max(run.from, first)
      const end = Math.min(run.from + run.count, first + slots)
      return from < end ? { day, channel, fromSlot: from - first, count: end - from } : undefined
    }
    for (const run of result.estimated) {
      const where = inDay(run)
      if (!where) continue
      estimated.push({ ...where, ...lineOf(run, result, first + where.fromSlot, where.count, start) })
      const list = replacements.get(day) ?? []
      for (let slot = where.fromSlot; slot < where.fromSlot + where.count; slot++) {
        const value = result.values[first + slot]
        if (before && before.values[slot] === value && (before.quality[slot] & 7) === quality.estimated)
          continue
        list.push({ channel, slot, value, quality: quality.estimated })
      }
      replacements.set(day, list)
    }
    for (const run of result.unfilled) {
      const where = inDay(run)
      if (where) open.push({ ...where, declined: run.declined })
    }
  }
}

function lineOf(run: EstimatedRun, result: EstimationResult, at: number, count: number, start: number) {
  const iso = (slot: number) => new Date(start + slot * slotMs).toISOString()
  const segment = run.segment
  return {
    energyWh: result.values.subarray(at, at + count).reduce((all, value) => all + value, 0),
    method: run.method,
    reason: run.reason,
    confidence: run.confidence,
    facts: run.facts,
    declined: run.declined,
    registers: (segment?.sums ?? []).map((sum) => ({
      tariff: sum.tariff,
      from: iso(segment?.from ?? 0),
      to: iso(segment?.to ?? 0),
      differenceWh: sum.difference,
      measuredWh: sum.measured,
      estimatedWh: sum.remainder,
    })),
  }
}

async function write(
  trx: Trx,
  point: EstimationPoint,
  order: EstimationOrder,
  stored: LoadedDay,
  changes: readonly SlotReplacement[],
  lines: readonly EstimateLine[],
  { actor, reason, mode }: EstimateRequest,
): Promise<boolean> {
  if (changes.length === 0) return false
  const block = withSlots(stored.block, changes)
  const own = lines.filter((line) => line.day === stored.day)
  const version = await replaceDay(trx, point.id, block, sourcesAfter(block, stored.sources), {
    kind: 'estimate',
    rule: mode === 'respread' ? 'estimate.respread' : 'estimate',
    ruleVersion: order.version,
    actor,
    reason,
    details: { runs: own },
  })
  await noteInLedger(trx, point.id, stored.day, block, own, version)
  return true
}

/**
 * A gap whose quarter-hours all have a value keeps its cause and tells the estimate. One that was lost is closed
 * by it; one that may still be recovered stays open, so that recovery goes on.
 */
async function noteInLedger(
  trx: Trx,
  id: string,
  day: string,
  block: DayBlock,
  lines: readonly EstimateLine[],
  version: number,
): Promise<void> {
  const series = seriesOf(block, 'A+')
  const { rows } = await sql<{ id: string; from_slot: number; count: number; state: string }>`
    select id, from_slot, count, state from contor.gap
     where metering_point_id = ${id} and day = ${day} and state in ('open', 'lost', 'estimated') order by id for update`.execute(
    trx,
  )
  for (const gap of rows) {
    const end = gap.from_slot + gap.count
    if (!series?.quality.subarray(gap.from_slot, end).every(isPresent)) continue
    const inside = lines.filter(
      (line) => line.channel === 'A+' && line.fromSlot < end && line.fromSlot + line.count > gap.from_slot,
    )
    // Lost after it had been estimated for a bill: what stands is what there will be.
    if (inside.length === 0 && gap.state !== 'lost') continue
    const estimate = inside.length > 0 && {
      methods: [...new Set(inside.map((line) => line.method))],
      confidence: Math.min(...inside.map((line) => line.confidence)),
      version,
    }
    await sql`
      update contor.gap set estimate = coalesce(${estimate ? JSON.stringify(estimate) : null}::jsonb, estimate),
             state = case state when 'lost' then 'estimated' else state end,
             closed_at = case state when 'lost' then clock_timestamp() else closed_at end
       where metering_point_id = ${id} and id = ${gap.id}`.execute(trx)
  }
}
