import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Figure, Figures, PageHead, Panel } from '../../ui/Panel.tsx'
import { ReasonDialog } from '../../ui/ReasonDialog.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { ProposeRun } from './ProposeRun.tsx'
import { rehearsalQuery, trancheQuery } from './queries.ts'
import { RunTable } from './TranchesPage.tsx'
import css from './tranches.module.css'
import type { Rehearsal, RehearsedMember, Run, Tranche } from './types.ts'

/** One list: what a run of it would do at this time, and its runs. */
export function TranchePage() {
  const { code } = useParams({ from: '/shell/tranches/$code' })
  const { version } = useSearch({ from: '/shell/tranches/$code' })
  const found = useQuery(trancheQuery(code, version))
  return (
    <Waiting for={found} rows={8} height={400}>
      {found.data && <List tranche={found.data.tranche} runs={found.data.runs} />}
    </Waiting>
  )
}

function List({ tranche, runs }: { tranche: Tranche; runs: Run[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const rehearsal = useQuery(rehearsalQuery(tranche.code))
  return (
    <>
      <PageHead
        title={`${tranche.code} · ${tranche.title}`}
        under={
          <>
            <Status tone={tranche.state === 'approved' ? 'ok' : 'warn'}>
              {t(`tranches.states.${tranche.state}`)}
            </Status>{' '}
            · {t(`tranches.kinds.${tranche.kind}`)} · v{tranche.version} · {f.dateTime(tranche.proposedAt)}
          </>
        }
        tools={<Acts tranche={tranche} />}
      />
      <Panel title={t('tranches.rehearsal')} note={t('tranches.rehearsalNote')}>
        <Waiting for={rehearsal} rows={6}>
          {rehearsal.data && <Rehearsed rehearsal={rehearsal.data} />}
        </Waiting>
      </Panel>
      {runs.length > 0 && (
        <Panel flush title={t('tranches.runs')}>
          <RunTable rows={runs} />
        </Panel>
      )}
    </>
  )
}

function Rehearsed({ rehearsal }: { rehearsal: Rehearsal }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { guard, tranche } = rehearsal
  const closed = guard.stopped ?? guard.frozen
  return (
    <>
      <Figures>
        <Figure lead label={t('tranches.wouldRelieve')} value={f.kw(rehearsal.reliefW)} />
        <Figure label={t('tranches.planned')} value={f.kw(tranche.plannedW)} />
        <Figure label={t('tranches.limited')} value={f.number(rehearsal.limited)} />
        <Figure label={t('tranches.leftOut')} value={f.number(rehearsal.excluded)} />
      </Figures>
      <p>
        {closed !== null ? (
          <Status tone="bad">{t('tranches.guardClosed', { why: closed })}</Status>
        ) : guard.held > 0 ? (
          <Status tone="warn">
            {t('tranches.guardHolds', { leave: guard.leave, held: guard.held, why: guard.why })}
          </Status>
        ) : (
          <Status tone="ok">{t('tranches.guardOpen')}</Status>
        )}
      </p>
      <MemberTable rows={rehearsal.members} />
    </>
  )
}

function MemberTable({ rows }: { rows: RehearsedMember[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const power = (key: 'normalW' | 'technologicalW' | 'safetyW' | 'loadW' | 'thresholdW') => ({
    key,
    head: t(`tranches.${key}`),
    width: '120px',
    align: 'end' as const,
    from: 'wide' as const,
    cell: (row: RehearsedMember) => f.kw(row[key]),
  })
  const columns: Column<RehearsedMember>[] = [
    {
      key: 'point',
      head: t('columns.point'),
      cell: (row) => (
        <>
          <Link to="/points/$pointId" params={{ pointId: row.meteringPointId }} className="mono">
            {row.pod}
          </Link>
          <span className={css.onPhone}>{row.name}</span>
        </>
      ),
    },
    { key: 'name', head: t('columns.name'), from: 'desk', cell: (row) => row.name },
    power('normalW'),
    power('technologicalW'),
    power('safetyW'),
    power('thresholdW'),
    power('loadW'),
    {
      key: 'limit',
      head: t('tranches.limit'),
      width: '120px',
      align: 'end',
      cell: (row) => (row.excluded === null ? <strong>{f.kw(row.limitW)}</strong> : '–'),
    },
    {
      key: 'excluded',
      head: t('tranches.would'),
      width: '190px',
      from: 'desk',
      cell: (row) =>
        row.excluded === null ? (
          <Status tone="busy">{t('tranches.wouldLimit')}</Status>
        ) : (
          <Status tone="idle">{t(`tranches.excluded.${row.excluded}`)}</Status>
        ),
    },
  ]
  return (
    <DataTable
      label={t('tranches.rehearsal')}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.meteringPointId}
      height="420px"
    />
  )
}

function Acts({ tranche }: { tranche: Tranche }) {
  const { t } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const client = useQueryClient()
  const [act, setAct] = useState<'approve' | 'refuse' | 'run'>()
  const done = async (changed: boolean) => {
    setAct(undefined)
    if (changed) await client.invalidateQueries({ queryKey: ['tranches'] })
  }
  const decides = tranche.state === 'proposed' && may(me, 'approve-order')
  const runs = tranche.state === 'approved' && tranche.kind === 'NL' && may(me, 'power')
  return (
    <div className={css.acts}>
      {decides && (
        <>
          <Button
            size="sm"
            disabled={me?.subject === tranche.proposedBy}
            title={me?.subject === tranche.proposedBy ? t('tranches.another') : undefined}
            onClick={() => setAct('approve')}
          >
            {t('tranches.approve')}
          </Button>
          <Button size="sm" variant="default" onClick={() => setAct('refuse')}>
            {t('tranches.refuse')}
          </Button>
        </>
      )}
      {runs && (
        <Button size="sm" onClick={() => setAct('run')}>
          {t('tranches.proposeRun')}
        </Button>
      )}
      {(act === 'approve' || act === 'refuse') && (
        <ReasonDialog
          title={t(`tranches.${act}`)}
          path={`/tranches/${encodeURIComponent(tranche.code)}/${tranche.version}/${act}`}
          onClose={done}
        />
      )}
      {act === 'run' && <ProposeRun code={tranche.code} onClose={done} />}
    </div>
  )
}
