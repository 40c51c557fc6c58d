import { SegmentedControl } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { gapsQuery } from '../../api/queries.ts'
import type { GapRow, GapState } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { dayStart, quarter } from '../../format/zone.ts'
import { causeTone } from '../../ui/causes.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'

const states: GapState[] = ['open', 'recovered', 'lost']

/** The gap ledger: no interval is silently absent; each hole has a cause, an owner and a deadline. */
export function GapsPage() {
  const { t } = useTranslation()
  const f = useFormat()
  const { state = 'open' } = useSearch({ from: '/shell/gaps' })
  const navigate = useNavigate()
  const gaps = useInfiniteQuery(gapsQuery(state))
  const rows = gaps.data?.pages.flatMap((page) => page.items) ?? []
  const now = Date.now()
  const columns: Column<GapRow>[] = [
    { key: 'day', head: t('columns.day'), width: '122px', cell: (row) => f.weekday(row.day) },
    {
      key: 'slots',
      head: t('columns.interval'),
      width: '130px',
      from: 'desk',
      cell: (row) => {
        const start = dayStart(row.day) + row.fromSlot * quarter
        return `${f.time(start)}–${f.time(start + row.count * quarter)}`
      },
    },
    {
      key: 'count',
      head: t('columns.quarters'),
      width: '104px',
      align: 'end',
      cell: (row) => f.number(row.count),
    },
    {
      key: 'point',
      head: t('columns.point'),
      cell: (row) => (
        <Link to="/points/$pointId" params={{ pointId: row.meteringPointId }} search={{ day: row.day }}>
          <span className="mono">{row.pod}</span>
        </Link>
      ),
    },
    {
      key: 'serial',
      head: t('columns.meter'),
      width: '140px',
      from: 'wide',
      cell: (row) => <span className="mono">{row.serial ?? '–'}</span>,
    },
    {
      key: 'cause',
      head: t('columns.cause'),
      width: '190px',
      from: 'desk',
      cell: (row) => <Status tone={causeTone(row.cause)}>{t(`causes.${row.cause}`, row.cause)}</Status>,
    },
    {
      key: 'owner',
      head: t('columns.owner'),
      width: '150px',
      from: 'wide',
      cell: (row) => t(`owners.${row.owner}`, row.owner),
    },
    {
      key: 'attempts',
      head: t('columns.attempts'),
      width: '96px',
      align: 'end',
      from: 'wide',
      cell: (row) => f.number(row.attempts),
    },
    {
      key: 'deadline',
      head: t('columns.deadline'),
      width: '132px',
      cell: (row) => (
        <span title={f.dateTime(row.deadline)}>
          {state === 'open' && Date.parse(row.deadline) < now ? (
            <Status tone="bad" plain>
              {f.relative(row.deadline)}
            </Status>
          ) : (
            f.relative(row.deadline)
          )}
        </span>
      ),
    },
  ]
  return (
    <>
      <PageHead title={t('gaps.title')} under={t('gaps.under')} />
      <Panel
        flush
        title={t(`gaps.states.${state}`)}
        note={t('gaps.order')}
        tools={
          <SegmentedControl
            size="xs"
            aria-label={t('gaps.filter')}
            value={state}
            onChange={(value) =>
              void navigate({
                to: '.',
                search: (old) => ({ ...old, state: value === 'open' ? undefined : (value as GapState) }),
                replace: true,
              })
            }
            data={states.map((each) => ({ value: each, label: t(`gaps.states.${each}`) }))}
          />
        }
      >
        <Waiting for={gaps} rows={10} height={400}>
          {rows.length === 0 ? (
            <EmptyView title={t(`gaps.none.${state}`)} what={t(`gaps.noneWhat.${state}`)} />
          ) : (
            <DataTable
              label={t('gaps.title')}
              rows={rows}
              columns={columns}
              rowKey={(row) => row.id}
              height="max(420px, calc(100dvh - 240px))"
              onEnd={gaps.hasNextPage && !gaps.isFetching ? () => void gaps.fetchNextPage() : undefined}
            />
          )}
        </Waiting>
      </Panel>
    </>
  )
}
