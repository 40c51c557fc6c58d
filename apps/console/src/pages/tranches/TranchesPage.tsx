import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { ProposeList } from './ProposeList.tsx'
import { runsQuery, tranchesQuery } from './queries.ts'
import { RunMark } from './RunMark.tsx'
import css from './tranches.module.css'
import type { Run, Tranche } from './types.ts'

/** Lists of limitation and disconnection, and what was made of them. */
export function TranchesPage() {
  const { t } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const lists = useQuery(tranchesQuery)
  const runs = useQuery(runsQuery)
  const [proposing, setProposing] = useState(false)
  return (
    <>
      <PageHead
        title={t('tranches.title')}
        under={t('tranches.under')}
        tools={
          may(me, 'power') && (
            <Button size="sm" onClick={() => setProposing(true)}>
              {t('tranches.propose')}
            </Button>
          )
        }
      />
      {proposing && <ProposeList onClose={() => setProposing(false)} />}
      <Panel flush title={t('tranches.lists')}>
        <Waiting for={lists} rows={4}>
          {lists.data?.items.length ? (
            <ListTable rows={lists.data.items} />
          ) : (
            <EmptyView title={t('tranches.noList')} what={t('tranches.noListWhat')} />
          )}
        </Waiting>
      </Panel>
      <Panel flush title={t('tranches.runs')}>
        <Waiting for={runs} rows={4}>
          {runs.data?.items.length ? (
            <RunTable rows={runs.data.items} />
          ) : (
            <EmptyView title={t('tranches.noRun')} what={t('tranches.noRunWhat')} />
          )}
        </Waiting>
      </Panel>
    </>
  )
}

type ListRow = Tranche & { members: number }

function ListTable({ rows }: { rows: ListRow[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const columns: Column<ListRow>[] = [
    {
      key: 'code',
      head: t('tranches.code'),
      width: '170px',
      cell: (row) => (
        <Link
          to="/tranches/$code"
          params={{ code: row.code }}
          search={row.state === 'approved' ? {} : { version: row.version }}
        >
          {row.code} v{row.version}
        </Link>
      ),
    },
    {
      key: 'state',
      head: t('columns.status'),
      width: '170px',
      cell: (row) => (
        <Status tone={row.state === 'approved' ? 'ok' : 'warn'}>{t(`tranches.states.${row.state}`)}</Status>
      ),
    },
    {
      key: 'kind',
      head: t('tranches.kind'),
      width: '240px',
      from: 'wide',
      cell: (row) => t(`tranches.kinds.${row.kind}`),
    },
    { key: 'title', head: t('tranches.name'), from: 'desk', cell: (row) => row.title },
    {
      key: 'members',
      head: t('tranches.members'),
      width: '110px',
      align: 'end',
      from: 'desk',
      cell: (row) => f.number(row.members),
    },
    {
      key: 'planned',
      head: t('tranches.planned'),
      width: '140px',
      align: 'end',
      from: 'desk',
      cell: (row) => f.kw(row.plannedW),
    },
  ]
  return (
    <DataTable
      label={t('tranches.lists')}
      rows={rows}
      columns={columns}
      rowKey={(row) => `${row.code} ${row.version}`}
      height="auto"
    />
  )
}

/** Runs, newest first. */
export function RunTable({ rows }: { rows: Run[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const columns: Column<Run>[] = [
    {
      key: 'number',
      head: t('tranches.run'),
      width: '190px',
      cell: (row) => (
        <>
          <Link to="/limitations/$runId" params={{ runId: row.number }}>
            {row.number}
          </Link>
          <span className={css.onPhone}>{row.code}</span>
        </>
      ),
    },
    {
      key: 'state',
      head: t('columns.status'),
      width: '190px',
      cell: (row) => <RunMark state={row.state} />,
    },
    { key: 'code', head: t('tranches.code'), width: '110px', from: 'desk', cell: (row) => row.code },
    {
      key: 'from',
      head: t('tranches.from'),
      width: '160px',
      from: 'desk',
      cell: (row) => f.dateTime(row.startsAt),
    },
    {
      key: 'to',
      head: t('tranches.to'),
      width: '160px',
      from: 'desk',
      cell: (row) => f.dateTime(row.endsAt),
    },
    { key: 'reason', head: t('tranches.reason'), from: 'wide', cell: (row) => row.emergency ?? row.reason },
  ]
  return (
    <DataTable
      label={t('tranches.runs')}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.id}
      height="auto"
    />
  )
}
