import { NativeSelect, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { powerListStates } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { CaseMark } from './CaseMark.tsx'
import css from './power.module.css'
import { casesQuery } from './queries.ts'
import { caseKinds, type PowerCase } from './types.ts'

/** Whose limiter has opened his relay, and whose limiter is not as approved. */
export function PowerPage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/shell/power' })
  const navigate = useNavigate()
  const cases = useInfiniteQuery(casesQuery(search))
  const rows = cases.data?.pages.flatMap((page) => page.items) ?? []
  const set = (change: Record<string, string | undefined>) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  return (
    <>
      <PageHead title={t('power.title')} under={t('power.under')} />
      <Panel
        flush
        title={t('power.list')}
        tools={
          <>
            <TextInput
              size="xs"
              aria-label={t('power.search')}
              placeholder={t('power.search')}
              value={search.q ?? ''}
              onChange={(event) => set({ q: event.currentTarget.value || undefined })}
            />
            <NativeSelect
              size="xs"
              aria-label={t('columns.status')}
              value={search.state ?? 'notClosed'}
              onChange={(event) =>
                set({
                  state: event.currentTarget.value === 'notClosed' ? undefined : event.currentTarget.value,
                })
              }
              data={['notClosed', ...powerListStates].map((value) => ({
                value,
                label: t(`power.states.${value}`),
              }))}
            />
            <NativeSelect
              size="xs"
              aria-label={t('power.kind')}
              value={search.kind ?? ''}
              onChange={(event) => set({ kind: event.currentTarget.value || undefined })}
              data={[
                { value: '', label: t('power.allKinds') },
                ...caseKinds.map((value) => ({ value, label: t(`power.kinds.${value}`) })),
              ]}
            />
          </>
        }
      >
        <Waiting for={cases} rows={8} height={300}>
          {rows.length === 0 ? (
            <EmptyView title={t('power.none')} what={t('power.noneWhat')} />
          ) : (
            <CaseTable
              rows={rows}
              onEnd={cases.hasNextPage && !cases.isFetching ? () => void cases.fetchNextPage() : undefined}
            />
          )}
        </Waiting>
      </Panel>
    </>
  )
}

function CaseTable({ rows, onEnd }: { rows: PowerCase[]; onEnd: (() => void) | undefined }) {
  const { t } = useTranslation()
  const f = useFormat()
  const columns: Column<PowerCase>[] = [
    {
      key: 'kind',
      head: t('power.kind'),
      width: '190px',
      cell: (row) => (
        <>
          <Link to="/power/$caseId" params={{ caseId: row.id }}>
            {t(`power.kinds.${row.kind}`)}
          </Link>
          <span className={css.onPhone}>{row.name}</span>
        </>
      ),
    },
    {
      key: 'state',
      head: t('columns.status'),
      width: '190px',
      cell: (row) => <CaseMark found={row} />,
    },
    {
      key: 'since',
      head: t('power.since'),
      width: '160px',
      from: 'desk',
      cell: (row) => f.dateTime(row.trippedAt ?? row.openedAt),
    },
    {
      key: 'load',
      head: t('power.load'),
      width: '110px',
      from: 'desk',
      cell: (row) => f.kw(row.loadW),
    },
    {
      key: 'approved',
      head: t('columns.power'),
      width: '130px',
      from: 'wide',
      cell: (row) => f.kw(row.approvedW),
    },
    {
      key: 'point',
      head: t('columns.point'),
      from: 'desk',
      cell: (row) => (
        <Link to="/points/$pointId" params={{ pointId: row.meteringPointId }}>
          <span className="mono">{row.pod}</span> {row.name}
        </Link>
      ),
    },
  ]
  return (
    <DataTable
      label={t('power.list')}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.id}
      height="max(360px, calc(100dvh - 320px))"
      onEnd={onEnd}
    />
  )
}
