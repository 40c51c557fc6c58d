// GET /metering-points/{id}/explain and the versions of a day.

import {
  type Channel,
  channels,
  civilDayOf,
  dayEnd,
  dayStart,
  daysBetween,
  isCivilDay,
} from '@contor/intervals'
import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  ContorError,
  errorSchema,
  idParams,
  idSchema,
  listOf,
  notFound,
  type Services,
  type Trx,
  withActor,
} from '../../platform/index.ts'
import {
  type DayChange,
  type ExplainedRun,
  explain,
  loadChanges,
  type Origin,
  type SlotStep,
} from './explain.ts'

const tags = ['readings']
/** Days that one explanation may span: a billing month with room to spare. */
const maxDays = 62

const stepFields = {
  at: z.string(),
  version: z.number().int(),
  kind: z.string(),
  rule: z.string(),
  ruleVersion: z.number().int(),
  actor: z.string(),
  reason: z.string(),
  details: z.record(z.string(), z.unknown()).nullable(),
  billed: z.boolean(),
  approvedBy: z.string().nullable(),
}
// A measured value that gave way leads to its frame, or to the line of the file that brought it.
const replacedFields = {
  trace: z.string(),
  file: z.string().nullable(),
  line: z.number().int().nullable(),
}
const stepSchema = z.object({
  ...stepFields,
  before: z.number().nullable(),
  after: z.number().nullable(),
  replaced: z.object(replacedFields).nullable(),
})
const originSchema = z.union([
  z.object({ kind: z.literal('frame'), trace: z.string(), knownAt: z.string() }),
  z.object({ kind: z.literal('file'), file: z.string(), line: z.number().int(), knownAt: z.string() }),
  z.object({ kind: z.literal('load'), knownAt: z.string() }),
  z.object({ kind: z.literal('missing') }),
  stepSchema.omit({ kind: true }).extend({
    kind: z.literal('made'),
    by: z.string(),
    measured: z.object({ ...replacedFields, value: z.number().int() }).nullable(),
  }),
])
const exceptionSchema = z.object({
  id: idSchema,
  day: z.string(),
  rule: z.string(),
  ruleVersion: z.number().int(),
  severity: z.string(),
  fromSlot: z.number().int().nullable(),
  count: z.number().int().nullable(),
  status: z.string(),
})
const explanationSchema = z.object({
  meteringPointId: idSchema,
  pod: z.string(),
  channel: z.string(),
  unit: z.enum(['Wh', 'varh']),
  from: z.string(),
  to: z.string(),
  sum: z.number().int(),
  counts: z.object({
    measured: z.number().int(),
    estimated: z.number().int(),
    edited: z.number().int(),
    missing: z.number().int(),
  }),
  runs: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      slots: z.number().int(),
      sum: z.number().int(),
      quality: z.string(),
      flags: z.array(z.string()),
      origin: originSchema,
      history: z.array(stepSchema),
    }),
  ),
  exceptions: z.array(exceptionSchema),
  bills: z.array(
    z.object({
      billRef: z.string(),
      from: z.string(),
      to: z.string(),
      finalisedAt: z.string(),
      sum: z.number().int(),
    }),
  ),
  differences: z.array(
    z.object({
      billRef: z.string(),
      day: z.string(),
      beforeWh: z.number().int(),
      afterWh: z.number().int(),
      kind: z.string(),
      at: z.string(),
    }),
  ),
})

/** What `GET …/explain` answers; also printed by `contor explain`. */
export type ExplainAnswer = z.infer<typeof explanationSchema>

const iso = (at: number | Date) => new Date(at).toISOString()

/** The span of two days or instants, on quarter-hours. @throws ContorError 'invalid-request' */
function spanOf(from: string, to: string): { from: number; to: number } {
  const start = isCivilDay(from) ? dayStart(from) : Math.floor(Date.parse(from) / 900_000) * 900_000
  const end = isCivilDay(to) ? dayEnd(to) : Math.ceil(Date.parse(to) / 900_000) * 900_000
  const days = end > start ? daysBetween(civilDayOf(start), civilDayOf(end - 1)).length : 0
  if (Number.isNaN(start) || Number.isNaN(end) || days < 1 || days > maxDays)
    throw new ContorError('invalid-request', `An explanation spans 1 to ${maxDays} days`, {
      field: 'to',
      value: to,
      remedy: 'Give civil days YYYY-MM-DD, both included, or instants with a zone.',
    })
  return { from: start, to: end }
}

/**
 * Explains a span of a point found by its number or its POD.
 * @throws ContorError 'not-found' | 'invalid-request' | 'data-corrupt'
 */
export async function answerExplain(
  trx: Trx,
  point: string,
  channel: Channel,
  from: string,
  to: string,
): Promise<ExplainAnswer> {
  const span = spanOf(from, to)
  const found = await sql<{ id: string; pod: string }>`
    select id, pod from contor.metering_point
     where ${/^\d{1,18}$/.test(point) ? sql`id = ${point}::bigint or pod = ${point}` : sql`pod = ${point}`} limit 1`.execute(
    trx,
  )
  const known = found.rows[0]
  if (!known) throw notFound('metering point', point)
  const days = { first: civilDayOf(span.from), last: civilDayOf(span.to - 1) }
  const explanation = await explain(trx, known.id, channel, span, days)
  const files = await filesOf(trx, explanation.runs)
  const exceptions = await sql<z.infer<typeof exceptionSchema>>`
    select id, day, rule, rule_version as "ruleVersion", severity, from_slot as "fromSlot", count, status
      from contor.validation_exception
     where metering_point_id = ${known.id} and day between ${days.first} and ${days.last} and channel = ${channel}
     order by day, from_slot, rule limit 1000`.execute(trx)
  return {
    meteringPointId: known.id,
    pod: known.pod,
    channel,
    unit: channel.startsWith('A') ? 'Wh' : 'varh',
    from: iso(span.from),
    to: iso(span.to),
    sum: explanation.sum,
    counts: explanation.counts,
    runs: explanation.runs.map((run) => ({
      ...run,
      from: iso(run.from),
      to: iso(run.to),
      flags: [...run.flags],
      history: run.history.map((step) => showStep(step, files)),
      origin:
        run.origin.kind === 'made'
          ? showMade(run.origin, files)
          : run.origin.kind === 'missing'
            ? run.origin
            : run.origin.kind === 'frame'
              ? showFrame(run.origin, files)
              : { ...run.origin, knownAt: iso(run.origin.knownAt) },
    })),
    exceptions: exceptions.rows,
    bills: explanation.bills.map(({ sums, ...bill }) => ({
      ...bill,
      finalisedAt: iso(bill.finalisedAt),
      sum: sums[channel] ?? 0,
    })),
    differences: explanation.differences.map(({ billRef, day, beforeWh, afterWh, kind, at }) => ({
      billRef,
      day,
      beforeWh,
      afterWh,
      kind,
      at: iso(at),
    })),
  }
}

type ImportFile = { readonly exchange: string; readonly file: string; readonly layout: string }

/** Files that brought values: an import takes a number of the journal as its own. */
async function filesOf(trx: Trx, runs: readonly ExplainedRun[]): Promise<ReadonlyMap<string, ImportFile>> {
  const exchanges = new Set(
    runs.flatMap(({ origin, history }) =>
      [
        origin.kind === 'frame' ? origin.trace : null,
        origin.kind === 'made' ? (origin.measured?.trace ?? null) : null,
        ...history.map(({ replaced }) => replaced),
      ].flatMap((trace) => trace?.split('.')[0] ?? []),
    ),
  )
  if (exchanges.size === 0) return new Map()
  const { rows } = await sql<ImportFile>`
    select exchange_id as exchange, name as file, layout from contor.import_file
     where exchange_id = any(${[...exchanges]}::bigint[])`.execute(trx)
  return new Map(rows.map((row) => [row.exchange, row]))
}

/** Slots that a line of a wide file brings: its row number holds the line and the slot. */
const slotsOfLine = 128

/** The file and line that a reference stands for; null for a frame. */
function fileOf(trace: string, files: ReadonlyMap<string, ImportFile>) {
  const [exchange, row] = trace.split('.')
  const found = files.get(exchange)
  if (!found) return null
  return {
    file: found.file,
    line: found.layout === 'wide' ? Math.floor(Number(row) / slotsOfLine) : Number(row),
  }
}

function showFrame(
  { trace, knownAt }: { readonly trace: string; readonly knownAt: Date },
  files: ReadonlyMap<string, ImportFile>,
) {
  const file = fileOf(trace, files)
  return file
    ? { kind: 'file' as const, ...file, knownAt: iso(knownAt) }
    : { kind: 'frame' as const, trace, knownAt: iso(knownAt) }
}

const showReplaced = (trace: string, files: ReadonlyMap<string, ImportFile>) => ({
  trace,
  ...(fileOf(trace, files) ?? { file: null, line: null }),
})
const showStep = (step: SlotStep, files: ReadonlyMap<string, ImportFile>) => ({
  ...step,
  at: iso(step.at),
  replaced: step.replaced === null ? null : showReplaced(step.replaced, files),
})
const showMade = (
  { step, measured }: Extract<Origin, { readonly kind: 'made' }>,
  files: ReadonlyMap<string, ImportFile>,
) => ({
  ...showStep(step, files),
  kind: 'made' as const,
  by: step.kind,
  measured: measured && { ...showReplaced(measured.trace, files), value: measured.value },
})

const dayParams = z.object({
  id: idParams.shape.id,
  day: z.string().refine(isCivilDay, 'a civil day YYYY-MM-DD'),
})
const changeSchema = z.object({
  ...stepFields,
  slots: z.number().int(),
  beforeWh: z.number().int(),
  afterWh: z.number().int(),
})

function showChange({ day: _, changes, sources: _packed, ...change }: DayChange, channel: Channel) {
  const own = changes.filter((one) => one.channel === channel)
  return {
    ...change,
    at: iso(change.at),
    slots: own.length,
    beforeWh: own.reduce((all, one) => all + one.before, 0),
    afterWh: own.reduce((all, one) => all + one.after, 0),
  }
}

export function registerExplainRoutes(app: App, { db }: Services): void {
  app.get(
    '/metering-points/:id/explain',
    {
      schema: {
        tags,
        summary: 'Where a span of values comes from: frames, rules, persons, bills',
        params: idParams,
        querystring: z.object({
          from: z.string().max(40),
          to: z.string().max(40),
          channel: z.enum(channels as [Channel, ...Channel[]]).default('A+'),
        }),
        response: { 200: explanationSchema, '4xx': errorSchema },
      },
    },
    ({ actor, params, query }) =>
      withActor(db, actor, (trx) => answerExplain(trx, params.id, query.channel, query.from, query.to)),
  )
  app.get(
    '/metering-points/:id/days/:day/versions',
    {
      schema: {
        tags,
        summary: 'The changes of a day, oldest first',
        params: dayParams,
        querystring: z.object({ channel: z.enum(channels as [Channel, ...Channel[]]).default('A+') }),
        response: { 200: listOf(changeSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, params, query }) => {
      const changes = await withActor(db, actor, (trx) => loadChanges(trx, params.id, params.day, params.day))
      return { items: changes.map((change) => showChange(change, query.channel)) }
    },
  )
}
