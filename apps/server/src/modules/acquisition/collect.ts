// What one session brings: identity when it is new, indexes, events, and the load profile of everything that the
// ledger lacks, oldest first. Each step is written in one transaction with its frames before the next begins.

import { addDays, civilDayOf, dayStart, daysBetween } from '@contor/intervals'
import { clockDeviates } from '@contor/vee'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'
import type { SwitchState } from '../commands/index.ts'
import type { MeterRef } from '../network/index.ts'
import {
  acceptCurrents,
  acceptEvents,
  acceptIndexes,
  interpretProfile,
  loadDays,
  type MeterEvent,
} from '../readings/index.ts'
import { type AcceptContext, acceptDays, judgeClock, judgeDays, type RuleSet } from '../validation/index.ts'
import { commission } from './commission.ts'
import { type ClockReading, type Driver, DriverError, type PushedObject } from './drivers/driver.ts'
import { slicesOf } from './gapRuns.ts'
import { floorQuarter, lockLedger, openRanges, reconcileDays, type Span, widenLedger } from './gaps.ts'
import { type Journal, writeExchanges } from './journal.ts'
import { lookAtRelay, noteLimiter } from './limiterWatch.ts'
import type { SessionMeter } from './meter.ts'
import { holdsLease } from './schedule.ts'

const quarterMs = 900_000
const hourMs = 3_600_000
/** Longest span of one profile request. */
const sliceDays = 10
/** Entries of logs that are asked for at the first contact. */
const oldestEventsMs = 60 * 86_400_000
/** The meter captures within this after the end of an interval. */
const captureDelayMs = 20_000

export type CollectContext = {
  readonly db: Db
  readonly owner: string
  readonly sessionId: string
  readonly meter: SessionMeter
  readonly driver: Driver
  readonly journal: Journal
  readonly rules: RuleSet
  /** host:port where meters send their events; undefined: nobody listens. */
  readonly pushTo: string | undefined
  /** Called between steps: serves whoever waits for this meter. */
  readonly between: () => Promise<void>
  readonly onIntervals: (count: number) => void
}

export type Collected = { readonly refused: boolean; readonly partial: string | undefined }

/** Runs the whole plan of a session. @throws DriverError; what was written before stays */
export async function collect(context: CollectContext): Promise<Collected> {
  const { driver, meter } = context
  let clock: ClockReading
  if (meter.state === 'commissioned') {
    clock = (await driver.readClock()).value
    await tolerate(() => followRelay(context, clock))
  } else {
    const result = await commission(driver, meter)
    await write(context, (trx) => writeCommissioning(trx, context, result))
    if (!result.accepted) return { refused: true, partial: undefined }
    clock = result.clock
    await adoptProfileStart(context)
  }
  const partial = await tolerate(() => readDaily(context, clock, meter.state !== 'commissioned'))
  await context.between()
  await readLoadProfile(context, clock)
  return { refused: false, partial }
}

// An object that a meter lacks must not keep its intervals from being read.
async function tolerate(step: () => Promise<void>): Promise<string | undefined> {
  try {
    await step()
    return undefined
  } catch (error) {
    if (error instanceof DriverError && error.code === 'not-available') return error.message
    throw error
  }
}

/** One transaction with the frames recorded so far; refused when the lease has gone to another process. */
async function write(context: CollectContext, fn: (trx: Trx) => Promise<void>): Promise<void> {
  const rows = context.journal.take()
  await asSystem(context.db, async (trx) => {
    if (!(await holdsLease(trx, context.owner, context.meter))) {
      throw new DriverError('aborted', 'the lease of the meter has gone to another session')
    }
    await writeExchanges(trx, { ...context.meter, sessionId: context.sessionId }, rows)
    await fn(trx)
  })
}

async function writeCommissioning(
  trx: Trx,
  context: CollectContext,
  result: Awaited<ReturnType<typeof commission>>,
) {
  const { meter } = context
  await writeMeterState(trx, meter, result.clock, result.switchState)
  await noteLimiter(trx, meter, result.switchState, result.switchExchangeId)
  await sql`
    update contor.meter set state = ${result.accepted ? 'commissioned' : 'refused'}, firmware = ${result.identity.firmware ?? null},
           commissioning = ${JSON.stringify(result.checks)}::jsonb,
           commissioned_at = case when ${result.accepted} then coalesce(commissioned_at, now()) else commissioned_at end
     where metering_point_id = ${meter.meteringPointId} and id = ${meter.meterId}`.execute(trx)
  await judgeClock(trx, acceptContext(context), result.clock.serverAt, result.clock.deviationS)
}

async function writeMeterState(
  trx: Trx,
  meter: MeterRef,
  clock: ClockReading,
  state?: SwitchState,
): Promise<void> {
  await sql`
    update contor.meter set clock_deviation_s = ${clock.deviationS}, clock_checked_at = ${new Date(clock.serverAt)}, last_seen_at = now(),
           relay_output = coalesce(${state?.relayOutput ?? null}::boolean, relay_output),
           relay_control = coalesce(${state?.relayControl ?? null}::smallint, relay_control),
           limiter_threshold_w = coalesce(${state?.limiterThresholdW ?? null}::integer, limiter_threshold_w)
     where metering_point_id = ${meter.meteringPointId} and id = ${meter.meterId}`.execute(trx)
}

function acceptContext({ meter, rules }: CollectContext): AcceptContext {
  return {
    meteringPointId: meter.meteringPointId,
    meterId: meter.meterId,
    approvedPowerW: meter.approvedPowerW,
    producer: meter.producer,
    rules,
  }
}

// The whole profile is wanted, also what lies before the days expected of every point.
async function adoptProfileStart(context: CollectContext): Promise<void> {
  const { value: start } = await context.driver.readProfileStart()
  await write(context, async (trx) => {
    if (start === undefined) return
    await sql`update contor.meter set profile_from = ${new Date(start)}
               where metering_point_id = ${context.meter.meteringPointId} and id = ${context.meter.meterId}`.execute(
      trx,
    )
    const span = await lockLedger(trx, context.meter.meteringPointId)
    const from = Math.round(start / quarterMs) * quarterMs - quarterMs
    if (!span || from >= span.from) return
    const days = daysBetween(civilDayOf(from), civilDayOf(span.from))
    await widenLedger(trx, context.meter.meteringPointId, { from, through: span.through })
    await reconcile(trx, context, days, { from, through: span.through }, { from, through: from })
  })
}

async function reconcile(
  trx: Trx,
  context: CollectContext,
  days: readonly string[],
  span: Span,
  answered: Span,
) {
  if (days.length === 0) return
  const stored = await loadDays(trx, context.meter.meteringPointId, days[0], days[days.length - 1])
  const blocks = new Map(stored.map((s) => [s.day, s.block]))
  await reconcileDays(trx, { ...context.meter, span, blocks, days, answered })
}

/** Indexes, switch and events: at commissioning and once after each midnight. */
async function readDaily(context: CollectContext, clock: ClockReading, first: boolean): Promise<void> {
  const { driver, meter, db } = context
  const today = civilDayOf(clock.serverAt)
  const last = await asSystem(db, async (trx) => {
    const { rows } = await sql<{ daily: Date | null; event: Date | null }>`
      select (select max(at) from contor.index_reading where metering_point_id = ${meter.meteringPointId}
                 and obis = '1.0.1.8.0.255' and kind = 'daily' and meter_id = ${meter.meterId}) as daily,
             (select max(at) from contor.meter_event where metering_point_id = ${meter.meteringPointId}
                 and meter_id = ${meter.meterId}) as event`.execute(trx)
    return rows[0]
  })
  if (!first && last?.daily && last.daily.getTime() >= dayStart(today)) {
    await write(context, (trx) => writeMeterState(trx, meter, clock))
    return
  }
  const to = clock.meterAt + hourMs
  const oldest = dayStart(addDays(today, -60))
  const registers = await driver.readRegisters('energy')
  const currents = meter.phases === 3 ? await driver.readRegisters('instantaneous') : undefined
  const state = await driver.readSwitch()
  const daily = await driver.readDailyIndexes({
    from: last?.daily ? last.daily.getTime() + quarterMs : oldest,
    to,
  })
  const since = { from: last?.event?.getTime() ?? oldest, to }
  const events = [
    ...(await driver.readEvents('standard', since)),
    ...(await driver.readEvents('fraud', since)),
    ...(await relayEvents(context, to)),
  ]
  const aimed = context.pushTo === undefined ? undefined : await driver.aimEvents(context.pushTo)
  await write(context, async (trx) => {
    await writeMeterState(trx, meter, clock, state.value)
    await noteLimiter(trx, meter, state.value, state.exchangeId)
    if (aimed && context.pushTo !== undefined) await writeAim(trx, meter, context.pushTo, aimed)
    await judgeClock(trx, acceptContext(context), clock.serverAt, clock.deviationS)
    await acceptIndexes(
      trx,
      meter,
      'instant',
      registers.value.map((r, row) => ({
        obis: r.obis,
        at: clock.serverAt,
        valueWh: Math.round(r.value),
        exchangeId: registers.exchangeId,
        row,
      })),
    )
    await acceptIndexes(
      trx,
      meter,
      'daily',
      daily.value.flatMap((d) =>
        d.registers.map((r) => ({
          ...r,
          at: nearestQuarter(d.at),
          exchangeId: daily.exchangeId,
          row: d.row,
        })),
      ),
    )
    if ((await acceptEvents(trx, meter, events)) > 0 && events.some(({ log }) => log === 'relay'))
      await lookAtRelay(trx, meter)
    if (currents) await acceptCurrents(trx, meter, clock.serverAt, currents.exchangeId, currents.value)
    // A midnight index completes the day before it: yesterday can be judged now.
    const span = await lockLedger(trx, meter.meteringPointId)
    const days = daily.value.map((d) => addDays(civilDayOf(nearestQuarter(d.at)), -1))
    const { rows } = await sql<{
      through: Date | null
    }>`select read_through as through from contor.meter
        where metering_point_id = ${meter.meteringPointId} and id = ${meter.meterId}`.execute(trx)
    if (span && rows[0]?.through)
      await judgeDays(trx, acceptContext(context), days, span.from, rows[0].through.getTime())
  })
}

/** control_state of class 70: open, and waiting for the customer's hand. */
const readyForHand = 2

/**
 * Looks at the relay in every session: one that moved by itself, or waits for the customer's hand, has its log read at
 * once. How often a meter that is supplied is asked costs one request.
 */
async function followRelay(context: CollectContext, clock: ClockReading): Promise<void> {
  const { driver, meter } = context
  const { value: seen, exchangeId } = await driver.readSwitch()
  const moved = seen.relayOutput !== undefined && seen.relayOutput !== meter.relayOutput
  const events =
    moved || seen.relayControl === readyForHand ? await relayEvents(context, clock.meterAt + hourMs) : []
  const programmed = seen.limiterThresholdW !== (meter.limiterThresholdW ?? undefined)
  if (!moved && !programmed && events.length === 0) return
  await write(context, async (trx) => {
    await writeMeterState(trx, meter, clock, seen)
    if (programmed) await noteLimiter(trx, meter, seen, exchangeId)
    if ((await acceptEvents(trx, meter, events)) > 0 || moved) await lookAtRelay(trx, meter)
  })
}

/** Entries of the relay's log since the last one that is known; none where the meter has no such log. */
async function relayEvents(
  { db, driver, meter }: CollectContext,
  to: number,
): Promise<readonly MeterEvent[]> {
  const last = await asSystem(db, async (trx) => {
    const { rows } = await sql<{ at: Date | null }>`
      select max(at) as at from contor.meter_event
       where metering_point_id = ${meter.meteringPointId} and meter_id = ${meter.meterId} and log = 'relay'`.execute(
      trx,
    )
    return rows[0]?.at?.getTime()
  })
  try {
    // The known one is asked for again: another of the same moment may have been written after it.
    return await driver.readEvents('relay', { from: last ?? to - oldestEventsMs, to })
  } catch (error) {
    if (error instanceof DriverError && error.code === 'not-available') return []
    throw error
  }
}

async function writeAim(
  trx: Trx,
  { meteringPointId, meterId }: MeterRef,
  destination: string,
  { setup, objects }: { readonly setup: string; readonly objects: readonly PushedObject[] },
): Promise<void> {
  await sql`
    insert into contor.meter_push (metering_point_id, meter_id, setup, destination, objects, aimed_at)
    values (${meteringPointId}, ${meterId}, ${setup}, ${destination}, ${JSON.stringify(objects)}::jsonb, now())
    on conflict (metering_point_id, meter_id) do update
       set setup = excluded.setup, destination = excluded.destination, objects = excluded.objects, aimed_at = excluded.aimed_at`.execute(
    trx,
  )
}

const nearestQuarter = (at: number) => Math.round(at / quarterMs) * quarterMs

/** Asks for everything open, in slices, oldest first. */
async function readLoadProfile(context: CollectContext, clock: ClockReading): Promise<void> {
  const { db, meter } = context
  const meterNow = () => clock.meterAt + (Date.now() - clock.serverAt)
  const heldTo = floorQuarter(meterNow() - captureDelayMs)
  const ranges = await asSystem(db, async (trx) => {
    const span = await lockLedger(trx, meter.meteringPointId)
    const open = await openRanges(trx, meter.meteringPointId)
    if (span && span.through < heldTo) open.push({ from: span.through, to: heldTo })
    return open.filter((r) => r.from < heldTo).map((r) => ({ from: r.from, to: Math.min(r.to, heldTo) }))
  })
  const deviated = clockDeviates(clock.deviationS, context.rules['clock-tolerance'].parameters)
  for (const slice of daySlices(ranges)) {
    const rows = await context.driver.readProfile(slice)
    const toleranceMs = context.rules['clock-tolerance'].parameters.alignmentS * 1000
    const { days } = interpretProfile(rows, { toleranceMs, deviated })
    await write(context, async (trx) => {
      const span = await lockLedger(trx, meter.meteringPointId)
      if (!span) return
      const stored = await acceptDays(trx, acceptContext(context), days, rows.ends)
      const wide = { from: span.from, through: Math.max(span.through, slice.to) }
      const touched = daysBetween(civilDayOf(Math.min(slice.from, span.through)), civilDayOf(slice.to - 1))
      await widenLedger(trx, meter.meteringPointId, wide)
      await reconcile(trx, context, touched, wide, { from: slice.from, through: slice.to })
      await judgeDays(trx, acceptContext(context), touched, wide.from, slice.to)
      await sql`update contor.meter set read_through = greatest(read_through, ${new Date(slice.to)}), last_seen_at = now()
                 where metering_point_id = ${meter.meteringPointId} and id = ${meter.meterId}`.execute(trx)
      context.onIntervals(stored.reduce((all, day) => all + day.addedIntervals, 0))
    })
    await context.between()
  }
}

/** Slices that end at a midnight wherever they are cut, so that no day is judged by halves. */
export function daySlices(ranges: readonly { from: number; to: number }[]): { from: number; to: number }[] {
  const slices: { from: number; to: number }[] = []
  for (const merged of slicesOf(joinNear(ranges), Number.MAX_SAFE_INTEGER)) {
    let from = merged.from
    while (from < merged.to) {
      const cut = dayStart(addDays(civilDayOf(from), sliceDays))
      const to = Math.min(merged.to, cut)
      slices.push({ from, to })
      from = to
    }
  }
  return slices
}

// Scattered holes of one day cost more as requests than as one answer that repeats what is known.
function joinNear(ranges: readonly { from: number; to: number }[]): { from: number; to: number }[] {
  const joined: { from: number; to: number }[] = []
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last && range.from - last.to <= 6 * hourMs) last.to = Math.max(last.to, range.to)
    else joined.push({ ...range })
  }
  return joined
}
