// SunSpec information models: the walk from the 'SunS' marker, and maps of the models for inverters and meters.

import type { RegisterDefinition, RegisterMap } from './map.ts'

/** Where the marker may be (SunSpec device information model specification 6.2), most usual first. */
export const sunspecBases: readonly number[] = [40000, 50000, 0]
const marker = [0x5375, 0x6e53] as const
/** Most models one device may chain. */
const mostModels = 64

export type SunspecModel = {
  readonly id: number
  /** Address of the model's id register. */
  readonly address: number
  /** Registers behind id and length. */
  readonly length: number
}

export type SunspecStep =
  | { readonly kind: 'read'; readonly address: number; readonly count: number }
  | { readonly kind: 'done'; readonly models: readonly SunspecModel[] }
  | { readonly kind: 'failed'; readonly code: 'no-marker' | 'too-many' | 'length' }

/** Two registers at a time; null where the device refused the address. */
export type SunspecWalk = {
  next(): SunspecStep
  receive(registers: ArrayLike<number> | null): void
}

/** Asks for what it must see next; the caller reads it and gives it back. */
export function walkSunspec(bases: readonly number[] = sunspecBases): SunspecWalk {
  const models: SunspecModel[] = []
  let base = 0
  let at: number | undefined
  let end: SunspecStep | undefined
  return {
    next() {
      if (end) return end
      const from = at ?? bases[base]
      return from === undefined
        ? { kind: 'failed', code: 'no-marker' }
        : { kind: 'read', address: from, count: 2 }
    },
    receive(registers) {
      if (end) return
      const first = registers?.[0]
      const second = registers?.[1]
      if (at === undefined) {
        const from = bases[base] as number
        if (first === marker[0] && second === marker[1]) at = from + 2
        else base++
        return
      }
      if (first === undefined || second === undefined) end = { kind: 'failed', code: 'length' }
      else if (first === 0xffff) end = { kind: 'done', models }
      else if (models.length === mostModels) end = { kind: 'failed', code: 'too-many' }
      else {
        models.push({ id: first, address: at, length: second })
        at += 2 + second
        if (at > 0xfffe) end = { kind: 'failed', code: 'length' }
      }
    },
  }
}

type Row = readonly [
  name: string,
  offset: number,
  type: RegisterDefinition['type'],
  scaleRegister?: string,
  unit?: string,
  quantity?: string,
  obis?: string,
]

/** "Not implemented" of each type; 0 for accumulators. */
const absent: Readonly<Record<string, readonly string[]>> = {
  u16: ['ffff'],
  i16: ['8000'],
  u32: ['ffffffff'],
  i32: ['80000000'],
  f32: ['7fc00000'],
}

function rowsOf(rows: readonly Row[], model: SunspecModel): RegisterDefinition[] {
  return rows
    .filter(([, offset]) => offset < model.length + 2)
    .map(([name, offset, type, scaleRegister, unit, quantity, obis]): RegisterDefinition => {
      const accumulator = type === 'u32' && scaleRegister !== undefined
      const none = accumulator ? ['00000000', 'ffffffff'] : absent[type]
      return {
        name: `m${model.id}.${name}`,
        address: model.address + offset,
        type,
        ...(scaleRegister === undefined ? {} : { scaleRegister: `m${model.id}.${scaleRegister}` }),
        ...(unit === undefined ? {} : { unit }),
        ...(quantity === undefined ? {} : { quantity }),
        ...(obis === undefined ? {} : { obis }),
        ...(none ? { absent: none } : {}),
      }
    })
}

const text = (name: string, address: number, length: number): RegisterDefinition => ({
  name: `m1.${name}`,
  address,
  type: 'string',
  length,
  quantity: name,
})

/** Model 1: who made the device. Offsets count from the id register. */
function common(model: SunspecModel): RegisterDefinition[] {
  return [
    text('manufacturer', model.address + 2, 16),
    text('model', model.address + 18, 16),
    text('options', model.address + 34, 8),
    text('version', model.address + 42, 8),
    text('serial', model.address + 50, 16),
  ]
}

/** Models 101, 102 and 103: inverters with scale factors. */
const inverter: readonly Row[] = [
  ['current', 2, 'u16', 'current-sf', 'A', 'current', '1-0:11.7.0'],
  ['current.l1', 3, 'u16', 'current-sf', 'A', 'current', '1-0:31.7.0'],
  ['current.l2', 4, 'u16', 'current-sf', 'A', 'current', '1-0:51.7.0'],
  ['current.l3', 5, 'u16', 'current-sf', 'A', 'current', '1-0:71.7.0'],
  ['current-sf', 6, 'i16'],
  ['voltage.l1l2', 7, 'u16', 'voltage-sf', 'V', 'voltage'],
  ['voltage.l2l3', 8, 'u16', 'voltage-sf', 'V', 'voltage'],
  ['voltage.l3l1', 9, 'u16', 'voltage-sf', 'V', 'voltage'],
  ['voltage.l1', 10, 'u16', 'voltage-sf', 'V', 'voltage', '1-0:32.7.0'],
  ['voltage.l2', 11, 'u16', 'voltage-sf', 'V', 'voltage', '1-0:52.7.0'],
  ['voltage.l3', 12, 'u16', 'voltage-sf', 'V', 'voltage', '1-0:72.7.0'],
  ['voltage-sf', 13, 'i16'],
  ['active-power', 14, 'i16', 'active-power-sf', 'W', 'active power'],
  ['active-power-sf', 15, 'i16'],
  ['frequency', 16, 'u16', 'frequency-sf', 'Hz', 'frequency', '1-0:14.7.0'],
  ['frequency-sf', 17, 'i16'],
  ['apparent-power', 18, 'i16', 'apparent-power-sf', 'VA', 'apparent power'],
  ['apparent-power-sf', 19, 'i16'],
  ['reactive-power', 20, 'i16', 'reactive-power-sf', 'var', 'reactive power'],
  ['reactive-power-sf', 21, 'i16'],
  ['power-factor', 22, 'i16', 'power-factor-sf', '%', 'power factor'],
  ['power-factor-sf', 23, 'i16'],
  ['energy', 24, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:2.8.0'],
  ['energy-sf', 26, 'i16'],
  ['dc-current', 27, 'u16', 'dc-current-sf', 'A', 'current'],
  ['dc-current-sf', 28, 'i16'],
  ['dc-voltage', 29, 'u16', 'dc-voltage-sf', 'V', 'voltage'],
  ['dc-voltage-sf', 30, 'i16'],
  ['dc-power', 31, 'i16', 'dc-power-sf', 'W', 'active power'],
  ['dc-power-sf', 32, 'i16'],
  ['cabinet-temperature', 33, 'i16', 'temperature-sf', '°C', 'temperature'],
  ['temperature-sf', 37, 'i16'],
  ['state', 38, 'u16'],
  ['vendor-state', 39, 'u16'],
]

/** Models 201 to 204: meters with scale factors. */
const meter: readonly Row[] = [
  ['current', 2, 'i16', 'current-sf', 'A', 'current', '1-0:11.7.0'],
  ['current.l1', 3, 'i16', 'current-sf', 'A', 'current', '1-0:31.7.0'],
  ['current.l2', 4, 'i16', 'current-sf', 'A', 'current', '1-0:51.7.0'],
  ['current.l3', 5, 'i16', 'current-sf', 'A', 'current', '1-0:71.7.0'],
  ['current-sf', 6, 'i16'],
  ['voltage.mean', 7, 'i16', 'voltage-sf', 'V', 'voltage'],
  ['voltage.l1', 8, 'i16', 'voltage-sf', 'V', 'voltage', '1-0:32.7.0'],
  ['voltage.l2', 9, 'i16', 'voltage-sf', 'V', 'voltage', '1-0:52.7.0'],
  ['voltage.l3', 10, 'i16', 'voltage-sf', 'V', 'voltage', '1-0:72.7.0'],
  ['voltage.mean-between', 11, 'i16', 'voltage-sf', 'V', 'voltage'],
  ['voltage.l1l2', 12, 'i16', 'voltage-sf', 'V', 'voltage'],
  ['voltage.l2l3', 13, 'i16', 'voltage-sf', 'V', 'voltage'],
  ['voltage.l3l1', 14, 'i16', 'voltage-sf', 'V', 'voltage'],
  ['voltage-sf', 15, 'i16'],
  ['frequency', 16, 'i16', 'frequency-sf', 'Hz', 'frequency', '1-0:14.7.0'],
  ['frequency-sf', 17, 'i16'],
  ['active-power', 18, 'i16', 'active-power-sf', 'W', 'active power', '1-0:16.7.0'],
  ['active-power.l1', 19, 'i16', 'active-power-sf', 'W', 'active power', '1-0:36.7.0'],
  ['active-power.l2', 20, 'i16', 'active-power-sf', 'W', 'active power', '1-0:56.7.0'],
  ['active-power.l3', 21, 'i16', 'active-power-sf', 'W', 'active power', '1-0:76.7.0'],
  ['active-power-sf', 22, 'i16'],
  ['apparent-power', 23, 'i16', 'apparent-power-sf', 'VA', 'apparent power', '1-0:9.7.0'],
  ['apparent-power-sf', 27, 'i16'],
  ['reactive-power', 28, 'i16', 'reactive-power-sf', 'var', 'reactive power', '1-0:3.7.0'],
  ['reactive-power-sf', 32, 'i16'],
  ['power-factor', 33, 'i16', 'power-factor-sf', '%', 'power factor', '1-0:13.7.0'],
  ['power-factor-sf', 37, 'i16'],
  ['energy.export', 38, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:2.8.0'],
  ['energy.export.l1', 40, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:22.8.0'],
  ['energy.export.l2', 42, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:42.8.0'],
  ['energy.export.l3', 44, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:62.8.0'],
  ['energy.import', 46, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:1.8.0'],
  ['energy.import.l1', 48, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:21.8.0'],
  ['energy.import.l2', 50, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:41.8.0'],
  ['energy.import.l3', 52, 'u32', 'energy-sf', 'Wh', 'active energy', '1-0:61.8.0'],
  ['energy-sf', 54, 'i16'],
]

const known: Readonly<Record<number, readonly Row[]>> = {
  101: inverter,
  102: inverter,
  103: inverter,
  201: meter,
  202: meter,
  203: meter,
  204: meter,
}

/**
 * The map of what was found: model 1, the first inverter (101–103) and the first meter (201–204).
 * @returns undefined when none of the known models is there
 */
export function sunspecMap(models: readonly SunspecModel[]): RegisterMap | undefined {
  const registers: RegisterDefinition[] = []
  const taken = new Set<number>()
  for (const model of models) {
    if (taken.has(model.id)) continue
    const rows = known[model.id]
    if (model.id === 1 && model.length >= 64) registers.push(...common(model))
    else if (rows && model.length + 2 > (rows.at(-1)?.[1] ?? 0)) registers.push(...rowsOf(rows, model))
    else continue
    taken.add(model.id)
  }
  if (registers.length === 0) return undefined
  return {
    id: 'sunspec',
    title: 'SunSpec',
    manufacturer: 'any',
    source: 'SunSpec information model reference, models 1, 101 to 103, 201 to 204',
    wordOrder: 'high-first',
    functionCode: 3,
    maxRegisters: 125,
    maxGap: 10,
    registers,
  }
}
