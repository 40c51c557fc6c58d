// Push lists that carry values without logical names. Each is known by how it begins and how long it is.
// Kaifa: "KFM_001" lists of MA105/MA304 meters; Iskraemeco: the ECE list of AM550 meters in Slovenia.

import type { TreeNode } from './tree.ts'

/** `[logical name, scaler, unit code]`. */
type Column = readonly [obis: string, scaler?: number, unit?: number]

const watt = 27
const varUnit = 29
const wattHour = 30
const varHour = 32
const ampere = 33
const volt = 35

const power: readonly Column[] = [
  ['1.0.1.7.0.255', 0, watt],
  ['1.0.2.7.0.255', 0, watt],
  ['1.0.3.7.0.255', 0, varUnit],
  ['1.0.4.7.0.255', 0, varUnit],
]
const kaifaHead: readonly Column[] = [['1.1.0.2.129.255'], ['0.0.96.1.0.255'], ['0.0.96.1.7.255'], ...power]
const kaifaThreePhase: readonly Column[] = [
  ...kaifaHead,
  ['1.0.31.7.0.255', -3, ampere],
  ['1.0.51.7.0.255', -3, ampere],
  ['1.0.71.7.0.255', -3, ampere],
  ['1.0.32.7.0.255', -1, volt],
  ['1.0.52.7.0.255', -1, volt],
  ['1.0.72.7.0.255', -1, volt],
]
const kaifaOnePhase: readonly Column[] = [
  ...kaifaHead,
  ['1.0.31.7.0.255', -3, ampere],
  ['1.0.32.7.0.255', -1, volt],
]
const kaifaEnergy: readonly Column[] = [
  ['0.0.1.0.0.255'],
  ['1.0.1.8.0.255', 0, wattHour],
  ['1.0.2.8.0.255', 0, wattHour],
  ['1.0.3.8.0.255', 0, varHour],
  ['1.0.4.8.0.255', 0, varHour],
]
const kaifaLists: readonly (readonly Column[])[] = [
  kaifaOnePhase,
  kaifaThreePhase,
  [...kaifaOnePhase, ...kaifaEnergy],
  [...kaifaThreePhase, ...kaifaEnergy],
]

const phase = (registers: readonly number[], scaler: number, unit: number): readonly Column[] =>
  registers.map((register) => [`1.0.${register}.7.0.255`, scaler, unit] as const)

const iskraList: readonly Column[] = [
  ['0.0.42.0.0.255'],
  ['0.0.96.1.2.255'],
  ...power,
  ...phase([32, 52, 72], -1, volt),
  ...phase([31, 51, 71], -2, ampere),
  ...phase([21, 41, 61, 22, 42, 62], 0, watt),
]

const startsWith = (node: TreeNode | undefined, ascii: string) =>
  typeof node?.value === 'string' &&
  node.type === 'octet-string' &&
  node.value.startsWith([...ascii].map((c) => c.charCodeAt(0).toString(16)).join(''))

/** Columns of a list of plain values, when it is one of those known. */
export function positionalColumns(children: readonly TreeNode[]): readonly Column[] | undefined {
  const [first, second] = children
  if (startsWith(first, 'KFM_')) return kaifaLists.find((columns) => columns.length === children.length)
  if (startsWith(first, 'ISK') && startsWith(second, 'ISK') && children.length === iskraList.length) {
    return iskraList
  }
  return undefined
}
