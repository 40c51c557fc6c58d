// What a person can do to a stretch of quarter-hours: pure arithmetic on a timeline.

import { isPresent, quality } from '@contor/intervals'
import { distribute, type Timeline } from '@contor/vee'
import { z } from 'zod'
import { ContorError, civilDaySchema, idSchema } from '../../../platform/index.ts'

const energy = z.number().int().min(0).max(2_000_000_000)

/** Every operation; `kind` tells which. Energies in Wh (varh for reactive channels). */
export const operationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('set'), values: z.array(energy).min(1).max(40_000) }),
  z.object({ kind: z.literal('fill'), value: energy }),
  z.object({
    kind: z.literal('total'),
    total: z.number().int().min(0).max(9e12),
    shape: z.enum(['flat', 'current', 'day', 'profile']),
    day: civilDaySchema.optional(),
  }),
  z.object({ kind: z.literal('copy'), day: civilDaySchema, meteringPointId: idSchema.optional() }),
  z.object({ kind: z.literal('clear') }),
  z.object({ kind: z.literal('accept') }),
  z.object({ kind: z.literal('factor'), factor: z.number().min(0).max(1_000) }),
])
export type Operation = z.infer<typeof operationSchema>

/** Which slots of the range an operation touches. */
export const onlySchema = z.enum(['all', 'missing', 'estimated', 'measured'])
export type Only = z.infer<typeof onlySchema>

/** Factors are taken to this fraction, so that the same number gives the same Wh everywhere. */
const factorParts = 1_000_000

/**
 * Applies an operation to slots [from, to) of a timeline.
 * @param model one value per slot of [from, to), −1 where it has none: the day copied from, or a shape
 * @returns new values and quality bytes for the whole timeline; what an operation writes is 'edited'
 * @throws ContorError 'invalid-request'
 */
export function applyOperation(
  timeline: Timeline,
  from: number,
  to: number,
  operation: Operation,
  only: Only,
  model: Float64Array | undefined,
): { values: Int32Array; quality: Uint8Array } {
  const values = timeline.values.slice()
  const states = timeline.quality.slice()
  const slots: number[] = []
  for (let slot = from; slot < to; slot++) if (isChosen(timeline.quality[slot], only)) slots.push(slot)
  const write = (slot: number, value: number) => {
    values[slot] = value
    states[slot] = quality.edited
  }
  const spread = (total: number, weights: readonly number[]) => {
    if (slots.length === 0 && total > 0) throw nothingChosen(only)
    const parts = distribute(total, weights)
    for (const [i, slot] of slots.entries()) write(slot, parts[i])
  }
  switch (operation.kind) {
    case 'set':
      if (operation.values.length !== to - from)
        throw invalid(
          'operation.values',
          operation.values.length,
          `The range has ${to - from} quarter-hours.`,
        )
      for (const slot of slots) write(slot, operation.values[slot - from])
      break
    case 'fill':
      for (const slot of slots) write(slot, operation.value)
      break
    case 'clear':
      for (const slot of slots) {
        values[slot] = 0
        states[slot] = quality.missing
      }
      break
    case 'accept':
      for (const slot of slots)
        if ((timeline.quality[slot] & 7) === quality.estimated) write(slot, timeline.values[slot])
      break
    case 'factor': {
      const held = slots.filter((slot) => isPresent(timeline.quality[slot]))
      const weights = held.map((slot) => Math.max(0, timeline.values[slot]))
      const parts = distribute(scaled(weights, operation.factor), weights)
      for (const [i, slot] of held.entries()) write(slot, parts[i])
      break
    }
    case 'copy':
      for (const slot of slots) {
        const value = model?.[slot - from] ?? -1
        if (value < 0)
          throw invalid('operation.day', operation.day, 'That day lacks quarter-hours of the range.')
        write(slot, value)
      }
      break
    case 'total':
      spread(operation.total, weightsOf(timeline, slots, from, operation, model))
  }
  return { values, quality: states }
}

function isChosen(byte: number, only: Only): boolean {
  if (only === 'all') return true
  if (only === 'missing') return !isPresent(byte)
  return (byte & 7) === quality[only]
}

/** total × factor, to the nearest Wh, in whole numbers. */
function scaled(weights: readonly number[], factor: number): number {
  const total = weights.reduce((all, weight) => all + weight, 0)
  const parts = BigInt(Math.round(factor * factorParts))
  return Number((BigInt(total) * parts * 2n + BigInt(factorParts)) / BigInt(2 * factorParts))
}

function weightsOf(
  timeline: Timeline,
  slots: readonly number[],
  from: number,
  operation: Extract<Operation, { kind: 'total' }>,
  model: Float64Array | undefined,
): number[] {
  if (operation.shape === 'flat') return slots.map(() => 1)
  if (operation.shape === 'current') return slots.map((slot) => Math.max(0, timeline.values[slot]))
  return slots.map((slot) => {
    const weight = model?.[slot - from] ?? -1
    if (weight < 0)
      throw invalid('operation.day', operation.day, 'That day lacks quarter-hours of the range.')
    return weight
  })
}

const invalid = (field: string, value: unknown, remedy: string) =>
  new ContorError('invalid-request', 'The operation does not fit the range', { field, value, remedy })

const nothingChosen = (only: Only) =>
  new ContorError('invalid-request', `No quarter-hour of the range is ${only}`, {
    field: 'only',
    value: only,
    remedy: 'Choose another range, or only: all.',
  })
