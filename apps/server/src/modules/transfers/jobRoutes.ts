import { z } from 'zod'
import { type App, errorSchema, listOf, type Services } from '../../platform/index.ts'
import { cancelJob, findJob, listJobs } from '../../platform/jobs/index.ts'

const tags = ['transfers']
const config = { permission: 'import' as const }
const jobParams = z.object({ id: z.uuid() })
const jobSchema = z.object({
  id: z.string(),
  name: z.string(),
  requestedBy: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  note: z.string(),
  attempts: z.number(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
})

/** Background jobs: what runs, how far it is, and stopping it. */
export function registerJobRoutes(app: App, { db }: Services): void {
  app.get(
    '/jobs',
    {
      config,
      schema: {
        tags,
        summary: 'Background jobs, newest first',
        response: { 200: listOf(jobSchema), '4xx': errorSchema },
      },
    },
    async () => ({ items: await listJobs(db, 200) }),
  )
  app.get(
    '/jobs/:id',
    {
      config,
      schema: {
        tags,
        summary: 'A background job with its progress',
        params: jobParams,
        response: { 200: jobSchema, '4xx': errorSchema },
      },
    },
    async ({ params }) => findJob(db, params.id),
  )
  app.post(
    '/jobs/:id/cancel',
    {
      config,
      schema: {
        tags,
        summary: 'Stops a job',
        params: jobParams,
        response: { 200: jobSchema, '4xx': errorSchema },
      },
    },
    async ({ params }) => {
      await cancelJob(db, params.id)
      return findJob(db, params.id)
    },
  )
}
