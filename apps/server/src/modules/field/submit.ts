// A record of a visit comes in: kept first, then its effect on the order. Either step may be cut off and is taken up
// again by the next sending, or by the next look at the list.

import { createHash } from 'node:crypto'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import {
  type Actor,
  asSystem,
  ContorError,
  notFound,
  systemActor,
  type Trx,
  withActor,
} from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { noteExchange } from '../network/index.ts'
import { type OrderDesk, recordFieldResult } from '../orders/index.ts'
import { answerConflict, giveBackSupply } from './conflict.ts'
import { loadFacts, type ResultCode } from './facts.ts'
import { visitAgain } from './planExchange.ts'
import { type FieldRecord, mustBeWhole } from './record.ts'
import { findRecord, findVisit, isOfOrder, type OrderVisit, type StoredRecord, type Visit } from './visits.ts'

/** What came of a record. */
export interface RecordAnswer {
  readonly recordId: string
  readonly number: string
  readonly sha256: string
  /** `conflict`: the order was not the crew's any more when its work was done; `none`: done already by other means. */
  readonly effect: 'executed' | 'postponed' | 'failed' | 'conflict' | 'none'
  readonly conflict: Conflict | null
}
export interface Conflict {
  readonly orderState: string
  /** When the order left the crew, and how. */
  readonly event: string
  readonly at: string
  readonly actedAt: string | null
  /** Supply was taken and has to be given back. */
  readonly dark: boolean
  /** Number of the order that gives it back; null while it could not be made yet. */
  readonly reconnectOrder: string | null
}

interface Input {
  readonly actor: Actor
  readonly visitId: string
  readonly record: FieldRecord
  /** Calendar of orders, epoch ms. */
  readonly now: number
}

/**
 * @returns what came of it; the same record sent again gives the same answer
 * @throws ContorError 'conflict' for another record of the same visit, or when photos are missing;
 *   'invalid-request' when it is not whole
 */
export async function submitRecord(desk: OrderDesk, input: Input): Promise<RecordAnswer> {
  const visit = await withActor(desk.db, input.actor, (trx) => findVisit(trx, input.actor, input.visitId))
  if (!visit) throw notFound('visit', input.visitId)
  await asSystem(desk.db, (trx) => keepRecord(trx, visit, input))
  return takeEffect(desk, visit, input.now)
}

/** Sums are over the text as it is kept: whoever has the text can repeat them. */
const digestOf = (content: string): Buffer => createHash('sha256').update(content).digest()

async function keepRecord(trx: Trx, visit: Visit, { actor, record, now }: Input): Promise<void> {
  await sql`select 1 from contor.field_visit where metering_point_id = ${visit.meteringPointId} and id = ${visit.id} for update`.execute(
    trx,
  )
  const content = JSON.stringify(record)
  const sha256 = digestOf(content)
  const known = await findRecord(trx, visit)
  if (known) {
    if (known.id === record.id && known.sha256.equals(sha256)) return
    throw new ContorError('conflict', `This visit has record ${known.number} already`, {
      field: 'id',
      value: record.id,
      remedy:
        'A record that was accepted is not changed: read it, and tell the operator what is wrong in it.',
    })
  }
  const facts = await loadFacts(trx, civilDayOf(Date.parse(record.startedAt)))
  mustBeWhole(record, visit.task, facts, Math.max(now, Date.now()))
  await mustHavePhotos(trx, visit, record)
  const { rows } = await sql<{ n: string }>`select nextval('contor.field_record_number')::text as n`.execute(
    trx,
  )
  const number = `PV-${record.finishedAt.slice(0, 4)}-${(rows[0]?.n ?? '').padStart(6, '0')}`
  await sql`
    insert into contor.field_record (metering_point_id, visit_id, id, number, content, sha256, recorded_by, received_at)
    values (${visit.meteringPointId}, ${visit.id}, ${record.id}, ${number}, ${content}, ${sha256}, ${actor.subject}, ${new Date()})`.execute(
    trx,
  )
  if (record.exchange) await noteExchange(trx, exchangeOf(visit, record, record.exchange, number, actor))
  await writeAudit(trx, actor, 'field.record', `visit:${visit.id}`, {
    record: number,
    order: visit.orderNumber,
    result: record.result,
    sha256: sha256.toString('hex'),
  })
}

function exchangeOf(
  visit: Visit,
  record: FieldRecord,
  exchange: NonNullable<FieldRecord['exchange']>,
  number: string,
  actor: Actor,
): Parameters<typeof noteExchange>[1] {
  if (record.actedAt === null) throw new Error('a whole record of an exchange says when it was')
  const indexes = (when: 'before' | 'after') =>
    Object.fromEntries(
      record.readings
        .filter((one) => one.when === when)
        .map(({ register, energyWh }) => [`1.0.${register}.255`, energyWh]),
    )
  return {
    meteringPointId: visit.meteringPointId,
    record: number,
    at: new Date(record.actedAt),
    oldSerial: exchange.oldSerial,
    newSerial: exchange.newSerial,
    newModel: exchange.newModel,
    endIndexes: indexes('before'),
    startIndexes: indexes('after'),
    reason: exchange.reason,
    notedBy: actor.subject,
  }
}

async function mustHavePhotos(trx: Trx, visit: Visit, record: FieldRecord): Promise<void> {
  const { rows } = await sql<{ id: string; sha256: Buffer }>`
    select id, sha256 from contor.field_photo where metering_point_id = ${visit.meteringPointId} and visit_id = ${visit.id}`.execute(
    trx,
  )
  const stored = new Map(rows.map(({ id, sha256 }) => [id, sha256.toString('hex')]))
  const missing = record.photos.filter(({ id, sha256 }) => stored.get(id) !== sha256).map(({ id }) => id)
  if (missing.length > 0)
    throw new ContorError('conflict', `${missing.length} photos of the record have not arrived`, {
      field: 'photos',
      value: missing,
      remedy: 'Send each with PUT /api/field/visits/{id}/photos/{photoId}, then the record again.',
    })
}

const effects = { done: 'executed', postponed: 'postponed', impossible: 'failed' } as const
const visitStates = {
  executed: 'done',
  postponed: 'postponed',
  failed: 'impossible',
  conflict: 'conflict',
  none: 'done',
} as const

/** Effects under way, by visit: orders move in this process alone, so that here is where two sendings meet. */
const underWay = new Map<string, Promise<unknown>>()

async function takeEffect(desk: OrderDesk, visit: Visit, now: number): Promise<RecordAnswer> {
  const before = underWay.get(visit.id)
  const effect = (async () => {
    await before?.catch(() => {})
    const stored = await asSystem(desk.db, (trx) => findRecord(trx, visit))
    if (!stored) throw notFound('record of visit', visit.id)
    return decideEffect(desk, visit, stored, now)
  })()
  underWay.set(visit.id, effect)
  try {
    return await effect
  } finally {
    if (underWay.get(visit.id) === effect) underWay.delete(visit.id)
  }
}

async function decideEffect(
  desk: OrderDesk,
  visit: Visit,
  stored: StoredRecord,
  now: number,
): Promise<RecordAnswer> {
  if (stored.effect !== 'received')
    return showAnswer(
      stored,
      stored.reconnect === 'due' && isOfOrder(visit)
        ? await giveBackSupply(desk, visit, stored, now)
        : undefined,
    )
  const record = JSON.parse(stored.content) as FieldRecord
  const facts = await asSystem(desk.db, (trx) => loadFacts(trx, civilDayOf(Date.parse(record.startedAt))))
  const result = facts.results.find(({ code }) => code === record.result)
  if (!result) throw new Error(`record ${stored.number} has a result that is not known`)
  if (!isOfOrder(visit) || (await applyToOrder(desk, visit, stored, record, result, now))) {
    const effect = effects[result.effect]
    await asSystem(desk.db, async (trx) => {
      await endVisit(trx, visit, effect)
      if (!isOfOrder(visit) && effect === 'postponed') await visitAgain(trx, visit, record.nextVisit)
    })
    return showAnswer({ ...stored, effect })
  }
  const conflict = await asSystem(desk.db, (trx) => answerConflict(trx, visit, stored, record, result, now))
  await asSystem(desk.db, (trx) => endVisit(trx, visit, conflict.effect))
  const current = { ...stored, ...conflict }
  return showAnswer(
    current,
    current.reconnect === 'due' ? await giveBackSupply(desk, visit, current, now) : undefined,
  )
}

/** @returns whether the order took it; false when it was not with the crew any more */
async function applyToOrder(
  desk: OrderDesk,
  visit: OrderVisit,
  stored: StoredRecord,
  record: FieldRecord,
  result: ResultCode,
  now: number,
): Promise<boolean> {
  const ref = { meteringPointId: visit.meteringPointId, id: visit.orderId }
  const taken = await asSystem(desk.db, async (trx) => {
    const { rows } = await sql`
      select 1 from contor.order_event where metering_point_id = ${ref.meteringPointId} and order_id = ${ref.id} and evidence->>'record' = ${stored.id}`.execute(
      trx,
    )
    return rows.length > 0
  })
  if (taken) return true
  try {
    await recordFieldResult(
      desk.db,
      { ...systemActor, subject: stored.recordedBy, role: 'crew' },
      ref,
      {
        result: result.effect,
        reason: record.note || result.titleRo,
        nextVisit: record.nextVisit,
        evidence: {
          record: stored.id,
          number: stored.number,
          visit: visit.id,
          code: result.code,
          actedAt: record.actedAt,
          sha256: stored.sha256.toString('hex'),
        },
      },
      now,
    )
    return true
  } catch (error) {
    if (error instanceof ContorError && error.code === 'conflict') return false
    throw error
  }
}

async function endVisit(trx: Trx, visit: Visit, effect: RecordAnswer['effect']): Promise<void> {
  const ref = sql`metering_point_id = ${visit.meteringPointId}`
  await sql`update contor.field_visit set state = ${visitStates[effect]}, ended_at = now() where ${ref} and id = ${visit.id}`.execute(
    trx,
  )
  await sql`update contor.field_record set effect = ${effect} where ${ref} and visit_id = ${visit.id} and effect = 'received'`.execute(
    trx,
  )
}

function showAnswer(stored: StoredRecord, reconnectOrder?: string | null): RecordAnswer {
  const conflict = stored.answer as Partial<Conflict>
  if (stored.effect === 'received') throw new Error('a record without effect has no answer')
  return {
    recordId: stored.id,
    number: stored.number,
    sha256: stored.sha256.toString('hex'),
    effect: stored.effect,
    conflict:
      stored.effect === 'conflict'
        ? ({ ...conflict, reconnectOrder: reconnectOrder ?? conflict.reconnectOrder ?? null } as Conflict)
        : null,
  }
}

/** Takes up records whose effect was cut off, and supply that is still to be given back. */
export async function finishRecords(desk: OrderDesk, now: number): Promise<void> {
  const visits = await asSystem(desk.db, async (trx) => {
    const { rows } = await sql<{ visit_id: string }>`
      select visit_id from contor.field_record where effect = 'received' or reconnect = 'due' order by received_at limit 50`.execute(
      trx,
    )
    return Promise.all(rows.map(({ visit_id }) => findVisit(trx, systemActor, visit_id)))
  })
  for (const visit of visits) {
    if (visit) await takeEffect(desk, visit, now)
  }
}
