// One session with one meter, from the lease to the entry in the session list.

import type { MeterModel } from '@contor/dlms'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type KeyRing, type Log } from '../../platform/index.ts'
import { contactFailed, type Door } from '../commands/index.ts'
import { type Deadlines, loadDeadlines } from '../legal/index.ts'
import type { RuleBook } from '../validation/index.ts'
import { counterReading, readingSession, releases } from './association.ts'
import { backoffMs } from './backoff.ts'
import { collect } from './collect.ts'
import { serveCommands } from './commandSession.ts'
import { createCounterSource, raiseCounter, raiseServerFloor, reserveCounters } from './counters.ts'
import { DlmsConnection, type Traffic } from './drivers/dlms/connection.ts'
import { createDlmsDriver, createMeterMemory, type MeterMemory } from './drivers/dlms/driver.ts'
import { objectsOf } from './drivers/dlms/objects.ts'
import { numberIn } from './drivers/dlms/values.ts'
import { DriverError, type DriverErrorCode } from './drivers/driver.ts'
import type { GapCause } from './gapRuns.ts'
import { noteAttempt } from './gaps.ts'
import { createJournal, type ExchangeIds, type Journal, writeExchanges } from './journal.ts'
import { loadSessionMeter, type SessionMeter, targetOf } from './meter.ts'
import { type MeterModels, modelOf } from './models.ts'
import { addStep, finishRequest, serveRequest, takeRequest } from './readNow.ts'
import { type Due, finishTask, type Next } from './schedule.ts'
import { liveChannel } from './snapshot.ts'

/** What all sessions of a collector share. */
export type SessionContext = {
  readonly db: Db
  readonly keys: KeyRing
  readonly log: Log
  readonly owner: string
  readonly ids: ExchangeIds
  readonly rules: RuleBook
  readonly signal: AbortSignal
  readonly models: MeterModels
  readonly memories: Map<string, MeterMemory>
  /** Through which commands leave. */
  readonly door: Door
  /** host:port where meters send their events. */
  readonly pushTo: string | undefined
  /** Quarter-hours and frames as they arrive, for the rates. */
  readonly onIntervals: (count: number) => void
  readonly onFrames: (count: number) => void
}

type Outcome = { outcome: 'ok' | 'partial' | 'failed'; code: string | null; text: string | null }

const connectTimeoutMs = 8_000
/** A refused meter is asked again after this. */
const refusedRetryMs = 6 * 3_600_000
/** Meters of a quarter-hour are read spread over this much of it. */
const spreadMs = 150_000
const quarterMs = 900_000
/** Highest counter that is believed without proof. */
const maxAdoptedCounter = 0xf000_0000

/** Runs one session. Never throws: the outcome is in the session's row and the task's plan. */
export async function runSession(context: SessionContext, due: Due): Promise<void> {
  const { db, log } = context
  const meter = await asSystem(db, (trx) => loadSessionMeter(trx, context.keys, due))
  if (!meter) return
  const purpose = due.commanded
    ? 'command'
    : due.requestId
      ? 'on-demand'
      : meter.state !== 'commissioned'
        ? 'commission'
        : meter.failures > 0
          ? 'recover'
          : 'collect'
  const sessionId = await openSession(db, meter, purpose)
  const journal = createJournal(context.ids)
  const traffic: Traffic = { bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0, roundTrips: 0 }
  let outcome: Outcome
  try {
    outcome = await converse(context, due, meter, sessionId, journal, traffic)
  } catch (error) {
    const code = error instanceof DriverError ? error.code : 'internal'
    outcome = { outcome: 'failed', code, text: (error as Error).message }
    if (code === 'internal') log.error({ err: error, meterId: meter.meterId }, 'session failed')
    if (due.requestId) await failRequests(db, meter, (error as Error).message)
    if (due.commanded && code !== 'aborted') await contactFailed(db, meter, (error as Error).message)
  }
  await closeSession(context, due, meter, sessionId, journal, traffic, outcome)
}

async function openSession(db: Db, meter: SessionMeter, purpose: string): Promise<string> {
  return asSystem(db, async (trx) => {
    const { rows } = await sql<{ id: string }>`
      insert into contor.session (meter_id, metering_point_id, line_id, purpose)
      values (${meter.meterId}, ${meter.meteringPointId}, ${meter.lineId}, ${purpose}) returning id`.execute(
      trx,
    )
    return rows[0].id
  })
}

async function converse(
  context: SessionContext,
  due: Due,
  meter: SessionMeter,
  sessionId: string,
  journal: Journal,
  traffic: Traffic,
): Promise<Outcome> {
  const { db, signal } = context
  const model = modelOf(context.models, meter.modelId)
  const objects = objectsOf(model)
  const onTraffic = (frames: number) => context.onFrames(frames)
  const counters = createCounterSource((count) => reserveCounters(db, meter, count))
  let floor = -1
  const session = readingSession(meter, model, meter.keys, counters, (counter) => {
    floor = counter
  })
  // A meter that failed may have met another client in between: its counter is asked for again.
  if (meter.state !== 'commissioned' || meter.failures > 0)
    await alignCounter(context, meter, model, journal, traffic)
  const keyVersion = session.security ? (meter.keys.pair?.version ?? null) : null
  if (session.security) await counters.ensure(32)
  const request = due.requestId ? await takeRequest(db, meter) : undefined
  if (request)
    await addStep(db, meter.meteringPointId, request.id, {
      kind: 'connect',
      label: `${meter.host}:${meter.port}`,
    })
  let connection: DlmsConnection
  try {
    connection = await openWithJournal(journal, 'association', keyVersion, (onFrames) =>
      DlmsConnection.open({
        target: targetOf(meter),
        connectTimeoutMs,
        signal,
        ...(session.security && { counters }),
        session,
        releases: releases(model),
        onFrames: (frames) => {
          onTraffic(frames.length)
          onFrames(frames)
        },
      }),
    )
  } catch (error) {
    if (request) await finishRequest(db, meter.meteringPointId, request.id, (error as Error).message)
    throw error
  }
  const memory = memoryOf(context, meter.meterId)
  const driver = createDlmsDriver({ connection, journal, keyVersion, memory, objects })
  const serve = { db, sessionId, meter, driver, journal }
  try {
    if (request) await serveRequest(serve, request)
    const between = async () => {
      const waiting = await takeRequest(db, meter)
      if (waiting) await serveRequest(serve, waiting)
    }
    if (due.commanded) {
      await serveCommands(db, context.door, meter, driver, async () => {
        await asSystem(db, (trx) => writeExchanges(trx, { ...meter, sessionId }, journal.take()))
      })
      return { outcome: 'ok', code: null, text: null }
    }
    if (due.requestId) {
      await between()
      return { outcome: 'ok', code: null, text: null }
    }
    const result = await collect({
      db,
      owner: context.owner,
      sessionId,
      meter,
      driver,
      journal,
      rules: context.rules.rulesFor(groupOf(meter)),
      pushTo: context.pushTo,
      between,
      onIntervals: context.onIntervals,
    })
    if (result.refused)
      return { outcome: 'failed', code: 'refused', text: 'the meter is not the one in the register' }
    return result.partial
      ? { outcome: 'partial', code: 'not-available', text: result.partial }
      : { outcome: 'ok', code: null, text: null }
  } finally {
    await driver.close()
    addTraffic(traffic, connection.traffic)
    if (floor >= 0) await raiseServerFloor(db, meter, floor)
  }
}

/** What rules tell points apart by. */
function groupOf({ kind, modelId, readingMode, stationId }: SessionMeter) {
  return { segment: kind, modelId, readingMode, stationId }
}

// The frames of opening belong in the journal whether it succeeds or not.
async function openWithJournal(
  journal: Journal,
  purpose: string,
  keyVersion: number | null,
  open: (onFrames: (frames: Parameters<Journal['record']>[1]) => void) => Promise<DlmsConnection>,
): Promise<DlmsConnection> {
  let first: Parameters<Journal['record']>[1] | undefined
  try {
    return await open((frames) => {
      first ??= frames
    })
  } finally {
    if (first && first.length > 0) await journal.record(purpose, first, keyVersion)
  }
}

/** Asks a meter that has a counter which one it has seen, over an association without ciphering, and goes above it. */
async function alignCounter(
  context: SessionContext,
  meter: SessionMeter,
  model: MeterModel,
  journal: Journal,
  traffic: Traffic,
): Promise<void> {
  const reading = counterReading(meter, model)
  if (!reading) return
  const connection = await DlmsConnection.open({
    target: targetOf(meter),
    connectTimeoutMs,
    signal: context.signal,
    session: reading.session,
    releases: releases(model),
    onFrames: (frames) => context.onFrames(frames.length),
  })
  try {
    const { event, frames } = await connection.get(reading.attribute)
    await journal.record('invocation-counter', frames, null)
    const [result] = event.results
    const seen = result?.ok ? numberIn(result.data) : undefined
    // The answer is not authenticated: one near the end would use the key up at a stranger's word.
    if (seen !== undefined && seen < maxAdoptedCounter) await raiseCounter(context.db, meter, seen)
  } finally {
    await connection.close()
    addTraffic(traffic, connection.traffic)
  }
}

function memoryOf(context: SessionContext, meterId: string): MeterMemory {
  const known = context.memories.get(meterId)
  if (known) return known
  // Bounded: columns and scalers are cheap to ask for again.
  if (context.memories.size >= 5_000) context.memories.delete(context.memories.keys().next().value as string)
  const memory = createMeterMemory()
  context.memories.set(meterId, memory)
  return memory
}

function addTraffic(total: Traffic, part: Traffic): void {
  for (const key of Object.keys(total) as (keyof Traffic)[]) total[key] += part[key]
}

async function failRequests(db: Db, meter: SessionMeter, message: string): Promise<void> {
  for (;;) {
    const request = await takeRequest(db, meter)
    if (!request) return
    await finishRequest(db, meter.meteringPointId, request.id, message)
  }
}

const causes: Readonly<Record<DriverErrorCode | 'internal', GapCause>> = {
  unreachable: 'unreachable',
  timeout: 'unreachable',
  refused: 'refused',
  'bad-answer': 'bad-answer',
  'not-available': 'bad-answer',
  internal: 'bad-answer',
  aborted: 'not-read-yet',
}

async function closeSession(
  context: SessionContext,
  due: Due,
  meter: SessionMeter,
  sessionId: string,
  journal: Journal,
  traffic: Traffic,
  result: Outcome,
) {
  const { db, owner } = context
  const aborted = result.code === 'aborted'
  await asSystem(db, async (trx) => {
    await writeExchanges(trx, { ...meter, sessionId }, journal.take())
    await sql`
      update contor.session set ended_at = now(), outcome = ${aborted ? 'abandoned' : result.outcome}, error_code = ${result.code}, error_text = ${result.text},
             bytes_in = ${traffic.bytesIn}, bytes_out = ${traffic.bytesOut}, round_trips = ${traffic.roundTrips}
       where metering_point_id = ${meter.meteringPointId} and id = ${sessionId}`.execute(trx)
    if (result.outcome === 'failed' && !aborted && !due.requestId && !due.commanded) {
      await noteAttempt(trx, meter.meteringPointId, causes[result.code as DriverErrorCode] ?? 'bad-answer')
    }
    await finishTask(
      trx,
      owner,
      meter,
      due.requestId || due.commanded || aborted
        ? undefined
        : planNext(meter, result, Date.now(), Math.random(), await loadDeadlines(trx)),
    )
    const session = {
      id: sessionId,
      meterId: meter.meterId,
      meteringPointId: meter.meteringPointId,
      outcome: result.outcome,
      errorCode: result.code,
    }
    await sql`select pg_notify(${liveChannel}, ${JSON.stringify({ kind: 'session', session })})`.execute(trx)
  })
}

/**
 * When the meter is due again: after the next quarter-hour when all went well, after a backoff otherwise.
 * @param random uniform in [0, 1)
 */
export function planNext(
  meter: Pick<SessionMeter, 'meterId' | 'failures'>,
  result: Pick<Outcome, 'outcome' | 'code' | 'text'>,
  now: number,
  random: number,
  deadlines: Deadlines,
): Next {
  const deadline = deadlines(civilDayOf(now))
  if (result.outcome !== 'failed') {
    // A fixed place in the quarter-hour for each meter keeps the fleet spread out.
    const place = (Number(BigInt(meter.meterId) % 1009n) / 1009) * spreadMs
    const nextAt = new Date((Math.floor(now / quarterMs) + 1) * quarterMs + 25_000 + place)
    return { nextAt, deadline, failures: 0, lastError: null }
  }
  const failures = meter.failures + 1
  const wait =
    result.code === 'refused'
      ? Math.min(refusedRetryMs, backoffMs(failures, random) * 4)
      : backoffMs(failures, random)
  return {
    nextAt: new Date(now + wait),
    deadline,
    failures,
    lastError: `${result.code}: ${result.text ?? ''}`.slice(0, 500),
  }
}
