// Selective access in words (Blue Book 4.3.6.3): which rows of a profile.

import { data } from '../axdr/data.ts'
import { type CosemDateTime, dateTimeToBytes } from '../axdr/dateTime.ts'
import type { CaptureObject, SelectiveAccess } from '../xdlms/apdu.ts'
import type { Obis } from './obis.ts'

export interface RangeOptions {
  /** The clock whose column restricts; default 0-0:1.0.0*255. */
  readonly clock?: Obis
  /** Only these columns; default all. */
  readonly columns?: readonly CaptureObject[]
}

/** Rows whose clock lies from `from` to `to`, both included. */
export function rowsBetween(
  from: CosemDateTime,
  to: CosemDateTime,
  { clock = '0.0.1.0.0.255', columns = [] }: RangeOptions = {},
): SelectiveAccess {
  return {
    kind: 'by-range',
    restricting: { classId: 8, obis: clock, attribute: 2, dataIndex: 0 },
    from: data.octets(dateTimeToBytes(from)),
    to: data.octets(dateTimeToBytes(to)),
    selected: columns,
  }
}

/** Rows `first`…`last` counted from 1; `last` 0 = to the end. Columns alike. */
export function rowsByEntry(first: number, last = 0, firstColumn = 1, lastColumn = 0): SelectiveAccess {
  return {
    kind: 'by-entry',
    fromEntry: first,
    toEntry: last,
    fromColumn: firstColumn,
    toColumn: lastColumn,
  }
}
