import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import type { Me } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { ReasonDialog } from '../../ui/ReasonDialog.tsx'
import { EmptyView, ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { EditEffect, EditValues } from './EditValues.tsx'
import css from './edits.module.css'
import { editsQuery, mayChange } from './queries.ts'
import type { Edit } from './types.ts'

const tones = { pending: 'warn', applied: 'ok', refused: 'bad', undone: 'idle' } as const

/** Edits of a point, newest first, with what this person may decide about each. */
export function EditList({ pointId }: { pointId: string }) {
  const { t } = useTranslation()
  const edits = useQuery(editsQuery(pointId))
  const items = edits.data?.items ?? []
  return (
    <Waiting for={edits} rows={3}>
      {items.length === 0 ? (
        <EmptyView title={t('edits.none')} what={t('edits.noneWhat')} />
      ) : (
        <ul className={css.list} aria-label={t('edits.list')}>
          {items.map((edit) => (
            <EditRow key={edit.id} edit={edit} />
          ))}
        </ul>
      )}
    </Waiting>
  )
}

/** One edit, and what this person may decide about it; `named` says at which point. */
export function EditRow({ edit, named = false }: { edit: Edit; named?: boolean }) {
  const { t } = useTranslation()
  const f = useFormat()
  const client = useQueryClient()
  const me = client.getQueryData<Me>(meQuery.queryKey)
  const [asks, setAsks] = useState<'undo' | 'refuse'>()
  const [open, setOpen] = useState(false)
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['points', edit.meteringPointId] }),
      client.invalidateQueries({ queryKey: ['edits'] }),
    ])
  const approve = useMutation({
    mutationFn: () => api(`/edits/${edit.id}/approve`, { method: 'POST' }),
    onSuccess: again,
  })
  const mine = me?.subject === edit.author
  const author = edit.authorName ?? edit.author
  const pending = edit.state === 'pending'
  return (
    <li>
      <p className={css.head}>
        <Status tone={tones[edit.state]}>{t(`edits.states.${edit.state}`)}</Status>
        {named && (
          <Link
            className="mono"
            to="/points/$pointId"
            params={{ pointId: edit.meteringPointId }}
            search={{ tab: 'edits' }}
          >
            {edit.pod}
          </Link>
        )}
        <strong>
          {edit.kind === 'edit'
            ? t(`edits.operations.${edit.operation.kind ?? 'set'}`)
            : t(`edits.kinds.${edit.kind}`)}
        </strong>
        <span>
          {t(`channels.${edit.channel}`)}, {f.dateTime(edit.from)} – {f.dateTime(edit.to)}
        </span>
        {edit.billed && <span className={css.billed}>{t('edits.billed')}</span>}
        <Button size="compact-xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t('edits.values')}
        </Button>
        {edit.kind === 'recalculation' && (
          <Button
            size="compact-xs"
            variant="default"
            component="a"
            target="_blank"
            href={`/api/recalculations/${edit.id}/report`}
          >
            {t('recalculation.report')}
          </Button>
        )}
        {pending && !mine && mayChange(me, 'approve-edit') && (
          <Button size="compact-xs" loading={approve.isPending} onClick={() => approve.mutate()}>
            {t('edits.approve')}
          </Button>
        )}
        {pending && mayChange(me, mine ? 'edit' : 'approve-edit') && (
          <Button size="compact-xs" variant="default" onClick={() => setAsks('refuse')}>
            {t(mine ? 'edits.takeBack' : 'edits.refuse')}
          </Button>
        )}
        {edit.state === 'applied' && edit.kind === 'edit' && mayChange(me, 'edit') && (
          <Button size="compact-xs" variant="default" onClick={() => setAsks('undo')}>
            {t('edits.undo')}
          </Button>
        )}
      </p>
      <p className="muted">
        {edit.decidedBy ? t('explain.two', { a: author, b: edit.decidedByName ?? edit.decidedBy }) : author},{' '}
        {f.dateTime(edit.at)}: {edit.reason}
      </p>
      {open && <EditValues id={edit.id} />}
      {open && pending && mayChange(me, 'approve-edit') && <EditEffect id={edit.id} />}
      {approve.error && <ErrorView error={approve.error} />}
      {asks && (
        <ReasonDialog
          title={t(asks === 'undo' ? 'edits.undo' : mine ? 'edits.takeBack' : 'edits.refuse')}
          path={`/edits/${edit.id}/${asks}`}
          onClose={(done) => {
            setAsks(undefined)
            if (done) void again()
          }}
        />
      )}
    </li>
  )
}
