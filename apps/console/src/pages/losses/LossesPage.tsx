import { Button, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconDownload } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LossesSearch, LossSort } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, today } from '../../format/zone.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { lossColumns } from './lossColumns.tsx'
import css from './losses.module.css'
import { periodOf, rankingFile, rankingQuery } from './queries.ts'
import { type RankingPage, verdicts, verdictTones } from './types.ts'

/** Where energy is lost that neither meters nor network explain: all stations, or all feeders, of a period. */
export function LossesPage() {
  const { t } = useTranslation()
  const f = useFormat()
  const search = useSearch({ from: '/shell/losses' })
  const navigate = useNavigate()
  const list = useInfiniteQuery(rankingQuery(search))
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const first = list.data?.pages[0]
  const set = (change: LossesSearch) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  const sort = search.sort ?? 'z'
  const onSort = (key: string) =>
    set(
      key === sort
        ? { asc: search.asc ? undefined : true }
        : { sort: key as LossSort, asc: key === 'code' ? true : undefined },
    )
  const period = periodOf(search)
  const columns = lossColumns(t, f, first?.coverage ?? 2, period)
  return (
    <>
      <PageHead title={t('losses.title')} under={t('losses.under')} />
      <Panel
        flush
        title={t('losses.list')}
        note={first && <Note page={first} />}
        tools={<Tools search={search} onChange={set} />}
      >
        {first && <VerdictFilter page={first} search={search} onChange={set} />}
        <Waiting for={list} rows={10} height={400}>
          {rows.length === 0 ? (
            <EmptyView title={t('losses.none')} what={t('losses.noneWhat')} todo={t('losses.noneTodo')} />
          ) : (
            <DataTable
              label={t('losses.list')}
              rows={rows}
              columns={columns}
              rowKey={(row) => `${row.stationId} ${row.feeder}`}
              height="max(360px, calc(100dvh - 330px))"
              sort={{ key: sort, desc: !search.asc }}
              onSort={onSort}
              onEnd={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : undefined}
            />
          )}
        </Waiting>
      </Panel>
    </>
  )
}

/** What the list does not hold, or not yet. */
function Note({ page }: { page: RankingPage }) {
  const { t } = useTranslation()
  const f = useFormat()
  const counted = (key: string, n: number) => t(key, { count: n, n: f.number(n) })
  const parts = [
    t('losses.note', { z: f.number(page.coverage, 1) }),
    page.waitingDays > 0 && counted('losses.waiting', page.waitingDays),
    page.withoutBalance > 0 && counted('losses.without', page.withoutBalance),
  ]
  return <>{parts.filter(Boolean).join(' · ')}</>
}

type Change = { search: LossesSearch; onChange: (change: LossesSearch) => void }

function Tools({ search, onChange }: Change) {
  const { t } = useTranslation()
  const { from, to } = periodOf(search)
  const yesterday = addDays(today(), -1)
  const length = [1, 7, 30].find((n) => to === yesterday && from === addDays(to, 1 - n))
  const [text, setText] = useState(search.q ?? '')
  const later = useDebouncedCallback((q: string) => onChange({ q: q || undefined }), 250)
  return (
    <div className={css.tools}>
      <SegmentedControl
        size="xs"
        aria-label={t('balance.range')}
        value={length === undefined ? '' : String(length)}
        onChange={(n) => onChange({ from: addDays(yesterday, 1 - Number(n)), to: undefined })}
        data={[1, 7, 30].map((n) => ({
          value: String(n),
          label: n === 1 ? t('losses.yesterday') : t('balance.days', { count: n, n }),
        }))}
      />
      <TextInput
        size="xs"
        type="date"
        aria-label={t('losses.from')}
        value={from}
        max={to}
        onChange={(event) => event.currentTarget.value && onChange({ from: event.currentTarget.value, to })}
      />
      <TextInput
        size="xs"
        type="date"
        aria-label={t('losses.to')}
        value={to}
        min={from}
        onChange={(event) => event.currentTarget.value && onChange({ from, to: event.currentTarget.value })}
      />
      <NativeSelect
        size="xs"
        aria-label={t('losses.level')}
        value={search.level ?? 'station'}
        onChange={(event) =>
          onChange({ level: event.currentTarget.value === 'feeder' ? 'feeder' : undefined })
        }
        data={['station', 'feeder'].map((value) => ({ value, label: t(`losses.levels.${value}`) }))}
      />
      <TextInput
        size="xs"
        aria-label={t('losses.find')}
        placeholder={t('losses.find')}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          later(event.currentTarget.value)
        }}
      />
      <Button
        size="xs"
        component="a"
        href={rankingFile(search)}
        variant="default"
        leftSection={<IconDownload size={15} aria-hidden />}
      >
        CSV
      </Button>
    </div>
  )
}

/** How many have which verdict; a press shows those alone. */
function VerdictFilter({ page, search, onChange }: Change & { page: RankingPage }) {
  const { t } = useTranslation()
  const f = useFormat()
  const all = Object.values(page.counts).reduce((sum, n) => sum + n, 0)
  return (
    <fieldset className={css.verdicts}>
      <legend className="sr-only">{t('losses.filter')}</legend>
      <button
        type="button"
        aria-pressed={search.verdict === undefined}
        onClick={() => onChange({ verdict: undefined })}
      >
        {t('losses.all')} <strong>{f.number(all)}</strong>
      </button>
      {verdicts
        .filter((verdict) => page.counts[verdict] || verdict === search.verdict)
        .map((verdict) => (
          <button
            key={verdict}
            type="button"
            aria-pressed={search.verdict === verdict}
            title={t(`balance.verdicts.${verdict}`)}
            onClick={() => onChange({ verdict: search.verdict === verdict ? undefined : verdict })}
          >
            <Status tone={verdictTones[verdict]} plain>
              {t(`losses.verdicts.${verdict}`)}
            </Status>{' '}
            <strong>{f.number(page.counts[verdict] ?? 0)}</strong>
          </button>
        ))}
    </fieldset>
  )
}
