// Trials of rules over HTTP: begun, followed, stopped, and read again later.

import { z } from 'zod'
import {
  type App,
  asSystem,
  ContorError,
  civilDaySchema,
  errorSchema,
  idParams,
  idSchema,
  listOf,
  pageOf,
  pageQuery,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { cancelJob, enqueue } from '../../platform/jobs/index.ts'
import { namesOf } from '../access/index.ts'
import { trialJob } from './jobs.ts'
import { type ConfiguredRule, groupKeys } from './ruleBook.ts'
import {
  findTrial,
  listTrialPoints,
  listTrials,
  noteJob,
  recordTrial,
  type TrialRun,
  trialKinds,
} from './trialRuns.ts'

const tags = ['validation']
const config = { permission: 'exceptions' } as const
const group = z.strictObject(
  Object.fromEntries(groupKeys.map((key) => [key, z.string().max(100).optional()])),
) as z.ZodType<Partial<Record<(typeof groupKeys)[number], string>>>
const count = z.number().int()
const counts = z.object({
  points: count,
  days: count,
  trialFindings: count,
  liveFindings: count,
  new: count,
  gone: count,
  both: count,
})
const trialSchema = z.object({
  id: idSchema,
  rule: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  appliesTo: z.record(z.string(), z.string()),
  from: z.string(),
  to: z.string(),
  requestedBy: z.string(),
  requestedByName: z.string().nullable(),
  requestedAt: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  /** Points of the group; null before they are counted. */
  points: count.nullable(),
  /** Counts of a few points from everywhere, long before the whole. */
  sample: counts.nullable(),
  /** Counts of the points judged up to here. */
  result: counts,
})
const show = (run: TrialRun, names: Record<string, string>) => ({
  ...run,
  appliesTo: { ...run.appliesTo } as Record<string, string>,
  requestedByName: names[run.requestedBy] ?? null,
  requestedAt: run.requestedAt.toISOString(),
  state: run.endedAt ? ('done' as const) : (run.state ?? ('queued' as const)),
})

export function registerTrialRoutes(app: App, { db }: Services): void {
  app.post(
    '/validation/trials',
    {
      config,
      schema: {
        tags,
        summary: 'Try parameters on stored days of every point of a group, as a job; it writes no exception',
        body: z.object({
          rule: z.string().max(60) as unknown as z.ZodType<ConfiguredRule>,
          parameters: z.record(z.string(), z.unknown()),
          appliesTo: group.default({}),
          from: civilDaySchema,
          to: civilDaySchema,
        }),
        response: { 202: trialSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body }, reply) => {
      const id = await withActor(db, actor, (trx) => recordTrial(trx, actor, body))
      const jobId = await enqueue(db, trialJob, { trialId: id }, actor.subject)
      const run = await withActor(db, actor, async (trx) => {
        await noteJob(trx, id, jobId)
        return findTrial(trx, id)
      })
      return reply.code(202).send(show(run, { [actor.subject]: actor.name }))
    },
  )
  app.get(
    '/validation/trials',
    {
      config,
      schema: {
        tags,
        summary: 'Trials of a rule, newest first',
        querystring: z.object({ rule: z.string().max(60) }),
        response: { 200: listOf(trialSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) =>
      withActor(db, actor, async (trx) => {
        const runs = await listTrials(trx, query)
        const names = await namesOf(
          trx,
          runs.map((run) => run.requestedBy),
        )
        return { items: runs.map((run) => show(run, names)) }
      }),
  )
  app.get(
    '/validation/trials/:id',
    {
      config,
      schema: {
        tags,
        summary: 'A trial: how far it is and what it found',
        params: idParams,
        response: { 200: trialSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        const run = await findTrial(trx, params.id)
        return show(run, await namesOf(trx, [run.requestedBy]))
      }),
  )
  app.get(
    '/validation/trials/:id/points',
    {
      config,
      schema: {
        tags,
        summary: 'Points that fail only in the trial, only under the live rule, or in both; 10,000 of each',
        params: idParams,
        querystring: pageQuery.extend({ kind: z.enum(trialKinds).default('new') }),
        response: {
          200: pageOf(
            z.object({
              pointId: idSchema,
              pod: z.string(),
              findings: count,
              first: z.object({
                day: z.string(),
                channel: z.string(),
                fromSlot: count,
                count,
                details: z.record(z.string(), z.unknown()),
              }),
            }),
          ),
          '4xx': errorSchema,
        },
      },
    },
    async ({ actor, params, query }) => {
      const { limit, cursor, kind } = query
      const rows = await withActor(db, actor, async (trx) => {
        await findTrial(trx, params.id)
        return listTrialPoints(trx, params.id, kind, limit + 1, cursor)
      })
      const items = rows
        .slice(0, limit)
        .map((row) => ({ ...row, first: { ...row.first, details: { ...row.first.details } } }))
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.pointId ?? null) : null }
    },
  )
  app.post(
    '/validation/trials/:id/cancel',
    {
      config,
      schema: {
        tags,
        summary: 'Stop a trial; what it found so far stays',
        params: idParams,
        response: { 200: trialSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) => {
      const run = await withActor(db, actor, (trx) => findTrial(trx, params.id))
      if (run.jobId === null)
        throw new ContorError('conflict', `Trial ${params.id} has not been queued`, {
          field: 'id',
          value: params.id,
          remedy: 'Ask again in a moment.',
        })
      await cancelJob(db, run.jobId)
      return asSystem(db, async (trx) => {
        const now = await findTrial(trx, params.id)
        return show(now, await namesOf(trx, [now.requestedBy]))
      })
    },
  )
}
