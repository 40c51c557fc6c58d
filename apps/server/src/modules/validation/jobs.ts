// The background job of validation.
import { z } from 'zod'
import { type AnyJob, defineJob } from '../../platform/jobs/index.ts'
import { runTrial } from './trialRuns.ts'

/** Two at a time: the trial of a whole network does not keep that of one station waiting. */
export const trialJob = defineJob(
  'rule-trial',
  z.object({ trialId: z.string() }),
  ({ trialId }, { db, signal, progress }) => runTrial(db, trialId, { signal, progress }),
  { unit: 'points', parallel: 2 },
)

export const validationJobs: readonly AnyJob[] = [trialJob]
