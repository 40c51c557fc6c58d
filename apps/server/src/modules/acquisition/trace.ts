// From a value back to the frames that brought it, decoded.

import type { TreeNode } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { recogniseAndInspect } from '@contor/inspect'
import { addDays, civilDayOf, flagsOf, slotStart, stateOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type KeyRing, type Trx } from '../../platform/index.ts'
import { getMeterKeys, type KeyPair } from '../network/index.ts'
import { loadDays, type SlotSource } from '../readings/index.ts'
import { unpackFrames, type WireFrame } from './frames.ts'

export type Exchange = {
  readonly id: string
  readonly at: Date
  readonly meterId: string
  readonly meteringPointId: string
  readonly serial: string
  readonly systemTitle: Buffer
  readonly purpose: string
  readonly keyVersion: number | null
  readonly frames: readonly WireFrame[]
}

/** The exchange, when the actor of the transaction may see its point and the journal still holds it. */
export async function loadExchange(trx: Trx, id: number): Promise<Exchange | undefined> {
  const { rows } = await sql<Omit<Exchange, 'frames'> & { frames: Buffer }>`
    select e.id, e.at, e.meter_id as "meterId", e.metering_point_id as "meteringPointId", m.serial, m.system_title as "systemTitle",
           e.purpose, e.key_version as "keyVersion", e.frames
      from contor.exchange e join contor.meter m on m.metering_point_id = e.metering_point_id and m.id = e.meter_id where e.id = ${id}`.execute(
    trx,
  )
  const row = rows[0]
  return row && { ...row, frames: unpackFrames(row.frames) }
}

/** Takes the frames apart with the meter's keys; keys never leave this function. */
export async function decodeExchange(
  db: Db,
  ring: KeyRing,
  exchange: Exchange,
  language: 'ro' | 'en',
): Promise<TreeNode> {
  const keys =
    exchange.keyVersion === null ? undefined : await asSystem(db, (trx) => getMeterKeys(trx, ring, exchange))
  return decodeWith(keys?.pair, exchange, language)
}

/** The same with keys that the caller holds; those of another version than the exchange's are not used. */
export function decodeWith(keys: KeyPair | undefined, exchange: Exchange, language: 'ro' | 'en'): TreeNode {
  const usable = keys && keys.version === exchange.keyVersion ? keys : undefined
  const result = recogniseAndInspect(
    exchange.frames.map((f) => f.bytes),
    {
      crypto: nodeCrypto,
      language,
      ...(usable
        ? {
            keys: {
              encryption: usable.encryption,
              authentication: usable.authentication,
              systemTitle: new Uint8Array(exchange.systemTitle),
            },
          }
        : {}),
    },
  )
  return result.tree
}

/**
 * Hexadecimal of every frame, octets of passwords and keys as `xx`.
 * @param tree of `decodeExchange`, which hides them in its layers
 */
export function shownFrames(
  { frames }: { readonly frames: readonly { readonly bytes: Uint8Array }[] },
  tree: TreeNode,
): string[] {
  return frames.map(({ bytes }, index) => {
    const name = `frame ${index + 1}`
    const node = frames.length === 1 ? tree : tree.children?.find((child) => child.name === name)
    return node?.hex ?? Buffer.from(bytes).toString('hex')
  })
}

/** Where in the tree a row stands: child numbers from the root, and its octets in its layer. */
export type Focus = {
  readonly path: readonly number[]
  readonly offset: number
  readonly length: number
  readonly meaning: string
}

/** The node of row `row`: an element of the answer's list. */
export function findRow(tree: TreeNode, row: number, meaning: string): Focus | undefined {
  let best: { node: TreeNode; path: number[]; size: number } | undefined
  const visit = (node: TreeNode, path: number[]) => {
    const children = node.children ?? []
    // The list of rows is the largest array; lists of results count when there is no array.
    const size = children.length + (node.type === 'array' ? 1e6 : 0)
    const isList = node.type === 'array' || /result/i.test(node.name)
    if (isList && children.length > row && (!best || size > best.size)) {
      best = { node: children[row], path: [...path, row], size }
    }
    for (const [i, child] of children.entries()) visit(child, [...path, i])
  }
  visit(tree, [])
  return best && { path: best.path, offset: best.node.offset, length: best.node.length, meaning }
}

/** Rows around the one in focus that an answer keeps. */
const keptAround = 3

/** Leaves out the rows far from the focus, which say the same of other quarter-hours; the path is adapted. */
export function prune(
  tree: TreeNode,
  focus: Focus | undefined,
): { tree: TreeNode; focus: Focus | undefined } {
  const path: number[] = []
  const copy = (node: TreeNode, rest: readonly number[] | undefined): TreeNode => {
    const children = node.children
    if (!children) return node
    const at = rest?.[0]
    if (children.length <= 24) {
      if (at !== undefined) path.push(at)
      return {
        ...node,
        children: children.map((child, i) => copy(child, i === at ? rest?.slice(1) : undefined)),
      }
    }
    const from = Math.max(0, (at ?? 0) - keptAround)
    const to = Math.min(children.length, (at ?? 0) + keptAround + 1)
    if (at !== undefined) path.push(at - from)
    const kept = children
      .slice(from, to)
      .map((child, i) => copy(child, i + from === at ? rest?.slice(1) : undefined))
    return { ...node, children: kept, note: `${from + 1}–${to} / ${children.length}` }
  }
  const small = copy(tree, focus?.path)
  return { tree: small, focus: focus && { ...focus, path } }
}

export type StoredValue =
  | {
      readonly kind: 'interval'
      readonly start: string
      readonly channels: readonly { channel: string; value: number; quality: string; flags: string[] }[]
    }
  | {
      readonly kind: 'index'
      readonly at: string
      readonly registers: readonly { obis: string; valueWh: number }[]
    }
  | { readonly kind: 'event'; readonly at: string; readonly log: string; readonly code: number }

/** What is stored from this row, if anything. */
export async function findStored(
  trx: Trx,
  exchange: Exchange,
  source: SlotSource,
): Promise<StoredValue | undefined> {
  const last = civilDayOf(exchange.at.getTime())
  for (const { day, block, sources } of await loadDays(
    trx,
    exchange.meteringPointId,
    addDays(last, -70),
    addDays(last, 1),
  )) {
    const slot = sources.findIndex((s) => s?.exchangeId === source.exchangeId && s.row === source.row)
    if (slot < 0) continue
    const channels = block.channels.map((s) => ({
      channel: s.channel,
      value: s.values[slot],
      quality: stateOf(s.quality[slot]),
      flags: flagsOf(s.quality[slot]),
    }))
    return { kind: 'interval', start: new Date(slotStart(day, slot)).toISOString(), channels }
  }
  const indexes = await sql<{ at: Date; obis: string; value_wh: string }>`
    select at, obis, value_wh from contor.index_reading where metering_point_id = ${exchange.meteringPointId}
       and exchange_id = ${source.exchangeId} and exchange_row = ${source.row} order by obis`.execute(trx)
  if (indexes.rows[0]) {
    const registers = indexes.rows.map((r) => ({ obis: r.obis, valueWh: Number(r.value_wh) }))
    return { kind: 'index', at: indexes.rows[0].at.toISOString(), registers }
  }
  const events = await sql<{ at: Date; log: string; code: number }>`
    select at, log, code from contor.meter_event where metering_point_id = ${exchange.meteringPointId}
       and exchange_id = ${source.exchangeId} and exchange_row = ${source.row} limit 1`.execute(trx)
  const event = events.rows[0]
  return event && { kind: 'event', at: event.at.toISOString(), log: event.log, code: event.code }
}
