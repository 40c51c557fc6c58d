// Days out of a received file once more, while the file is kept: what a damaged day or month is repaired from.

import { sql } from 'kysely'
import type { RepairSource, ReplayedDay } from '../../readings/index.ts'
import { DayAssembler } from './assemble.ts'
import { mapHeader } from './mapping.ts'
import { openTable } from './open.ts'
import type { TableOptions } from './tables.ts'

interface KeptFile {
  readonly exchange: string
  readonly format: string
  readonly path: string
  readonly options: TableOptions
  readonly at: Date
}

/** A source that reads the kept files which the stored days name. A file that is gone gives nothing. */
export function createFileSource(): RepairSource {
  return async (trx, meteringPointId, days, hints) => {
    const { rows: files } = await sql<KeptFile>`
      select exchange_id as exchange, format, path, options, coalesce(ended_at, requested_at) as at from contor.import_file
       where exchange_id = any(${[...hints]}::bigint[]) and removed_at is null order by exchange_id`.execute(
      trx,
    )
    if (files.length === 0) return []
    const { rows: codes } = await sql<{ pod: string }>`
      select pod from contor.point_code where metering_point_id = ${meteringPointId}`.execute(trx)
    const pods = new Set(codes.map(({ pod }) => pod))
    const found: ReplayedDay[] = []
    for (const file of files) found.push(...(await replay(file, pods, days)))
    return found
  }
}

async function replay(
  file: KeptFile,
  pods: ReadonlySet<string>,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ReplayedDay[]> {
  const days = new DayAssembler()
  let wide = false
  try {
    const table = await openTable(file.format, file.path, file.options, { rows: 0, line: 0, byte: 0 })
    const mapping = mapHeader(table.header, table.decimal)
    wide = mapping.layout === 'wide'
    for await (const batch of table.rows)
      for (const [i, cells] of batch.cells.entries()) {
        if (!pods.has(`${cells[mapping.pod] ?? ''}`.trim())) continue
        mapping.apply(cells, {
          reject: () => {},
          value: (channel, day, slot, value, quality) => {
            if (day >= from && day <= to) days.add('0', channel, day, slot, value, quality, batch.lines[i])
          },
        })
      }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  }
  return days
    .incoming(Number(file.exchange), wide)
    .map((day) => ({ plain: day, deviated: day, at: file.at.getTime() }))
}
