import { Button, Progress, SegmentedControl } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, dayStart, quarter } from '../../format/zone.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Figure, Figures } from '../../ui/Panel.tsx'
import { ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { useDetails } from '../exceptions/details.ts'
import { useGroupName } from './groups.ts'
import { ParameterLine } from './ParameterLine.tsx'
import { trialPointsQuery, trialQuery } from './queries.ts'
import css from './rules.module.css'
import {
  isRunning,
  type TrialCounts,
  type TrialKind,
  type TrialPoint,
  type TrialRun,
  trialKinds,
} from './types.ts'

/** A trial on every point of its group: how far it is, what it found so far, and which points. */
export function TrialRunView({ id }: { id: string }) {
  const run = useQuery(trialQuery(id))
  return (
    <Waiting for={run} rows={4} height={140}>
      {run.data && <Run run={run.data} />}
    </Waiting>
  )
}

function Run({ run }: { run: TrialRun }) {
  const { t } = useTranslation()
  const f = useFormat()
  const groupName = useGroupName()
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => api(`/validation/trials/${run.id}/cancel`, { method: 'POST', body: {} }),
    onSettled: () => client.invalidateQueries({ queryKey: ['rules', 'trials'] }),
  })
  const { result, sample, points } = run
  const running = isRunning(run)
  const far = t('ruleBook.trialFar', { n: f.number(result.points), of: f.number(points ?? 0) })
  return (
    <div className={css.trial}>
      <p>
        {groupName(run.appliesTo)} · {f.weekday(run.from)} – {f.weekday(run.to)} ·{' '}
        <ParameterLine parameters={run.parameters} />
      </p>
      <div className={css.far} aria-live="polite">
        <span>
          {t(`ruleBook.trialStates.${run.state}`)} · {far}
        </span>
        {running && (
          <>
            <Progress
              className={css.bar}
              value={points ? (result.points / points) * 100 : 0}
              aria-label={t('ruleBook.trial')}
            />
            <Button size="xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
              {t('ruleBook.trialStop')}
            </Button>
          </>
        )}
      </div>
      {cancel.error && <ErrorView error={cancel.error} />}
      {running && sample && points !== null && <SampleLine sample={sample} points={points} />}
      <Counts counts={result} />
      {result.new + result.gone + result.both > 0 && <Points run={run} />}
    </div>
  )
}

/** What a few points from everywhere let expect of all. */
function SampleLine({ sample, points }: { sample: TrialCounts; points: number }) {
  const { t } = useTranslation()
  const f = useFormat()
  const all = (part: number) => f.number(Math.round((part / Math.max(1, sample.points)) * points))
  return (
    <p>
      {t('ruleBook.trialSample', {
        n: f.number(sample.points),
        fail: all(sample.new + sample.both),
        live: all(sample.gone + sample.both),
        of: f.number(points),
      })}
    </p>
  )
}

function Counts({ counts }: { counts: TrialCounts }) {
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <Figures>
      <Figure
        lead
        label={t('ruleBook.wouldFail')}
        value={f.number(counts.new + counts.both)}
        note={t('ruleBook.findings', { n: f.number(counts.trialFindings) })}
      />
      <Figure
        label={t('ruleBook.failsLive')}
        value={f.number(counts.gone + counts.both)}
        note={t('ruleBook.findings', { n: f.number(counts.liveFindings) })}
      />
      <Figure
        label={t('ruleBook.lookedAt')}
        value={f.number(counts.points)}
        note={t('ruleBook.judgedDays', { n: f.number(counts.days) })}
      />
    </Figures>
  )
}

function Points({ run }: { run: TrialRun }) {
  const { t } = useTranslation()
  const f = useFormat()
  const say = useDetails()
  const [chosen, setChosen] = useState<TrialKind>()
  const kind = chosen ?? trialKinds.find((each) => run.result[each] > 0) ?? 'new'
  // While the trial runs, the list is read again as its counts rise.
  const list = useInfiniteQuery(trialPointsQuery(run.id, kind, run.result[kind]))
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const columns: Column<TrialPoint>[] = [
    {
      key: 'point',
      head: t('columns.point'),
      cell: ({ pointId, pod, first }) => (
        <Link
          to="/points/$pointId"
          params={{ pointId }}
          search={{
            day: first.day,
            explain: `${pointId}.${first.channel}.${dayStart(first.day)}.${dayStart(addDays(first.day, 1))}`,
          }}
          className="mono"
        >
          {pod}
        </Link>
      ),
    },
    {
      key: 'findings',
      head: t('work.columns.exceptions'),
      width: '90px',
      align: 'end',
      cell: (row) => f.number(row.findings),
    },
    {
      key: 'day',
      head: t('columns.day'),
      width: '130px',
      from: 'desk',
      cell: ({ first }) => f.weekday(first.day),
    },
    {
      key: 'slots',
      head: t('columns.interval'),
      width: '150px',
      from: 'wide',
      cell: ({ first }) =>
        `${f.time(dayStart(first.day) + first.fromSlot * quarter)} · ${f.number(first.count)} × 15 min`,
    },
    {
      key: 'details',
      head: t('columns.details'),
      from: 'desk',
      cell: ({ first }) => <span title={say(first.details)}>{say(first.details)}</span>,
    },
  ]
  return (
    <div>
      <h3>{t(`ruleBook.trialLists.${kind}`, { n: f.number(run.result[kind]) })}</h3>
      <SegmentedControl
        size="xs"
        mb="xs"
        aria-label={t('ruleBook.trialWhich')}
        value={kind}
        onChange={(value) => setChosen(value as TrialKind)}
        data={trialKinds.map((each) => ({
          value: each,
          label: t(`ruleBook.trialKinds.${each}`, { n: f.number(run.result[each]) }),
        }))}
      />
      <Waiting for={list} rows={4} height={160}>
        <DataTable
          label={t(`ruleBook.trialLists.${kind}`, { n: f.number(run.result[kind]) })}
          rows={rows}
          columns={columns}
          rowKey={(row) => row.pointId}
          height="320px"
          onEnd={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : undefined}
        />
      </Waiting>
    </div>
  )
}
