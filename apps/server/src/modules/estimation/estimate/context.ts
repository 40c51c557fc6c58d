// Gathers what an estimate of one channel needs: the stretch between the readings around it, the point's own past,
// its peers, its station.

import {
  addDays,
  type Channel,
  type ChannelSeries,
  civilDayOf,
  type DayBlock,
  dayEnd,
  dayStart,
  daysBetween,
  emptySeries,
  isPresent,
  quality,
  seriesOf,
  sum,
} from '@contor/intervals'
import {
  type EstimationInput,
  freeSlots,
  type Outage,
  type RegisterReading,
  type SeriesByDay,
  timelineOf,
} from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { loadDays } from '../../readings/index.ts'
import { loadCalendar } from '../../validation/index.ts'
import type { EstimationOrder, EstimationPoint } from '../config.ts'
import { earlier, later } from '../days.ts'

/** Days to each side in which readings, history and a level are looked for. */
const reach = 62
/** Peers that are read at most, and the days around the gap in which their level is compared. */
const mostPeers = 8
const peerReach = 7
/** Points of a station beyond which its remainder is not asked for one gap. */
const mostStationPoints = 400
/** Whole days from which the energy of a year is told. */
const fewestDaysOfLevel = 14

/** Register groups of IEC 62056-61 (value group C) by channel. */
export const registerGroup: Readonly<Record<Channel, number>> = {
  'A+': 1,
  'A-': 2,
  'R+': 3,
  'R-': 4,
  Q1: 5,
  Q2: 6,
  Q3: 7,
  Q4: 8,
}

/** The whole days that lie between the readings around [from, to]; a day to each side at least. */
export async function stretchAround(
  trx: Trx,
  point: EstimationPoint,
  from: string,
  to: string,
): Promise<{ from: string; to: string }> {
  const { rows } = await sql<{ before: Date | null; after: Date | null }>`
    select (select max(at) from contor.index_reading where metering_point_id = ${point.id}
             and at <= ${new Date(dayStart(from))} and at >= ${new Date(dayStart(addDays(from, -reach)))}) as before,
           (select min(at) from contor.index_reading where metering_point_id = ${point.id}
             and at >= ${new Date(dayEnd(to))} and at <= ${new Date(dayEnd(addDays(to, reach)))}) as after`.execute(
    trx,
  )
  const [{ before, after }] = rows
  const first = before ? civilDayOf(before.getTime()) : from
  const last = after ? civilDayOf(after.getTime() - 1) : to
  return { from: earlier(first, addDays(from, -1)), to: later(last, addDays(to, 1)) }
}

export async function loadReadings(
  trx: Trx,
  meteringPointId: string,
  channel: Channel,
  from: string,
  to: string,
): Promise<RegisterReading[]> {
  const { rows } = await sql<{ meter: string; obis: string; at: Date; value: string }>`
    select meter_id as meter, obis, at, value_wh as value from contor.index_reading
     where metering_point_id = ${meteringPointId} and at between ${new Date(dayStart(from))} and ${new Date(dayEnd(to))}
       and obis like ${`1.0.${registerGroup[channel]}.8.%.255`} order by at, obis, kind`.execute(trx)
  return rows.map((row) => ({
    meter: row.meter,
    tariff: Number(row.obis.split('.')[4]),
    at: row.at.getTime(),
    value: Number(row.value),
  }))
}

/** Times between a meter's own 'power down' (code 1) and 'power up' (code 2), IDIS standard event log. */
async function loadOutages(trx: Trx, id: string, from: string, to: string): Promise<Outage[]> {
  const { rows } = await sql<{ at: Date; code: number; exchange_id: string; exchange_row: number }>`
    select at, code, exchange_id, exchange_row from contor.meter_event
     where metering_point_id = ${id} and log = 'standard' and code in (1, 2)
       and at between ${new Date(dayStart(from))} and ${new Date(dayEnd(to))} order by at, code`.execute(trx)
  const told = rows.flatMap((row, i) => {
    const down = rows[i - 1]
    if (row.code !== 2 || down?.code !== 1) return []
    const source = `${down.exchange_id}.${down.exchange_row} ${row.exchange_id}.${row.exchange_row}`
    return [{ from: down.at.getTime(), to: row.at.getTime(), source }]
  })
  return [...told, ...(await loadInterruptions(trx, id, from, to))]
}

/** Interruptions whose beginning and end a person confirmed; the number names them. */
async function loadInterruptions(trx: Trx, id: string, from: string, to: string): Promise<Outage[]> {
  const { rows } = await sql<{ from: Date; to: Date; source: string }>`
    select off_from as "from", off_to as "to", number as source from contor.interruption_point
     where metering_point_id = ${id} and off_from < ${new Date(dayEnd(to))} and off_to > ${new Date(dayStart(from))}
     order by off_from, number`.execute(trx)
  return rows.map((row) => ({ from: row.from.getTime(), to: row.to.getTime(), source: row.source }))
}

const byDay = (blocks: readonly DayBlock[], channel: Channel): SeriesByDay =>
  new Map(
    blocks.flatMap((block): [string, ChannelSeries][] => {
      const series = seriesOf(block, channel)
      return series ? [[block.day, series]] : []
    }),
  )

/** The mean of whole measured days, as a year. */
function yearOf(days: SeriesByDay): number | undefined {
  const whole = [...days.values()].filter((series) =>
    series.quality.every((byte) => (byte & 7) === quality.measured),
  )
  if (whole.length < fewestDaysOfLevel) return undefined
  return Math.round((whole.reduce((all, series) => all + sum(series), 0) * 365) / whole.length)
}

/** The point's own days around a stretch; read once for all channels. */
export async function loadOwn(trx: Trx, id: string, from: string, to: string): Promise<DayBlock[]> {
  return (await loadDays(trx, id, addDays(from, -reach), addDays(to, reach))).map((each) => each.block)
}

/** What an estimate needs of the point alone. @param locked the days of the stretch as they stand under lock */
export async function ownContext(
  trx: Trx,
  point: EstimationPoint,
  order: EstimationOrder,
  channel: Channel,
  locked: readonly DayBlock[],
  around: readonly DayBlock[],
): Promise<EstimationInput> {
  const from = locked[0].day
  const to = locked[locked.length - 1].day
  const timeline = timelineOf(locked, channel, from, to)
  const own = byDay([...around, ...locked], channel)
  const { toleranceWh, capacityWh } = order.parameters
  return {
    timeline,
    free: freeSlots(timeline, false),
    own,
    peers: [],
    station: new Map(),
    profile:
      point.kind === 'balance' || channel !== 'A+'
        ? undefined
        : point.kind === 'household'
          ? 'household'
          : 'business',
    yearWh: channel === 'A+' ? yearOf(own) : undefined,
    readings: await loadReadings(trx, point.id, channel, from, to),
    calendar: await loadCalendar(trx, point, from),
    outages: await loadOutages(trx, point.id, from, to),
    registers: {
      tolerance: toleranceWh,
      mostPerSlot: point.approvedPowerW,
      ...(capacityWh === null ? {} : { capacity: capacityWh }),
    },
  }
}

/** Adds the neighbours: peers of the same kind, and what the station has left. */
export async function withNeighbours(
  trx: Trx,
  point: EstimationPoint,
  input: EstimationInput,
): Promise<EstimationInput> {
  const { channel, from, to } = input.timeline
  const { rows } = await sql<{ id: string; kind: string }>`
    select id, kind from contor.metering_point where station_id = ${point.stationId} and id <> ${point.id} order by id`.execute(
    trx,
  )
  const peers: { id: string; days: SeriesByDay }[] = []
  for (const { id } of rows
    .filter((row) => row.kind === point.kind && row.kind !== 'balance')
    .slice(0, mostPeers)) {
    const days = await loadDays(trx, id, addDays(from, -peerReach), addDays(to, peerReach))
    peers.push({
      id,
      days: byDay(
        days.map((each) => each.block),
        channel,
      ),
    })
  }
  const asked = point.kind !== 'balance' && channel === 'A+' && rows.length <= mostStationPoints
  return { ...input, peers, station: asked ? await stationRest(trx, rows, from, to) : new Map() }
}

/** Per day: supplied − returned + produced − consumed by the other points; a slot that one of them lacks is missing. */
async function stationRest(
  trx: Trx,
  points: readonly { readonly id: string; readonly kind: string }[],
  from: string,
  to: string,
): Promise<SeriesByDay> {
  const rest = new Map<string, ChannelSeries>()
  if (!points.some((row) => row.kind === 'balance')) return rest
  for (const day of daysBetween(from, to)) {
    const series = emptySeries('A+', day)
    series.quality.fill(quality.measured)
    rest.set(day, series)
  }
  for (const { id, kind } of points) {
    const stored = new Map((await loadDays(trx, id, from, to)).map((each) => [each.day, each.block]))
    const sign = kind === 'balance' ? 1 : -1
    for (const [day, series] of rest) add(series, stored.get(day), sign)
  }
  return rest
}

function add(rest: ChannelSeries, block: DayBlock | undefined, sign: 1 | -1): void {
  const taken = block && seriesOf(block, 'A+')
  const given = block && seriesOf(block, 'A-')
  for (let slot = 0; slot < rest.values.length; slot++) {
    if (!taken || !isPresent(taken.quality[slot])) rest.quality[slot] = quality.missing
    rest.values[slot] += sign * ((taken?.values[slot] ?? 0) - (given?.values[slot] ?? 0))
  }
}
