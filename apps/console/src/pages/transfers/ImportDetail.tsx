import { Button } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Figure, Figures, Panel } from '../../ui/Panel.tsx'
import { ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { importQuery, jobQuery, rejectsQuery } from './queries.ts'
import { reasonOf } from './reasons.ts'
import { importTone } from './tones.ts'
import css from './transfers.module.css'
import { type ImportFile, isRunning, type Reject } from './types.ts'

/** One import: how far it is, what went in, and each line that did not. */
export function ImportDetail({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const found = useQuery(importQuery(id))
  const file = found.data
  const state = file && <Status tone={importTone[file.state]}>{t(`transfers.states.${file.state}`)}</Status>
  return (
    <Panel
      title={file?.name ?? t('transfers.file')}
      note={
        file && (
          <>
            {state} {f.dateTime(file.requestedAt)} · {file.requestedByName ?? file.requestedBy} ·{' '}
            {file.format} · {f.bytes(file.bytes)} · {t(`transfers.layouts.${file.layout}`)}
          </>
        )
      }
      tools={
        <Button size="xs" variant="subtle" onClick={onClose}>
          {t('state.close')}
        </Button>
      }
    >
      <Waiting for={found} rows={4} height={140}>
        {file && (
          <div className={css.stack}>
            {isRunning(file) && <Running file={file} />}
            {file.error && (
              <p className={css.failure} role="alert">
                {file.error}
              </p>
            )}
            <Figures>
              <Figure lead label={t('transfers.counts.added')} value={f.number(file.added)} />
              <Figure label={t('transfers.counts.rows')} value={f.number(file.rows)} />
              <Figure label={t('transfers.counts.repeated')} value={f.number(file.repeated)} />
              <Figure label={t('transfers.counts.rejected')} value={f.number(file.rejected)} />
            </Figures>
            {file.rejected > 0 && <Rejects file={file} />}
          </div>
        )}
      </Waiting>
    </Panel>
  )
}

function Running({ file }: { file: ImportFile }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: job } = useQuery(jobQuery(file.jobId, true))
  const stop = useMutation({ mutationFn: () => api(`/jobs/${file.jobId}/cancel`, { method: 'POST' }) })
  const share = job?.total ? Math.min(1, job.done / job.total) : 0
  return (
    <div className={css.progress}>
      <progress
        className={css.bar}
        value={share}
        aria-label={t('transfers.running', { share: f.percent(share, 0) })}
      />
      <p className="small" aria-live="polite">
        {t('transfers.running', { share: f.percent(share, 0) })}
      </p>
      {file.jobId !== null && (
        <Button size="xs" variant="subtle" loading={stop.isPending} onClick={() => stop.mutate()}>
          {t('transfers.stop')}
        </Button>
      )}
      {stop.error && <ErrorView error={stop.error} />}
    </div>
  )
}

function Rejects({ file }: { file: ImportFile }) {
  const { t } = useTranslation()
  const f = useFormat()
  const rejects = useInfiniteQuery(rejectsQuery(file.id, file.rejected))
  const rows = rejects.data?.pages.flatMap((page) => page.items) ?? []
  const reason = (row: Reject) => {
    const known = reasonOf(row.reason)
    return known ? t(`transfers.reasons.${known.key}`, { what: known.what }) : row.reason
  }
  const columns: Column<Reject>[] = [
    {
      key: 'line',
      head: t('transfers.rejects.line'),
      width: '70px',
      align: 'end',
      cell: (row) => f.number(row.line),
    },
    { key: 'field', head: t('transfers.rejects.field'), width: '100px', cell: (row) => row.field },
    {
      key: 'value',
      head: t('transfers.rejects.value'),
      width: '220px',
      from: 'desk',
      cell: (row) => <span className="mono">{row.value || '–'}</span>,
    },
    {
      key: 'reason',
      head: t('transfers.rejects.reason'),
      cell: (row) => <span title={reason(row)}>{reason(row)}</span>,
    },
  ]
  return (
    <div className={css.stack}>
      <div className={css.options}>
        <h3>{t('transfers.rejects.title')}</h3>
        <Button
          size="xs"
          variant="default"
          component="a"
          href={`/api/imports/${file.id}/rejects.csv`}
          download={`import_${file.id}_rejects.csv`}
        >
          {t('transfers.rejects.download')}
        </Button>
      </div>
      <Waiting for={rejects} rows={5} height={180}>
        <DataTable
          label={t('transfers.rejects.title')}
          rows={rows}
          columns={columns}
          rowKey={(row) => row.seq}
          height="320px"
          onEnd={rejects.hasNextPage && !rejects.isFetching ? () => void rejects.fetchNextPage() : undefined}
        />
      </Waiting>
    </div>
  )
}
