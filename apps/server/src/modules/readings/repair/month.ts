// Repairs a month block: the one octet by its seal, more by the frames of its days; what cannot be is named day by day.

import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { loadChanges } from '../explain.ts'
import { firstOfMonth, lastOfMonth } from '../months/days.ts'
import { unpackHeads } from '../months/heads.ts'
import { type MonthRow, type SectionName, sealsOf } from '../months/monthRow.ts'
import { closeFault, detailFault, noteFault } from './faults.ts'
import { faultOfMonth, heldDays, monthColumns, type StoredMonth, soundSection } from './monthFault.ts'
import { byOneOctetOfMonth } from './monthOctet.ts'
import { type LostDay, rebuildMonth, type UnprovenDay } from './monthReplay.ts'
import { exchangesIn, exchangesOfReplay, type RepairSource } from './rebuild.ts'

export type MonthOutcome =
  /** No month block holds the point's month. */
  | { readonly kind: 'none' }
  | { readonly kind: 'sound' }
  | {
      readonly kind: 'repaired'
      readonly from: 'seal' | 'frames' | 'figures'
      readonly unproven: readonly UnprovenDay[]
    }
  | {
      readonly kind: 'unrepaired'
      readonly frames: number
      readonly lost: readonly LostDay[]
      readonly remedy: string
    }

/**
 * Looks at the month block of a day and repairs it, in the caller's transaction. The days of the month are rebuilt
 * from the frames and from what happened to them since; what fits the recorded seals is laid. What is done, or what
 * is lacking, is kept with the fault.
 * @param byFigures a person's word that days will do which fit the sums and counts beside the block, and instants
 * that are those of the exchanges
 */
export async function repairMonth(
  trx: Trx,
  meteringPointId: string,
  day: string,
  source: RepairSource,
  byFigures = false,
): Promise<MonthOutcome> {
  const { rows } = await sql<StoredMonth>`
    select ${monthColumns} from contor.month_block
     where metering_point_id = ${meteringPointId} and month = ${firstOfMonth(day)} for update`.execute(trx)
  const [row] = rows
  if (!row) return { kind: 'none' }
  const fault = faultOfMonth(meteringPointId, row)
  if (!fault) {
    await closeFault(trx, meteringPointId, row.month, 'nothing: the seal holds')
    return { kind: 'sound' }
  }
  await noteFault(trx, fault.error)
  const { broken } = fault
  const octet = byOneOctetOfMonth(meteringPointId, row, broken)
  if (octet) {
    await lay(trx, meteringPointId, octet, 'seal', { faultIn: broken, days: heldDays(row).length })
    return { kind: 'repaired', from: 'seal', unproven: [] }
  }
  const last = lastOfMonth(row.month)
  const replayed = await source(
    trx,
    meteringPointId,
    { from: row.month, to: last },
    hintsOf(meteringPointId, row),
  )
  const changes = await loadChanges(trx, meteringPointId, row.month, last)
  const built = rebuildMonth(meteringPointId, row, broken, { replayed, changes })
  const exchanges = exchangesOfReplay(replayed)
  if (built.kind === 'built' && (built.unproven.length === 0 || byFigures)) {
    const from = built.unproven.length === 0 ? 'frames' : 'figures'
    const { unproven } = built
    await lay(trx, meteringPointId, built.row, from, {
      faultIn: broken,
      days: heldDays(row).length,
      exchanges,
      unproven,
    })
    return { kind: 'repaired', from, unproven }
  }
  const lost = built.kind === 'lost' ? built.days : []
  const unproven = built.kind === 'built' ? built.unproven : []
  const remedy = remedyOf(meteringPointId, row, broken, lost)
  await detailFault(trx, meteringPointId, row.month, { faultIn: broken, exchanges, lost, unproven, remedy })
  return { kind: 'unrepaired', frames: exchanges.length, lost, remedy }
}

/** Exchanges that the block itself names. */
function hintsOf(meteringPointId: string, row: StoredMonth): number[] {
  const heads = soundSection(meteringPointId, row, 'heads')
  if (!heads) return []
  return [...new Set(unpackHeads(heads).flatMap(({ sources }) => exchangesIn(sources)))]
}

function remedyOf(
  meteringPointId: string,
  row: StoredMonth,
  broken: readonly SectionName[],
  lost: readonly LostDay[],
): string {
  const month = row.month.slice(0, 7)
  if (lost.length === 0)
    return `contor repair ${meteringPointId} --day ${row.month} --by-figures lays it: ${
      broken.includes('heads')
        ? 'its values are proved or fit the sums, the instants become those of the exchanges'
        : 'its values fit the sums and counts kept beside it, and no seal that is left proves them'
    }.`
  const names = lost.map(({ day }) => day.slice(8)).join(', ')
  return `Days ${names} of ${month} are not in the journal or in a file that is kept (retention.frames.days, retention.files.days): lay the row of metering point ${meteringPointId} and month ${month} of contor.month_block from a backup made before the damage, then run contor repair ${meteringPointId}; the fault ends when the seals hold.`
}

async function lay(
  trx: Trx,
  meteringPointId: string,
  row: MonthRow,
  from: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql`
    update contor.month_block set heads = ${Buffer.from(row.heads)}, active = ${Buffer.from(row.active)},
           others = ${Buffer.from(row.others)}, seals = ${Buffer.from(sealsOf(row))}
     where metering_point_id = ${meteringPointId} and month = ${row.month}`.execute(trx)
  await detailFault(trx, meteringPointId, row.month, details)
  await closeFault(trx, meteringPointId, row.month, from)
}
