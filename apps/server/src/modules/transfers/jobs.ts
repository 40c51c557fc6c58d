// The background jobs of transfers.
import { z } from 'zod'
import { defineJob } from '../../platform/jobs/index.ts'
import { checkAvailability } from './deliveries/availability.ts'
import { deliverDue, layDue } from './deliveries/deliver.ts'
import { removeOldFiles } from './import/keep.ts'
import { runImport } from './import/run.ts'

/** Takes a received file in; goes on at its checkpoint when a worker died. */
export const importJob = defineJob(
  'transfers-import',
  z.object({ importId: z.string() }),
  ({ importId }, { db, signal, progress }) => runImport(db, importId, { signal, progress }),
  { unit: 'bytes', retries: 5 },
)

/** Every minute: what is due goes out, what was acknowledged is noted, and the window is watched. */
export const deliveryJob = defineJob(
  'transfers-deliveries',
  z.object({}),
  async (_input, { db, keys, log, dataDir, signal, progress }) => {
    const now = Date.now()
    await layDue(db, now)
    progress(await deliverDue({ db, keys, log, dataDir, signal, now }))
    for (const { day, supplier, points, completePoints, met } of await checkAvailability(db, now))
      if (!met)
        log.error(
          { day, supplier, points, completePoints },
          'readings of yesterday are not all available at the end of the window',
        )
  },
  { unit: 'deliveries', retries: 0 },
)

/** Every night: received files that are old enough go. */
export const keepFilesJob = defineJob(
  'transfers-files',
  z.object({}),
  async (_input, { db, log, dataDir, signal, progress }) => {
    const { removed, refused } = await removeOldFiles(db, dataDir, Date.now(), signal)
    progress(removed)
    if (refused !== null) log.warn({ refused }, 'old files were not removed')
  },
  { unit: 'files', retries: 0 },
)
