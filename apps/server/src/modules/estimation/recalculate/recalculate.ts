// Consumption of faulty metering, recalculated: a document first, versions when a second person has approved it.

import { type Channel, dayEnd, dayStart, daysBetween } from '@contor/intervals'
import { seriesOfDay, type Timeline, timelineOf } from '@contor/vee'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../../platform/index.ts'
import { billedPeriods, loadDays } from '../../readings/index.ts'
import { type EstimationPoint, loadPoint } from '../config.ts'
import { lockDays } from '../days.ts'
import { changesOf } from '../edit/changes.ts'
import { type Edit, findEdit, keepEdit, type NewEdit } from '../edit/edits.ts'
import { byCoefficient, byFollowingPeriod, coefficientOf } from './compute.ts'
import { type PeriodInput, periodOf } from './period.ts'
import { monthsOf, type RecalculationReport } from './report.ts'

export type RecalculationRequest = PeriodInput & {
  readonly meteringPointId: string
  readonly channel: Channel
  readonly reason: string
  readonly method:
    | {
        readonly kind: 'coefficient'
        /** (measured − true) / true × 100, as the laboratory found it. */
        readonly errorPercent: number
        /** Limit of the meter's class; an error within it corrects nothing. */
        readonly allowedErrorPercent: number
        readonly certificate: string
      }
    | {
        readonly kind: 'following-period'
        /** Civil days of the new meter, both included. */
        readonly from: string
        readonly to: string
        readonly factor: number
        /** Where a factor other than 1 was agreed. */
        readonly agreement?: string | undefined
      }
}

type Planned = {
  readonly report: RecalculationReport
  readonly days: NewEdit['days']
  readonly billed: boolean
}

/** Computes a recalculation and writes nothing. */
export async function planRecalculation(trx: Trx, request: RecalculationRequest): Promise<Planned> {
  const point = await loadPoint(trx, request.meteringPointId)
  const period = periodOf(request)
  const locked = await lockDays(trx, point.id, period.from, period.to)
  const before = timelineOf(
    locked.map((each) => each.block),
    request.channel,
    period.from,
    period.to,
  )
  const { after, method } = await recalculated(trx, point, before, request)
  const days = daysBetween(period.from, period.to).map((day) => {
    const old = seriesOfDay(before, day)
    const next = seriesOfDay(after, day)
    const total = (values: Int32Array) => values.reduce((all, value) => all + value, 0)
    return { day, before: total(old.values), after: total(next.values), changes: changesOf(old, next) }
  })
  const months = monthsOf(days)
  const sumOf = (key: 'measuredWh' | 'recalculatedWh' | 'differenceWh') =>
    months.reduce((all, month) => all + month[key], 0)
  const bills = (await billedPeriods(trx, point.id, period.from, period.to)).map((bill) => ({
    billRef: bill.billRef,
    from: bill.from,
    to: bill.to,
    differenceWh: days
      .filter(({ day }) => bill.from <= day && day <= bill.to)
      .reduce((all, day) => all + day.after - day.before, 0),
  }))
  const { rule, ...span } = period
  const report: RecalculationReport = {
    point: { id: point.id, pod: point.pod, name: point.name, address: point.address },
    meterSerial: await meterOn(trx, point.id, period.to),
    channel: request.channel,
    period: span,
    foundOn: request.foundOn,
    lastCheck: request.lastCheck ?? null,
    knownStart: request.knownStart ?? null,
    law: { mostMonths: rule.mostMonths, source: rule.source },
    method,
    months,
    total: {
      measuredWh: sumOf('measuredWh'),
      recalculatedWh: sumOf('recalculatedWh'),
      differenceWh: sumOf('differenceWh'),
    },
    bills,
    reason: request.reason,
  }
  return { report, days, billed: bills.length > 0 }
}

async function recalculated(
  trx: Trx,
  point: EstimationPoint,
  before: Timeline,
  { method, channel }: RecalculationRequest,
): Promise<{ after: Timeline; method: RecalculationReport['method'] }> {
  if (method.kind === 'coefficient') {
    if (Math.abs(method.errorPercent) <= method.allowedErrorPercent)
      throw new ContorError('invalid-request', 'The error lies within the metrological tolerance', {
        field: 'method.errorPercent',
        value: method.errorPercent,
        remedy: 'Only errors outside the tolerance of the meter’s class are recalculated.',
      })
    const coefficient = coefficientOf(method.errorPercent)
    const { after, missing } = byCoefficient(before, coefficient)
    return { after, method: { ...method, ...coefficient, missingSlots: missing } }
  }
  if (method.factor !== 1 && method.agreement === undefined)
    throw new ContorError('invalid-request', 'A change of use is agreed by both sides', {
      field: 'method.agreement',
      value: null,
      remedy: 'Name the document in which the factor was agreed, or leave the factor at 1.',
    })
  if (method.from <= before.to || method.to < method.from)
    throw new ContorError('invalid-request', 'The following period comes after the faulty one', {
      field: 'method.from',
      value: method.from,
      remedy: `Choose days after ${before.to}.`,
    })
  const stored = (await loadDays(trx, point.id, method.from, method.to)).map((each) => each.block)
  const following = timelineOf(stored, channel, method.from, method.to)
  const { after, figures } = byFollowingPeriod(before, following, method.factor)
  return { after, method: { ...method, agreement: method.agreement ?? null, kinds: figures } }
}

async function meterOn(trx: Trx, id: string, day: string): Promise<string | null> {
  const { rows } = await sql<{ serial: string }>`
    select serial from contor.meter where metering_point_id = ${id}
     order by (installed_at < ${new Date(dayEnd(day))} and (removed_at is null or removed_at >= ${new Date(dayStart(day))})) desc,
              installed_at desc, id desc limit 1`.execute(trx)
  return rows[0]?.serial ?? null
}

/** Keeps the document; the values change when another person approves it (POST /edits/{id}/approve). */
export async function makeRecalculation(
  trx: Trx,
  actor: Actor,
  request: RecalculationRequest,
): Promise<{ edit: Edit; report: RecalculationReport }> {
  const { report, days, billed } = await planRecalculation(trx, request)
  const id = await keepEdit(trx, actor, {
    kind: 'recalculation',
    meteringPointId: request.meteringPointId,
    channel: request.channel,
    from: new Date(dayStart(report.period.from)),
    to: new Date(dayEnd(report.period.to)),
    reason: request.reason,
    operation: { kind: `recalculation.${request.method.kind}` },
    billed,
    report,
    days,
  })
  return { edit: await findEdit(trx, id), report }
}

export async function findRecalculation(
  trx: Trx,
  id: string,
): Promise<{ edit: Edit; report: RecalculationReport }> {
  const edit = await findEdit(trx, id)
  const { rows } = await sql<{ report: RecalculationReport | null }>`
    select report from contor.edit where metering_point_id = ${edit.meteringPointId} and id = ${id}`.execute(
    trx,
  )
  const report = rows[0]?.report
  if (!report) throw notFound('recalculation', id)
  return { edit, report }
}
