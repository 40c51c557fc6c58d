import { Button, NativeSelect, SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { exceptionGroupsQuery, personsQuery } from '../../api/queries.ts'
import type { ExceptionGroup } from '../../api/types.ts'
import { exceptionGroupings, exceptionStates } from '../../app/search.ts'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Groups } from './Groups.tsx'
import { Work } from './Work.tsx'

/** Validation exceptions as work: counted by cause, then one by one, closed with a reason. */
export function ExceptionsPage() {
  const { t } = useTranslation()
  const { by = 'rule', state = 'open', key, of } = useSearch({ from: '/shell/exceptions' })
  const navigate = useNavigate()
  const groups = useQuery(exceptionGroupsQuery(by, state, by === 'person' ? undefined : of))
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
            {by !== 'person' && <Owner of={of} onChange={(value) => set({ of: value })} />}
            <SegmentedControl
              size="xs"
              aria-label={t('columns.status')}
              value={state}
              onChange={(value) => set({ state: value === 'open' ? undefined : value })}
              data={exceptionStates.map((each) => ({ value: each, label: t(`work.states.${each}`) }))}
            />
            <NativeSelect
              size="xs"
              aria-label={t('work.by')}
              value={by}
              onChange={({ currentTarget: { value } }) =>
                set({
                  by: value === 'rule' ? undefined : value,
                  key: undefined,
                  ...(value === 'person' ? { of: undefined } : {}),
                })
              }
              data={exceptionGroupings.map((each) => ({
                value: each,
                label: t('work.groupedBy', { cause: t(`work.causes.${each}`) }),
              }))}
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
        key={`${by}/${state}/${key ?? ''}/${of ?? ''}`}
        by={by}
        state={state}
        of={of}
        chosen={key}
        total={countOf(groups.data?.items, key)}
      />
    </>
  )
}

/** Whose exceptions are shown. */
function Owner({ of, onChange }: { of: string | undefined; onChange: (of: string | undefined) => void }) {
  const { t } = useTranslation()
  const persons = useQuery(personsQuery)
  return (
    <NativeSelect
      size="xs"
      aria-label={t('work.of')}
      value={of ?? ''}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
      data={[
        { value: '', label: t('work.ofAll') },
        { value: 'me', label: t('work.ofMe') },
        { value: 'nobody', label: t('work.ofNobody') },
        ...(persons.data?.items ?? []).map(({ subject, name }) => ({ value: subject, label: name })),
      ]}
    />
  )
}

const countOf = (groups: ExceptionGroup[] | undefined, key: string | undefined) =>
  groups
    ?.filter((group) => key === undefined || group.key === key)
    .reduce((sum, group) => sum + group.exceptions, 0)
