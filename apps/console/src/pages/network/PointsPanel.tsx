import { Button } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconDownload } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { pointsQuery } from '../../api/queries.ts'
import type { PointRow } from '../../api/types.ts'
import { type PointFilter, type PointListSearch, type PointSort, pointStates } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { downloadCsv } from '../../ui/csv.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import css from './NetworkPage.module.css'
import { matchesFilter, pointColumns, sortPoints } from './pointList.tsx'

/** Metering points of the whole network or of one station; search, filter and order live in the address. */
export function PointsPanel({ station, search }: { station?: string; search: PointListSearch }) {
  const { t } = useTranslation()
  const f = useFormat()
  const navigate = useNavigate()
  const points = useInfiniteQuery(pointsQuery({ query: search.q, station }))
  const { hasNextPage, isFetching, fetchNextPage } = points
  // Filtering and ordering are honest only over all of them: pages follow one another until the list is whole.
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  const rows = useMemo(() => {
    const all = points.data?.pages.flatMap((page) => page.items) ?? []
    return sortPoints(
      all.filter((row) => matchesFilter(row, search.state)),
      search.sort,
      search.desc,
    )
  }, [points.data, search.state, search.sort, search.desc])

  const set = (change: Partial<PointListSearch>) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  const onSort = (key: string) =>
    set({ sort: key as PointSort, desc: search.sort === key && !search.desc ? true : undefined })
  const columns = useMemo(() => pointColumns(t, f), [t, f])
  const onExport = () =>
    downloadCsv(
      `${t('network.fileName')}.csv`,
      ['pod', 'name', 'address', 'serial', 'meterState', 'relayState', 'approvedPowerW', 'yesterdayRate'],
      rows.map((r) => [
        r.pod,
        r.name,
        r.address,
        r.serial,
        r.meterState,
        r.relayState,
        r.approvedPowerW,
        r.yesterdayRate,
      ]),
    )
  return (
    <Panel
      flush
      title={t('network.list')}
      note={
        points.data &&
        `${t('network.points', { count: rows.length, n: f.number(rows.length) })}${hasNextPage ? ` · ${t('state.loading')}` : ''}`
      }
      tools={
        <div className={css.filters}>
          <FilterBox value={search.q ?? ''} onChange={(q) => set({ q: q || undefined })} />
          <select
            aria-label={t('network.filter')}
            value={search.state ?? ''}
            onChange={(event) => set({ state: (event.target.value || undefined) as PointFilter | undefined })}
          >
            <option value="">{t('network.filters.all')}</option>
            {pointStates.map((state) => (
              <option key={state} value={state}>
                {t(`network.filters.${state}`)}
              </option>
            ))}
          </select>
          <Button
            size="xs"
            h={32}
            variant="default"
            leftSection={<IconDownload size={15} aria-hidden />}
            onClick={onExport}
          >
            CSV
          </Button>
        </div>
      }
    >
      <Waiting for={points} rows={10} height={400}>
        {rows.length === 0 && !hasNextPage ? (
          <EmptyView title={t('network.none')} what={t('network.noneWhat')} todo={t('network.noneTodo')} />
        ) : (
          <DataTable
            label={t('network.list')}
            rows={rows}
            columns={columns}
            rowKey={(row: PointRow) => row.id}
            height="max(420px, calc(100dvh - 260px))"
            sort={search.sort && { key: search.sort, desc: search.desc === true }}
            onSort={onSort}
          />
        )}
      </Waiting>
    </Panel>
  )
}

function FilterBox({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const { t } = useTranslation()
  const [text, setText] = useState(value)
  const later = useDebouncedCallback(onChange, 200)
  useEffect(() => setText(value), [value])
  return (
    <input
      type="text"
      aria-label={t('network.find')}
      placeholder={t('network.find')}
      value={text}
      onChange={(event) => {
        setText(event.target.value)
        later(event.target.value)
      }}
    />
  )
}
