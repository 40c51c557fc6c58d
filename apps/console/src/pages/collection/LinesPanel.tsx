import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { linesQuery } from '../../api/queries.ts'
import type { LineRow } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'

export function LinesPanel() {
  const { t } = useTranslation()
  const f = useFormat()
  const lines = useQuery(linesQuery)
  const rows = lines.data?.items ?? []
  const columns: Column<LineRow>[] = [
    { key: 'code', head: t('columns.line'), cell: (row) => row.code },
    {
      key: 'running',
      head: t('columns.inUse'),
      width: '110px',
      align: 'end',
      cell: (row) => `${f.number(row.running)} / ${f.number(row.maxSessions)}`,
    },
    {
      key: 'throughput',
      head: t('columns.throughput'),
      width: '110px',
      align: 'end',
      from: 'desk',
      cell: (row) => `${f.bytes(Math.round(row.bytesPerSecond))}/s`,
    },
    {
      key: 'failures',
      head: t('columns.failures'),
      width: '84px',
      align: 'end',
      cell: (row) => f.number(row.failuresLastHour),
    },
  ]
  return (
    <Panel flush title={t('collection.lines')} note={t('collection.linesNote')}>
      <Waiting for={lines} rows={3}>
        {rows.length === 0 ? (
          <EmptyView title={t('collection.noLines')} what={t('collection.noLinesWhat')} />
        ) : (
          <DataTable
            label={t('collection.lines')}
            rows={rows}
            columns={columns}
            rowKey={(row) => row.id}
            height="240px"
          />
        )}
      </Waiting>
    </Panel>
  )
}
