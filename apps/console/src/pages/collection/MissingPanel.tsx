import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { missingQuery } from '../../api/queries.ts'
import type { MissingPoint } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, today } from '../../format/zone.ts'
import { causeTone } from '../../ui/causes.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'

export function MissingPanel({ day }: { day: string | undefined }) {
  const yesterday = addDays(today(), -1)
  const { t } = useTranslation()
  const f = useFormat()
  const missing = useInfiniteQuery(missingQuery(day ?? yesterday))
  const rows = missing.data?.pages.flatMap((page) => page.items) ?? []
  const columns: Column<MissingPoint>[] = [
    {
      key: 'name',
      head: t('columns.point'),
      cell: (row) => (
        <Link to="/points/$pointId" params={{ pointId: row.meteringPointId }}>
          {row.name}
        </Link>
      ),
    },
    {
      key: 'serial',
      head: t('columns.meter'),
      width: '128px',
      from: 'desk',
      cell: (row) => <span className="mono">{row.serial ?? '–'}</span>,
    },
    {
      key: 'count',
      head: t('columns.missing'),
      width: '78px',
      align: 'end',
      cell: (row) => f.number(row.missingIntervals),
    },
    {
      key: 'cause',
      head: t('columns.cause'),
      width: '188px',
      cell: (row) => <Status tone={causeTone(row.cause)}>{t(`causes.${row.cause}`, row.cause)}</Status>,
    },
    { key: 'line', head: t('columns.line'), width: '110px', from: 'huge', cell: (row) => row.line ?? '–' },
    {
      key: 'seen',
      head: t('columns.lastSeen'),
      width: '112px',
      from: 'desk',
      cell: (row) => <span title={f.dateTime(row.lastSeenAt)}>{f.relative(row.lastSeenAt)}</span>,
    },
    {
      key: 'next',
      head: t('columns.nextTry'),
      width: '104px',
      from: 'huge',
      cell: (row) => <span title={f.dateTime(row.nextAttemptAt)}>{f.relative(row.nextAttemptAt)}</span>,
    },
  ]
  return (
    <Panel
      flush
      title={t('collection.missing')}
      note={day ? t('collection.missingOn', { day: f.weekday(day) }) : t('collection.missingYesterday')}
    >
      <Waiting for={missing} rows={8} height={300}>
        {rows.length === 0 ? (
          <EmptyView title={t('collection.nobodyMissing')} what={t('collection.nobodyMissingWhat')} />
        ) : (
          <DataTable
            label={t('collection.missing')}
            rows={rows}
            columns={columns}
            rowKey={(row) => row.meteringPointId}
            height="520px"
            onEnd={
              missing.hasNextPage && !missing.isFetching ? () => void missing.fetchNextPage() : undefined
            }
          />
        )}
      </Waiting>
    </Panel>
  )
}
