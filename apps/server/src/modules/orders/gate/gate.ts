// Whether an order may run, and when. Pure: facts of the case and dated causes in, a verdict with every reason out.

import { civilDayOf, dayStart } from '@contor/intervals'
import type { Facts } from '../facts.ts'
import { actionOf, type OrderType } from '../machine.ts'
import {
  type DayUnit,
  dayAfterPeriod,
  lastDayOfPeriod,
  nextServedInstant,
  type ServedHours,
} from './calendar.ts'

/** One cause of law or contract, as the table of causes holds it. */
export interface Cause {
  readonly code: string
  readonly category: Category
  readonly types: readonly OrderType[]
  readonly noticeDays: number
  readonly noticeUnit: DayUnit
  /** Days after the debt began before it is a cause. */
  readonly debtDays: number
  readonly cures: readonly string[]
  readonly workingDaysOnly: boolean
  readonly userPays: boolean
  readonly justifyDays: number
  readonly resupplyDays: number
  readonly resupplyUnit: DayUnit
  readonly titleRo: string
  readonly titleEn: string
  readonly source: string
}
export type Category = 'any' | 'household' | 'non-household' | 'small' | 'large'

export interface GatePoint {
  readonly kind: 'household' | 'business' | 'public' | 'balance'
  readonly approvedPowerW: number
  /** Its meter is read and switched from afar. */
  readonly integrated: boolean
  readonly protections: readonly string[]
}

export interface GateOrder {
  readonly type: OrderType
  readonly createdAt: number
  /** Person who asked. */
  readonly requestedBy: string
  readonly approvedBy: string | null
  readonly inBatch: boolean
  readonly facts: Facts
}

/** One thing that must hold. `params` are for the sentence that the page makes of it. */
export interface Condition {
  readonly key:
    | 'debt-age'
    | 'notice-sent'
    | 'notice-days'
    | 'served-hours'
    | 'not-before'
    | 'not-cured'
    | 'protected-reason'
    | 'second-person'
  readonly ok: boolean
  readonly params: Readonly<Record<string, string | number | readonly string[]>>
  readonly source: string
}

export interface Verdict {
  readonly verdict: 'run' | 'wait' | 'approval' | 'cured'
  readonly conditions: readonly Condition[]
  /** Earliest instant at which it may run, as far as it is known. */
  readonly runsAt?: number
  readonly costBearer: 'operator' | 'user'
  /** Re-supply: the last instant. */
  readonly dueBy?: number
  /** Civil day by which the user gets a letter with documents; counted from the day of the act. */
  readonly justifyDays: number
}

export interface GateFigures {
  readonly servedHours: ServedHours
  /** From this approved power on a second person agrees, W. */
  readonly approvalFromW: number
}
/** As the product is shipped; the rows of law hold the same. */
export const shippedFigures: GateFigures = { servedHours: { from: 8, to: 16 }, approvalFromW: 100_000 }

/**
 * Categories of causes that a point falls under, the closest first.
 * @param smallUpToW consumers up to this are small (Gazette 129/1999, contract for small consumers)
 */
export function categoriesOf(
  { kind, approvedPowerW }: Pick<GatePoint, 'kind' | 'approvedPowerW'>,
  smallUpToW: number,
): readonly Category[] {
  if (kind === 'household') return ['household', 'any']
  return [approvedPowerW <= smallUpToW ? 'small' : 'large', 'non-household', 'any']
}

/** Judges an order at an instant. */
export function judgeOrder(
  order: GateOrder,
  point: GatePoint,
  cause: Cause,
  now: number,
  figures: GateFigures,
): Verdict {
  const base = {
    costBearer: cause.userPays && !point.integrated ? ('user' as const) : ('operator' as const),
    justifyDays: cause.justifyDays,
  }
  if (actionOf(order.type) === 'reconnect') {
    const last = lastDayOfPeriod(civilDayOf(order.createdAt), cause.resupplyDays, cause.resupplyUnit)
    const start = notBefore(order, now)
    return {
      ...base,
      verdict: start.condition && !start.condition.ok ? 'wait' : 'run',
      conditions: start.condition ? [start.condition] : [],
      ...(start.at === undefined ? {} : { runsAt: start.at }),
      dueBy: dayStart(dayAfterPeriod(last, 0, 'calendar')),
    }
  }
  const cure = order.facts.cures.find(({ kind }) => cause.cures.includes(kind))
  const conditions: Condition[] = [
    {
      key: 'not-cured',
      ok: !cure,
      params: cure ? { kind: cure.kind, at: cure.at } : { cures: cause.cures },
      source: 'ANRE 90/2015 an. 2, 7.3',
    },
  ]
  const lawful = lawfulFrom(order, cause, now, conditions, figures.servedHours)
  const approvals = approvalConditions(order, point, figures.approvalFromW)
  conditions.push(...approvals)
  const verdict = cure
    ? 'cured'
    : lawful === undefined || lawful > now
      ? 'wait'
      : approvals.some(({ ok }) => !ok)
        ? 'approval'
        : 'run'
  return { ...base, verdict, conditions, ...(lawful === undefined ? {} : { runsAt: lawful }) }
}

/** The earliest lawful instant, or undefined while something is missing; adds its conditions. */
function lawfulFrom(
  order: GateOrder,
  cause: Cause,
  now: number,
  conditions: Condition[],
  hours: ServedHours,
): number | undefined {
  let from: number | undefined = order.createdAt
  const { facts } = order
  // Civil days compare as text: every day comes after none.
  let causeDay = ''
  if (cause.debtDays > 0) {
    const since = facts.debtSince
    causeDay = since === undefined ? causeDay : dayAfterPeriod(since.slice(0, 10), cause.debtDays, 'calendar')
    const at = since === undefined ? undefined : dayStart(causeDay)
    conditions.push({
      key: 'debt-age',
      ok: at !== undefined && at <= now,
      params: { days: cause.debtDays, since: since ?? '', ...(at === undefined ? {} : { from: iso(at) }) },
      source: cause.source,
    })
    from = later(from, at)
  }
  if (cause.noticeDays > 0) {
    // A notice announces a cause that is there (7.2 "in the situations of 7.1"): an earlier one does not count.
    const valid = facts.notices.filter(({ sentAt }) => civilDayOf(Date.parse(sentAt)) >= causeDay)
    const notice = valid.reduce<(typeof valid)[number] | undefined>(
      (first, one) => (!first || one.sentAt < first.sentAt ? one : first),
      undefined,
    )
    conditions.push({
      key: 'notice-sent',
      ok: notice !== undefined,
      params: notice
        ? { at: notice.sentAt, channel: notice.channel, proof: notice.proof }
        : { early: facts.notices.length },
      source: cause.source,
    })
    const at = notice
      ? dayStart(dayAfterPeriod(civilDayOf(Date.parse(notice.sentAt)), cause.noticeDays, cause.noticeUnit))
      : undefined
    conditions.push({
      key: 'notice-days',
      ok: at !== undefined && at <= now,
      params: {
        days: cause.noticeDays,
        unit: cause.noticeUnit,
        ...(at === undefined ? {} : { from: iso(at) }),
      },
      source: cause.source,
    })
    from = later(from, at)
  }
  const start = notBefore(order, now)
  if (start.condition) {
    conditions.push(start.condition)
    from = later(from, start.at)
  }
  if (from !== undefined && cause.workingDaysOnly) {
    // Asked of the present once the periods are over: the hours of a day pass again and again.
    const served = nextServedInstant(Math.max(from, now), hours)
    conditions.push({
      key: 'served-hours',
      ok: served <= now,
      params: { from: iso(served) },
      source: 'practica operatorului: se poate plăti și reconecta a doua zi',
    })
    from = served
  }
  return from
}

function notBefore({ facts }: GateOrder, now: number): { at?: number; condition?: Condition } {
  if (facts.notBefore === undefined) return {}
  const at = Date.parse(facts.notBefore)
  return {
    at,
    condition: {
      key: 'not-before',
      ok: at <= now,
      params: { from: facts.notBefore },
      source: 'cererea solicitantului',
    },
  }
}

function approvalConditions(order: GateOrder, point: GatePoint, fromPowerW: number): Condition[] {
  const why: string[] = []
  if (order.inBatch) why.push('batch')
  if (point.approvedPowerW >= fromPowerW) why.push('power')
  if (point.kind === 'public') why.push('public')
  const conditions: Condition[] = []
  if (point.protections.length > 0) {
    why.push('protected')
    conditions.push({
      key: 'protected-reason',
      ok: (order.facts.protectionReason ?? '').trim().length >= 10,
      params: { kinds: point.protections },
      source: 'S3',
    })
  }
  if (why.length > 0)
    conditions.push({
      key: 'second-person',
      ok: order.approvedBy !== null && order.approvedBy !== order.requestedBy,
      params: { why },
      source: 'S3',
    })
  return conditions
}

const iso = (at: number) => new Date(at).toISOString()
const later = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? undefined : Math.max(a, b)
