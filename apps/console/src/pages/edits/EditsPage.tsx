import { Button, SegmentedControl } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { EditRow } from './EditList.tsx'
import css from './edits.module.css'
import { allEditsQuery } from './queries.ts'
import { editStates } from './types.ts'

/** What people changed, at every point; first what waits for a second person. */
export function EditsPage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/shell/edits' })
  const navigate = useNavigate()
  const state = search.state ?? 'pending'
  const edits = useInfiniteQuery(allEditsQuery(state))
  const items = edits.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <PageHead title={t('editsPage.title')} under={t('editsPage.under')} />
      <Panel
        title={<span className={css.sentence}>{t(`edits.states.${state}`)}</span>}
        tools={
          <SegmentedControl
            size="xs"
            aria-label={t('editsPage.filter')}
            value={state}
            onChange={(value) =>
              void navigate({
                to: '.',
                search: { state: editStates.find((each) => each === value) },
                replace: true,
              })
            }
            data={editStates.map((value) => ({ value, label: t(`edits.states.${value}`) }))}
          />
        }
      >
        <Waiting for={edits} rows={4}>
          {items.length === 0 ? (
            <EmptyView
              title={t(state === 'pending' ? 'editsPage.emptyPending' : 'editsPage.empty')}
              what={t('editsPage.emptyWhat')}
            />
          ) : (
            <ul className={css.list} aria-label={t('editsPage.title')}>
              {items.map((edit) => (
                <EditRow key={edit.id} edit={edit} named />
              ))}
            </ul>
          )}
          {edits.hasNextPage && (
            <Button
              size="xs"
              variant="default"
              loading={edits.isFetchingNextPage}
              onClick={() => void edits.fetchNextPage()}
            >
              {t('editsPage.more')}
            </Button>
          )}
        </Waiting>
      </Panel>
    </>
  )
}
