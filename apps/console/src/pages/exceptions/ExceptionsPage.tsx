import { Button, SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { exceptionGroupsQuery } from '../../api/queries.ts'
import type { ExceptionGroup } from '../../api/types.ts'
import { exceptionGroupings, exceptionStates } from '../../app/search.ts'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Groups } from './Groups.tsx'
import { Work } from './Work.tsx'

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
