import { Button } from '@mantine/core'
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { ReasonDialog } from '../../ui/ReasonDialog.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { EnterDialog } from './EnterDialog.tsx'
import css from './exchanges.module.css'
import { PlanDialog } from './PlanDialog.tsx'
import type { NotedExchange, PlannedExchange } from './types.ts'

const notedQuery = queryOptions({
  queryKey: ['exchanges', 'noted'],
  queryFn: ({ signal }) => api<{ items: NotedExchange[] }>('/exchanges', { signal }),
  refetchInterval: 10_000,
})
const plannedQuery = queryOptions({
  queryKey: ['exchanges', 'planned'],
  queryFn: ({ signal }) => api<{ items: PlannedExchange[] }>('/field/exchanges', { signal }),
  refetchInterval: 10_000,
})

/** Meters that give way to others: what crews noted and the office has to enter, and what is planned. */
export function ExchangesPage() {
  const { t } = useTranslation()
  const { point } = useSearch({ from: '/shell/exchanges' })
  const noted = useQuery(notedQuery)
  const planned = useQuery(plannedQuery)
  const { data: me } = useQuery(meQuery)
  const [planning, setPlanning] = useState(point !== undefined)
  return (
    <>
      <PageHead
        title={t('exchanges.title')}
        under={t('exchanges.under')}
        tools={
          may(me, 'approve-order') && (
            <Button size="sm" onClick={() => setPlanning(true)}>
              {t('exchanges.plan')}
            </Button>
          )
        }
      />
      {planning && <PlanDialog point={point ?? ''} onClose={() => setPlanning(false)} />}
      <Panel title={t('exchanges.noted')} note={t('exchanges.notedNote')}>
        <Waiting for={noted} rows={3}>
          {noted.data?.items.length ? (
            <ul className={css.list}>
              {noted.data.items.map((one) => (
                <Noted key={one.record} one={one} />
              ))}
            </ul>
          ) : (
            <EmptyView title={t('exchanges.noneNoted')} what={t('exchanges.noneNotedWhat')} />
          )}
        </Waiting>
      </Panel>
      <Panel title={t('exchanges.planned')}>
        <Waiting for={planned} rows={3}>
          {planned.data?.items.length ? (
            <ul className={css.list}>
              {planned.data.items.map((one) => (
                <Planned key={one.id} one={one} />
              ))}
            </ul>
          ) : (
            <EmptyView title={t('exchanges.nonePlanned')} what={t('exchanges.nonePlannedWhat')} />
          )}
        </Waiting>
      </Panel>
    </>
  )
}

function useReload() {
  const client = useQueryClient()
  return () => void client.invalidateQueries({ queryKey: ['exchanges'] })
}

const total = '1.0.1.8.0.255'

function Noted({ one }: { one: NotedExchange }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const reload = useReload()
  const [open, setOpen] = useState<'enter' | 'aside'>()
  const differs = one.standing !== one.oldSerial
  const index = (indexes: Record<string, number>) =>
    indexes[total] === undefined ? t('exchanges.unreadable') : f.kwh(indexes[total], 3)
  return (
    <li className={css.one}>
      <div>
        <Link to="/points/$pointId" params={{ pointId: one.meteringPointId }}>
          {one.pointName}
        </Link>{' '}
        <span className="mono small">{one.pod}</span>
        <div className="muted small">
          {one.address} · {one.record} · {f.dateTime(one.at)}
        </div>
        <div>
          <span className="mono">{one.oldSerial}</span> ({index(one.endIndexes)}) →{' '}
          <span className="mono">{one.newSerial}</span> {one.newModel} ({index(one.startIndexes)})
        </div>
        <div className="small">{one.reason}</div>
        {differs && (
          <Status tone="bad">
            {t('exchanges.differs', { serial: one.standing ?? t('exchanges.nothing') })}
          </Status>
        )}
      </div>
      <div className={css.acts}>
        <Button size="xs" disabled={differs} onClick={() => setOpen('enter')}>
          {t('exchanges.enter')}
        </Button>
        {may(me, 'approve-order') && (
          <Button size="xs" variant="default" onClick={() => setOpen('aside')}>
            {t('exchanges.setAside')}
          </Button>
        )}
      </div>
      {open === 'enter' && <EnterDialog one={one} onClose={() => setOpen(undefined)} />}
      {open === 'aside' && (
        <ReasonDialog
          title={`${t('exchanges.setAside')} · ${one.record}`}
          note={t('exchanges.setAsideNote')}
          path={`/metering-points/${one.meteringPointId}/exchanges/${encodeURIComponent(one.record)}/set-aside`}
          word={t('exchanges.confirm')}
          onClose={() => {
            setOpen(undefined)
            reload()
          }}
        />
      )}
    </li>
  )
}

const tones: Record<PlannedExchange['state'], Tone> = {
  open: 'busy',
  done: 'ok',
  postponed: 'warn',
  impossible: 'bad',
  withdrawn: 'idle',
  conflict: 'bad',
}

function Planned({ one }: { one: PlannedExchange }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const reload = useReload()
  const [withdrawing, setWithdrawing] = useState(false)
  return (
    <li className={css.one}>
      <div>
        <Link to="/points/$pointId" params={{ pointId: one.meteringPointId }}>
          {one.pointName}
        </Link>{' '}
        <span className="mono small">{one.pod}</span>
        <div className="muted small">
          {one.orderNumber} · {f.day(one.visitOn)} · {one.address} · {one.crew ?? t('exchanges.noCrew')}
        </div>
        <div>
          <Status tone={tones[one.state]}>{t(`field.states.${one.state}`)}</Status> ·{' '}
          <span className="mono">{one.serial}</span> · {one.cause.ro}
        </div>
      </div>
      {one.state === 'open' && may(me, 'approve-order') && (
        <div className={css.acts}>
          <Button size="xs" variant="default" onClick={() => setWithdrawing(true)}>
            {t('exchanges.withdraw')}
          </Button>
        </div>
      )}
      {withdrawing && (
        <ReasonDialog
          title={`${t('exchanges.withdraw')} · ${one.orderNumber}`}
          note={t('exchanges.withdrawNote')}
          path={`/field/exchanges/${one.id}/withdraw`}
          word={t('exchanges.confirm')}
          onClose={() => {
            setWithdrawing(false)
            reload()
          }}
        />
      )}
    </li>
  )
}
