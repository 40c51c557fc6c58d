// Rules and the work queue over HTTP.

import { z } from 'zod'
import {
  type Actor,
  type App,
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
import { namesOf } from '../access/index.ts'
import { triableRules } from './dayRules.ts'
import { listGroupChoices, rulesOfPoint } from './groups.ts'
import {
  ages,
  changeExceptions,
  type ExceptionFilter,
  type ExceptionRow,
  groupExceptions,
  groupings,
  listExceptions,
} from './queue.ts'
import { type ConfiguredRule, groupKeys } from './ruleBook.ts'
import { activateRule, draftRule, listRules, type RuleVersion } from './rules.ts'
import { tryRule } from './trial.ts'
import { registerTrialRoutes } from './trialRoutes.ts'

const tags = ['validation']
const severity = z.enum(['info', 'warning', 'error'])
const group = z.strictObject(
  Object.fromEntries(groupKeys.map((key) => [key, z.string().max(100).optional()])),
) as z.ZodType<Partial<Record<(typeof groupKeys)[number], string>>>
const reason = z.string().trim().min(3).max(500)

const ruleSchema = z.object({
  rule: z.string(),
  version: z.number().int(),
  severity,
  parameters: z.record(z.string(), z.unknown()),
  appliesTo: z.record(z.string(), z.string()),
  state: z.enum(['draft', 'live', 'retired']),
  validFrom: z.string(),
  decidedBy: z.string(),
  /** Name of the person, null for the installation or where it is not known. */
  decidedByName: z.string().nullable(),
  reason: z.string(),
  triable: z.boolean(),
})
const appliedSchema = ruleSchema.extend({
  over: z.array(z.object({ version: z.number().int(), appliesTo: z.record(z.string(), z.string()) })),
})
const choices = z.array(z.object({ value: z.string(), label: z.string(), points: z.number().int() }))
const showRule = (rule: RuleVersion, names: Record<string, string>) => ({
  ...rule,
  decidedByName: names[rule.decidedBy] ?? null,
  appliesTo: { ...rule.appliesTo } as Record<string, string>,
  validFrom: rule.validFrom.toISOString(),
  triable: triableRules.includes(rule.rule as ConfiguredRule),
})

/** Whoever asks knows the own name. */
const own = (actor: Actor) => ({ [actor.subject]: actor.name })

const side = z.object({ points: z.number().int(), findings: z.number().int() })
const trialSchema = z.object({
  points: z.number().int(),
  days: z.number().int(),
  trial: side,
  live: side,
  onlyTrial: z.array(z.string()),
  onlyLive: z.array(z.string()),
  samples: z.array(
    z.object({
      meteringPointId: idSchema,
      pod: z.string(),
      day: z.string(),
      channel: z.string(),
      fromSlot: z.number().int(),
      count: z.number().int(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
})
const ruleName = z.string().max(60) as unknown as z.ZodType<ConfiguredRule>

/** `/validation/rules`: list, draft, try, activate. */
function registerRuleRoutes(app: App, { db }: Services): void {
  app.get(
    '/validation/rules',
    {
      config: { permission: 'exceptions' },
      schema: { tags, summary: 'Every version of every rule', response: { 200: listOf(ruleSchema) } },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => {
        const rules = await listRules(trx)
        const names = await namesOf(
          trx,
          rules.map((rule) => rule.decidedBy),
        )
        return { items: rules.map((rule) => showRule(rule, names)) }
      }),
  )
  app.get(
    '/validation/groups',
    {
      config: { permission: 'exceptions' },
      schema: {
        tags,
        summary: 'What a rule may be for, with the points of each: kinds, reading modes, models, stations',
        response: {
          200: z.object({ segment: choices, readingMode: choices, modelId: choices, stationId: choices }),
        },
      },
    },
    async ({ actor }) => withActor(db, actor, listGroupChoices),
  )
  app.get(
    '/metering-points/:id/rules',
    {
      config: { permission: 'exceptions' },
      schema: {
        tags,
        summary: 'The version of each rule that judges a point, and the live ones that give way to it',
        params: idParams,
        response: { 200: listOf(appliedSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        const applied = await rulesOfPoint(trx, params.id)
        const names = await namesOf(
          trx,
          applied.map((rule) => rule.decidedBy),
        )
        return {
          items: applied.map((rule) => ({
            ...showRule(rule, names),
            over: rule.over.map((one) => ({
              ...one,
              appliesTo: { ...one.appliesTo } as Record<string, string>,
            })),
          })),
        }
      }),
  )
  const draftBody = z.object({
    rule: ruleName,
    parameters: z.record(z.string(), z.unknown()),
    severity,
    appliesTo: group.default({}),
    reason,
  })
  app.post(
    '/validation/rules',
    {
      config: { permission: 'rules' },
      schema: {
        tags,
        summary: 'Draft the next version of a rule; it judges nothing before it is activated',
        body: draftBody,
        response: { 201: ruleSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body }, reply) =>
      reply
        .code(201)
        .send(showRule(await withActor(db, actor, (trx) => draftRule(trx, actor, body)), own(actor))),
  )
  app.post(
    '/validation/rules::trial',
    {
      config: { permission: 'exceptions' },
      schema: {
        tags,
        summary: 'Try parameters on stored days: which points would fail, against the live rule',
        body: z.object({
          rule: ruleName,
          parameters: z.record(z.string(), z.unknown()),
          appliesTo: group.default({}),
          from: civilDaySchema,
          to: civilDaySchema,
        }),
        response: { 200: trialSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body }) => {
      const result = await withActor(db, actor, (trx) => tryRule(trx, body))
      return {
        ...result,
        onlyTrial: [...result.onlyTrial],
        onlyLive: [...result.onlyLive],
        samples: result.samples.map((sample) => ({ ...sample, details: { ...sample.details } })),
      }
    },
  )
  app.post(
    '/validation/rules/:rule/versions/:version/activate',
    {
      config: { permission: 'rules' },
      schema: {
        tags,
        summary: 'Make a version live for its group; the one before retires',
        params: z.object({ rule: z.string().max(60), version: z.coerce.number().int().min(1) }),
        body: z.object({ reason }),
        response: { 200: ruleSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }) =>
      showRule(
        await withActor(db, actor, (trx) =>
          activateRule(trx, actor, params.rule, params.version, body.reason),
        ),
        own(actor),
      ),
  )
}

const filterFields = {
  status: z.enum(['open', 'acknowledged', 'resolved']).optional(),
  rule: z.string().max(60).optional(),
  severity: severity.optional(),
  stationId: idSchema.optional(),
  /** `none`: points without a meter. */
  modelId: z.string().max(100).optional(),
  day: civilDaySchema.optional(),
  /** Subject of a person, `me` or `nobody`. */
  assignedTo: z.string().max(200).optional(),
  /** How long it has waited: under a day, a week, a month, longer. */
  age: z.enum(ages).optional(),
  meteringPointId: idSchema.optional(),
}
const ofActor = (filter: ExceptionFilter, actor: Actor): ExceptionFilter =>
  filter.assignedTo === 'me' ? { ...filter, assignedTo: actor.subject } : filter
const exceptionSchema = z.object({
  id: idSchema,
  meteringPointId: idSchema,
  pod: z.string(),
  name: z.string(),
  stationId: idSchema,
  station: z.string(),
  serial: z.string().nullable(),
  modelId: z.string().nullable(),
  day: z.string(),
  channel: z.string(),
  rule: z.string(),
  ruleVersion: z.number().int(),
  severity: z.string(),
  fromSlot: z.number().int().nullable(),
  count: z.number().int().nullable(),
  details: z.record(z.string(), z.unknown()),
  status: z.enum(['open', 'acknowledged', 'resolved']),
  assignedTo: z.string().nullable(),
  assignedToName: z.string().nullable(),
  dueAt: z.string().nullable(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
  closedBy: z.string().nullable(),
  resolution: z.string().nullable(),
})
const iso = (at: Date | null) => at?.toISOString() ?? null
const showException = (row: ExceptionRow, names: Record<string, string>) => ({
  ...row,
  assignedToName: names[row.assignedTo ?? ''] ?? null,
  dueAt: iso(row.dueAt),
  openedAt: row.openedAt.toISOString(),
  closedAt: iso(row.closedAt),
})
const groupSchema = z.object({
  key: z.string(),
  label: z.string(),
  exceptions: z.number().int(),
  points: z.number().int(),
  errors: z.number().int(),
  unassigned: z.number().int(),
  oldestAt: z.string(),
  ages: z.object({
    day: z.number().int(),
    week: z.number().int(),
    month: z.number().int(),
    older: z.number().int(),
  }),
})
const ids = z.array(idSchema).min(1).max(5_000)
const chosen = z.union([z.strictObject({ ids }), z.strictObject({ filter: z.strictObject(filterFields) })])
const change = z.union([
  z.strictObject({
    action: z.literal('assign'),
    to: z.string().max(200).nullable(),
    dueAt: z.iso.datetime({ offset: true }).optional(),
  }),
  z.strictObject({ action: z.literal('acknowledge') }),
  z.strictObject({ action: z.enum(['resolve', 'reopen']) }),
])

/** `/exceptions`: the work queue of validation. */
function registerQueueRoutes(app: App, { db }: Services): void {
  const config = { permission: 'exceptions' } as const
  app.get(
    '/exceptions',
    {
      config,
      schema: {
        tags,
        summary: 'Validation exceptions, oldest first',
        querystring: pageQuery.extend(filterFields),
        response: { 200: pageOf(exceptionSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) => {
      const { limit, cursor, ...filter } = query
      const { rows, names } = await withActor(db, actor, async (trx) => {
        const found = await listExceptions(trx, ofActor(filter, actor), limit + 1, cursor)
        return {
          rows: found,
          names: await namesOf(
            trx,
            found.map((row) => row.assignedTo),
          ),
        }
      })
      const items = rows.slice(0, limit).map((row) => showException(row, names))
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
  )
  app.get(
    '/exceptions/groups',
    {
      config,
      schema: {
        tags,
        summary: 'Exceptions counted by cause, with their age',
        querystring: z.object({ by: z.enum(groupings).default('rule'), ...filterFields }),
        response: { 200: listOf(groupSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) => {
      const { by, ...filter } = query
      return withActor(db, actor, async (trx) => {
        const groups = await groupExceptions(trx, by, ofActor(filter, actor))
        const names =
          by === 'person'
            ? await namesOf(
                trx,
                groups.map((one) => one.key),
              )
            : {}
        return {
          items: groups.map((one) => ({
            ...one,
            label: names[one.key] ?? one.label,
            oldestAt: one.oldestAt.toISOString(),
          })),
        }
      })
    },
  )
  app.post(
    '/exceptions::bulk',
    {
      config,
      schema: {
        tags,
        summary: 'Assign, acknowledge, resolve or reopen many exceptions, with a reason',
        body: z.object({ chosen, change, reason }),
        response: { 200: z.object({ changed: z.number().int() }), '4xx': errorSchema },
      },
    },
    async ({ actor, body }) => ({
      changed: await withActor(db, actor, (trx) =>
        changeExceptions(
          trx,
          actor,
          'filter' in body.chosen ? { filter: ofActor(body.chosen.filter, actor) } : body.chosen,
          body.change,
          body.reason,
        ),
      ),
    }),
  )
}

export function registerValidationRoutes(app: App, services: Services): void {
  registerRuleRoutes(app, services)
  registerQueueRoutes(app, services)
  registerTrialRoutes(app, services)
}
