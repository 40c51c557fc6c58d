// The journal of exchanges: one request and everything that answered it, byte for byte. Ids are taken from the
// sequence ahead of use; rows are written with the readings they brought, in one transaction.

import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'
import { legalRule } from '../legal/index.ts'
import { judgeServerClock } from '../readings/index.ts'
import { packFrames, type WireFrame } from './frames.ts'

export type ExchangeRow = {
  readonly id: number
  readonly at: number
  readonly purpose: string
  readonly keyVersion: number | null
  readonly frames: readonly WireFrame[]
}

/** Collects the exchanges of a session until the caller writes them. */
export type Journal = {
  /** @returns the id under which the exchange will be stored */
  record(purpose: string, frames: readonly WireFrame[], keyVersion: number | null): Promise<number>
  /** Hands over what was recorded since the last call. */
  take(): ExchangeRow[]
}

/** Reserved exchange ids, shared by all sessions of a process. */
export type ExchangeIds = { next(): Promise<number> }

export function createExchangeIds(db: Db, block = 256): ExchangeIds {
  const ids: number[] = []
  let filling: Promise<void> | undefined
  return {
    async next() {
      while (ids.length === 0) {
        filling ??= fill().finally(() => {
          filling = undefined
        })
        await filling
      }
      return ids.shift() as number
    },
  }
  async function fill() {
    const { rows } = await asSystem(db, (trx) =>
      sql<{
        id: string
      }>`select nextval('contor.exchange_id') as id from generate_series(1, ${block}::int)`.execute(trx),
    )
    ids.push(...rows.map((row) => Number(row.id)))
  }
}

export function createJournal(ids: ExchangeIds): Journal {
  let rows: ExchangeRow[] = []
  return {
    async record(purpose, frames, keyVersion) {
      const id = await ids.next()
      rows.push({ id, at: frames[0]?.at ?? Date.now(), purpose, keyVersion, frames })
      return id
    },
    take() {
      const taken = rows
      rows = []
      return taken
    },
  }
}

export type JournalOwner = {
  readonly meterId: string
  readonly meteringPointId: string
  readonly sessionId: string
}

/** Writes exchanges in the caller's transaction. */
export async function writeExchanges(
  trx: Trx,
  owner: JournalOwner,
  rows: readonly ExchangeRow[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into contor.exchange (id, at, meter_id, metering_point_id, session_id, purpose, key_version, frames)
    select t.id, t.at, ${owner.meterId}::bigint, ${owner.meteringPointId}::bigint, ${owner.sessionId}::bigint, t.purpose, t.key_version, t.frames
      from unnest(${rows.map((r) => r.id)}::bigint[], ${rows.map((r) => new Date(r.at).toISOString())}::timestamptz[],
                  ${rows.map((r) => r.purpose)}::text[], ${rows.map((r) => r.keyVersion)}::int[],
                  ${rows.map((r) => Buffer.from(packFrames(r.frames)))}::bytea[]) as t(id, at, purpose, key_version, frames)`.execute(
    trx,
  )
}

/** Frames are also dropped, oldest first, when the journal is larger than this. */
export type Retention = { readonly maxBytes: number }

const dayMs = 86_400_000

/**
 * Makes the partitions of today and the two days after it, and drops what is older than the law wants kept (days
 * past the billing period) or larger than allowed. What an open exception, a difference to a bill or a damaged day
 * refers to stays until it is settled. Nothing is dropped while the clock cannot be believed.
 * @returns whether old frames could go; false with a clock that the data contradict
 */
export async function maintainJournal(db: Db, retention: Retention, now = Date.now()): Promise<boolean> {
  const utcDay = (offset: number) => new Date(now + offset * dayMs).toISOString().slice(0, 10)
  return asSystem(db, async (trx) => {
    for (const offset of [0, 1, 2])
      await sql`select contor.ensure_exchange_partition(${utcDay(offset)}::date)`.execute(trx)
    const clock = await judgeServerClock(trx, now)
    if (!clock.believed) return false
    const today = civilDayOf(now)
    const past = (await legalRule(trx, 'retention.frames.days', today)).value
    const period = (await legalRule(trx, 'billing.period.days', today)).value
    const keepFrom = utcDay(-past - period)
    await sql`select contor.drop_exchange_partitions(${keepFrom}::date, ${retention.maxBytes}::bigint)`.execute(
      trx,
    )
    await sql`delete from contor.exchange
               where at < ${keepFrom}::date and not contor.is_held(metering_point_id, at::date - 11, at::date + 1)`.execute(
      trx,
    )
    return true
  })
}
