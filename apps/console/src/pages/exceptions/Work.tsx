import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { exceptionWorkQuery } from '../../api/queries.ts'
import { useFormat } from '../../format/format.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { type Act, ActOnMany } from './ActOnMany.tsx'
import { useWorkColumns } from './workColumns.tsx'

const fieldOf: Record<string, string> = {
  rule: 'rule',
  station: 'stationId',
  model: 'modelId',
  day: 'day',
  person: 'assignedTo',
  age: 'age',
}

/** The exceptions of one filter, marked one by one or all at once. */
export function Work(props: {
  by: string
  state: string
  /** whose, where they are not grouped by person */
  of: string | undefined
  chosen: string | undefined
  /** Exceptions of the filter, also those that are not loaded. */
  total: number | undefined
}) {
  const { by, state, of, chosen, total } = props
  const { t } = useTranslation()
  const f = useFormat()
  const filter: Record<string, string> = {
    status: state,
    ...(of === undefined ? {} : { assignedTo: of }),
    ...(chosen === undefined ? {} : { [fieldOf[by] ?? by]: chosen }),
  }
  const work = useInfiniteQuery(exceptionWorkQuery(filter))
  const rows = work.data?.pages.flatMap((page) => page.items) ?? []
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [all, setAll] = useState(false)
  const [act, setAct] = useState<Act>()
  const [one, setOne] = useState<string>()
  const toggle = (id: string) => {
    // Taking one out of everything leaves those that can be seen.
    const next = new Set(all ? rows.map((row) => row.id) : marked)
    if (!next.delete(id)) next.add(id)
    setAll(false)
    setMarked(next)
  }
  const acts: Act[] = state === 'resolved' ? ['reopen'] : ['acknowledge', 'assign', 'resolve']
  const columns = useWorkColumns(
    (id) => all || marked.has(id),
    toggle,
    state === 'resolved' ? undefined : setOne,
  )
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
      {one !== undefined && (
        <ActOnMany act="assign" chosen={{ ids: [one] }} count={1} onClose={() => setOne(undefined)} />
      )}
      {act && (
        <ActOnMany
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
