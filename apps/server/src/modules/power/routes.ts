// Approved power and cases over HTTP.

import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  decodeCursor,
  encodeCursor,
  errorSchema,
  idSchema,
  listOf,
  notFound,
  pageOf,
  pageQuery,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import type { ApprovedPower, Signer } from '../commands/index.ts'
import { listApproved, recordApproved } from './approved.ts'
import { caseKinds, caseStates, changeCase, closeCase, lockCase, noteCase } from './store.ts'
import { type CaseRow, listCases, listMessageCounts, loadCase, loadPower } from './view.ts'

const tags = ['power']
const uuidParams = z.object({ id: z.uuid() })
const podParams = z.object({ pod: z.string().min(1).max(64) })
const reason = z.string().trim().min(3).max(500)

const caseSchema = z.object({
  id: z.string(),
  meteringPointId: idSchema,
  pod: z.string(),
  name: z.string(),
  address: z.string(),
  meterId: idSchema,
  serial: z.string(),
  readingMode: z.string(),
  kind: z.enum(caseKinds),
  state: z.enum(caseStates),
  openedAt: z.string(),
  /** The meter's own time stamp. */
  trippedAt: z.string().nullable(),
  loadW: z.number().int().nullable(),
  loadSource: z.enum(['meter', 'profile']).nullable(),
  thresholdW: z.number().int().nullable(),
  approvedW: z.number().int(),
  told: z.array(z.string()),
  relayOutput: z.boolean().nullable(),
  closedAt: z.string().nullable(),
  closedBy: z.string().nullable(),
})
const detailSchema = caseSchema.extend({
  timeline: z.array(
    z.object({
      at: z.string(),
      event: z.string(),
      actor: z.string(),
      evidence: z.record(z.string(), z.unknown()),
      trace: z.string().nullable(),
    }),
  ),
})
const showCase = (row: CaseRow): z.infer<typeof caseSchema> => ({
  id: row.id,
  meteringPointId: row.meteringPointId,
  pod: row.pod,
  name: row.name,
  address: row.address,
  meterId: row.meterId,
  serial: row.serial,
  readingMode: row.readingMode,
  kind: row.kind,
  state: row.state,
  openedAt: row.openedAt.toISOString(),
  trippedAt: row.trippedAt?.toISOString() ?? null,
  loadW: row.loadW,
  loadSource: row.loadSource,
  thresholdW: row.thresholdW,
  approvedW: row.approvedW,
  told: [...row.told],
  relayOutput: row.relayOutput,
  closedAt: row.closedAt?.toISOString() ?? null,
  closedBy: row.closedBy,
})

const approvedSchema = z.object({
  validFrom: z.string(),
  revision: z.number().int(),
  watts: z.number().int(),
  atr: z.string().nullable(),
  reason: z.string(),
  actor: z.string(),
  recordedAt: z.string(),
})
const showApproved = ({ meteringPointId: _, ...row }: ApprovedPower) => ({
  ...row,
  recordedAt: row.recordedAt.toISOString(),
})

const limiterSchema = z.object({
  meterId: idSchema,
  serial: z.string(),
  checkedAt: z.string(),
  thresholdW: z.number().int(),
  overS: z.number().int().nullable(),
  underS: z.number().int().nullable(),
  watches: z.string().nullable(),
  trace: z.string().nullable(),
  relayOutput: z.boolean().nullable(),
  relayControl: z.number().int().nullable(),
})

type PowerServices = Services & { readonly signer: Signer }

export function registerPowerRoutes(app: App, services: PowerServices): void {
  registerApproved(app, services)
  registerCases(app, services)
  registerMessageCounts(app, services)
}

function registerMessageCounts(app: App, { db }: PowerServices): void {
  app.get(
    '/meter-messages',
    {
      config: { permission: 'collection' },
      schema: {
        tags,
        summary:
          'What arrived where meters tell their events: by hour, outcome and sender, strangers included',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(200) }),
        response: {
          200: listOf(
            z.object({
              hour: z.string(),
              outcome: z.string(),
              remote: z.string(),
              systemTitle: z.string(),
              count: z.number().int(),
              lastAt: z.string(),
            }),
          ),
        },
      },
    },
    async ({ actor, query }) =>
      withActor(db, actor, async (trx) => ({
        items: (await listMessageCounts(trx, query.limit)).map((row) => ({
          ...row,
          hour: row.hour.toISOString(),
          lastAt: row.lastAt.toISOString(),
        })),
      })),
  )
}

function registerApproved(app: App, { db, signer }: PowerServices): void {
  app.get(
    '/points/:pod/power',
    {
      config: { permission: 'read' },
      schema: {
        tags,
        summary: 'Approved power with its history, what the limiter holds, and the last cases',
        params: podParams,
        response: {
          200: z.object({
            meteringPointId: idSchema,
            pod: z.string(),
            approvedW: z.number().int(),
            readingMode: z.string(),
            limiter: limiterSchema.nullable(),
            history: z.array(approvedSchema),
            cases: z.array(caseSchema),
          }),
          '4xx': errorSchema,
        },
      },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        const power = await loadPower(trx, params.pod)
        if (!power) throw notFound('metering point', params.pod)
        const { limiter } = power
        return {
          meteringPointId: power.id,
          pod: power.pod,
          approvedW: power.approvedW,
          readingMode: power.readingMode,
          limiter: limiter ? { ...limiter, checkedAt: limiter.checkedAt.toISOString() } : null,
          history: (await listApproved(trx, power.id)).map(showApproved),
          cases: (await listCases(trx, { meteringPointId: power.id }, 20)).map(showCase),
        }
      }),
  )
  app.post(
    '/points/:pod/approved-power',
    {
      config: { permission: 'power' },
      schema: {
        tags,
        summary: 'Record an approved power by its permit (ATR); the limiter is programmed from its day on',
        params: podParams,
        body: z.object({
          watts: z.number().int().positive(),
          atr: z.string().trim().min(1).max(60),
          validFrom: civilDaySchema,
          reason,
        }),
        response: { 201: approvedSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }, reply) => {
      const row = await withActor(db, actor, (trx) => recordApproved(trx, signer, actor, params.pod, body))
      return reply.code(201).send(showApproved(row))
    },
  )
}

function registerCases(app: App, { db }: PowerServices): void {
  app.get(
    '/power-cases',
    {
      config: { permission: 'read' },
      schema: {
        tags,
        summary: 'Trips by over-power and limiters that are not as approved, newest first',
        querystring: pageQuery.extend({
          kind: z.enum(caseKinds).optional(),
          state: z.enum(caseStates).optional(),
          open: z.stringbool().optional(),
          meteringPointId: idSchema.optional(),
          search: z.string().max(100).optional(),
        }),
        response: { 200: pageOf(caseSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query: { limit, cursor, ...filter } }) => {
      const after = decodeCursor(cursor, 2) as [string, string] | undefined
      const rows = await withActor(db, actor, (trx) => listCases(trx, filter, limit + 1, after))
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        items: page.map(showCase),
        nextCursor: rows.length > limit && last ? encodeCursor([last.cursorAt, last.id]) : null,
      }
    },
  )
  app.get(
    '/power-cases/:id',
    {
      config: { permission: 'read' },
      schema: {
        tags,
        summary: 'A case with its timeline and evidence',
        params: uuidParams,
        response: { 200: detailSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        const found = await loadCase(trx, params.id)
        if (!found) throw notFound('case', params.id)
        return {
          ...showCase(found.row),
          timeline: found.timeline.map((one) => ({ ...one, at: one.at.toISOString() })),
        }
      }),
  )
  for (const [verb, summary] of [
    ['close', 'Close a case that only a person can settle'],
    ['retry', 'Have a limiter programmed again after a person has looked'],
  ] as const)
    app.post(
      `/power-cases/:id/${verb}`,
      {
        config: { permission: 'power' },
        schema: {
          tags,
          summary,
          params: uuidParams,
          body: z.object({ reason }),
          response: { 200: caseSchema, '4xx': errorSchema },
        },
      },
      async ({ actor, params, body }) =>
        withActor(db, actor, async (trx) => {
          const listed = await loadCase(trx, params.id)
          const found = listed && (await lockCase(trx, listed.row))
          if (!found) throw notFound('case', params.id)
          const fits =
            verb === 'close'
              ? found.state === 'operator'
              : found.state === 'operator' && found.kind === 'threshold'
          if (!fits)
            throw new ContorError('conflict', `A case of kind ${found.kind} is ${found.state}`, {
              field: 'id',
              value: params.id,
              remedy:
                'Only cases that wait for a person are settled by one; the others end with what the meter says.',
            })
          const event = { actor: actor.subject, evidence: { reason: body.reason } }
          if (verb === 'close') await closeCase(trx, found, actor.subject, Date.now(), event)
          else {
            await changeCase(trx, found, { state: 'open', nextAt: new Date() })
            await noteCase(trx, found, { event: 'retry', ...event })
          }
          await writeAudit(trx, actor, 'power.case', `case:${found.id}`, { act: verb, reason: body.reason })
          const after = await loadCase(trx, found.id)
          return showCase(after?.row ?? listed.row)
        }),
    )
}
