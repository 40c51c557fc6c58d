// What a crew noted of an exchange, until the office has entered it: two readings and two serials, without the keys and
// the address that make the collector speak with the new meter.

import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import type { Exchange, Indexes } from './exchange.ts'

export type NotedExchange = {
  readonly meteringPointId: string
  /** Number of the record (proces-verbal). */
  readonly record: string
  readonly at: Date
  readonly oldSerial: string
  readonly newSerial: string
  /** As on the nameplate. */
  readonly newModel: string
  /** OBIS code → Wh; empty when the old meter could not be read any more. */
  readonly endIndexes: Indexes
  readonly startIndexes: Indexes
  readonly reason: string
  readonly notedBy: string
}

export async function noteExchange(trx: Trx, note: NotedExchange): Promise<void> {
  await sql`
    insert into contor.exchange_note (metering_point_id, record, at, old_serial, new_serial, new_model, end_indexes, start_indexes, reason, noted_by)
    values (${note.meteringPointId}, ${note.record}, ${note.at}, ${note.oldSerial}, ${note.newSerial}, ${note.newModel},
      ${JSON.stringify(note.endIndexes)}::jsonb, ${JSON.stringify(note.startIndexes)}::jsonb, ${note.reason}, ${note.notedBy})`.execute(
    trx,
  )
}

export type WaitingExchange = NotedExchange & {
  readonly notedAt: Date
  readonly pod: string
  readonly pointName: string
  readonly address: string
  /** Serial in the books; another one than the crew took off has to be cleared up first. */
  readonly standing: string | null
  readonly line: string | null
  readonly host: string | null
}

/** What crews noted and nobody has entered, oldest first. */
export async function waitingExchanges(trx: Trx, limit = 500): Promise<WaitingExchange[]> {
  const { rows } = await sql<WaitingExchange>`
    select n.metering_point_id as "meteringPointId", n.record, n.at, n.old_serial as "oldSerial", n.new_serial as "newSerial",
           n.new_model as "newModel", n.end_indexes as "endIndexes", n.start_indexes as "startIndexes", n.reason,
           n.noted_by as "notedBy", n.noted_at as "notedAt", p.pod, p.name as "pointName", p.address,
           m.serial as standing, l.code as line, m.host
      from contor.exchange_note n
      join contor.metering_point p on p.id = n.metering_point_id
      left join contor.meter m on m.metering_point_id = n.metering_point_id and m.removed_at is null
      left join contor.line l on l.id = m.line_id
     where n.settled_at is null order by n.noted_at limit ${limit}`.execute(trx)
  return rows
}

/**
 * An exchange that a crew noted is entered as it was noted, or not at all.
 * @throws ContorError 'conflict' naming the first field that differs, or when the note was settled before
 */
export async function settleNote(trx: Trx, actor: Actor, entered: Exchange, meterId: string): Promise<void> {
  const { rows } = await sql<NotedExchange & { settled: Date | null }>`
    select at, old_serial as "oldSerial", new_serial as "newSerial", end_indexes as "endIndexes", start_indexes as "startIndexes",
           settled_at as settled
      from contor.exchange_note where metering_point_id = ${entered.meteringPointId} and record = ${entered.record} for update`.execute(
    trx,
  )
  const [note] = rows
  if (!note) return
  if (note.settled)
    throw new ContorError('conflict', `Record ${entered.record} was settled`, {
      field: 'record',
      value: entered.record,
      remedy: 'Read the installations of the point: the exchange is there, or the note was set aside.',
    })
  const pairs = [
    ['at', new Date(entered.at).toISOString(), note.at.toISOString()],
    ['oldSerial', entered.oldSerial, note.oldSerial],
    ['meter.serial', entered.meter.serial, note.newSerial],
    ['endIndexes', inOrder(entered.endIndexes), inOrder(note.endIndexes)],
    ['startIndexes', inOrder(entered.startIndexes), inOrder(note.startIndexes)],
  ] as const
  for (const [field, value, noted] of pairs)
    if (value !== noted)
      throw new ContorError('conflict', `Record ${entered.record} says ${noted}`, {
        field,
        value,
        remedy:
          'Enter what was signed. Where the record is wrong, set it aside with the reason, and enter another.',
      })
  await sql`update contor.exchange_note set settled_at = now(), settled_by = ${actor.subject}, meter_id = ${meterId}
             where metering_point_id = ${entered.meteringPointId} and record = ${entered.record}`.execute(trx)
}

const inOrder = (indexes: Indexes): string =>
  JSON.stringify(Object.entries(indexes).sort(([a], [b]) => (a < b ? -1 : 1)))

/** The note stays where it is, with the reason, and waits no more. */
export async function setNoteAside(
  trx: Trx,
  actor: Actor,
  meteringPointId: string,
  record: string,
  reason: string,
): Promise<void> {
  const { rows } = await sql`
    update contor.exchange_note set settled_at = now(), settled_by = ${actor.subject}, set_aside = ${reason}
     where metering_point_id = ${meteringPointId} and record = ${record} and settled_at is null returning 1`.execute(
    trx,
  )
  if (rows.length === 0) throw notFound('exchange that waits', record)
  await writeAudit(trx, actor, 'meter.exchange-set-aside', `metering-point/${meteringPointId}`, {
    record,
    reason,
  })
}
