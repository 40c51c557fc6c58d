import { Button, Modal, SegmentedControl, TextInput } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { exceptionGroupsQuery, exceptionWorkQuery } from '../../api/queries.ts'
import type { ExceptionGroup, WorkException } from '../../api/types.ts'
import { exceptionGroupings, exceptionStates } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, dayStart, quarter } from '../../format/zone.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { AgeBar } from './AgeBar.tsx'
import { useDetails } from './details.ts'
import css from './exceptions.module.css'

const tones: Record<string, Tone> = { error: 'bad', warning: 'warn', info: 'idle' }
type Act = 'acknowledge' | 'resolve' | 'reopen'
/** One by one, or everything that the filter says, also what is not loaded. */
type Chosen = { ids: string[] } | { filter: Record<string, string> }

/** Validation exceptions as work: counted by cause, then one by one, closed with a reason. */
export function ExceptionsPage() {
  const { t } = useTranslation()
  const { by = 'rule', state = 'open', key } = useSearch({ from: '/shell/exceptions' })
  const navigate = useNavigate()
  const groups = useQuery(exceptionGroupsQuery(by, state))
  const set = (change: Record<string, string | undefined>) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  return (
    <>
      <PageHead
        title={t('work.title')}
        under={t('work.under')}
        tools={
          <Button size="sm" variant="default" renderRoot={(rest) => <Link to="/rules" {...rest} />}>
            {t('work.rules')}
          </Button>
        }
      />
      <Panel
        flush
        title={t('work.groups')}
        tools={
          <>
            <SegmentedControl
              size="xs"
              aria-label={t('columns.status')}
              value={state}
              onChange={(value) => set({ state: value === 'open' ? undefined : value })}
              data={exceptionStates.map((each) => ({ value: each, label: t(`work.states.${each}`) }))}
            />
            <SegmentedControl
              size="xs"
              aria-label={t('work.by')}
              value={by}
              onChange={(value) => set({ by: value === 'rule' ? undefined : value, key: undefined })}
              data={exceptionGroupings.map((each) => ({ value: each, label: t(`work.causes.${each}`) }))}
            />
          </>
        }
      >
        <Waiting for={groups} rows={5} height={200}>
          {groups.data?.items.length === 0 ? (
            <EmptyView title={t('work.none')} what={t('work.noneWhat')} />
          ) : (
            <Groups
              rows={groups.data?.items ?? []}
              by={by}
              chosen={key}
              onChoose={(value) => set({ key: value === key ? undefined : value })}
            />
          )}
        </Waiting>
      </Panel>
      {/* What is marked belongs to one filter: another one begins with nothing marked. */}
      <Work
        key={`${by}/${state}/${key ?? ''}`}
        by={by}
        state={state}
        chosen={key}
        total={countOf(groups.data?.items, key)}
      />
    </>
  )
}

const countOf = (groups: ExceptionGroup[] | undefined, key: string | undefined) =>
  groups
    ?.filter((group) => key === undefined || group.key === key)
    .reduce((sum, group) => sum + group.exceptions, 0)

function Groups(props: {
  rows: ExceptionGroup[]
  by: string
  chosen: string | undefined
  onChoose: (key: string) => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const number = (
    key: 'exceptions' | 'points' | 'errors' | 'unassigned',
    from?: 'desk',
  ): Column<ExceptionGroup> => ({
    key,
    head: t(`work.columns.${key}`),
    align: 'end',
    width: '110px',
    ...(from ? { from } : {}),
    cell: (row) => f.number(row[key]),
  })
  const name = (row: ExceptionGroup) =>
    props.by === 'rule'
      ? t(`rules.${row.key}`, row.key)
      : props.by === 'day'
        ? f.weekday(row.key)
        : props.by === 'model' && row.key === 'none'
          ? t('work.noModel')
          : row.label
  const columns: Column<ExceptionGroup>[] = [
    {
      key: 'label',
      head: t(`work.causes.${props.by}`),
      cell: (row) => (
        <Button
          size="compact-sm"
          variant={props.chosen === row.key ? 'filled' : 'subtle'}
          aria-pressed={props.chosen === row.key}
          onClick={() => props.onChoose(row.key)}
        >
          {name(row)}
        </Button>
      ),
    },
    number('exceptions'),
    number('points', 'desk'),
    number('errors', 'desk'),
    number('unassigned', 'desk'),
    {
      key: 'ages',
      from: 'wide',
      head: t('work.columns.ages'),
      width: '150px',
      cell: (row) => <AgeBar group={row} />,
    },
    {
      key: 'oldest',
      from: 'desk',
      head: t('work.columns.oldest'),
      width: '130px',
      cell: (row) => f.relative(row.oldestAt),
    },
  ]
  return (
    <DataTable
      label={t('work.groups')}
      rows={props.rows}
      columns={columns}
      rowKey={(row) => row.key}
      height="300px"
    />
  )
}

const fieldOf: Record<string, string> = { rule: 'rule', station: 'stationId', model: 'modelId', day: 'day' }

function Work(props: {
  by: string
  state: string
  chosen: string | undefined
  /** Exceptions of the filter, also those that are not loaded. */
  total: number | undefined
}) {
  const { by, state, chosen, total } = props
  const say = useDetails()
  const { t } = useTranslation()
  const f = useFormat()
  const filter: Record<string, string> = {
    status: state,
    ...(chosen === undefined ? {} : { [fieldOf[by] ?? by]: chosen }),
  }
  const work = useInfiniteQuery(exceptionWorkQuery(filter))
  const rows = work.data?.pages.flatMap((page) => page.items) ?? []
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [all, setAll] = useState(false)
  const [act, setAct] = useState<Act>()
  const toggle = (id: string) => {
    // Taking one out of everything leaves those that can be seen.
    const next = new Set(all ? rows.map((row) => row.id) : marked)
    if (!next.delete(id)) next.add(id)
    setAll(false)
    setMarked(next)
  }
  const acts: Act[] = state === 'resolved' ? ['reopen'] : ['acknowledge', 'resolve']
  const columns: Column<WorkException>[] = [
    {
      key: 'mark',
      head: t('work.columns.mark'),
      width: '64px',
      cell: (row) => (
        <input
          type="checkbox"
          aria-label={t('work.mark', { pod: row.pod, rule: t(`rules.${row.rule}`, row.rule) })}
          checked={all || marked.has(row.id)}
          onChange={() => toggle(row.id)}
        />
      ),
    },
    {
      key: 'rule',
      head: t('columns.rule'),
      cell: (row) => (
        <>
          <Status tone={tones[row.severity] ?? 'warn'}>{t(`rules.${row.rule}`, row.rule)}</Status>
          <span className={css.onPhone}>
            <PointLink row={row} />
          </span>
        </>
      ),
    },
    { key: 'day', head: t('columns.day'), width: '122px', cell: (row) => f.weekday(row.day) },
    {
      key: 'slots',
      head: t('columns.interval'),
      width: '150px',
      from: 'wide',
      cell: (row) =>
        row.fromSlot === null || row.count === null
          ? t('resolutions.1d')
          : `${f.time(dayStart(row.day) + row.fromSlot * quarter)} · ${f.number(row.count)} × 15 min`,
    },
    {
      key: 'point',
      head: t('columns.point'),
      from: 'desk',
      cell: (row) => <PointLink row={row} />,
    },
    {
      key: 'details',
      head: t('columns.details'),
      from: 'huge',
      cell: (row) => <span title={say(row.details)}>{say(row.details)}</span>,
    },
    { key: 'station', head: t('network.station'), width: '150px', from: 'wide', cell: (row) => row.station },
    {
      key: 'who',
      head: t('columns.owner'),
      width: '150px',
      from: 'wide',
      cell: (row) => row.assignedToName ?? row.assignedTo ?? '–',
    },
    {
      key: 'opened',
      head: t('work.columns.opened'),
      width: '120px',
      from: 'desk',
      cell: (row) => f.relative(row.openedAt),
    },
  ]
  const count = all ? (total ?? rows.length) : marked.size
  return (
    <Panel
      flush
      title={t('work.list')}
      note={all ? t('work.markedAll', { n: f.number(count) }) : t('work.marked', { n: f.number(count) })}
      tools={
        <>
          <Button
            size="xs"
            variant={all ? 'filled' : 'default'}
            aria-pressed={all}
            disabled={rows.length === 0}
            onClick={() => {
              setAll(!all)
              setMarked(new Set())
            }}
          >
            {t('work.markAll')}
          </Button>
          {acts.map((each) => (
            <Button
              key={each}
              size="xs"
              variant="default"
              disabled={count === 0}
              onClick={() => setAct(each)}
            >
              {t(`work.acts.${each}`)}
            </Button>
          ))}
        </>
      }
    >
      <Waiting for={work} rows={8} height={300}>
        {rows.length === 0 ? (
          <EmptyView title={t('work.none')} what={t('work.noneWhat')} />
        ) : (
          <DataTable
            label={t('work.list')}
            rows={rows}
            columns={columns}
            rowKey={(row) => row.id}
            height="max(360px, calc(100dvh - 620px))"
            onEnd={work.hasNextPage && !work.isFetching ? () => void work.fetchNextPage() : undefined}
          />
        )}
      </Waiting>
      {act && (
        <Reason
          act={act}
          chosen={all ? { filter } : { ids: [...marked] }}
          count={count}
          onClose={(done) => {
            setAct(undefined)
            if (!done) return
            setMarked(new Set())
            setAll(false)
          }}
        />
      )}
    </Panel>
  )
}

/** The point, and its day with the explanation beside it. */
function PointLink({ row }: { row: WorkException }) {
  return (
    <Link
      to="/points/$pointId"
      params={{ pointId: row.meteringPointId }}
      search={{
        day: row.day,
        explain: `${row.meteringPointId}.${row.channel}.${dayStart(row.day)}.${dayStart(addDays(row.day, 1))}`,
      }}
    >
      <span className="mono">{row.pod}</span> {row.name}
    </Link>
  )
}

function Reason(props: { act: Act; chosen: Chosen; count: number; onClose: (done: boolean) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const change = useMutation({
    mutationFn: () =>
      api<{ changed: number }>('/exceptions:bulk', {
        method: 'POST',
        body: { chosen: props.chosen, change: { action: props.act }, reason },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['work'] })
      props.onClose(true)
    },
  })
  return (
    <Modal
      opened
      onClose={() => props.onClose(false)}
      title={t('work.confirm', { act: t(`work.acts.${props.act}`), n: f.number(props.count) })}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate()
        }}
      >
        <TextInput
          label={t('work.reason')}
          description={t('work.reasonWhat')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {change.error && <ErrorView error={change.error} onRetry={() => change.mutate()} />}
        <Button type="submit" mt="md" loading={change.isPending} disabled={reason.trim().length < 3}>
          {t(`work.acts.${props.act}`)}
        </Button>
      </form>
    </Modal>
  )
}
