// The background jobs of transfers.
import { z } from 'zod'
import { defineJob } from '../../platform/jobs/index.ts'
import { runImport } from './import/run.ts'

/** Takes a received file in; goes on at its checkpoint when a worker died. */
export const importJob = defineJob(
  'transfers-import',
  z.object({ importId: z.string() }),
  ({ importId }, { db, signal, progress }) => runImport(db, importId, { signal, progress }),
  { unit: 'bytes', retries: 5 },
)
