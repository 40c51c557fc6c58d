// What a crew sends of a visit, and what has to be in it. Made on a phone without a signal, judged here.

import { z } from 'zod'
import { ContorError, civilDaySchema, instantSchema } from '../../platform/index.ts'
import type { FieldFacts, ResultCode } from './facts.ts'

export const maxPhotos = 8
/** Of both signatures together; keeps a record within the body limit of the server. */
const maxStrokePoints = 8_000

const text = (most: number) => z.string().trim().min(1).max(most)
const coordinate = z.number().int().min(0).max(1000)
/** Lines of a hand, thousandths of the width and height of the field that was signed. */
const strokesSchema = z
  .array(
    z
      .array(z.tuple([coordinate, coordinate]))
      .min(1)
      .max(2_000),
  )
  .min(1)
  .max(200)
const signedSchema = z.object({ name: text(100), strokes: strokesSchema })

export const recordSchema = z.object({
  id: z.uuid().describe('made by the phone; the same record sent again is the same record'),
  result: text(40).describe('GET /api/field/facts'),
  startedAt: instantSchema,
  finishedAt: instantSchema,
  actedAt: instantSchema.nullable().default(null).describe('when supply was taken or given'),
  nextVisit: civilDaySchema.optional(),
  note: z.string().trim().max(1_000).default(''),
  checklist: z
    .array(z.object({ code: text(40), confirmed: z.boolean(), note: z.string().trim().max(300).optional() }))
    .max(50)
    .default([]),
  steps: z.array(z.number().int().min(1).max(100)).max(100).default([]).describe('steps that were done'),
  readings: z
    .array(
      z.object({
        when: z.enum(['before', 'after']),
        register: z
          .string()
          .regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/)
          .describe('OBIS C.D.E: 1.8.0, 2.8.0, …'),
        energyWh: z.number().int().min(0).max(1e15),
      }),
    )
    .max(40)
    .default([]),
  exchange: z
    .object({
      oldSerial: text(64),
      newSerial: text(64),
      newModel: text(64).describe('as on the nameplate'),
      reason: text(300),
      unreadable: z
        .boolean()
        .default(false)
        .describe('the old meter shows nothing any more; a photo and a note say so'),
    })
    .optional()
    .describe('the meter gave way to another: readings before are the old one’s, after the new one’s'),
  seals: z
    .array(
      z.object({
        action: z.enum(['removed', 'applied']),
        number: text(40),
        place: z.enum(['terminal-cover', 'meter-cover', 'box', 'breaker', 'other']),
      }),
    )
    .max(40)
    .default([]),
  photos: z
    .array(
      z.object({
        id: z.uuid(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        takenAt: instantSchema,
        caption: z.string().trim().max(200).default(''),
      }),
    )
    .max(maxPhotos)
    .default([]),
  signatures: z.object({
    crew: signedSchema,
    customer: z.union([signedSchema, z.object({ absent: text(300) })]),
  }),
})
export type FieldRecord = z.output<typeof recordSchema>

export interface Problem {
  readonly field: string
  readonly value: unknown
  readonly remedy: string
}

/**
 * Everything that keeps a record from being accepted; empty when it is whole.
 * @param task what the visit was for
 * @param now epoch ms; a phone's clock may be an hour ahead
 */
export function problemsOf(record: FieldRecord, task: Task, facts: FieldFacts, now: number): Problem[] {
  const problems: Problem[] = []
  const add = (field: string, value: unknown, remedy: string) => problems.push({ field, value, remedy })
  const result = facts.results.find(({ code }) => code === record.result)
  if (!result) {
    add('result', record.result, `Possible: ${facts.results.map(({ code }) => code).join(', ')}.`)
    return problems
  }
  if (record.startedAt > record.finishedAt)
    add('finishedAt', record.finishedAt, 'A visit ends after it began.')
  if (Date.parse(record.finishedAt) > now + 3_600_000)
    add('finishedAt', record.finishedAt, 'It lies in the future: set the clock of the phone right.')
  if (result.needsChecklist) checkList(record, facts, add)
  if (result.effect === 'done' && record.actedAt === null)
    add('actedAt', null, 'Say when supply was taken or given, or when it was found so.')
  if (result.effect === 'postponed' && record.nextVisit === undefined)
    add('nextVisit', null, 'Say on which day somebody goes there again.')
  if (result.needsPhoto && record.photos.length === 0)
    add('photos', 0, `Result ${result.code} needs a photo.`)
  if (result.needsNote && record.note.length < 3)
    add('note', record.note, `Result ${result.code} needs a few words.`)
  if (record.exchange) checkExchange(record, record.exchange, result, add)
  else {
    if (task === 'exchange' && result.effect === 'done')
      add('exchange', null, 'Give the serials of the meter that was taken off and of the one put on.')
    checkReadings(record, result, add)
  }
  const points = strokePoints(record)
  if (points > maxStrokePoints) add('signatures', points, `At most ${maxStrokePoints} points together.`)
  return problems
}

type Task = 'order' | 'exchange'
type Add = (field: string, value: unknown, remedy: string) => void

function checkList(record: FieldRecord, facts: FieldFacts, add: Add): void {
  const confirmed = new Set(record.checklist.filter((item) => item.confirmed).map(({ code }) => code))
  const missing = facts.checks.filter((check) => check.required && !confirmed.has(check.code))
  if (missing.length > 0)
    add(
      'checklist',
      missing.map(({ code }) => code),
      'Every required item of the safety checklist is confirmed before work; where one cannot be, the result is "unsafe".',
    )
}

const readAt = (record: FieldRecord, when: 'before' | 'after') =>
  new Map(record.readings.filter((one) => one.when === when).map((one) => [one.register, one.energyWh]))

function readOnce(record: FieldRecord, add: Add) {
  const before = readAt(record, 'before')
  const after = readAt(record, 'after')
  if (before.size + after.size !== record.readings.length)
    add('readings', record.readings.length, 'A register is read once before and once after.')
  return { before, after }
}

function checkExchange(
  record: FieldRecord,
  exchange: NonNullable<FieldRecord['exchange']>,
  result: ResultCode,
  add: Add,
): void {
  const { before, after } = readOnce(record, add)
  if (!result.needsChecklist)
    add('result', record.result, 'A meter was exchanged: the result says that work was done.')
  if (exchange.newSerial === exchange.oldSerial)
    add(
      'exchange.newSerial',
      exchange.newSerial,
      'A meter is not exchanged for itself: compare the nameplates.',
    )
  if (record.actedAt === null) add('actedAt', null, 'Say when the old meter stopped and the new one began.')
  if (!after.has('1.8.0'))
    add('readings', [...after.keys()], 'Give register 1.8.0 of the new meter, also where it is zero.')
  if (!exchange.unreadable && !before.has('1.8.0'))
    add(
      'readings',
      [...before.keys()],
      'Give the last 1.8.0 of the old meter, or say that it cannot be read.',
    )
  if (exchange.unreadable && (record.photos.length === 0 || record.note.length < 3))
    add('photos', record.photos.length, 'A meter that cannot be read needs a photo and a few words.')
}

function checkReadings(record: FieldRecord, result: ResultCode, add: Add): void {
  const { before, after } = readOnce(record, add)
  if (result.needsReadings && !(before.has('1.8.0') && after.has('1.8.0')))
    add('readings', [...before.keys(), ...after.keys()], 'Give register 1.8.0 before and after.')
  for (const [register, energyWh] of after)
    if (energyWh < (before.get(register) ?? 0))
      add('readings', { register, energyWh }, 'A register does not go back: read it again.')
}

function strokePoints({ signatures: { crew, customer } }: FieldRecord): number {
  return [crew, ...('strokes' in customer ? [customer] : [])]
    .flatMap(({ strokes }) => strokes)
    .reduce((sum, stroke) => sum + stroke.length, 0)
}

/** @throws ContorError 'invalid-request' naming the first problem, with all of them in the remedy */
export function mustBeWhole(record: FieldRecord, task: Task, facts: FieldFacts, now: number): ResultCode {
  const problems = problemsOf(record, task, facts, now)
  const [first] = problems
  if (first)
    throw new ContorError(
      'invalid-request',
      `The record is not whole: ${problems.map(({ field }) => field).join(', ')}`,
      { field: first.field, value: first.value, remedy: problems.map(({ remedy }) => remedy).join(' ') },
    )
  const result = facts.results.find(({ code }) => code === record.result)
  if (!result) throw new Error('a whole record has a result')
  return result
}
