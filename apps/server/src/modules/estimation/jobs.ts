// The background job of estimation.
import { z } from 'zod'
import { type AnyJob, defineJob, type Schedule } from '../../platform/jobs/index.ts'
import { runEstimation } from './estimate/job.ts'

/** What can no longer be recovered gets values; what late values have moved is spread again. */
const estimationJob = defineJob(
  'estimation-round',
  z.object({}),
  async (_input, { db, signal, log }) => {
    const round = await runEstimation(db, signal)
    if (round.slots > 0 || round.respread > 0) log.info(round, 'estimated')
  },
  { unit: 'points', retries: 0 },
)

export const estimationJobs: readonly AnyJob[] = [estimationJob]
/** A quarter-hour that is lost has waited for days: four rounds an hour are soon enough. */
export const estimationSchedules: readonly Schedule[] = [
  { job: estimationJob, cron: '*/15 * * * *', input: {} },
]
