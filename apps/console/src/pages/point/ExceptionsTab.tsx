import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { exceptionsQuery, meQuery } from '../../api/queries.ts'
import type { Exception } from '../../api/types.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { dayStart, quarter } from '../../format/zone.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { useDetails } from '../exceptions/details.ts'
import { PointRules } from '../rules/PointRules.tsx'

const severities: Record<string, Tone> = {
  error: 'bad',
  high: 'bad',
  warning: 'warn',
  info: 'idle',
  low: 'idle',
}

/** What the validation rules found, each with its rule and version; the day opens in the curve. */
export function ExceptionsTab({ pointId }: { pointId: string }) {
  const { t } = useTranslation()
  const f = useFormat()
  const details = useDetails()
  const { data: me } = useQuery(meQuery)
  const exceptions = useQuery(exceptionsQuery(pointId))
  const { pointId: here } = useParams({ from: '/shell/points/$pointId' })
  const rows = exceptions.data?.items ?? []
  const slots = (row: Exception) =>
    row.fromSlot === null || row.count === null
      ? t('resolutions.1d')
      : `${f.time(dayStart(row.day) + row.fromSlot * quarter)} · ${f.number(row.count)} × 15 min`
  const columns: Column<Exception>[] = [
    {
      key: 'day',
      head: t('columns.day'),
      width: '130px',
      cell: (row) => (
        <Link to="/points/$pointId" params={{ pointId: here }} search={{ day: row.day }}>
          {f.weekday(row.day)}
        </Link>
      ),
    },
    { key: 'slots', head: t('columns.interval'), width: '150px', from: 'desk', cell: slots },
    {
      key: 'rule',
      head: t('columns.rule'),
      cell: (row) => (
        <Status tone={severities[row.severity] ?? 'warn'}>{t(`rules.${row.rule}`, row.rule)}</Status>
      ),
    },
    {
      key: 'details',
      head: t('columns.details'),
      from: 'desk',
      cell: (row) => (
        <span className="muted" title={details((row.details ?? {}) as Record<string, unknown>)}>
          {details((row.details ?? {}) as Record<string, unknown>)}
        </span>
      ),
    },
    {
      key: 'version',
      head: t('columns.version'),
      width: '84px',
      align: 'end',
      from: 'wide',
      cell: (row) => `v${row.ruleVersion}`,
    },
    {
      key: 'status',
      head: t('columns.status'),
      width: '96px',
      cell: (row) => t(`exceptionStates.${row.status}`, row.status),
    },
  ]
  return (
    <>
      <Waiting for={exceptions} rows={6} height={300}>
        {rows.length === 0 ? (
          <EmptyView title={t('point.noExceptions')} what={t('point.noExceptionsWhat')} />
        ) : (
          <DataTable
            label={t('point.tabs.exceptions')}
            rows={rows}
            columns={columns}
            rowKey={(row) => row.id}
            height="min(620px, 60dvh)"
          />
        )}
      </Waiting>
      {may(me, 'exceptions') && <PointRules pointId={pointId} />}
    </>
  )
}
