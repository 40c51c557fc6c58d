// Protections of points and causes of law over HTTP: read by who works with orders, changed by two persons.

import { z } from 'zod'
import {
  type Actor,
  type App,
  civilDaySchema,
  errorSchema,
  listOf,
  notFound,
  type Trx,
  withActor,
} from '../../platform/index.ts'
import { protectionKinds } from '../commands/index.ts'
import { askCauseChange, type CauseChange, decideCauseChange, openCauseChanges } from './causes.ts'
import { cureKinds } from './facts.ts'
import { orderTypes } from './machine.ts'
import {
  askProtectionEnd,
  decideProtectionEnd,
  type ProtectionEnd,
  protectionsOf,
  protectPoint,
} from './protect.ts'
import type { OrderServices } from './routes.ts'

const tags = ['orders']
const reason = z.string().trim().min(3).max(500)
const pod = z.string().trim().min(1).max(100).describe('id or POD')
const uuid = z.uuid()
const decided = z.enum(['open', 'confirmed', 'withdrawn'])
const decisions = { confirm: 'confirmed', withdraw: 'withdrawn' } as const

const kind = z.enum(protectionKinds)
const protectionSchema = z.object({
  kind,
  validFrom: civilDaySchema,
  validTo: civilDaySchema.nullable(),
  reason: z.string(),
  setBy: z.string(),
  forgedEnds: z.number().int().describe('ends in the table whose seal does not hold: they end nothing'),
})
const endSchema = z.object({
  id: uuid,
  kind,
  validFrom: civilDaySchema,
  validTo: civilDaySchema,
  reason: z.string(),
  askedBy: z.string(),
  state: decided,
  decidedBy: z.string().nullable(),
})
const protectionsSchema = z.object({ items: z.array(protectionSchema), ends: z.array(endSchema) })
const showEnd = ({ meteringPointId: _, ...end }: ProtectionEnd) => end

const days = z.number().int().min(0).max(400)
const unit = z.enum(['working', 'calendar'])
const causeSchema = z.object({
  code: z
    .string()
    .regex(/^[A-Za-z0-9.-]{2,40}$/)
    .describe('as GET /api/orders/causes names it, or another one'),
  category: z.enum(['any', 'household', 'non-household', 'small', 'large']),
  validFrom: civilDaySchema.describe('first day on which orders are judged by it'),
  types: z.array(z.enum(orderTypes)).min(1),
  noticeDays: days,
  noticeUnit: unit,
  debtDays: days,
  cures: z.array(z.enum(cureKinds)),
  workingDaysOnly: z.boolean(),
  userPays: z.boolean(),
  justifyDays: days,
  resupplyDays: z.number().int().min(0).max(30),
  resupplyUnit: unit,
  titleRo: z.string().trim().min(3).max(200),
  titleEn: z.string().trim().min(3).max(200),
  source: z.string().trim().min(3).max(300).describe('law, article, paragraph'),
})
const changeSchema = z.object({
  id: uuid,
  cause: causeSchema.extend({ types: z.array(z.string()), cures: z.array(z.string()) }),
  reason: z.string(),
  askedBy: z.string(),
  askedAt: z.string(),
  state: decided,
  decidedBy: z.string().nullable(),
})
const showChange = ({ cause, ...change }: CauseChange) => ({
  ...change,
  cause: { ...cause, types: [...cause.types], cures: [...cause.cures] },
  askedAt: change.askedAt.toISOString(),
})

/** Protections of a point, causes of law, and the changes of both that wait for a second person. */
export function registerLawRoutes(app: App, services: OrderServices): void {
  registerProtectionRoutes(app, services)
  registerCauseRoutes(app, services)
}

function registerProtectionRoutes(app: App, { db, signer }: OrderServices): void {
  const atPoint = <T>(actor: Actor, name: string, run: (trx: Trx, id: string) => Promise<T>): Promise<T> =>
    withActor(db, actor, async (trx) => {
      const byId = /^[1-9]\d{0,18}$/.test(name)
      const point = await trx
        .selectFrom('metering_point')
        .select('id')
        .where(byId ? 'id' : 'pod', '=', name)
        .executeTakeFirst()
      if (!point) throw notFound('metering point', name)
      return run(trx, point.id)
    })
  const show = async (trx: Trx, id: string) => {
    const { items, ends } = await protectionsOf(trx, signer.verifier, id)
    return { items, ends: ends.map(showEnd) }
  }
  app.get(
    '/points/:pod/protections',
    {
      config: { permission: 'orders' },
      schema: {
        tags,
        summary: 'Why a point is protected from disconnection, since when and until when',
        params: z.object({ pod }),
        response: { 200: protectionsSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) => atPoint(actor, params.pod, show),
  )
  app.post(
    '/points/:pod/protections',
    {
      config: { permission: 'approve-order' },
      schema: {
        tags,
        summary: 'Protect a point from a day on; one person is enough',
        params: z.object({ pod }),
        body: z.object({
          kind,
          validFrom: civilDaySchema,
          validTo: civilDaySchema.nullable().default(null),
          reason,
        }),
        response: { 200: protectionsSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }) =>
      atPoint(actor, params.pod, async (trx, id) => {
        await protectPoint(trx, actor, id, body)
        return show(trx, id)
      }),
  )
  app.post(
    '/points/:pod/protections/end',
    {
      config: { permission: 'approve-order' },
      schema: {
        tags,
        summary: 'Ask for the end of a protection; another person confirms it',
        params: z.object({ pod }),
        body: z.object({ kind, validFrom: civilDaySchema, validTo: civilDaySchema, reason }),
        response: { 200: endSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }) =>
      atPoint(actor, params.pod, async (trx, id) =>
        showEnd(await askProtectionEnd(trx, signer, actor, id, body)),
      ),
  )
  for (const [act, decision] of Object.entries(decisions))
    app.post(
      `/protection-ends/:id/${act}`,
      {
        config: { permission: 'approve-order' },
        schema: {
          tags,
          summary:
            act === 'confirm'
              ? 'Be the second person who ends a protection'
              : 'Take the end of a protection back',
          params: z.object({ id: uuid }),
          body: z.object({ reason }),
          response: { 200: endSchema, '4xx': errorSchema },
        },
      },
      async ({ actor, params, body }) =>
        withActor(db, actor, async (trx) =>
          showEnd(await decideProtectionEnd(trx, signer, actor, params.id, decision, body.reason)),
        ),
    )
}

function registerCauseRoutes(app: App, { db }: OrderServices): void {
  app.get(
    '/orders/cause-changes',
    {
      config: { permission: 'orders' },
      schema: {
        tags,
        summary: 'Changes of causes that wait for a second person',
        response: { 200: listOf(changeSchema), '4xx': errorSchema },
      },
    },
    async ({ actor }) => ({ items: (await withActor(db, actor, openCauseChanges)).map(showChange) }),
  )
  app.post(
    '/orders/cause-changes',
    {
      config: { permission: 'rules' },
      schema: {
        tags,
        summary:
          'Ask for another row of a cause from a day on; earlier orders stay judged by the earlier one',
        body: causeSchema.extend({ reason }),
        response: { 200: changeSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body: { reason: why, ...cause } }) =>
      withActor(db, actor, async (trx) => showChange(await askCauseChange(trx, actor, cause, why))),
  )
  for (const [act, decision] of Object.entries(decisions))
    app.post(
      `/orders/cause-changes/:id/${act}`,
      {
        config: { permission: 'rules' },
        schema: {
          tags,
          summary:
            act === 'confirm' ? 'Be the second person of a change of law' : 'Take a change of a cause back',
          params: z.object({ id: uuid }),
          body: z.object({ reason }),
          response: { 200: changeSchema, '4xx': errorSchema },
        },
      },
      async ({ actor, params, body }) =>
        withActor(db, actor, async (trx) =>
          showChange(await decideCauseChange(trx, actor, params.id, decision, body.reason)),
        ),
    )
}
