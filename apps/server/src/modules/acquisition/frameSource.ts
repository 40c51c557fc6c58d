// Days out of the journal once more: the frames of the load profile, deciphered, decoded and placed as they were
// when the meter answered. What a damaged day is repaired from.

import { decodeData, decodeProfileColumns, type TreeNode } from '@contor/dlms'
import { dayEnd, dayNumber, dayStart } from '@contor/intervals'
import { sql } from 'kysely'
import type { KeyRing, Trx } from '../../platform/index.ts'
import { interpretProfile, type ProfileRows, type RepairSource, type ReplayedDay } from '../readings/index.ts'
import { loadRuleBook } from '../validation/index.ts'
import { objectsOf, statusObis } from './drivers/dlms/objects.ts'
import { type Column, civilDeviation, columnsOf, signOf } from './drivers/dlms/values.ts'
import { loadSessionMeter, type SessionMeter } from './meter.ts'
import { type MeterModels, modelOf } from './models.ts'
import { decodeWith, type Exchange, loadExchange } from './trace.ts'

/** A day is usually read until the second day after it; older answers are named by the row itself. */
const lateMs = 2 * 86_400_000
/** Exchanges of one day that are looked at. */
const mostExchanges = 500

/** A source that reads the journal. Frames whose key is gone, or that are no longer kept, give nothing. */
export function createFrameSource(keys: KeyRing, models: MeterModels): RepairSource {
  return async (trx, meteringPointId, { from, to }, hints) => {
    const days = dayNumber(to) - dayNumber(from) + 1
    const { rows } = await sql<{ id: string }>`
      select id from contor.exchange
       where metering_point_id = ${meteringPointId} and purpose = 'load-profile'
         and (id = any(${[...hints]}::bigint[])
              or at between ${new Date(dayStart(from))} and ${new Date(dayEnd(to) + lateMs)})
       order by id limit ${mostExchanges * days}`.execute(trx)
    const reader = new JournalReader(trx, keys, models)
    const found: ReplayedDay[] = []
    for (const { id } of rows)
      for (const replayed of await reader.daysOf(Number(id)))
        if (replayed.plain.day >= from && replayed.plain.day <= to) found.push(replayed)
    return found
  }
}

class JournalReader {
  readonly #trx: Trx
  readonly #keys: KeyRing
  readonly #models: MeterModels
  readonly #columns = new Map<string, readonly Column[] | undefined>()

  constructor(trx: Trx, keys: KeyRing, models: MeterModels) {
    this.#trx = trx
    this.#keys = keys
    this.#models = models
  }

  /** The days that an exchange brought, ascending; none when its frames do not tell any. */
  async daysOf(id: number): Promise<ReplayedDay[]> {
    const exchange = await loadExchange(this.#trx, id)
    const meter = exchange && (await loadSessionMeter(this.#trx, this.#keys, exchange))
    if (!meter) return []
    const objects = objectsOf(modelOf(this.#models, meter.modelId))
    const columns = (await this.#capturedBy(exchange, meter)) ?? objects.loadProfile.columns
    const data = columns && dataOf(exchange, meter)
    if (!data) return []
    const parsed = decodeProfileColumns(data.bytes, columns, objects.loadProfile.periodS, {
      offset: data.offset,
      zone: civilDeviation,
      deviation: signOf(objects.deviation),
    })
    if (parsed.kind !== 'ok') return []
    const status = columns.findIndex((column) => column.obis === statusObis)
    const rows: ProfileRows = {
      exchangeId: id,
      firstRow: 0,
      ends: parsed.value.epochMs,
      ...(status >= 0 ? { status: parsed.value.values[status] } : {}),
      channels: columns.flatMap((column, index) => {
        const channel = objects.channelOf.get(column.obis)
        return channel ? [{ channel, values: parsed.value.values[index] }] : []
      }),
    }
    const book = await loadRuleBook(this.#trx)
    const rules = book.rulesFor({
      segment: meter.kind,
      modelId: meter.modelId,
      readingMode: meter.readingMode,
      stationId: meter.stationId,
    })
    const toleranceMs = rules['clock-tolerance'].parameters.alignmentS * 1000
    const placed = (deviated: boolean) => interpretProfile(rows, { toleranceMs, deviated }).days
    const other = new Map(placed(true).map((day) => [day.day, day]))
    return placed(false).flatMap((plain) => {
      const deviated = other.get(plain.day)
      return deviated ? [{ plain, deviated, at: exchange.at.getTime() }] : []
    })
  }

  // What the meter said of its columns before this answer; asked once for each meter.
  async #capturedBy(exchange: Exchange, meter: SessionMeter): Promise<readonly Column[] | undefined> {
    if (this.#columns.has(exchange.meterId)) return this.#columns.get(exchange.meterId)
    const { rows } = await sql<{ id: string }>`
      select id from contor.exchange
       where metering_point_id = ${exchange.meteringPointId} and meter_id = ${exchange.meterId}
         and purpose in ('load-profile-columns', 'load-profile-start-columns') and id < ${exchange.id}
       order by id desc limit 1`.execute(this.#trx)
    const told = rows[0] && (await loadExchange(this.#trx, Number(rows[0].id)))
    const data = told && dataOf(told, meter)
    const parsed = data && decodeData(data.bytes, data.offset)
    const columns = parsed?.kind === 'ok' ? columnsOf(parsed.value) : undefined
    this.#columns.set(exchange.meterId, columns)
    return columns
  }
}

const dataOf = (exchange: Exchange, { keys }: SessionMeter) =>
  listIn(decodeWith(exchange.keyVersion === null ? undefined : keys.pair, exchange, 'en'))

/** The largest list of a decoded answer: the octets of the layer that it lies in, and where it begins there. */
function listIn(tree: TreeNode): { bytes: Uint8Array; offset: number } | undefined {
  let best: { node: TreeNode; layer: string } | undefined
  const visit = (node: TreeNode, outer: string | undefined) => {
    const layer = node.hex ?? outer
    const rows = node.children?.length ?? 0
    if (node.type === 'array' && layer !== undefined && rows > (best?.node.children?.length ?? 0))
      best = { node, layer }
    for (const child of node.children ?? []) visit(child, layer)
  }
  visit(tree, undefined)
  return best && { bytes: Uint8Array.from(Buffer.from(best.layer, 'hex')), offset: best.node.offset }
}
