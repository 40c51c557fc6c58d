import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { DropFile } from './DropFile.tsx'
import { ImportDetail } from './ImportDetail.tsx'
import { importsQuery } from './queries.ts'
import { importTone } from './tones.ts'
import css from './transfers.module.css'
import type { ImportFile } from './types.ts'

/** A file goes in: dropped, followed, its rejected lines read. */
export function ImportPanel() {
  const { t } = useTranslation()
  const { file } = useSearch({ from: '/shell/transfers' })
  const navigate = useNavigate()
  const client = useQueryClient()
  const imports = useQuery(importsQuery)
  const open = (id: string | undefined) =>
    void navigate({ to: '.', search: { tab: 'import', file: id }, resetScroll: false })
  return (
    <div className={css.stack}>
      <Panel title={t('transfers.drop.title')} note={t('transfers.drop.note')}>
        <DropFile
          onReceived={async (received) => {
            client.setQueryData(['imports', 'one', received.id], received)
            open(received.id)
            await client.invalidateQueries({ queryKey: ['imports', 'list'] })
          }}
        />
      </Panel>
      {file !== undefined && <ImportDetail key={file} id={file} onClose={() => open(undefined)} />}
      <Panel flush title={t('transfers.imports')}>
        <Waiting for={imports} rows={5} height={200}>
          {imports.data?.items.length === 0 ? (
            <EmptyView title={t('transfers.noImports')} what={t('transfers.noImportsWhat')} />
          ) : (
            <ImportTable rows={imports.data?.items ?? []} chosen={file} onChoose={open} />
          )}
        </Waiting>
      </Panel>
    </div>
  )
}

function ImportTable(props: {
  rows: ImportFile[]
  chosen: string | undefined
  onChoose: (id: string) => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const number = (key: 'rows' | 'added' | 'repeated' | 'rejected', from?: 'desk' | 'wide') => ({
    key,
    head: t(`transfers.counts.${key}`),
    align: 'end' as const,
    width: '110px',
    ...(from ? { from } : {}),
    cell: (row: ImportFile) => f.number(row[key]),
  })
  const columns: Column<ImportFile>[] = [
    {
      key: 'name',
      head: t('transfers.file'),
      cell: (row) => (
        <button
          type="button"
          className={css.link}
          aria-pressed={row.id === props.chosen}
          onClick={() => props.onChoose(row.id)}
        >
          {row.name}
        </button>
      ),
    },
    {
      key: 'state',
      head: t('columns.status'),
      width: '140px',
      cell: (row) => <Status tone={importTone[row.state]}>{t(`transfers.states.${row.state}`)}</Status>,
    },
    number('rows', 'desk'),
    number('added', 'desk'),
    number('repeated', 'wide'),
    number('rejected', 'desk'),
    {
      key: 'when',
      head: t('columns.when'),
      width: '150px',
      from: 'wide',
      cell: (row) => f.dateTime(row.requestedAt),
    },
  ]
  return (
    <DataTable
      label={t('transfers.imports')}
      rows={props.rows}
      columns={columns}
      rowKey={(row) => row.id}
      height="360px"
      rowTone={(row) => (row.state === 'failed' ? 'bad' : row.rejected > 0 ? 'warn' : undefined)}
    />
  )
}
