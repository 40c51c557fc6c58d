// What a meter has to hold for a while below its permit, under a signature: as with permits, thresholds are programmed
// from sealed rows only. A row that lost its seal limits nobody.

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { tighten } from './guard/state.ts'
import type { Signer, Verifier } from './signing.ts'

export interface Limitation {
  readonly meteringPointId: string
  readonly id: string
  /** Threshold of the limiter meanwhile, W. */
  readonly watts: number
  readonly startsAt: Date
  /** Never in force at or after this. */
  readonly endsAt: Date
  /** What it is for, e.g. the number of a run. */
  readonly cause: string
  readonly actor: string
  /** The second person. */
  readonly approvedBy: string
  readonly recordedAt: Date
}
type Row = Limitation & { readonly seal: Buffer }

const bytesOf = (row: Limitation) =>
  Buffer.from(
    JSON.stringify([
      'contor-limitation-1',
      row.meteringPointId,
      row.id,
      row.watts,
      row.startsAt.getTime(),
      row.endsAt.getTime(),
      row.cause,
      row.actor,
      row.approvedBy,
      row.recordedAt.getTime(),
    ]),
  )

/**
 * Seals and records a limitation; whoever keeps limiters follows it from its start to its end.
 * @throws RangeError without a second person
 */
export async function recordLimitation(
  trx: Trx,
  signer: Signer,
  input: Omit<Limitation, 'id' | 'recordedAt'>,
): Promise<Limitation> {
  if (input.approvedBy === input.actor) throw new RangeError('a limitation needs a second person')
  const row: Limitation = { ...input, id: randomUUID(), recordedAt: new Date() }
  await sql`
    insert into contor.limitation (metering_point_id, id, watts, starts_at, ends_at, cause, actor, approved_by, recorded_at, seal)
    values (${row.meteringPointId}, ${row.id}, ${row.watts}, ${row.startsAt}, ${row.endsAt}, ${row.cause}, ${row.actor},
            ${row.approvedBy}, ${row.recordedAt}, ${signer.sign(bytesOf(row))})`.execute(trx)
  return row
}

/** Ends a limitation sooner than planned. @returns false when it had ended */
export async function liftLimitation(
  trx: Trx,
  ref: Pick<Limitation, 'meteringPointId' | 'id'>,
): Promise<boolean> {
  const { rows } = await sql`
    update contor.limitation set lifted_at = clock_timestamp()
     where metering_point_id = ${ref.meteringPointId} and id = ${ref.id} and lifted_at is null and ends_at > clock_timestamp()
    returning 1`.execute(trx)
  return rows.length > 0
}

/**
 * The lowest limitation of a point that is in force and sealed. One whose seal does not hold raises an alarm and counts
 * for nothing.
 */
export async function lowestLimitation(
  trx: Trx,
  verifier: Verifier,
  meteringPointId: string,
): Promise<Limitation | undefined> {
  const { rows } = await sql<Row>`
    select metering_point_id as "meteringPointId", id, watts, starts_at as "startsAt", ends_at as "endsAt", cause, actor,
           approved_by as "approvedBy", recorded_at as "recordedAt", seal
      from contor.limitation
     where metering_point_id = ${meteringPointId} and lifted_at is null and starts_at <= clock_timestamp()
       and ends_at > clock_timestamp() order by watts, id`.execute(trx)
  for (const { seal, ...row } of rows) {
    if (verifier.verify(bytesOf(row), seal)) return row
    await tighten(trx, 'alarm', 'power', 'a limitation was refused: its seal is not of this house', {
      point: meteringPointId,
    })
    await sql`update contor.limitation set lifted_at = clock_timestamp()
               where metering_point_id = ${meteringPointId} and id = ${row.id}`.execute(trx)
  }
  return undefined
}
