import { Link } from '@tanstack/react-router'
import type { TFunction } from 'i18next'
import type { PointRow } from '../../api/types.ts'
import type { PointFilter, PointSort } from '../../app/search.ts'
import type { Format } from '../../format/format.ts'
import { meterTone } from '../../ui/causes.ts'
import type { Column } from '../../ui/DataTable.tsx'
import { rateTone, Status } from '../../ui/Status.tsx'

const day = 24 * 3_600_000

export function matchesFilter(row: PointRow, filter: PointFilter | undefined): boolean {
  switch (filter) {
    case 'silent':
      return row.serial !== null && (!row.lastSeenAt || Date.now() - Date.parse(row.lastSeenAt) > day)
    case 'exceptions':
      return row.openExceptions > 0
    case 'disconnected':
      return row.relayState === 'disconnected' || row.relayState === 'ready'
    case 'prosumer':
      return row.prosumer === true
    case 'no-meter':
      return row.serial === null
    default:
      return true
  }
}

/** A new array; rows without the value come last in either direction. */
export function sortPoints(rows: PointRow[], key: PointSort | undefined, desc = false): PointRow[] {
  if (!key) return rows
  const sign = desc ? -1 : 1
  return [...rows].sort((a, b) => {
    const x = a[key]
    const y = b[key]
    if (x === null || x === undefined) return y === null || y === undefined ? 0 : 1
    if (y === null || y === undefined) return -1
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y)
    return sign * String(x).localeCompare(String(y), 'ro')
  })
}

export function pointColumns(t: TFunction, f: Format): Column<PointRow>[] {
  return [
    {
      key: 'name',
      head: t('columns.point'),
      sortable: true,
      cell: (row) => (
        <Link to="/points/$pointId" params={{ pointId: row.id }}>
          {row.name}
        </Link>
      ),
    },
    {
      key: 'address',
      head: t('columns.address'),
      from: 'wide',
      cell: (row) => <span className="muted">{row.address}</span>,
    },
    {
      key: 'pod',
      head: 'POD',
      width: '160px',
      from: 'wide',
      sortable: true,
      cell: (row) => <span className="mono">{row.pod}</span>,
    },
    {
      key: 'serial',
      head: t('columns.meter'),
      width: '130px',
      from: 'desk',
      cell: (row) => <span className="mono">{row.serial ?? '–'}</span>,
    },
    {
      key: 'meterState',
      head: t('columns.state'),
      width: '130px',
      cell: (row) => (
        <Status tone={meterTone(row.meterState)}>
          {row.meterState ? t(`meterStates.${row.meterState}`, row.meterState) : t('point.noMeter')}
        </Status>
      ),
    },
    {
      key: 'relay',
      head: t('columns.relay'),
      width: '116px',
      from: 'huge',
      cell: (row) => (row.relayState ? t(`relay.${row.relayState}`, row.relayState) : '–'),
    },
    {
      key: 'approvedPowerW',
      head: t('columns.power'),
      width: '132px',
      align: 'end',
      from: 'wide',
      sortable: true,
      cell: (row) => f.kw(row.approvedPowerW, 1),
    },
    {
      key: 'yesterdayRate',
      head: t('columns.yesterday'),
      width: '96px',
      align: 'end',
      sortable: true,
      cell: (row) => (
        <Status tone={rateTone(row.yesterdayRate)} plain>
          {f.percent(row.yesterdayRate, 0)}
        </Status>
      ),
    },
    {
      key: 'lastSeenAt',
      head: t('columns.lastSeen'),
      width: '110px',
      from: 'desk',
      sortable: true,
      cell: (row) => <span title={f.dateTime(row.lastSeenAt)}>{f.relative(row.lastSeenAt)}</span>,
    },
    {
      key: 'openExceptions',
      head: t('columns.exceptions'),
      width: '92px',
      align: 'end',
      from: 'desk',
      sortable: true,
      cell: (row) =>
        row.openExceptions > 0 ? (
          <Status tone="warn" plain>
            {f.number(row.openExceptions)}
          </Status>
        ) : (
          <span className="muted">0</span>
        ),
    },
  ]
}
