// What the interface of tranches takes and gives.

import { z } from 'zod'
import { idSchema } from '../../platform/index.ts'
import { type Tranche, trancheKinds, trancheStates } from './plan.ts'
import { type Run, runStates } from './run.ts'

const watts = z.number().int().min(0).max(2_000_000_000)
export const reason = z.string().trim().min(3).max(500)
const codeSchema = z.string().regex(/^[A-Z0-9][A-Z0-9-]{1,19}$/, 'as NL-1: capitals, digits and hyphens')

const powersSchema = z.object({
  /** Mean contracted power. */
  normalW: watts.positive(),
  reduceW: watts.positive(),
  technologicalW: watts,
  safetyW: watts,
})
export const newTrancheSchema = z.object({
  code: codeSchema,
  kind: z.enum(trancheKinds),
  number: z.number().int().min(1).max(99),
  title: z.string().trim().min(3).max(200),
  plannedW: watts.positive(),
  reason,
  members: z
    .array(
      powersSchema.extend({
        /** POD or id. */
        meteringPoint: z.string().min(1).max(64),
        by: z.enum(['hand', 'rule']).default('hand'),
      }),
    )
    .min(1)
    .max(2_000),
})
export const ruleSchema = z.object({
  stationIds: z.array(idSchema).max(100).default([]),
  leastW: watts.default(0),
  reducePercent: z.number().int().min(1).max(95),
  technologicalPercent: z.number().int().min(1).max(95),
  safetyPercent: z.number().int().min(0).max(95).default(0),
})
export const memberSchema = powersSchema.extend({
  meteringPointId: idSchema,
  pod: z.string(),
  name: z.string(),
  by: z.enum(['hand', 'rule']),
})
export const trancheSchema = z.object({
  code: z.string(),
  version: z.number().int(),
  kind: z.enum(trancheKinds),
  number: z.number().int(),
  title: z.string(),
  plannedW: z.number(),
  state: z.enum(trancheStates),
  reason: z.string(),
  proposedBy: z.string(),
  proposedAt: z.string(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
})
export const showTranche = ({ digest: _, ...tranche }: Tranche): z.infer<typeof trancheSchema> => ({
  code: tranche.code,
  version: tranche.version,
  kind: tranche.kind,
  number: tranche.number,
  title: tranche.title,
  plannedW: tranche.plannedW,
  state: tranche.state,
  reason: tranche.reason,
  proposedBy: tranche.proposedBy,
  proposedAt: tranche.proposedAt.toISOString(),
  decidedBy: tranche.decidedBy,
  decidedAt: tranche.decidedAt?.toISOString() ?? null,
})

const excludedSchema = z.enum(['protected', 'no-limiter', 'lower-already']).nullable()
export const rehearsalSchema = z.object({
  tranche: trancheSchema,
  members: z.array(
    memberSchema.extend({
      approvedPowerW: z.number().int(),
      thresholdW: z.number().int().nullable(),
      limitW: z.number().int(),
      excluded: excludedSchema,
      loadW: z.number().int().nullable(),
      reliefW: z.number().int(),
    }),
  ),
  limited: z.number().int(),
  excluded: z.number().int(),
  reliefW: z.number().int(),
  guard: z.object({
    stopped: z.string().nullable(),
    frozen: z.string().nullable(),
    leave: z.number().int(),
    held: z.number().int(),
    why: z.string().nullable(),
  }),
})

export const newRunSchema = z.object({
  startsAt: z.iso.datetime({ offset: true }).optional(),
  endsAt: z.iso.datetime({ offset: true }),
  /** Named reason: neither notice nor warning. */
  emergency: z.string().trim().min(10).max(500).nullable().default(null),
  reason,
})
export const runSchema = z.object({
  id: z.string(),
  number: z.string(),
  code: z.string(),
  version: z.number().int(),
  state: z.enum(runStates),
  startsAt: z.string(),
  endsAt: z.string(),
  emergency: z.string().nullable(),
  reason: z.string(),
  noticeHours: z.number().int(),
  warningMinutes: z.number().int(),
  proposedBy: z.string(),
  approvedBy: z.string().nullable(),
  announcedAt: z.string().nullable(),
  warnedAt: z.string().nullable(),
  appliedAt: z.string().nullable(),
  liftedAt: z.string().nullable(),
  endedBy: z.string().nullable(),
  endReason: z.string().nullable(),
})
const iso = (at: Date | null) => at?.toISOString() ?? null
export const showRun = (run: Run): z.infer<typeof runSchema> => ({
  id: run.id,
  number: run.number,
  code: run.code,
  version: run.version,
  state: run.state,
  startsAt: run.startsAt.toISOString(),
  endsAt: run.endsAt.toISOString(),
  emergency: run.emergency,
  reason: run.reason,
  noticeHours: run.noticeHours,
  warningMinutes: run.warningMinutes,
  proposedBy: run.proposedBy,
  approvedBy: run.approvedBy,
  announcedAt: iso(run.announcedAt),
  warnedAt: iso(run.warnedAt),
  appliedAt: iso(run.appliedAt),
  liftedAt: iso(run.liftedAt),
  endedBy: run.endedBy,
  endReason: run.endReason,
})
const nullableInt = z.number().int().nullable()
export const reportSchema = z.object({
  run: runSchema,
  events: z.array(
    z.object({
      at: z.string(),
      event: z.string(),
      actor: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  members: z.array(
    z.object({
      meteringPointId: idSchema,
      pod: z.string(),
      name: z.string(),
      excluded: excludedSchema,
      normalW: z.number().int(),
      limitW: z.number().int(),
      limiter: z.enum(['none', 'waiting', 'held', 'limited', 'lifting', 'restored', 'not-kept']),
      thresholdW: nullableInt,
      trace: z.string().nullable(),
      held: z.string().nullable(),
      tripped: z.boolean(),
      beforeW: nullableInt,
      duringW: nullableInt,
      highestW: nullableInt,
      reliefW: nullableInt,
      verdict: z.enum(['kept', 'not-kept', 'not-measured', 'excluded']),
    }),
  ),
  plannedW: z.number().int(),
  reliefW: z.number().int(),
  measured: z.number().int(),
  limited: z.number().int(),
  reached: z.boolean().nullable(),
})
