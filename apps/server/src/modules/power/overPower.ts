// A limiter that opened its relay: the customer is told the steps for his meter, and the relay closes by his hand only
// (IL 4.2.2, 4.3.2). The meter is looked at until it has. Nothing here closes a relay.

import { civilDayOf, isPresent, locate, seriesOf, slotStart } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { requestCommand, type Signer } from '../commands/index.ts'
import { legalRule } from '../legal/index.ts'
import { loadDays } from '../readings/index.ts'
import type { WatchedMeter } from './point.ts'
import { changeCase, closeCase, lockCase, noteCase, openCase, type PowerCase } from './store.ts'
import { tell } from './tell.ts'
import { type RelayEvent, relayCode, relayCodes, type Trip, tripsOf } from './trips.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Entries older than the last judged one by this much are taken again: a log is read in parts, and pushed ahead. */
const overlapMs = dayMs
/** A trip before this is history: nobody is told of it any more. */
const historyMs = 2 * dayMs
const sameTripMs = 2_000

/** How a meter that waits for its customer is looked at, by minutes since the trip: [until, every]. */
const pollPlan = [
  [30, 2],
  [240, 15],
  [2_880, 60],
] as const
const laterEveryMin = 360

/** Looks through the entries of the relay's logs that came since the last look. */
export async function judgeTrips(trx: Trx, meter: WatchedMeter, approvedW: number): Promise<void> {
  const { meteringPointId, meterId } = meter
  const since = new Date((meter.eventsThrough?.getTime() ?? 0) - overlapMs)
  const { rows } = await sql<Omit<RelayEvent, 'at'> & { at: Date }>`
    select at, code, load_w as "loadW", threshold_w as "thresholdW", exchange_id as "exchangeId", exchange_row as row
      from contor.meter_event
     where metering_point_id = ${meteringPointId} and meter_id = ${meterId} and log in ('relay', 'standard') and at >= ${since}
       and code = any(${[...relayCodes]}::int[]) order by at`.execute(trx)
  if (rows.length === 0) return
  const { rows: known } = await sql<{ at: Date }>`
    select tripped_at as at from contor.power_case
     where metering_point_id = ${meteringPointId} and meter_id = ${meterId} and kind = 'over-power' and tripped_at >= ${new Date(since.getTime() - sameTripMs)}`.execute(
    trx,
  )
  const trips = tripsOf(rows.map((row) => ({ ...row, at: row.at.getTime() })))
  for (const trip of trips) {
    if (!known.some(({ at }) => Math.abs(at.getTime() - trip.at) <= sameTripMs))
      await takeTrip(trx, meter, trip, approvedW)
    else if (trip.ended) await endTrip(trx, meter, trip)
  }
  await sql`update contor.limiter_watch set events_through = greatest(events_through, ${rows.at(-1)?.at ?? null})
             where metering_point_id = ${meteringPointId} and meter_id = ${meterId}`.execute(trx)
}

async function takeTrip(trx: Trx, meter: WatchedMeter, trip: Trip, approvedW: number): Promise<void> {
  const opened = await openCase(
    trx,
    {
      meteringPointId: meter.meteringPointId,
      meterId: meter.meterId,
      kind: 'over-power',
      trippedAt: new Date(trip.at),
      loadW: trip.loadW,
      loadSource: trip.loadW === null ? null : 'meter',
      thresholdW: trip.thresholdW ?? meter.thresholdW,
      approvedW,
      nextAt: new Date(),
    },
    {
      event: 'tripped',
      actor: 'meter',
      evidence: { at: new Date(trip.at).toISOString(), loadW: trip.loadW, thresholdW: trip.thresholdW },
      exchangeId: trip.exchangeId,
    },
  )
  if (!opened) return
  if (trip.ended) {
    await endTrip(trx, meter, trip)
  } else if (Date.now() - trip.at < historyMs) await tell(trx, opened, meter, 'over-power')
}

/** The log says what moved the relay after the trip. */
async function endTrip(trx: Trx, meter: WatchedMeter, { at, ended }: Trip): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from contor.power_case
     where metering_point_id = ${meter.meteringPointId} and meter_id = ${meter.meterId} and kind = 'over-power' and state <> 'closed'
       and tripped_at between ${new Date(at - sameTripMs)} and ${new Date(at + sameTripMs)}`.execute(trx)
  const found = rows[0] && (await lockCase(trx, { meteringPointId: meter.meteringPointId, id: rows[0].id }))
  if (!found || !ended) return
  const by = ended.code === relayCode.remoteDisconnect ? 'order' : 'customer'
  await end(trx, found, meter, by, ended.at, { code: ended.code }, ended.exchangeId)
}

async function end(
  trx: Trx,
  found: PowerCase,
  meter: WatchedMeter,
  by: 'customer' | 'order',
  at: number,
  evidence: object,
  exchangeId: string | null,
): Promise<void> {
  await closeCase(trx, found, by, at, {
    actor: by === 'customer' ? 'customer' : 'power',
    evidence,
    exchangeId,
  })
  // Who was never told of the trip is not told of its end.
  if (by === 'customer' && found.told.includes('over-power'))
    await tell(trx, found, meter, 'over-power-ended', { endedAt: new Date(at).toISOString() })
  await judgeRepeated(trx, meter, found)
}

/** Trips again and again: the customer needs another permit, and a person tells him so. */
async function judgeRepeated(trx: Trx, meter: WatchedMeter, last: PowerCase): Promise<void> {
  const { meteringPointId, meterId } = meter
  const today = civilDayOf(Date.now())
  const times = (await legalRule(trx, 'trips.repeated.times', today)).value
  const days = (await legalRule(trx, 'trips.repeated.days', today)).value
  const { rows } = await sql<{ trips: number; most: number | null; lately: boolean }>`
    select count(*) filter (where kind = 'over-power')::int as trips, max(load_w) as most,
           coalesce(bool_or(kind = 'repeated'), false) as lately
      from contor.power_case
     where metering_point_id = ${meteringPointId} and meter_id = ${meterId}
       and coalesce(tripped_at, opened_at) > clock_timestamp() - ${`${days} days`}::interval`.execute(trx)
  const { trips, most, lately } = rows[0] ?? { trips: 0, most: null, lately: true }
  if (trips < times || lately) return
  const evidence = { trips, days, mostW: most }
  const opened = await openCase(
    trx,
    {
      meteringPointId,
      meterId,
      kind: 'repeated',
      state: 'operator',
      loadW: most,
      loadSource: most === null ? null : 'meter',
      thresholdW: meter.thresholdW,
      approvedW: last.approvedW,
    },
    { event: 'opened', actor: 'power', evidence },
  )
  if (opened) await tell(trx, opened, meter, 'over-power-repeated', evidence)
}

/** Tells, looks, and waits for the customer's hand. */
export async function advanceOverPower(
  trx: Trx,
  signer: Signer,
  waiting: PowerCase,
  meter: WatchedMeter,
): Promise<void> {
  const now = Date.now()
  let found = await withLoad(trx, waiting)
  if (found.commandId !== null) {
    const looked = await lookOf(trx, found)
    if (looked === 'under-way') {
      await changeCase(trx, found, { nextAt: null })
      return
    }
    found = await changeCase(trx, found, { commandId: null })
    if (looked?.relayOutput === true || looked?.relayControl === 0) {
      const by = looked.relayOutput === true ? 'customer' : 'order'
      await end(trx, found, meter, by, now, { looked: true }, looked.exchangeId)
      await readLogSoon(trx, meter)
      return
    }
    await noteCase(trx, found, {
      event: 'looked',
      actor: 'power',
      evidence: { relayOutput: looked?.relayOutput ?? null, relayControl: looked?.relayControl ?? null },
      exchangeId: looked?.exchangeId,
    })
    const minutes = (now - (found.trippedAt ?? found.openedAt).getTime()) / minuteMs
    const every = pollPlan.find(([until]) => minutes < until)?.[1] ?? laterEveryMin
    await changeCase(trx, found, { nextAt: new Date(now + every * minuteMs) })
    return
  }
  await remind(trx, found, meter, now)
  const command = await requestCommand(trx, signer, {
    meteringPointId: found.meteringPointId,
    meterId: found.meterId,
    kind: 'read-state',
    parameters: {},
    orderId: null,
    requestedBy: 'power',
    approvedBy: null,
    supplier: null,
    urgent: false,
  })
  await changeCase(trx, found, { commandId: command.id, nextAt: null })
}

async function remind(trx: Trx, found: PowerCase, meter: WatchedMeter, now: number): Promise<void> {
  if (!found.told.includes('over-power')) return
  const today = civilDayOf(now)
  const hours = (now - (found.trippedAt ?? found.openedAt).getTime()) / hourMs
  if (hours >= (await legalRule(trx, 'trips.call.hours', today)).value)
    await tell(trx, found, meter, 'over-power-call')
  else if (hours >= (await legalRule(trx, 'trips.remind.hours', today)).value)
    await tell(trx, found, meter, 'over-power-reminder')
}

interface Looked {
  readonly relayOutput: boolean | null
  readonly relayControl: number | null
  readonly exchangeId: string | null
}

/** What the look that was asked for has seen; undefined when it did not reach the meter. */
async function lookOf(trx: Trx, found: PowerCase): Promise<Looked | 'under-way' | undefined> {
  const { rows } = await sql<{
    state: string
    seen: { relayOutput?: boolean; relayControl?: number } | null
    exchangeId: string | null
  }>`
    select c.state, s.details as seen, s.exchange_id as "exchangeId"
      from contor.relay_command c
      left join lateral (select details, exchange_id from contor.command_step s
                          where s.metering_point_id = c.metering_point_id and s.command_id = c.id and s.step = 'state'
                          order by s.seq desc limit 1) s on true
     where c.metering_point_id = ${found.meteringPointId} and c.id = ${found.commandId}`.execute(trx)
  const row = rows[0]
  if (!row || row.state === 'queued' || row.state === 'released') return row ? 'under-way' : undefined
  if (row.state !== 'done' || !row.seen) return undefined
  return {
    relayOutput: row.seen.relayOutput ?? null,
    relayControl: row.seen.relayControl ?? null,
    exchangeId: row.exchangeId,
  }
}

/** The log tells when and by which hand the relay closed: the next session brings it. */
async function readLogSoon(trx: Trx, { meteringPointId, meterId }: WatchedMeter): Promise<void> {
  await sql`update contor.meter_task set next_at = least(next_at, now())
             where metering_point_id = ${meteringPointId} and meter_id = ${meterId}`.execute(trx)
}

/** Shortest part of a quarter-hour whose mean says something of the load. */
const leastPartMs = minuteMs

/** Where no log told the load: the mean of the quarter-hour up to the trip, once that has been read. */
async function withLoad(trx: Trx, found: PowerCase): Promise<PowerCase> {
  if (found.loadW !== null || !found.trippedAt) return found
  const at = found.trippedAt.getTime()
  const { day, slot } = locate(at)
  const partMs = at - slotStart(day, slot)
  const [stored] = await loadDays(trx, found.meteringPointId, day, day)
  const imported = stored && seriesOf(stored.block, 'A+')
  if (!imported || partMs < leastPartMs || !isPresent(imported.quality[slot] ?? 0)) return found
  return changeCase(trx, found, {
    loadW: Math.round(((imported.values[slot] ?? 0) * hourMs) / partMs),
    loadSource: 'profile',
  })
}
