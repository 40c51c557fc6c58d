// Read now: a person waits. Every step is stored and announced as it happens.

import { sql } from 'kysely'
import { asSystem, type Db } from '../../platform/index.ts'
import type { MeterRef } from '../network/index.ts'
import { acceptIndexes, interpretProfile } from '../readings/index.ts'
import { type Driver, DriverError } from './drivers/driver.ts'
import { floorQuarter } from './gaps.ts'
import type { Journal } from './journal.ts'
import { writeExchanges } from './journal.ts'
import type { SessionMeter } from './meter.ts'

export type ReadRequest = { readonly id: string; readonly items: readonly string[] }
export const readItems = ['registers', 'instantaneous', 'clock', 'profile'] as const
export type ReadItem = (typeof readItems)[number]

export type Step = {
  readonly kind: 'connect' | 'request' | 'response' | 'value' | 'error' | 'done'
  readonly label: string
  readonly hex?: string
  readonly trace?: string
  readonly values?: readonly {
    readonly name: string
    readonly value: number | string
    readonly unit?: string
  }[]
}

/** Channel of NOTIFY on which new steps are announced; the payload is the request's id. */
export const readChannel = 'contor_read'

/** Appends a step and announces it. */
export async function addStep(db: Db, meteringPointId: string, requestId: string, step: Step): Promise<void> {
  await asSystem(db, async (trx) => {
    await sql`
      insert into contor.read_step (request_id, seq, metering_point_id, at, step)
      select ${requestId}::bigint, coalesce(max(seq), 0) + 1, ${meteringPointId}::bigint, clock_timestamp(), ${JSON.stringify(step)}::jsonb
        from contor.read_step where metering_point_id = ${meteringPointId} and request_id = ${requestId}`.execute(
      trx,
    )
    await sql`select pg_notify(${readChannel}, ${requestId})`.execute(trx)
  })
}

/** Takes the oldest queued request of a meter. */
export async function takeRequest(db: Db, meter: MeterRef): Promise<ReadRequest | undefined> {
  return asSystem(db, async (trx) => {
    const { rows } = await sql<ReadRequest>`
      update contor.read_request set state = 'running'
       where metering_point_id = ${meter.meteringPointId}
         and id = (select id from contor.read_request
                    where metering_point_id = ${meter.meteringPointId} and meter_id = ${meter.meterId} and state = 'queued'
                    order by id limit 1 for update skip locked) returning id, items`.execute(trx)
    return rows[0]
  })
}

export async function finishRequest(
  db: Db,
  meteringPointId: string,
  requestId: string,
  error?: string,
): Promise<void> {
  const step: Step = error === undefined ? { kind: 'done', label: 'done' } : { kind: 'error', label: error }
  await addStep(db, meteringPointId, requestId, step)
  await asSystem(db, async (trx) => {
    await sql`update contor.read_request set state = ${error === undefined ? 'done' : 'failed'}, error_text = ${error ?? null},
                     finished_at = now() where metering_point_id = ${meteringPointId} and id = ${requestId}`.execute(
      trx,
    )
    await sql`select pg_notify(${readChannel}, ${requestId})`.execute(trx)
  })
}

export type ServeContext = {
  readonly db: Db
  readonly sessionId: string
  readonly meter: SessionMeter
  readonly driver: Driver
  readonly journal: Journal
}

/** Serves one request over an open session. A failing item is a step; a broken session is thrown on. */
export async function serveRequest(context: ServeContext, request: ReadRequest): Promise<void> {
  const { meter, db } = context
  const items = readItems.filter((item) => request.items.includes(item))
  for (const item of items) {
    await addStep(db, meter.meteringPointId, request.id, { kind: 'request', label: item })
    try {
      await serveItem(context, request, item)
    } catch (error) {
      if (!(error instanceof DriverError)) throw error
      await addStep(db, meter.meteringPointId, request.id, {
        kind: 'error',
        label: `${item}: ${error.message}`,
      })
      if (error.code !== 'not-available') {
        await finishRequest(db, meter.meteringPointId, request.id, error.message)
        throw error
      }
    }
  }
  await finishRequest(db, meter.meteringPointId, request.id)
}

async function serveItem(context: ServeContext, request: ReadRequest, item: ReadItem): Promise<void> {
  const { driver, meter } = context
  const step = (label: string, exchangeId: number, values: NonNullable<Step['values']>) =>
    flush(context, request, label, exchangeId, values)
  if (item === 'clock') {
    const { value, exchangeId } = await driver.readClock()
    await step(item, exchangeId, [
      { name: 'clock', value: new Date(value.meterAt).toISOString() },
      { name: 'deviation', value: Math.round(value.deviationS * 10) / 10, unit: 's' },
    ])
  } else if (item === 'profile') {
    const now = Date.now()
    const rows = await driver.readProfile({ from: floorQuarter(now) - 4 * 3_600_000, to: floorQuarter(now) })
    const { days } = interpretProfile(rows, { toleranceMs: 60_000 })
    const entries = days.reduce((all, day) => all + day.sources.filter(Boolean).length, 0)
    await step(item, rows.exchangeId, [{ name: 'entries', value: entries }])
  } else {
    const group = item === 'registers' ? 'energy' : 'instantaneous'
    const { value, exchangeId } = await driver.readRegisters(group)
    await step(
      item,
      exchangeId,
      value.map((r) => ({ name: r.obis, value: r.value, unit: r.unit })),
    )
    if (item === 'registers') {
      const at = Date.now()
      await asSystem(context.db, (trx) =>
        acceptIndexes(
          trx,
          meter,
          'instant',
          value.map((r, row) => ({ obis: r.obis, at, valueWh: Math.round(r.value), exchangeId, row })),
        ),
      )
    }
  }
}

// Frames go to the journal at once, so that a trace shown in a step can be opened while the session still runs.
async function flush(
  context: ServeContext,
  request: ReadRequest,
  label: string,
  exchangeId: number,
  values: NonNullable<Step['values']>,
) {
  const { db, meter, journal } = context
  const rows = journal.take()
  await asSystem(db, (trx) => writeExchanges(trx, { ...meter, sessionId: context.sessionId }, rows))
  for (const row of rows) {
    const received = row.frames.filter((f) => f.direction === 'received')
    const hex = received
      .map((f) => Buffer.from(f.bytes).toString('hex'))
      .join(' ')
      .slice(0, 20_000)
    await addStep(db, meter.meteringPointId, request.id, {
      kind: 'response',
      label: row.purpose,
      hex,
      trace: `${row.id}.0`,
    })
  }
  await addStep(db, meter.meteringPointId, request.id, {
    kind: 'value',
    label,
    trace: `${exchangeId}.0`,
    values,
  })
}
