import { type Channel, channels } from '@contor/intervals'
import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  errorSchema,
  idParams,
  idSchema,
  instantSchema,
  listOf,
  pageOf,
  pageQuery,
  type Services,
  withActor,
} from '../../../platform/index.ts'
import { namesOf } from '../../access/index.ts'
import {
  approveEdit,
  type Edit,
  findEdit,
  listEdits,
  loadChanges,
  makeEdit,
  refuseEdit,
  undoEdit,
} from './edits.ts'
import { onlySchema, operationSchema } from './operations.ts'
import { planEdit, previewChanges } from './preview.ts'

const tags = ['edits']

const requestSchema = z.object({
  meteringPointId: idSchema,
  channel: z.enum(channels as [Channel, ...Channel[]]).default('A+'),
  from: instantSchema,
  to: instantSchema,
  operation: operationSchema,
  only: onlySchema.default('all'),
})
const reason = z.string().trim().min(3).max(1_000)

const pair = { before: z.number(), after: z.number(), difference: z.number() }
const slot = z.tuple([z.number(), z.number()]).readonly()
const runSchema = z.object({
  fromSlot: z.number(),
  before: z.array(slot).readonly(),
  after: z.array(slot).readonly(),
})
const previewSchema = z.object({
  meteringPointId: idSchema,
  channel: z.string(),
  unit: z.enum(['Wh', 'varh']),
  changedSlots: z.number(),
  period: z.object(pair),
  days: z
    .array(
      z.object({
        day: civilDaySchema,
        ...pair,
        changedSlots: z.number(),
        billed: z.string().nullable(),
        changes: z.array(runSchema).readonly(),
      }),
    )
    .readonly(),
  registers: z
    .array(
      z.object({
        tariff: z.number(),
        from: z.string(),
        to: z.string(),
        difference: z.number(),
        sumBefore: z.number(),
        sumAfter: z.number(),
        missingAfter: z.number(),
        agreesBefore: z.boolean().nullable(),
        agreesAfter: z.boolean().nullable(),
      }),
    )
    .readonly(),
  balance: z
    .array(
      z.object({
        day: civilDaySchema,
        lossBeforeWh: z.number(),
        lossAfterWh: z.number(),
        complete: z.boolean(),
      }),
    )
    .readonly(),
  needsSecondPerson: z.boolean(),
})

export const editSchema = z.object({
  id: idSchema,
  meteringPointId: idSchema,
  pod: z.string(),
  kind: z.enum(['edit', 'undo', 'recalculation']),
  state: z.enum(['pending', 'applied', 'refused', 'undone']),
  author: z.string(),
  at: z.string(),
  reason: z.string(),
  channel: z.string(),
  from: z.string(),
  to: z.string(),
  operation: z.record(z.string(), z.unknown()),
  billed: z.boolean(),
  undoes: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
})

/** In lists persons have their names, as far as the asker may know them. */
const namedSchema = editSchema.extend({
  authorName: z.string().nullable(),
  decidedByName: z.string().nullable(),
})

/** An edit as the API tells it. */
export const answerOf = (edit: Edit): z.infer<typeof editSchema> => ({
  ...edit,
  at: edit.at.toISOString(),
  from: edit.from.toISOString(),
  to: edit.to.toISOString(),
  decidedAt: edit.decidedAt?.toISOString() ?? null,
})

/** Edits of interval values by persons. */
export function registerEditRoutes(app: App, { db }: Services): void {
  app.post(
    '/edits::preview',
    {
      schema: {
        tags,
        summary: 'What an edit would do: sums, registers, balance, bills; nothing is written',
        body: requestSchema,
        response: { 200: previewSchema, '4xx': errorSchema },
      },
      config: { permission: 'edit' },
    },
    async ({ actor, body }) => (await withActor(db, actor, (trx) => planEdit(trx, body))).preview,
  )
  app.post(
    '/edits',
    {
      schema: {
        tags,
        summary: 'Edit interval values; an edit of billed days waits for a second person',
        body: requestSchema.extend({ reason }),
        response: { 201: z.object({ edit: editSchema, preview: previewSchema }), '4xx': errorSchema },
      },
      config: { permission: 'edit' },
    },
    async ({ actor, body }, reply) => {
      const made = await withActor(db, actor, (trx) => makeEdit(trx, actor, body))
      return reply.status(201).send({ edit: answerOf(made.edit), preview: made.preview })
    },
  )
  registerDecisionRoutes(app, { db })
  registerListRoutes(app, { db })
}

function registerDecisionRoutes(app: App, { db }: Pick<Services, 'db'>): void {
  app.post(
    '/edits/:id/approve',
    {
      schema: {
        tags,
        summary: 'A second person approves an edit or a recalculation',
        params: idParams,
        response: { 200: editSchema, '4xx': errorSchema },
      },
      config: { permission: 'approve-edit' },
    },
    async ({ actor, params }) =>
      answerOf(await withActor(db, actor, (trx) => approveEdit(trx, actor, params.id))),
  )
  app.post(
    '/edits/:id/refuse',
    {
      schema: {
        tags,
        summary: 'A second person refuses an edit, or its author takes it back',
        params: idParams,
        body: z.object({ reason }),
        response: { 200: editSchema, '4xx': errorSchema },
      },
      config: { permission: 'edit' },
    },
    async ({ actor, params, body }) =>
      answerOf(await withActor(db, actor, (trx) => refuseEdit(trx, actor, params.id, body.reason))),
  )
  app.post(
    '/edits/:id/undo',
    {
      schema: {
        tags,
        summary: 'Give the slots of an edit their former values back, as a version of its own',
        params: idParams,
        body: z.object({ reason }),
        response: { 201: editSchema, '4xx': errorSchema },
      },
      config: { permission: 'edit' },
    },
    async ({ actor, params, body }, reply) =>
      reply
        .status(201)
        .send(answerOf(await withActor(db, actor, (trx) => undoEdit(trx, actor, params.id, body.reason)))),
  )
}

function registerListRoutes(app: App, { db }: Pick<Services, 'db'>): void {
  app.get(
    '/edits',
    {
      schema: {
        tags,
        summary: 'Edits, newest first',
        querystring: pageQuery.extend({
          meteringPointId: idSchema.optional(),
          state: z.enum(['pending', 'applied', 'refused', 'undone']).optional(),
          kind: z.enum(['edit', 'undo', 'recalculation']).optional(),
        }),
        response: { 200: pageOf(namedSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) => {
      const { limit, cursor, ...filter } = query
      const before = cursor !== undefined && /^[1-9]\d{0,18}$/.test(cursor) ? cursor : undefined
      const { found, names } = await withActor(db, actor, async (trx) => {
        const found = await listEdits(trx, { ...filter, before, limit: limit + 1 })
        const names = await namesOf(
          trx,
          found.flatMap(({ author, decidedBy }) => [author, decidedBy]),
        )
        return { found, names }
      })
      const items = found.slice(0, limit).map((edit) => ({
        ...answerOf(edit),
        authorName: names[edit.author] ?? null,
        decidedByName: names[edit.decidedBy ?? ''] ?? null,
      }))
      return { items, nextCursor: found.length > limit ? (items[items.length - 1]?.id ?? null) : null }
    },
  )
  app.get(
    '/edits/:id',
    {
      schema: {
        tags,
        summary: 'An edit with both values of every slot that it changes',
        params: idParams,
        response: {
          200: editSchema.extend(
            listOf(z.object({ day: civilDaySchema, changes: z.array(runSchema) })).shape,
          ),
          '4xx': errorSchema,
        },
      },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        const edit = await findEdit(trx, params.id)
        return { ...answerOf(edit), items: await loadChanges(trx, edit) }
      }),
  )
  app.get(
    '/edits/:id/effect',
    {
      schema: {
        tags,
        summary: 'What a waiting edit would do now: sums, registers, balance, bills; for the second person',
        params: idParams,
        response: { 200: previewSchema, '4xx': errorSchema },
      },
      config: { permission: 'approve-edit' },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        const edit = await findEdit(trx, params.id)
        const changed = edit.state === 'pending' ? await loadChanges(trx, edit) : []
        if (changed.length > 0) return previewChanges(trx, edit, changed)
        throw new ContorError('conflict', `Edit ${edit.id} is ${edit.state}`, {
          field: 'id',
          value: edit.id,
          remedy: 'Only an edit that waits has an effect to come.',
        })
      }),
  )
}
