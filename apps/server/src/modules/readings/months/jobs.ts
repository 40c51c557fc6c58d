// The nightly folding.

import { z } from 'zod'
import { type AnyJob, defineJob, type Schedule } from '../../../platform/jobs/index.ts'
import { compact } from './compact.ts'

const compactJob = defineJob(
  'compact',
  z.object({}),
  async (_input, { db, signal, log, progress }) => {
    const folded = await compact(db, { signal })
    progress(folded.days)
    if (folded.months > 0 || folded.busy > 0) log.info(folded, 'compaction')
  },
  { unit: 'days', retries: 0 },
)

export const compactJobs: readonly AnyJob[] = [compactJob]
export const compactSchedules: readonly Schedule[] = [{ job: compactJob, cron: '10 4 * * *', input: {} }]
