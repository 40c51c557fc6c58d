import { Button } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '../../api/types.ts'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import css from './sums.module.css'

/** Things with a code, each in versions, newest first; a form above them makes another. `words`: their texts. */
export function VersionedPanel<Version extends { code: string }>(props: {
  words: 'sums.virtual' | 'sums.profiles'
  query: UseQueryResult<Page<Version>>
  /** Absent for those who may not make any. */
  onNew: (() => void) | undefined
  form: ReactNode
  item: (versions: Version[]) => ReactNode
}) {
  const { t } = useTranslation()
  const { words, query, onNew } = props
  const groups = [...Map.groupBy(query.data?.items ?? [], ({ code }) => code).values()]
  return (
    <Panel
      title={t(`${words}.title`)}
      note={t(`${words}.note`)}
      tools={
        onNew && (
          <Button size="xs" onClick={onNew}>
            {t(`${words}.new`)}
          </Button>
        )
      }
    >
      <div className={css.stack}>
        {props.form}
        <Waiting for={query} rows={3}>
          {groups.length === 0 ? (
            <EmptyView
              title={t(`${words}.none`)}
              what={t(`${words}.noneWhat`)}
              todo={t(`${words}.noneTodo`)}
            />
          ) : (
            <ul className={css.list}>{groups.map(props.item)}</ul>
          )}
        </Waiting>
      </div>
    </Panel>
  )
}
