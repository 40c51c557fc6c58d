// Tranches and their runs over HTTP.

import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  civilDaySchema,
  errorSchema,
  listOf,
  type Services,
  type Trx,
  withActor,
} from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import type { Signer } from '../commands/index.ts'
import {
  decideTranche,
  findTranche,
  listTranches,
  type Member,
  membersOf,
  pickMembers,
  proposeTranche,
  type Tranche,
} from './plan.ts'
import { rehearse } from './rehearse.ts'
import { reportRun } from './report.ts'
import { approveRun, cancelRun, findRun, liftRun, listRuns, proposeRun } from './run.ts'
import {
  memberSchema,
  newRunSchema,
  newTrancheSchema,
  reason,
  rehearsalSchema,
  reportSchema,
  ruleSchema,
  runSchema,
  showRun,
  showTranche,
  trancheSchema,
} from './shapes.ts'

const tags = ['tranches']
const codeParams = z.object({ code: z.string().min(1).max(20) })
const runParams = z.object({ id: z.string().min(1).max(40) })
const detailSchema = z.object({
  tranche: trancheSchema,
  members: z.array(memberSchema),
  runs: z.array(runSchema),
})

type TrancheServices = Services & { readonly signer: Signer; now(): Promise<number> }

export function registerTrancheRoutes(app: App, services: TrancheServices): void {
  registerLists(app, services)
  registerRehearsal(app, services)
  registerRuns(app, services)
  registerActs(app, services)
}

async function detailOf(trx: Trx, tranche: Tranche) {
  return {
    tranche: showTranche(tranche),
    members: await named(trx, await membersOf(trx, tranche)),
    runs: (await listRuns(trx, tranche.code)).map(showRun),
  }
}

async function named(trx: Trx, members: readonly Member[]) {
  const ids = members.map(({ meteringPointId }) => meteringPointId)
  const { rows } = await sql<{ id: string; pod: string; name: string }>`
    select id, pod, name from contor.metering_point where id = any(${ids}::bigint[])`.execute(trx)
  const points = new Map(rows.map((row) => [row.id, row]))
  return members.map((member) => ({
    ...member,
    pod: points.get(member.meteringPointId)?.pod ?? '',
    name: points.get(member.meteringPointId)?.name ?? '',
  }))
}

function registerLists(app: App, { db }: TrancheServices): void {
  app.get(
    '/tranches',
    {
      config: { permission: 'collection' },
      schema: {
        tags,
        summary:
          'Lists of limitation and disconnection: versions in force and versions that wait for approval',
        response: { 200: listOf(trancheSchema.extend({ members: z.number().int() })) },
      },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => ({
        items: (await listTranches(trx)).map((one) => ({ ...showTranche(one), members: one.members })),
      })),
  )
  app.post(
    '/tranches',
    {
      config: { permission: 'power' },
      schema: {
        tags,
        summary: 'Propose the next version of a list; another person approves it',
        body: newTrancheSchema,
        response: { 201: detailSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body }, reply) =>
      reply
        .code(201)
        .send(
          await withActor(db, actor, async (trx) => detailOf(trx, await proposeTranche(trx, actor, body))),
        ),
  )
  app.get(
    '/tranches/:code',
    {
      config: { permission: 'collection' },
      schema: {
        tags,
        summary: 'A list: the version in force, or the one that is named, its members and runs',
        params: codeParams,
        querystring: z.object({ version: z.coerce.number().int().min(1).optional() }),
        response: { 200: detailSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, query }) =>
      withActor(db, actor, async (trx) => detailOf(trx, await findTranche(trx, params.code, query.version))),
  )
  for (const [verb, verdict] of [
    ['approve', 'approved'],
    ['refuse', 'refused'],
  ] as const)
    app.post(
      `/tranches/:code/:version/${verb}`,
      {
        config: { permission: 'approve-order' },
        schema: {
          tags,
          summary: `As the second person, ${verb} a version of a list`,
          params: codeParams.extend({ version: z.coerce.number().int().min(1) }),
          body: z.object({ reason }),
          response: { 200: detailSchema, '4xx': errorSchema },
        },
      },
      async ({ actor, params, body }) =>
        withActor(db, actor, async (trx) =>
          detailOf(trx, await decideTranche(trx, actor, params, verdict, body.reason)),
        ),
    )
}

function registerRehearsal(app: App, { db, signer, now }: TrancheServices): void {
  app.post(
    '/tranche-candidates',
    {
      config: { permission: 'power' },
      schema: {
        tags,
        summary: 'Who a rule would put on a list: consumers nobody protects, with a limiter, largest first',
        body: ruleSchema.extend({ day: civilDaySchema.optional() }),
        response: { 200: listOf(memberSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, body }) => {
      const today = civilDayOf(await now())
      return withActor(db, actor, async (trx) => ({
        items: await pickMembers(trx, signer.verifier, body, body.day ?? today),
      }))
    },
  )
  app.get(
    '/tranches/:code/rehearsal',
    {
      config: { permission: 'collection' },
      schema: {
        tags,
        summary: 'What a run would do at this time: who, how many W, who is left out, what the guard says',
        params: codeParams,
        response: { 200: rehearsalSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        const tranche = await findTranche(trx, params.code)
        const members = await membersOf(trx, tranche)
        const found = await rehearse(trx, signer.verifier, members, actor.subject, Date.now())
        return { tranche: showTranche(tranche), ...found, members: [...found.members] }
      }),
  )
}

function registerRuns(app: App, { db, now }: TrancheServices): void {
  app.get(
    '/limitation-runs',
    {
      config: { permission: 'collection' },
      schema: { tags, summary: 'Runs of all lists, newest first', response: { 200: listOf(runSchema) } },
    },
    async ({ actor }) => withActor(db, actor, async (trx) => ({ items: (await listRuns(trx)).map(showRun) })),
  )
  app.post(
    '/tranches/:code/runs',
    {
      config: { permission: 'power' },
      schema: {
        tags,
        summary: 'Propose a run; another person approves it, and with that it is announced',
        params: codeParams,
        body: newRunSchema,
        response: { 201: runSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }, reply) => {
      const at = await now()
      const run = await withActor(db, actor, (trx) =>
        proposeRun(
          trx,
          actor,
          {
            code: params.code,
            startsAt: body.startsAt === undefined ? at : Date.parse(body.startsAt),
            endsAt: Date.parse(body.endsAt),
            emergency: body.emergency,
            reason: body.reason,
          },
          at,
        ),
      )
      return reply.code(201).send(showRun(run))
    },
  )
  app.get(
    '/limitation-runs/:id',
    {
      config: { permission: 'collection' },
      schema: {
        tags,
        summary:
          'A run with its report: limiters as read back, load before and during, relief against the plan',
        params: runParams,
        response: { 200: reportSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        const run = await findRun(trx, params.id)
        const { rows } = await sql<{
          at: Date
          event: string
          actor: string
          details: Record<string, unknown>
        }>`
          select at, event, actor, details from contor.limitation_run_event where run_id = ${run.id} order by seq`.execute(
          trx,
        )
        const report = await reportRun(trx, run, Date.now())
        return {
          run: showRun(run),
          events: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
          ...report,
          members: [...report.members],
        }
      }),
  )
}

function registerActs(app: App, { db, signer, now }: TrancheServices): void {
  app.post(
    '/limitation-runs/:id/approve',
    {
      config: { permission: 'approve-order' },
      schema: {
        tags,
        summary: 'As the second person, approve a run: it is announced to everybody concerned',
        params: runParams,
        response: { 200: runSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) => {
      const at = await now()
      return withActor(db, actor, async (trx) => showRun(await approveRun(trx, signer, actor, params.id, at)))
    },
  )
  for (const [verb, summary, act, audit] of [
    ['cancel', 'Take a run back before it is applied', cancelRun, 'limitation.cancel'],
    ['lift', 'Give everybody his permit back before the planned end', liftRun, 'limitation.lift'],
  ] as const)
    app.post(
      `/limitation-runs/:id/${verb}`,
      {
        config: { permission: 'power' },
        schema: {
          tags,
          summary,
          params: runParams,
          body: z.object({ reason }),
          response: { 200: runSchema, '4xx': errorSchema },
        },
      },
      async ({ actor, params, body }) => {
        const at = await now()
        return withActor(db, actor, async (trx) => {
          const run = await act(trx, actor, params.id, body.reason, at)
          await writeAudit(trx, actor, audit, `run:${run.number}`, { reason: body.reason })
          return showRun(run)
        })
      },
    )
}
