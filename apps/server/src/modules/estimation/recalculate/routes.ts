import { type Channel, channels } from '@contor/intervals'
import { z } from 'zod'
import {
  type App,
  civilDaySchema,
  errorSchema,
  idParams,
  idSchema,
  type Services,
  withActor,
} from '../../../platform/index.ts'
import { answerOf, editSchema } from '../edit/routes.ts'
import { findRecalculation, makeRecalculation, planRecalculation } from './recalculate.ts'
import { printReport } from './report.ts'

const tags = ['recalculations']

const requestSchema = z.object({
  meteringPointId: idSchema,
  channel: z.enum(channels as [Channel, ...Channel[]]).default('A+'),
  foundOn: civilDaySchema,
  lastDay: civilDaySchema,
  knownStart: civilDaySchema.optional(),
  lastCheck: civilDaySchema.optional(),
  reason: z.string().trim().min(3).max(1_000),
  method: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('coefficient'),
      errorPercent: z.number().min(-100).max(1_000),
      allowedErrorPercent: z.number().min(0).max(100),
      certificate: z.string().trim().min(1).max(200),
    }),
    z.object({
      kind: z.literal('following-period'),
      from: civilDaySchema,
      to: civilDaySchema,
      factor: z.number().min(0).max(10).default(1),
      agreement: z.string().trim().min(1).max(200).optional(),
    }),
  ]),
})
/** The report as {@link RecalculationReport}; its method tells which figures it has. */
const reportSchema = z.record(z.string(), z.unknown())
const answerSchema = z.object({ edit: editSchema, report: reportSchema })
const summary = 'Recalculate faulty metering'

/** Recalculations of faulty metering; approval and undo are those of edits. */
export function registerRecalculationRoutes(app: App, { db }: Services): void {
  app.post(
    '/recalculations::preview',
    {
      schema: {
        tags,
        summary: `${summary}: the report; nothing is kept`,
        body: requestSchema,
        response: { 200: reportSchema, '4xx': errorSchema },
      },
      config: { permission: 'edit' },
    },
    async ({ actor, body }) => {
      const { report } = await withActor(db, actor, (trx) => planRecalculation(trx, body))
      return { ...report }
    },
  )
  app.post(
    '/recalculations',
    {
      schema: {
        tags,
        summary: `${summary}: the report is kept and waits for a second person (POST /edits/{id}/approve)`,
        body: requestSchema,
        response: { 201: answerSchema, '4xx': errorSchema },
      },
      config: { permission: 'edit' },
    },
    async ({ actor, body }, reply) => {
      const made = await withActor(db, actor, (trx) => makeRecalculation(trx, actor, body))
      return reply.status(201).send({ edit: answerOf(made.edit), report: { ...made.report } })
    },
  )
  app.get(
    '/recalculations/:id',
    {
      schema: {
        tags,
        summary: 'A recalculation with its report',
        params: idParams,
        response: { 200: answerSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) => {
      const { edit, report } = await withActor(db, actor, (trx) => findRecalculation(trx, params.id))
      return { edit: answerOf(edit), report: { ...report } }
    },
  )
  app.get(
    '/recalculations/:id/report',
    {
      schema: {
        tags,
        summary: 'The report as a page to print',
        params: idParams,
        querystring: z.object({ locale: z.enum(['ro', 'en']).optional() }),
        response: { 200: z.string(), '4xx': errorSchema },
      },
    },
    async ({ actor, params, query }, reply) => {
      const { edit, report } = await withActor(db, actor, (trx) => findRecalculation(trx, params.id))
      return reply
        .header('content-type', 'text/html; charset=utf-8')
        .send(printReport(report, edit, query.locale ?? actor.locale))
    },
  )
}
