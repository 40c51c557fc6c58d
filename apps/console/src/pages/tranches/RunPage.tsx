import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Figure, Figures, PageHead, Panel } from '../../ui/Panel.tsx'
import { ReasonDialog } from '../../ui/ReasonDialog.tsx'
import { ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { runQuery } from './queries.ts'
import { RunMark } from './RunMark.tsx'
import css from './tranches.module.css'
import type { Run, RunMember, RunReport } from './types.ts'

/** A run: where each limiter is, and what was reached. */
export function RunPage() {
  const { runId } = useParams({ from: '/shell/limitations/$runId' })
  const found = useQuery(runQuery(runId))
  return (
    <Waiting for={found} rows={8} height={400}>
      {found.data && <Report report={found.data} />}
    </Waiting>
  )
}

function Report({ report }: { report: RunReport }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { run, members } = report
  const holding = members.filter(({ limiter }) => limiter === 'limited' || limiter === 'restored').length
  return (
    <>
      <PageHead
        title={run.number}
        under={
          <>
            <RunMark state={run.state} /> ·{' '}
            <Link to="/tranches/$code" params={{ code: run.code }} search={{}}>
              {run.code}
            </Link>{' '}
            · {f.dateTime(run.startsAt)} – {f.dateTime(run.endsAt)} · {run.emergency ?? run.reason}
          </>
        }
        tools={<Acts run={run} />}
      />
      <Panel title={t('tranches.report')} note={t('tranches.reportNote')}>
        <Figures>
          <Figure
            lead
            label={t('tranches.relief')}
            value={report.measured > 0 ? f.kw(report.reliefW) : '–'}
            note={
              report.reached === null
                ? t('tranches.measuredOf', { n: report.measured, of: report.limited })
                : t(report.reached ? 'tranches.reached' : 'tranches.notReached')
            }
          />
          <Figure label={t('tranches.planned')} value={f.kw(report.plannedW)} />
          <Figure
            label={t('tranches.limitersDone')}
            value={`${f.number(holding)} / ${f.number(report.limited)}`}
          />
        </Figures>
        {members.length > 0 && <MemberTable rows={members} />}
      </Panel>
      <Panel title={t('orders.timeline')}>
        <ol className={css.timeline}>
          {report.events.map((event, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: events are only ever added at the end
            <li key={index}>
              <span className="muted">{f.dateTime(event.at)}</span>{' '}
              <strong>{t(`tranches.events.${event.event}`)}</strong>{' '}
              {typeof event.details['messages'] === 'number' && event.details['messages'] > 0 && (
                <span className="muted">{t('tranches.messages', { n: event.details['messages'] })}</span>
              )}{' '}
              {typeof event.details['reason'] === 'string' && event.details['reason']}
            </li>
          ))}
        </ol>
      </Panel>
    </>
  )
}

const limiterTones: Record<RunMember['limiter'], Tone> = {
  none: 'idle',
  waiting: 'busy',
  held: 'warn',
  limited: 'ok',
  lifting: 'busy',
  restored: 'ok',
  'not-kept': 'bad',
}
const verdictTones: Record<RunMember['verdict'], Tone> = {
  kept: 'ok',
  'not-kept': 'bad',
  'not-measured': 'idle',
  excluded: 'idle',
}

function MemberTable({ rows }: { rows: RunMember[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const power = (key: 'beforeW' | 'duringW' | 'reliefW') => ({
    key,
    head: t(`tranches.${key}`),
    width: '120px',
    align: 'end' as const,
    from: 'wide' as const,
    cell: (row: RunMember) => f.kw(row[key]),
  })
  const columns: Column<RunMember>[] = [
    {
      key: 'point',
      head: t('columns.point'),
      cell: (row) => (
        <>
          <Link to="/points/$pointId" params={{ pointId: row.meteringPointId }}>
            <span className="mono">{row.pod}</span>
          </Link>
          <span className={css.onPhone}>{row.name}</span>
        </>
      ),
    },
    {
      key: 'limiter',
      head: t('tranches.limiter'),
      width: '190px',
      cell: (row) => (
        <span title={row.held ?? undefined}>
          <Status tone={limiterTones[row.limiter]}>{t(`tranches.limiters.${row.limiter}`)}</Status>
        </span>
      ),
    },
    {
      key: 'threshold',
      head: t('tranches.thresholdW'),
      width: '140px',
      align: 'end',
      from: 'desk',
      cell: (row) =>
        may(me, 'trace') && row.trace ? (
          <Link to="." search={(old: object) => ({ ...old, trace: row.trace ?? undefined })}>
            {f.kw(row.thresholdW)}
          </Link>
        ) : (
          f.kw(row.thresholdW)
        ),
    },
    {
      key: 'limit',
      head: t('tranches.limit'),
      width: '110px',
      align: 'end',
      from: 'desk',
      cell: (row) => f.kw(row.limitW),
    },
    power('beforeW'),
    power('duringW'),
    power('reliefW'),
    {
      key: 'verdict',
      head: t('tranches.verdict'),
      width: '190px',
      from: 'desk',
      cell: (row) => (
        <Status tone={row.tripped ? 'bad' : verdictTones[row.verdict]}>
          {row.tripped
            ? t('tranches.tripped')
            : row.excluded === null
              ? t(`tranches.verdicts.${row.verdict}`)
              : t(`tranches.excluded.${row.excluded}`)}
        </Status>
      ),
    },
  ]
  return (
    <DataTable
      label={t('tranches.report')}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.meteringPointId}
      height="420px"
    />
  )
}

function Acts({ run }: { run: Run }) {
  const { t } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const client = useQueryClient()
  const [act, setAct] = useState<'cancel' | 'lift'>()
  const approve = useMutation({
    mutationFn: () => api(`/limitation-runs/${run.id}/approve`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tranches'] }),
  })
  const mine = me?.subject === run.proposedBy
  const takesBack = run.state === 'proposed' || run.state === 'announced' || run.state === 'warned'
  return (
    <div className={css.acts}>
      {run.state === 'proposed' && may(me, 'approve-order') && (
        <Button
          size="sm"
          disabled={mine}
          title={mine ? t('tranches.another') : undefined}
          loading={approve.isPending}
          onClick={() => approve.mutate()}
        >
          {t('tranches.approveRun')}
        </Button>
      )}
      {takesBack && may(me, 'power') && (
        <Button size="sm" variant="default" onClick={() => setAct('cancel')}>
          {t('tranches.cancelRun')}
        </Button>
      )}
      {run.state === 'applied' && may(me, 'power') && (
        <Button size="sm" onClick={() => setAct('lift')}>
          {t('tranches.lift')}
        </Button>
      )}
      {approve.error && <ErrorView error={approve.error} />}
      {act && (
        <ReasonDialog
          title={t(act === 'lift' ? 'tranches.lift' : 'tranches.cancelRun')}
          path={`/limitation-runs/${run.id}/${act}`}
          onClose={async (done) => {
            setAct(undefined)
            if (done) await client.invalidateQueries({ queryKey: ['tranches'] })
          }}
        />
      )}
    </div>
  )
}
