// The nightly run of retention, and the folding of what stays.

import { z } from 'zod'
import { type AnyJob, defineJob, type Schedule } from '../../../platform/jobs/index.ts'
import { compactJobs, compactSchedules } from '../months/jobs.ts'
import { runRetention } from './expire.ts'

const retentionJob = defineJob(
  'retention',
  z.object({}),
  async (_input, { db, signal, log, progress }) => {
    const runs = await runRetention(db, Date.now(), signal)
    progress(runs.reduce((all, run) => all + run.deleted, 0))
    for (const run of runs) {
      if (run.refused !== null) log.warn(run, 'retention refused')
      else if (run.deleted > 0) log.info(run, 'retention')
    }
  },
  { unit: 'rows', retries: 0 },
)

export const retentionJobs: readonly AnyJob[] = [retentionJob, ...compactJobs]
export const retentionSchedules: readonly Schedule[] = [
  { job: retentionJob, cron: '40 3 * * *', input: {} },
  ...compactSchedules,
]
