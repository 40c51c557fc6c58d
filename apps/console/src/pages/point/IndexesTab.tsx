import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { indexesQuery } from '../../api/queries.ts'
import type { IndexReading } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import css from './PointPage.module.css'

type Row = { at: string; kind: string; byObis: Map<string, IndexReading> }

/** One line per reading time, one column per tariff register. */
export function IndexesTab({ pointId, onTrace }: { pointId: string; onTrace: (ref: string) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const indexes = useQuery(indexesQuery(pointId))
  const rows = useMemo(() => {
    const byTime = new Map<string, Row>()
    for (const item of indexes.data?.items ?? []) {
      const key = `${item.at} ${item.kind}`
      const row = byTime.get(key) ?? { at: item.at, kind: item.kind, byObis: new Map() }
      row.byObis.set(item.obis, item)
      byTime.set(key, row)
    }
    return [...byTime.values()].sort((a, b) => b.at.localeCompare(a.at))
  }, [indexes.data])
  const registers = indexes.data?.registers ?? []
  const columns: Column<Row>[] = [
    { key: 'at', head: t('columns.when'), width: '150px', cell: (row) => f.dateTime(row.at) },
    {
      key: 'kind',
      head: t('columns.kind'),
      width: '96px',
      from: 'wide',
      cell: (row) => <span className="muted">{t(`indexKinds.${row.kind}`, row.kind)}</span>,
    },
    ...registers.map((register, position): Column<Row> => {
      return {
        key: register.obis,
        head: t(`registers.${register.obis.replaceAll('.', '_')}`, register.name),
        align: 'end',
        width: '108px',
        // What is given back has one tariff with most makers: its split is the first to leave.
        from: position === 0 ? undefined : /^1\.0\.2\.8\.[1-9]/.test(register.obis) ? 'huge' : 'desk',
        cell: (row) => {
          const reading = row.byObis.get(register.obis)
          if (!reading) return '–'
          const text = f.kwhBare(reading.valueWh)
          const { trace } = reading
          if (!trace) return text
          return (
            <button type="button" className={css.value} title={register.obis} onClick={() => onTrace(trace)}>
              {text}
            </button>
          )
        },
      }
    }),
  ]
  return (
    <Waiting for={indexes} rows={8} height={360}>
      {rows.length === 0 ? (
        <EmptyView title={t('point.noIndexes')} what={t('point.noIndexesWhat')} />
      ) : (
        <DataTable
          label={t('point.tabs.indexes')}
          rows={rows}
          columns={columns}
          rowKey={(row) => `${row.at}${row.kind}`}
          height="620px"
        />
      )}
    </Waiting>
  )
}
