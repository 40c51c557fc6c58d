// What an edit would do: sums by day, period and register, the station's balance, and whether a bill stands on it.

import { type Channel, civilDayOf, isPresent } from '@contor/intervals'
import { daysOf, segmentsOf, seriesOfDay, slotMs, type Timeline, tariffsOf, timelineOf } from '@contor/vee'
import { sql } from 'kysely'
import { ContorError, type Trx } from '../../../platform/index.ts'
import { billedPeriods, type LoadedDay, loadDays } from '../../readings/index.ts'
import { loadCalendar } from '../../validation/index.ts'
import { type EstimationPoint, loadOrder, loadPoint } from '../config.ts'
import { lockDays, withSlots } from '../days.ts'
import { loadReadings, stretchAround } from '../estimate/context.ts'
import { changesOf, replacementsOf, type SlotRunChange } from './changes.ts'
import { applyOperation, type Only, type Operation } from './operations.ts'
import { modelOf } from './shapes.ts'

export type EditRequest = {
  readonly meteringPointId: string
  readonly channel: Channel
  /** Instants on quarter-hours, [from, to), ISO 8601. */
  readonly from: string
  readonly to: string
  readonly operation: Operation
  readonly only: Only
}

/** Days that one edit may span. */
const mostDays = 400

export type EditPreview = {
  readonly meteringPointId: string
  readonly channel: Channel
  readonly unit: 'Wh' | 'varh'
  readonly changedSlots: number
  readonly period: SumPair
  readonly days: readonly (SumPair & {
    readonly day: string
    readonly changedSlots: number
    /** Number of the bill that stands on the day. */
    readonly billed: string | null
    readonly changes: readonly SlotRunChange[]
  })[]
  readonly registers: readonly {
    readonly tariff: number
    readonly from: string
    readonly to: string
    readonly difference: number
    readonly sumBefore: number
    readonly sumAfter: number
    readonly missingAfter: number
    /** Null while slots are missing. */
    readonly agreesBefore: boolean | null
    readonly agreesAfter: boolean | null
  }[]
  readonly balance: readonly {
    readonly day: string
    readonly lossBeforeWh: number
    readonly lossAfterWh: number
    readonly complete: boolean
  }[]
  readonly needsSecondPerson: boolean
}
type SumPair = { readonly before: number; readonly after: number; readonly difference: number }

export type PlannedEdit = {
  readonly point: EstimationPoint
  readonly preview: EditPreview
  readonly locked: readonly LoadedDay[]
}

const pair = (before: number, after: number): SumPair => ({ before, after, difference: after - before })

/** Applies the operation to the days as they stand under lock. Nothing is written. */
export async function planEdit(trx: Trx, request: EditRequest): Promise<PlannedEdit> {
  const point = await loadPoint(trx, request.meteringPointId)
  const start = Date.parse(request.from)
  const end = Date.parse(request.to)
  const days = checkRange(request, start, end)
  const locked = await lockDays(trx, point.id, days.first, days.last)
  const timeline = timelineOf(
    locked.map((each) => each.block),
    request.channel,
    days.first,
    days.last,
  )
  const from = (start - timeline.start) / slotMs
  const to = (end - timeline.start) / slotMs
  const { operation, only, channel } = request
  const model = await modelOf(trx, point, channel, timeline, from, to, operation)
  const after: Timeline = { ...timeline, ...applyOperation(timeline, from, to, operation, only, model) }
  return { point, locked, preview: await previewOf(trx, point, timeline, after) }
}

/**
 * The effect of changes that were planned earlier, on the days as they stand: what a second person decides by.
 * @throws ContorError 'conflict' when a day no longer is as the changes found it
 */
export async function previewChanges(
  trx: Trx,
  edit: { readonly meteringPointId: string; readonly channel: Channel },
  changed: readonly { readonly day: string; readonly changes: readonly SlotRunChange[] }[],
): Promise<EditPreview> {
  const point = await loadPoint(trx, edit.meteringPointId)
  const first = changed[0].day
  const last = changed[changed.length - 1].day
  const stored = (await loadDays(trx, point.id, first, last)).map((each) => each.block)
  const of = new Map(changed.map(({ day, changes }) => [day, changes]))
  const next = stored.map((block) =>
    withSlots(block, replacementsOf(block, edit.channel, of.get(block.day) ?? [])),
  )
  const timeline = (blocks: typeof stored) => timelineOf(blocks, edit.channel, first, last)
  return previewOf(trx, point, timeline(stored), timeline(next))
}

function checkRange(request: EditRequest, start: number, end: number): { first: string; last: string } {
  const refuse = (field: string, value: string, remedy: string) =>
    new ContorError('invalid-request', 'The range of an edit is whole quarter-hours', {
      field,
      value,
      remedy,
    })
  if (start % slotMs !== 0) throw refuse('from', request.from, 'Give the beginning of a quarter-hour.')
  if (end % slotMs !== 0) throw refuse('to', request.to, 'Give the end of a quarter-hour.')
  if (end <= start || end - start > mostDays * 86_400_000)
    throw refuse('to', request.to, `Choose a range of one quarter-hour to ${mostDays} days.`)
  return { first: civilDayOf(start), last: civilDayOf(end - 1) }
}

/** The effect of going from one state of a channel to another. */
export async function previewOf(
  trx: Trx,
  point: EstimationPoint,
  before: Timeline,
  after: Timeline,
): Promise<EditPreview> {
  const { channel } = before
  const bills = await billedPeriods(trx, point.id, before.from, before.to)
  const days = daysOf(before).map(({ day }) => {
    const old = seriesOfDay(before, day)
    const next = seriesOfDay(after, day)
    const changes = changesOf(old, next)
    return {
      day,
      ...pair(total(old.values), total(next.values)),
      changedSlots: changes.reduce((all, run) => all + run.after.length, 0),
      billed: bills.findLast((bill) => bill.from <= day && day <= bill.to)?.billRef ?? null,
      changes,
    }
  })
  const changed = days.filter((day) => day.changedSlots > 0)
  return {
    meteringPointId: point.id,
    channel,
    unit: channel.startsWith('A') ? 'Wh' : 'varh',
    changedSlots: changed.reduce((all, day) => all + day.changedSlots, 0),
    period: pair(total(before.values), total(after.values)),
    days,
    registers: await registersOf(trx, point, before, after),
    balance: await balanceOf(trx, point, channel, changed),
    needsSecondPerson: changed.some((day) => day.billed !== null),
  }
}

const total = (values: Int32Array) => values.reduce((all, value) => all + value, 0)

/** Register sums between the readings around the days, before and after. */
async function registersOf(
  trx: Trx,
  point: EstimationPoint,
  before: Timeline,
  after: Timeline,
): Promise<EditPreview['registers']> {
  const { channel } = before
  const stretch = await stretchAround(trx, point, before.from, before.to)
  const stored = (await loadDays(trx, point.id, stretch.from, stretch.to)).map((each) => each.block)
  const { parameters } = await loadOrder(trx, point)
  const all = timelineOf(stored, channel, stretch.from, stretch.to)
  const readings = await loadReadings(trx, point.id, channel, stretch.from, stretch.to)
  const calendar = await loadCalendar(trx, point, stretch.from)
  const tariffs = calendar && tariffsOf(calendar, all)
  // Every slot counts as free: the sums then tell what the registers moved, tariff by tariff.
  const segments = segmentsOf(all, readings, tariffs, new Uint8Array(all.values.length).fill(1), {
    tolerance: parameters.toleranceWh,
    mostPerSlot: point.approvedPowerW,
    ...(parameters.capacityWh === null ? {} : { capacity: parameters.capacityWh }),
  })
  const at = (before.start - all.start) / slotMs
  const standing = (part: Timeline): Timeline => {
    const values = all.values.slice()
    const quality = all.quality.slice()
    values.set(part.values, at)
    quality.set(part.quality, at)
    return { ...all, values, quality }
  }
  const states = [standing(before), standing(after)]
  const iso = (slot: number) => new Date(all.start + slot * slotMs).toISOString()
  const end = at + before.values.length
  return segments
    .filter((segment) => segment.from < end && segment.to > at)
    .flatMap((segment) =>
      segment.sums.map((sum) => {
        const sums = states.map((timeline) => sumOf(timeline, segment.from, segment.to, sum.tariff, tariffs))
        const agrees = ({ sum: held, missing }: { sum: number; missing: number }) =>
          missing > 0 ? null : Math.abs(held - sum.difference) <= parameters.toleranceWh
        return {
          tariff: sum.tariff,
          from: iso(segment.from),
          to: iso(segment.to),
          difference: sum.difference,
          sumBefore: sums[0].sum,
          sumAfter: sums[1].sum,
          missingAfter: sums[1].missing,
          agreesBefore: agrees(sums[0]),
          agreesAfter: agrees(sums[1]),
        }
      }),
    )
}

function sumOf(
  timeline: Timeline,
  from: number,
  to: number,
  tariff: number,
  tariffs: Uint8Array | undefined,
): { sum: number; missing: number } {
  let sum = 0
  let missing = 0
  for (let slot = from; slot < to; slot++) {
    if (tariff !== 0 && tariffs?.[slot] !== tariff) continue
    sum += timeline.values[slot]
    if (!isPresent(timeline.quality[slot])) missing++
  }
  return { sum, missing }
}

/** Loss of the station on the changed days: what the point takes more, the station loses less. */
async function balanceOf(
  trx: Trx,
  point: EstimationPoint,
  channel: Channel,
  changed: readonly (SumPair & { readonly day: string })[],
): Promise<EditPreview['balance']> {
  if (channel !== 'A+' && channel !== 'A-') return []
  const { rows } = await sql<{ day: string; loss: string; complete: boolean }>`
    select day, supplied_wh - returned_wh + produced_wh - consumed_wh as loss, complete from contor.station_day
     where station_id = ${point.stationId} and day = any(${changed.map((day) => day.day)}::date[]) order by day`.execute(
    trx,
  )
  const sign = (point.kind === 'balance') === (channel === 'A+') ? 1 : -1
  return rows.map((row) => {
    const difference = changed.find((day) => day.day === row.day)?.difference ?? 0
    const loss = Number(row.loss)
    return { day: row.day, lossBeforeWh: loss, lossAfterWh: loss + sign * difference, complete: row.complete }
  })
}
