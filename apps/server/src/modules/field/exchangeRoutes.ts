// Exchanges of meters on the route of crews: planned and withdrawn by the office.

import { z } from 'zod'
import { type App, asSystem, civilDaySchema, errorSchema, listOf, withActor } from '../../platform/index.ts'
import { grantVisits } from './dispatch.ts'
import { planExchange, withdrawExchange } from './planExchange.ts'
import type { FieldServices } from './routes.ts'
import { showVisit, visitSchema } from './shapes.ts'
import { listVisits } from './visits.ts'

const tags = ['field']
const config = { permission: 'approve-order' } as const
const reason = z.string().trim().min(3).max(300)

export function registerExchangeRoutes(app: App, { db }: FieldServices): void {
  app.get(
    '/field/exchanges',
    {
      config,
      schema: {
        tags,
        summary: 'Planned exchanges of meters, and those that ended lately',
        response: { 200: listOf(visitSchema), '4xx': errorSchema },
      },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => ({
        items: (await listVisits(trx, actor, { task: 'exchange' })).map(showVisit),
      })),
  )
  app.post(
    '/field/exchanges',
    {
      config,
      schema: {
        tags,
        summary: 'Plan the exchange of the meter of a point: a visit of the crew that serves it',
        body: z.object({ meteringPoint: z.string().trim().min(1).max(64), visitOn: civilDaySchema, reason }),
        response: { 201: visitSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body }, reply) => {
      const visit = await asSystem(db, async (trx) => {
        const planned = await planExchange(trx, actor, body)
        await grantVisits(trx)
        return planned
      })
      return reply.status(201).send(showVisit(visit))
    },
  )
  app.post(
    '/field/exchanges/:id/withdraw',
    {
      config,
      schema: {
        tags,
        summary: 'Take a planned exchange off the route, before anybody went there',
        params: z.object({ id: z.uuid() }),
        body: z.object({ reason }),
        response: { 200: visitSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }) =>
      asSystem(db, async (trx) => showVisit(await withdrawExchange(trx, actor, params.id, body.reason))),
  )
}
