import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ReasonDialog } from '../../ui/ReasonDialog.tsx'
import { Status } from '../../ui/Status.tsx'
import { guardQuery } from './queries.ts'

type Act = { path: string; title: string; body?: object }

/** Whether disconnections may leave; one person stops them, two open them again. */
export function GuardPanel() {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const { data: guard } = useQuery(guardQuery)
  const client = useQueryClient()
  const [act, setAct] = useState<Act>()
  if (!guard || !me) return null
  const mayGuard = may(me, 'guard')
  const closed = guard.stopped ?? guard.frozen
  const opens = guard.stopped ? 'resume' : 'thaw'
  const proposal = guard.proposals[0]
  const who = (subject: string) => guard.names[subject] ?? subject
  return (
    <Panel
      title={t('orders.guard.title')}
      note={t('orders.guard.note', {
        hour: f.number(guard.released.hour),
        day: f.number(guard.released.day),
        held: f.number(guard.held),
      })}
      tools={
        mayGuard && (
          <>
            {closed && !proposal && (
              <Button
                size="xs"
                variant="default"
                onClick={() =>
                  setAct({
                    path: '/guard/proposals',
                    title: t('orders.guard.propose'),
                    body: { kind: opens },
                  })
                }
              >
                {t('orders.guard.propose')}
              </Button>
            )}
            {!guard.stopped && (
              <Button
                size="xs"
                color="red"
                variant="filled"
                onClick={() => setAct({ path: '/guard/stop', title: t('orders.guard.stop') })}
              >
                {t('orders.guard.stop')}
              </Button>
            )}
          </>
        )
      }
    >
      <Status tone={guard.stopped ? 'bad' : guard.frozen ? 'warn' : 'ok'}>
        {t(
          guard.stopped ? 'orders.guard.stopped' : guard.frozen ? 'orders.guard.frozen' : 'orders.guard.open',
        )}
      </Status>
      {closed && (
        <p>
          {who(closed.actor)}, {f.dateTime(closed.at)}: {closed.reason}
        </p>
      )}
      {guard.breakGlass && (
        <p>
          <Status tone="warn">
            {t('orders.guard.breakGlass', { until: f.dateTime(guard.breakGlass.until) })}
          </Status>
        </p>
      )}
      {proposal && (
        <p>
          {t('orders.guard.proposed', {
            kind: t(`orders.guard.kinds.${proposal.kind}`),
            who: who(proposal.proposedBy),
            why: proposal.reason,
          })}{' '}
          {mayGuard && proposal.proposedBy !== me.subject && (
            <Button
              size="compact-sm"
              variant="default"
              onClick={() =>
                setAct({ path: `/guard/proposals/${proposal.id}/confirm`, title: t('orders.guard.confirm') })
              }
            >
              {t('orders.guard.confirm')}
            </Button>
          )}
        </p>
      )}
      {act && (
        <ReasonDialog
          title={act.title}
          path={act.path}
          body={act.body}
          onClose={async (done) => {
            setAct(undefined)
            if (done) await client.invalidateQueries({ queryKey: ['orders'] })
          }}
        />
      )}
    </Panel>
  )
}
