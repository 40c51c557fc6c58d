// Seals are looked at slice by slice through the whole fleet; what does not hold is repaired at once where it can be.

import { z } from 'zod'
import { asSystem, type Db } from '../../platform/index.ts'
import { type AnyJob, defineJob, type Schedule } from '../../platform/jobs/index.ts'
import {
  checkSeals,
  openFaults,
  type RepairOutcome,
  type RepairSource,
  repairDay,
} from '../readings/index.ts'
import { loadMeterModels } from './models.ts'
import { createRepairSource } from './repairSource.ts'

/** Stored days that one run looks at: a fleet of 10 M days is through in a day of quarter-hourly runs. */
const daysPerRun = 120_000

export type Repaired = {
  readonly meteringPointId: string
  readonly day: string
  readonly outcome: RepairOutcome
}

/** Repairs every open fault, or those of one point or day; each in a transaction of its own. */
export async function repairFaults(
  db: Db,
  source: RepairSource,
  actor: string,
  of: { readonly meteringPointId?: string; readonly day?: string; readonly byFigures?: boolean } = {},
  signal?: AbortSignal,
): Promise<Repaired[]> {
  const faults = await asSystem(db, (trx) => openFaults(trx, of.meteringPointId, of.day))
  const done: Repaired[] = []
  for (const { meteringPointId, day } of faults) {
    if (signal?.aborted) break
    const outcome = await asSystem(db, (trx) => repairDay(trx, meteringPointId, day, source, actor, of))
    done.push({ meteringPointId, day, outcome })
  }
  return done
}

const sealsJob = defineJob(
  'seals',
  z.object({}),
  async (_input, { db, keys, signal, log, progress }) => {
    const check = await checkSeals(db, daysPerRun, signal)
    progress(check.checked)
    const source = createRepairSource(keys, await loadMeterModels(process.env['CONTOR_MODELS']))
    const repaired = await repairFaults(db, source, 'system:repair', {}, signal)
    if (check.faults > 0 || repaired.length > 0) log.warn({ ...check, repaired }, 'stored days were altered')
  },
  { unit: 'days', retries: 0 },
)

export const repairJobs: readonly AnyJob[] = [sealsJob]
export const repairSchedules: readonly Schedule[] = [{ job: sealsJob, cron: '7,22,37,52 * * * *', input: {} }]
