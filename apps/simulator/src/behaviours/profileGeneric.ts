import {
  type CaptureObject,
  type Data,
  data,
  type Obis,
  obisToBytes,
  type SelectiveAccess,
} from '@contor/dlms'
import { type CosemObject, clockData, given, instantOf, type Request, refused } from '../cosem.ts'

/** Rows of a profile, by the time stamp in their first column. */
export interface ProfileSource {
  /** Stamps of the rows held, rising, epoch ms, within [from, to]. */
  stamps(request: Request, from: number, to: number): number[]
  /** The other columns of the row with this stamp. */
  cells(stamp: number): Data[]
}

export interface ProfileOptions {
  /** Without the clock, which is always the first column. */
  readonly columns: readonly CaptureObject[]
  /** Seconds; 0: captured when something happens. */
  readonly periodS: number
  readonly capacity: number
  /** Null-data for a stamp that is one period after the one before (Blue Book 4.3.6.2). */
  readonly compressed: boolean
  readonly source: ProfileSource
}

const clockColumn: CaptureObject = { classId: 8, obis: '0.0.1.0.0.255', attribute: 2, dataIndex: 0 }

const describe = (column: CaptureObject) =>
  data.structure(
    data.u16(column.classId),
    data.octets(obisToBytes(column.obis)),
    data.i8(column.attribute),
    data.u16(column.dataIndex),
  )

/** Class 7, Profile generic: buffer, selective access by range and by entry (Blue Book 4.3.6). */
export function profileObject(obis: Obis, options: ProfileOptions): CosemObject {
  const { source, periodS } = options
  const columns = [clockColumn, ...options.columns]

  function rows(stamps: readonly number[], from: number, to: number): Data {
    let last = Number.NaN
    return data.array(
      ...stamps.map((stamp) => {
        const expected = options.compressed && periodS > 0 && stamp === last + periodS * 1_000
        last = stamp
        const row = [expected ? data.nul() : clockData(stamp), ...source.cells(stamp)]
        return data.structure(...row.slice(from, to))
      }),
    )
  }

  function buffer(request: Request, selection: SelectiveAccess | undefined) {
    if (selection === undefined) {
      return given(rows(source.stamps(request, 0, request.meterNow), 0, columns.length))
    }
    if (selection.kind === 'by-range') {
      const from = instantOf(selection.from)
      const to = instantOf(selection.to)
      if (from === undefined || to === undefined || selection.restricting.obis !== clockColumn.obis) {
        return refused('scope-of-access-violated')
      }
      return given(rows(source.stamps(request, from, Math.min(to, request.meterNow)), 0, columns.length))
    }
    if (selection.kind === 'by-entry') {
      const all = source.stamps(request, 0, request.meterNow)
      const { fromEntry, toEntry, fromColumn, toColumn } = selection
      const chosen = all.slice(Math.max(0, fromEntry - 1), toEntry === 0 ? undefined : toEntry)
      return given(rows(chosen, Math.max(0, fromColumn - 1), toColumn === 0 ? columns.length : toColumn))
    }
    return refused('scope-of-access-violated')
  }

  return {
    classId: 7,
    version: 1,
    obis,
    attributes: 8,
    methods: 2,
    get(attribute, request, selection) {
      switch (attribute) {
        case 2:
          return buffer(request, selection)
        case 3:
          return given(data.array(...columns.map(describe)))
        case 4:
          return given(data.u32(periodS))
        case 5:
          return given(data.enum(1))
        case 6:
          return given(describe({ classId: 0, obis: '0.0.0.0.0.0', attribute: 0, dataIndex: 0 }))
        case 7:
          return given(data.u32(source.stamps(request, 0, request.meterNow).length))
        case 8:
          return given(data.u32(options.capacity))
        default:
          return refused('object-undefined')
      }
    },
  }
}
