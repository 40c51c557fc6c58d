// The guard over HTTP: one person closes it, two open it.

import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  ContorError,
  errorSchema,
  idParams,
  idSchema,
  notFound,
  type Services,
  type Trx,
  withActor,
} from '../../../platform/index.ts'
import { namesOf, writeAudit } from '../../access/index.ts'
import type { Signer } from '../signing.ts'
import {
  type GuardEvent,
  guardLimits,
  guardState,
  listGuardEvents,
  loosen,
  scopesWithRate,
  setLimit,
  tighten,
} from './state.ts'
import { releasedWithin } from './usage.ts'

const tags = ['guard']
const reason = z.string().trim().min(3).max(500)
const eventSchema = z.object({
  id: idSchema,
  at: z.string(),
  kind: z.enum(['stop', 'resume', 'freeze', 'thaw', 'break-glass', 'alarm']),
  actor: z.string(),
  approvedBy: z.string().nullable(),
  reason: z.string(),
  until: z.string().nullable(),
})
const showEvent = ({ details: _, ...event }: GuardEvent) => ({
  ...event,
  at: event.at.toISOString(),
  until: event.until?.toISOString() ?? null,
})
const limitSchema = z.object({
  scope: z.enum(scopesWithRate),
  windowS: z.number().int().min(60).max(31_622_400),
  maxCount: z.number().int().min(0).max(10_000_000),
  maxShare: z.number().min(0).max(1),
  maxPowerShare: z.number().min(0).max(1),
  factor: z.number().min(1).max(1_000).optional(),
})
const proposalSchema = z.object({
  id: idSchema,
  at: z.string(),
  kind: z.enum(['resume', 'thaw', 'limit']),
  change: limitSchema.nullable(),
  proposedBy: z.string(),
  reason: z.string(),
  state: z.enum(['open', 'confirmed', 'withdrawn']),
})

interface ProposalRow {
  readonly id: string
  readonly at: Date
  readonly kind: 'resume' | 'thaw' | 'limit'
  readonly change: z.infer<typeof limitSchema> | null
  readonly proposedBy: string
  readonly reason: string
  readonly state: 'open' | 'confirmed' | 'withdrawn'
}
const showProposal = (row: ProposalRow) => ({ ...row, at: row.at.toISOString() })
const proposalColumns = sql`id, at, kind, change, proposed_by as "proposedBy", reason, state`

export function registerGuardRoutes(app: App, { db, signer }: Services & { readonly signer: Signer }): void {
  app.get(
    '/guard',
    {
      config: { permission: 'network' },
      schema: {
        tags,
        summary: 'Whether disconnections may leave, and under which limits',
        response: {
          200: z.object({
            stopped: eventSchema.nullable(),
            frozen: eventSchema.nullable(),
            breakGlass: eventSchema.nullable(),
            limits: z.array(limitSchema),
            released: z.object({ hour: z.number().int(), day: z.number().int() }),
            held: z.number().int(),
            proposals: z.array(proposalSchema),
            events: z.array(eventSchema),
            /** Of the persons named above. */
            names: z.record(z.string(), z.string()),
          }),
        },
      },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => {
        const state = await guardState(trx, signer.verifier, Date.now())
        const { limits, rate } = await guardLimits(trx, signer.verifier)
        const [hour = 0, day = 0] = await releasedWithin(trx, [3_600, 86_400])
        const { rows } = await sql<{ held: number }>`
          select count(*)::int as held from contor.relay_command
           where state in ('queued', 'released') and held is not null`.execute(trx)
        const proposals = await sql<ProposalRow>`
          select ${proposalColumns} from contor.guard_proposal where state = 'open' order by id desc limit 50`.execute(
          trx,
        )
        const events = await listGuardEvents(trx, 50)
        const show = (event: GuardEvent | undefined) => (event ? showEvent(withoutSignature(event)) : null)
        return {
          stopped: show(state.stopped),
          frozen: show(state.frozen),
          breakGlass: show(state.breakGlass),
          limits: [
            ...limits,
            {
              scope: 'rate' as const,
              windowS: rate.windowS,
              maxCount: rate.minimum,
              maxShare: 0,
              maxPowerShare: 0,
              factor: rate.factor,
            },
          ],
          released: { hour, day },
          held: rows[0]?.held ?? 0,
          proposals: proposals.rows.map(showProposal),
          events: events.map(showEvent),
          names: await namesOf(trx, [
            ...events.flatMap(({ actor: who, approvedBy }) => [who, approvedBy]),
            ...proposals.rows.map(({ proposedBy }) => proposedBy),
          ]),
        }
      }),
  )
  app.post(
    '/guard/stop',
    {
      config: { permission: 'guard' },
      schema: {
        tags,
        summary: 'Stop every disconnection at once, those already waiting included',
        body: z.object({ reason }),
        response: { 200: z.object({ stopped: z.literal(true) }), '4xx': errorSchema },
      },
    },
    async ({ actor, body }) =>
      withActor(db, actor, async (trx) => {
        await tighten(trx, 'stop', actor.subject, body.reason)
        await writeAudit(trx, actor, 'guard.stop', 'guard', { reason: body.reason })
        return { stopped: true as const }
      }),
  )
  app.post(
    '/guard/break-glass',
    {
      config: { permission: 'guard' },
      schema: {
        tags,
        summary:
          'Lift budgets and freezes for a while, alone and with an alarm; a stop and protection of customers stay',
        body: z.object({ reason, minutes: z.number().int().min(1).max(240) }),
        response: { 200: z.object({ until: z.string() }), '4xx': errorSchema },
      },
    },
    async ({ actor, body }) =>
      withActor(db, actor, async (trx) => {
        const until = new Date(Date.now() + body.minutes * 60_000)
        await loosen(trx, signer, 'break-glass', actor, { approvedBy: null, reason: body.reason, until })
        await writeAudit(trx, actor, 'guard.break-glass', 'guard', { reason: body.reason, until })
        return { until: until.toISOString() }
      }),
  )
  registerProposalRoutes(app, { db, signer })
}

function registerProposalRoutes(
  app: App,
  { db, signer }: Pick<Services, 'db'> & { readonly signer: Signer },
): void {
  app.post(
    '/guard/proposals',
    {
      config: { permission: 'guard' },
      schema: {
        tags,
        summary: 'Propose to open the guard or to set a limit; another person confirms',
        body: z.discriminatedUnion('kind', [
          z.object({ kind: z.enum(['resume', 'thaw']), reason }),
          z.object({ kind: z.literal('limit'), reason, change: limitSchema }),
        ]),
        response: { 201: proposalSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body }, reply) => {
      const proposal = await withActor(db, actor, async (trx) => {
        const change = body.kind === 'limit' ? body.change : null
        const { rows } = await sql<ProposalRow>`
          insert into contor.guard_proposal (kind, change, proposed_by, reason)
          values (${body.kind}, ${change ? JSON.stringify(change) : null}::jsonb, ${actor.subject}, ${body.reason})
          returning ${proposalColumns}`.execute(trx)
        await writeAudit(trx, actor, 'guard.propose', body.kind, { reason: body.reason, change })
        return rows[0] as ProposalRow
      })
      return reply.code(201).send(showProposal(proposal))
    },
  )
  app.post(
    '/guard/proposals/:id/confirm',
    {
      config: { permission: 'guard' },
      schema: {
        tags,
        summary: 'Be the second person',
        params: idParams,
        body: z.object({ reason }),
        response: { 200: proposalSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }) =>
      withActor(db, actor, async (trx) => {
        const proposal = await openProposal(trx, params.id)
        if (proposal.proposedBy === actor.subject)
          throw new ContorError('not-allowed', 'Whoever proposes does not confirm', {
            field: 'id',
            value: params.id,
            remedy: 'Another person with the right to the guard confirms it.',
          })
        // The one who proposed acts, the one who confirms is the second person.
        const proposer = { ...actor, subject: proposal.proposedBy }
        if (proposal.kind === 'limit' && proposal.change)
          await setLimit(trx, signer, proposer, actor.subject, proposal.change, proposal.reason)
        else if (proposal.kind !== 'limit')
          await loosen(trx, signer, proposal.kind, proposer, {
            approvedBy: actor.subject,
            reason: proposal.reason,
          })
        await sql`update contor.guard_proposal set state = 'confirmed', decided_by = ${actor.subject}, decided_at = clock_timestamp()
                   where id = ${params.id}`.execute(trx)
        await writeAudit(trx, actor, 'guard.confirm', `proposal:${params.id}`, {
          kind: proposal.kind,
          change: proposal.change,
          reason: body.reason,
        })
        return { ...showProposal(proposal), state: 'confirmed' as const }
      }),
  )
}

async function openProposal(trx: Trx, id: string): Promise<ProposalRow> {
  const { rows } = await sql<ProposalRow>`
    select ${proposalColumns} from contor.guard_proposal where id = ${id} and state = 'open' for update`.execute(
    trx,
  )
  if (!rows[0]) throw notFound('open proposal', id)
  return rows[0]
}

const withoutSignature = ({
  id,
  at,
  kind,
  actor,
  approvedBy,
  reason: why,
  until,
  details,
}: GuardEvent): GuardEvent => ({
  id,
  at,
  kind,
  actor,
  approvedBy,
  reason: why,
  until,
  details,
})
