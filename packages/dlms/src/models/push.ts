// Reading a push by the list layout of its meter model.

import { type Data, numberOf } from '../axdr/data.ts'
import { type Obis, obisFromBytes } from '../cosem/obis.ts'
import { applyScaler, scalerUnitFromData } from '../cosem/units.ts'
import type { MeterModel } from './model.ts'

type PushLayout = NonNullable<MeterModel['pushes']>[number]

export interface PushValue {
  readonly obis: Obis
  /** As sent. */
  readonly data: Data
  /** Numbers only, in `unit`: raw value · 10^scaler. */
  readonly value?: number
  /** Unit code (`unitSymbol`). */
  readonly unit?: number
}

/** The layout of the model whose shape the notification's data has; undefined when none fits. */
export function matchPush(model: MeterModel, body: Data): PushLayout | undefined {
  return model.pushes?.find((layout) => fits(layout, body))
}

/** Values of a push with their names, in order; undefined when no layout of the model fits. */
export function readPush(model: MeterModel, body: Data): readonly PushValue[] | undefined {
  const layout = matchPush(model, body)
  if (!layout || !isList(body)) return undefined
  if (layout.form === 'positional') return positional(layout, body.value)
  return layout.form === 'obis-value' ? alternating(layout, body.value) : structured(layout, body.value)
}

function isList(body: Data): body is Data & { readonly value: readonly Data[] } {
  return body.type === 'structure' || body.type === 'array'
}

function fits({ form, begins, count }: PushLayout, body: Data): boolean {
  if (!isList(body) || body.value.length !== count) return false
  if (form === 'obis-value-unit' && !body.value.every((item) => nameIn(item) !== undefined)) return false
  if (begins === undefined) return true
  const head = body.value[0]
  const first = form === 'obis-value-unit' && head.type === 'structure' ? head.value[1] : head
  return textOf(first)?.startsWith(begins) ?? false
}

function positional({ columns }: PushLayout, values: readonly Data[]): PushValue[] {
  return values.flatMap((data, i) => {
    const { obis, scaler, unit } = columns[i]
    return obis === undefined ? [] : [pushValue(obis, data, scaler, unit)]
  })
}

function alternating({ columns }: PushLayout, values: readonly Data[]): PushValue[] {
  const out: PushValue[] = []
  for (let i = 0; i < values.length - 1; i++) {
    const obis = obisOf(values[i])
    if (obis === undefined) continue
    i++
    const column = columns.find((known) => known.obis === obis)
    out.push(pushValue(obis, values[i], column?.scaler, column?.unit))
  }
  return out
}

function structured({ columns }: PushLayout, values: readonly Data[]): PushValue[] {
  return values.flatMap((item) => {
    const obis = nameIn(item)
    if (obis === undefined || item.type !== 'structure') return []
    const sent = item.value[2] && scalerUnitFromData(item.value[2])
    const column = columns.find((known) => known.obis === obis)
    return [pushValue(obis, item.value[1], sent?.scaler ?? column?.scaler, sent?.unit ?? column?.unit)]
  })
}

function pushValue(obis: Obis, data: Data, scaler = 0, unit?: number): PushValue {
  const raw = numberOf(data)
  return raw === undefined ? { obis, data } : { obis, data, value: applyScaler(raw, scaler), unit }
}

function nameIn(item: Data): Obis | undefined {
  return item.type === 'structure' && item.value.length > 1 ? obisOf(item.value[0]) : undefined
}
function obisOf(value: Data): Obis | undefined {
  return value.type === 'octet-string' && value.value.length === 6 ? obisFromBytes(value.value) : undefined
}
function textOf(value: Data | undefined): string | undefined {
  if (value?.type === 'visible-string' || value?.type === 'utf8-string') return value.value
  return value?.type === 'octet-string' ? String.fromCharCode(...value.value.subarray(0, 32)) : undefined
}
