// What orders look like over HTTP.

import { z } from 'zod'
import { civilDaySchema, idSchema, instantSchema } from '../../platform/index.ts'
import type { Verdict } from './gate/gate.ts'
import { orderStates, orderTypes } from './machine.ts'
import type { Order } from './store.ts'
import type { OrderDetail, OrderListRow } from './view.ts'

const uuid = z.uuid()
const conditionSchema = z.object({
  key: z.string(),
  ok: z.boolean(),
  params: z.record(z.string(), z.unknown()),
  source: z.string(),
})
export const verdictSchema = z.object({
  verdict: z.enum(['run', 'wait', 'approval', 'cured']).optional(),
  conditions: z.array(conditionSchema).default([]),
  runsAt: z.string().nullable(),
  costBearer: z.enum(['operator', 'user']).optional(),
})
export const orderSchema = z.object({
  id: uuid,
  number: z.string(),
  type: z.enum(orderTypes),
  cause: z.string(),
  meteringPointId: idSchema,
  requester: z.string(),
  requesterReference: z.string(),
  requestedBy: z.string(),
  supplier: z.string().nullable(),
  batchId: uuid.nullable(),
  reason: z.string().nullable(),
  state: z.enum(orderStates),
  route: z.enum(['remote', 'field']).nullable(),
  runsAt: z.string().nullable(),
  dueBy: z.string().nullable(),
  justifyBy: z.string().nullable(),
  justifiedAt: z.string().nullable(),
  costBearer: z.enum(['operator', 'user']),
  approvedBy: z.string().nullable(),
  follows: uuid.nullable(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
})
export const listRowSchema = orderSchema.extend({
  pod: z.string(),
  pointName: z.string(),
  address: z.string(),
  stationId: idSchema,
  station: z.string(),
})
const linkSchema = z.object({ id: uuid, number: z.string() })
export const detailSchema = listRowSchema.extend({
  causeTitle: z.object({ ro: z.string(), en: z.string(), source: z.string() }),
  before: linkSchema.nullable(),
  after: linkSchema.nullable(),
  names: z.record(z.string(), z.string()),
  gate: verdictSchema,
  facts: z.record(z.string(), z.unknown()),
  timeline: z.array(
    z.object({
      at: z.string(),
      event: z.string(),
      from: z.string().nullable(),
      to: z.string(),
      actor: z.string(),
      evidence: z.record(z.string(), z.unknown()),
    }),
  ),
  commands: z.array(
    z.object({
      id: uuid,
      kind: z.string(),
      state: z.string(),
      outcome: z.string().nullable(),
      held: z.string().nullable(),
      errorCode: z.string().nullable(),
      errorText: z.string().nullable(),
      createdAt: z.string(),
      releasedAt: z.string().nullable(),
      finishedAt: z.string().nullable(),
      nextAt: z.string(),
      steps: z.array(
        z.object({
          at: z.string(),
          step: z.string(),
          details: z.record(z.string(), z.unknown()),
          trace: z.string().nullable(),
        }),
      ),
    }),
  ),
  messages: z.array(
    z.object({
      id: uuid,
      recipient: z.string(),
      kind: z.string(),
      body: z.record(z.string(), z.unknown()),
      createdAt: z.string(),
      state: z.string(),
      deliveredAt: z.string().nullable(),
    }),
  ),
})

const text = (at: Date | null) => at?.toISOString() ?? null
export const showOrder = (order: Order) => ({
  id: order.id,
  number: order.number,
  type: order.type,
  cause: order.cause,
  meteringPointId: order.meteringPointId,
  requester: order.requester,
  requesterReference: order.requesterReference,
  requestedBy: order.requestedBy,
  supplier: order.supplier,
  batchId: order.batchId,
  reason: order.reason,
  state: order.state,
  route: order.route,
  runsAt: text(order.runsAt),
  dueBy: text(order.dueBy),
  justifyBy: order.justifyBy,
  justifiedAt: text(order.justifiedAt),
  costBearer: order.costBearer,
  approvedBy: order.approvedBy,
  follows: order.follows,
  createdAt: order.createdAt.toISOString(),
  endedAt: text(order.endedAt),
})
export const showRow = (row: OrderListRow) => ({
  ...showOrder(row),
  pod: row.pod,
  pointName: row.pointName,
  address: row.address,
  stationId: row.stationId,
  station: row.station,
})
/** A verdict that is not there yet has no condition. */
export const showVerdict = (
  { verdict, conditions = [], costBearer }: Partial<Verdict>,
  runsAt: Date | null,
) => ({
  ...(verdict ? { verdict } : {}),
  conditions: conditions.map((condition) => ({ ...condition, params: { ...condition.params } })),
  runsAt: text(runsAt),
  ...(costBearer ? { costBearer } : {}),
})

export function showDetail({
  order,
  timeline,
  commands,
  messages,
  names,
  causeTitle,
  before,
  after,
}: OrderDetail) {
  return {
    ...showRow(order),
    causeTitle,
    before: before && { ...before },
    after: after && { ...after },
    names: { ...names },
    gate: showVerdict(order.verdict, order.runsAt),
    facts: { ...order.facts } as Record<string, unknown>,
    timeline: timeline.map((event) => ({ ...event, at: event.at.toISOString() })),
    commands: commands.map((command) => ({
      ...command,
      createdAt: command.createdAt.toISOString(),
      releasedAt: text(command.releasedAt),
      finishedAt: text(command.finishedAt),
      nextAt: command.nextAt.toISOString(),
      steps: command.steps.map((step) => ({ ...step, at: step.at.toISOString() })),
    })),
    messages: messages.map((message) => ({
      ...message,
      createdAt: message.createdAt.toISOString(),
      deliveredAt: text(message.deliveredAt),
    })),
  }
}

// A name that is written wrong must not be passed over: an order without its notBefore runs at once.
export const requestSchema = z.strictObject({
  type: z.enum(orderTypes),
  meteringPoint: z.string().trim().min(1).max(100).describe('id or POD'),
  cause: z.string().max(40).optional().describe('GET /api/orders/causes'),
  requesterReference: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('your own name for it; the same reference is the same order'),
  reason: z.string().trim().max(500).optional(),
  debtSince: civilDaySchema.optional(),
  debtBani: z.number().int().min(0).max(1e12).optional(),
  protectionReason: z.string().trim().max(500).optional(),
  notBefore: instantSchema.optional(),
  until: civilDaySchema.optional(),
})
