import type { UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Page, SessionRow } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { outcomeTone } from '../../ui/causes.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'

export function SessionsPanel({ sessions }: { sessions: UseQueryResult<Page<SessionRow>> }) {
  const { t } = useTranslation()
  const f = useFormat()
  // Running ones first, then the latest ended.
  const rows = [...(sessions.data?.items ?? [])].sort(
    (a, b) =>
      Number(a.endedAt !== null) - Number(b.endedAt !== null) || b.startedAt.localeCompare(a.startedAt),
  )
  const columns: Column<SessionRow>[] = [
    {
      key: 'serial',
      head: t('columns.meter'),
      cell: (row) => (
        <Link to="/points/$pointId" params={{ pointId: row.meteringPointId }} className="mono">
          {row.serial}
        </Link>
      ),
    },
    {
      key: 'purpose',
      head: t('columns.purpose'),
      width: '104px',
      from: 'huge',
      cell: (row) => t(`purposes.${row.purpose}`, row.purpose),
    },
    {
      key: 'outcome',
      head: t('columns.outcome'),
      width: '124px',
      cell: (row) => (
        <span title={row.errorText ?? undefined}>
          <Status tone={outcomeTone(row.outcome)}>{t(`outcomes.${row.outcome ?? 'running'}`)}</Status>
        </span>
      ),
    },
    {
      key: 'bytes',
      head: t('columns.bytes'),
      width: '92px',
      align: 'end',
      cell: (row) => f.bytes(row.bytesIn + row.bytesOut),
    },
    {
      key: 'started',
      head: t('columns.started'),
      width: '86px',
      align: 'end',
      cell: (row) => f.seconds(row.startedAt),
    },
  ]
  return (
    <Panel flush title={t('collection.sessions')} note={t('collection.sessionsNote')}>
      <Waiting for={sessions} rows={6}>
        {rows.length === 0 ? (
          <EmptyView title={t('collection.noSessions')} what={t('collection.noSessionsWhat')} />
        ) : (
          <DataTable
            label={t('collection.sessions')}
            rows={rows}
            columns={columns}
            rowKey={(row) => row.id}
            height="300px"
          />
        )}
      </Waiting>
    </Panel>
  )
}
