// What field work looks like over HTTP.

import { z } from 'zod'
import { idSchema } from '../../platform/index.ts'
import type { Visit } from './visits.ts'

const titled = { titleRo: z.string(), titleEn: z.string(), source: z.string() }
export const factsSchema = z.object({
  checks: z.array(z.object({ code: z.string(), required: z.boolean(), ...titled })),
  steps: z.array(
    z.object({ action: z.enum(['disconnect', 'reconnect', 'exchange']), seq: z.number(), ...titled }),
  ),
  results: z.array(
    z.object({
      code: z.string(),
      effect: z.enum(['done', 'postponed', 'impossible']),
      needsChecklist: z.boolean(),
      needsReadings: z.boolean(),
      needsPhoto: z.boolean(),
      needsNote: z.boolean(),
      ...titled,
    }),
  ),
})

export const visitSchema = z.object({
  id: z.uuid(),
  meteringPointId: idSchema,
  task: z.enum(['order', 'exchange']),
  orderNumber: z.string().describe('of the order, or of the planned exchange'),
  orderType: z.string().nullable(),
  action: z.enum(['disconnect', 'reconnect', 'exchange']),
  seq: z.number(),
  crew: z.string().nullable(),
  visitOn: z.string(),
  why: z.string(),
  state: z.enum(['open', 'done', 'postponed', 'impossible', 'withdrawn', 'conflict']),
  endedAt: z.string().nullable(),
  dueBy: z.string().nullable(),
  cause: z.object({ ro: z.string(), en: z.string(), source: z.string() }),
  pod: z.string(),
  pointName: z.string(),
  address: z.string(),
  approvedPowerW: z.number(),
  phases: z.number(),
  station: z.string(),
  stationName: z.string(),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  feeder: z.string().nullable(),
  serial: z.string().nullable(),
  model: z.string().nullable(),
  recordNumber: z.string().nullable(),
})

export const answerSchema = z.object({
  recordId: z.uuid(),
  number: z.string(),
  sha256: z.string(),
  effect: z.enum(['executed', 'postponed', 'failed', 'conflict', 'none']),
  conflict: z
    .object({
      orderState: z.string(),
      event: z.string(),
      at: z.string(),
      actedAt: z.string().nullable(),
      dark: z.boolean(),
      reconnectOrder: z.string().nullable(),
    })
    .nullable(),
})

const reconnects: ReadonlySet<string> = new Set(['RECO_R', 'RECO_C', 'ACTIV_FURNIZARE'])

const actionOf = ({ task, orderType }: Visit) =>
  task === 'exchange' ? 'exchange' : reconnects.has(orderType ?? '') ? 'reconnect' : 'disconnect'

export const showVisit = (visit: Visit): z.input<typeof visitSchema> => {
  const { orderId: _o, endedAt, dueBy, causeRo, causeEn, causeSource, ...shown } = visit
  return {
    ...shown,
    action: actionOf(visit),
    endedAt: endedAt?.toISOString() ?? null,
    dueBy: dueBy?.toISOString() ?? null,
    cause: { ro: causeRo, en: causeEn, source: causeSource },
  }
}
