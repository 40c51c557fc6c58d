// The collector: fills free places with due meters, keeps the ledger, the journal and the snapshot.

import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { asSystem, type Config, type Db, type KeyRing, type Log, loadKeyRing } from '../../platform/index.ts'
import { loadVerifier, type Verifier } from '../commands/index.ts'
import { loadRuleBook } from '../validation/index.ts'
import { maintainLedger } from './gaps.ts'
import { createExchangeIds, maintainJournal, type Retention } from './journal.ts'
import { loadMeterModels, problemText } from './models.ts'
import { listenForPush, type PushOptions } from './push/listen.ts'
import { leaseDue, leaseOwner, recoverAfterCrash, renewLeases } from './schedule.ts'
import { runSession, type SessionContext } from './session.ts'
import type { SlotBounds, Turns } from './slots.ts'
import { countDays, publishSnapshot, summarise } from './snapshot.ts'

export type CollectorOptions = {
  readonly db: Db
  readonly config: Pick<Config, 'dataDir' | 'modelsDir'>
  readonly log: Log
  readonly signal: AbortSignal
  /** Default: the key ring of the data folder. */
  readonly keys?: KeyRing
  /** Proves that a command is of this house; default: the public key of the data folder. */
  readonly verifier?: Verifier | undefined
  /** Where messages of meters are listened for; default: nowhere. */
  readonly push?: PushOptions | undefined
  readonly bounds?: SlotBounds
  readonly retention?: Retention
  /** Called when the first maintenance is done and sessions begin. */
  readonly onStarted?: () => void
}

const defaultBounds: SlotBounds = { total: 24, reserved: 4 }
const defaultRetention: Retention = { maxBytes: 20 * 2 ** 30 }

/**
 * Collects until the signal aborts; sessions that run then are ended and marked.
 * @throws ContorError when the keys cannot be opened
 */
export async function runCollector(options: CollectorOptions): Promise<void> {
  const { db, log, signal } = options
  const keys = options.keys ?? (await loadKeyRing(options.config.dataDir))
  const bounds = options.bounds ?? defaultBounds
  const owner = leaseOwner()
  const abandoned = await recoverAfterCrash(db)
  if (abandoned > 0) log.warn({ abandoned }, 'sessions of an earlier run were left open')
  await maintainJournal(db, options.retention ?? defaultRetention)
  await maintainLedger(db, Date.now())
  const models = await loadMeterModels(options.config.modelsDir)
  for (const problem of models.problems)
    log.error(problem, `a meter model was left out: ${problemText(problem)}`)
  const rates = createRates()
  const context: SessionContext = {
    db,
    keys,
    log,
    owner,
    signal,
    ids: createExchangeIds(db),
    rules: await asSystem(db, loadRuleBook),
    models,
    memories: new Map(),
    door: {
      verifier:
        options.verifier ?? (options.config.dataDir ? await loadVerifier(options.config.dataDir) : undefined),
      sizes: new Map(),
      history: {},
    },
    pushTo: options.push?.destination,
    onIntervals: rates.addIntervals,
    onFrames: rates.addFrames,
  }
  const listening = options.push && (await listenForPush(context, options.push))
  options.onStarted?.()
  const loops = [
    every(signal, log, 'leases', 10_000, () => renewLeases(db, owner)),
    every(signal, log, 'ledger', 20_000, async () => void (await maintainLedger(db, Date.now()))),
    every(signal, log, 'journal', 600_000, async () => {
      if (!(await maintainJournal(db, options.retention ?? defaultRetention)))
        log.warn('the clock cannot be held against the data: no frames are dropped')
    }),
    every(signal, log, 'snapshot', 1_000, snapshotStep(db, rates)),
    sessionLoop(context, bounds),
  ]
  await Promise.all(loops)
  await listening?.close()
}

/** Least time from one choice of meters to the next. */
const choicePauseMs = 60

async function sessionLoop(context: SessionContext, bounds: SlotBounds): Promise<void> {
  const running = new Set<Promise<void>>()
  const turns: Turns = new Map()
  const wake = createWake(context.signal)
  while (!context.signal.aborted) {
    let started = 0
    const chosenAt = Date.now()
    if (running.size < bounds.total) {
      try {
        const due = await leaseDue(context.db, context.owner, bounds, turns)
        started = due.length
        for (const item of due) {
          const session = runSession(context, item)
            .catch((err) => context.log.error({ err, meterId: item.meterId }, 'session could not be written'))
            .finally(() => {
              running.delete(session)
              wake.now()
            })
          running.add(session)
        }
      } catch (err) {
        context.log.error({ err }, 'choosing meters failed')
      }
    }
    // A freed place is filled soon, though not for each session alone: choosing asks about every line. New requests are
    // seen within the second.
    await wake.wait(started > 0 ? choicePauseMs : 400)
    const early = choicePauseMs - (Date.now() - chosenAt)
    if (early > 0) await sleep(early, undefined, { signal: context.signal }).catch(() => {})
  }
  await Promise.allSettled(running)
}

function createWake(signal: AbortSignal) {
  let release: (() => void) | undefined
  // What happens while nobody waits ends the next wait at once.
  let missed = false
  signal.addEventListener('abort', () => release?.())
  return {
    now: () => {
      if (release) release()
      else missed = true
    },
    wait: (ms: number) =>
      new Promise<void>((resolve) => {
        if (signal.aborted || missed) {
          missed = false
          return resolve()
        }
        const timer = setTimeout(done, ms)
        function done() {
          clearTimeout(timer)
          release = undefined
          resolve()
        }
        release = done
      }),
  }
}

async function every(
  signal: AbortSignal,
  log: Log,
  name: string,
  ms: number,
  step: () => Promise<void>,
): Promise<void> {
  const wake = createWake(signal)
  while (!signal.aborted) {
    try {
      await step()
    } catch (err) {
      if (!signal.aborted) log.error({ err }, `${name} failed`)
    }
    await wake.wait(ms)
  }
}

function createRates() {
  let intervals = 0
  let frames = 0
  let since = Date.now()
  return {
    addIntervals(count: number) {
      intervals += count
    },
    addFrames(count: number) {
      frames += count
    },
    take() {
      const seconds = Math.max(0.2, (Date.now() - since) / 1000)
      const rates = { framesPerSecond: frames / seconds, intervalsPerSecond: intervals / seconds }
      intervals = 0
      frames = 0
      since = Date.now()
      return rates
    },
  }
}

/** Counting every block takes longer as the fleet grows: it is done at most a tenth of the time. */
function snapshotStep(db: Db, rates: ReturnType<typeof createRates>): () => Promise<void> {
  let counted: Awaited<ReturnType<typeof countDays>> | undefined
  let countAgainAt = 0
  return async () => {
    const now = Date.now()
    const fresh = await asSystem(db, async (trx) => {
      await sql`set local jit = off`.execute(trx)
      if (!counted || now >= countAgainAt) {
        counted = await countDays(trx, now)
        countAgainAt = Date.now() + Math.min(60_000, (Date.now() - now) * 10)
      }
      return summarise(trx, now, rates.take(), counted)
    })
    await publishSnapshot(db, fresh, counted?.days ?? [])
  }
}

/** Starts the collector beside the caller. @returns once its first maintenance is done and sessions run */
export async function startCollector(
  options: Omit<CollectorOptions, 'signal' | 'config'> & {
    readonly keys: KeyRing
    /** The operator's own meter models. */
    readonly modelsDir?: string | undefined
  },
): Promise<{ stop(): Promise<void> }> {
  const controller = new AbortController()
  const started = Promise.withResolvers<void>()
  const running = runCollector({
    ...options,
    config: { dataDir: '', modelsDir: options.modelsDir },
    signal: controller.signal,
    onStarted: started.resolve,
  })
  running.catch(started.reject)
  await started.promise
  return {
    async stop() {
      controller.abort()
      await running
    },
  }
}
