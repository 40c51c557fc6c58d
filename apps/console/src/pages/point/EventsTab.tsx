import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { eventsQuery } from '../../api/queries.ts'
import type { MeterEvent } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import css from './PointPage.module.css'

export function EventsTab({ pointId, onTrace }: { pointId: string; onTrace: (ref: string) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const events = useQuery(eventsQuery(pointId))
  const rows = [...(events.data?.items ?? [])].sort((a, b) => b.at.localeCompare(a.at))
  const columns: Column<MeterEvent>[] = [
    { key: 'at', head: t('columns.when'), width: '160px', cell: (row) => f.dateTime(row.at) },
    {
      key: 'log',
      head: t('columns.log'),
      width: '150px',
      from: 'desk',
      cell: (row) => (
        <Status tone={row.log === 'fraud' ? 'bad' : 'idle'}>{t(`logs.${row.log}`, row.log)}</Status>
      ),
    },
    {
      key: 'name',
      head: t('columns.event'),
      cell: (row) => {
        const { trace } = row
        return trace ? (
          <button type="button" className={css.value} onClick={() => onTrace(trace)}>
            {row.name}
          </button>
        ) : (
          row.name
        )
      },
    },
    { key: 'code', head: t('columns.code'), width: '80px', align: 'end', cell: (row) => row.code },
  ]
  return (
    <Waiting for={events} rows={6} height={300}>
      {rows.length === 0 ? (
        <EmptyView title={t('point.noEvents')} what={t('point.noEventsWhat')} />
      ) : (
        <DataTable
          label={t('point.tabs.events')}
          rows={rows}
          columns={columns}
          rowKey={(row) => `${row.at}${row.log}${row.code}`}
          height="620px"
        />
      )}
    </Waiting>
  )
}
