// Figures of law over HTTP: everybody may read them, who keeps the rules may record a change.

import { z } from 'zod'
import {
  type App,
  civilDaySchema,
  errorSchema,
  listOf,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { type LegalRule, legalUnits, listLegalRules, recordLegalRule } from './rules.ts'

const tags = ['legal']
const name = z.string().max(60)

const ruleSchema = z.object({
  name: z.string(),
  value: z.number().int(),
  unit: z.enum(legalUnits),
  validFrom: z.string(),
  revision: z.number().int(),
  source: z.string(),
  actor: z.string(),
  reason: z.string(),
  recordedAt: z.string(),
})
const show = (rule: LegalRule) => ({ ...rule, recordedAt: rule.recordedAt.toISOString() })

/** GET /legal-rules, PUT /legal-rules/{name}. */
export function registerLegalRoutes(app: App, { db }: Services): void {
  app.get(
    '/legal-rules',
    {
      config: { permission: 'read' },
      schema: {
        tags,
        summary: 'Figures of law and practice, every row that was recorded, with its source',
        querystring: z.object({ name: name.optional() }),
        response: { 200: listOf(ruleSchema) },
      },
    },
    async ({ actor, query }) => ({
      items: (await withActor(db, actor, (trx) => listLegalRules(trx, query.name))).map(show),
    }),
  )
  app.put(
    '/legal-rules/:name',
    {
      config: { permission: 'rules' },
      schema: {
        tags,
        summary: 'Record a figure from a day on; earlier rows stay',
        params: z.object({ name }),
        body: z.object({
          value: z.number().int(),
          validFrom: civilDaySchema,
          source: z.string().trim().min(3).max(500),
          reason: z.string().trim().min(3).max(500),
        }),
        response: { 200: ruleSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }) =>
      show(await withActor(db, actor, (trx) => recordLegalRule(trx, actor, params.name, body))),
  )
}
