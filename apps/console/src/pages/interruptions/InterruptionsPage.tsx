import { Button } from '@mantine/core'
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { ActDialog, type InterruptionAct } from './ActDialog.tsx'
import { AnnounceDialog } from './AnnounceDialog.tsx'
import css from './interruptions.module.css'
import type { Interruption } from './types.ts'

const calendarQuery = queryOptions({
  queryKey: ['interruptions'],
  queryFn: ({ signal }) => api<{ items: Interruption[] }>('/interruptions', { signal }),
  refetchInterval: 5_000,
})

const dayOf = (instant: string) =>
  new Date(instant).toLocaleDateString('sv-SE', { timeZone: 'Europe/Bucharest' })

/** The calendar: what is announced, what goes on, and what was, by day. */
export function InterruptionsPage() {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const found = useQuery(calendarQuery)
  const [announcing, setAnnouncing] = useState(false)
  const days = Map.groupBy(found.data?.items ?? [], (one) => dayOf(one.startedAt ?? one.startsAt))
  return (
    <>
      <PageHead
        title={t('interruptions.title')}
        under={t('interruptions.under')}
        tools={
          may(me, 'power') && (
            <Button size="sm" onClick={() => setAnnouncing(true)}>
              {t('interruptions.announce')}
            </Button>
          )
        }
      />
      {announcing && <AnnounceDialog onClose={() => setAnnouncing(false)} />}
      <Waiting for={found} rows={6}>
        {days.size === 0 ? (
          <EmptyView title={t('interruptions.none')} what={t('interruptions.noneWhat')} />
        ) : (
          [...days].map(([day, items]) => (
            <Panel key={day} title={f.weekday(day)}>
              <ul className={css.day}>
                {items.map((one) => (
                  <Entry key={one.id} one={one} />
                ))}
              </ul>
            </Panel>
          ))
        )}
      </Waiting>
    </>
  )
}

const tones: Record<Interruption['state'], Tone> = {
  announced: 'busy',
  requested: 'warn',
  ongoing: 'bad',
  ended: 'ok',
  cancelled: 'idle',
}

function Entry({ one }: { one: Interruption }) {
  const { t } = useTranslation()
  const f = useFormat()
  const place = [one.station, one.feeder].filter((part) => part !== null).join(' · ')
  return (
    <li className={css.one}>
      <div className={css.when}>
        {f.time(one.startedAt ?? one.startsAt)} – {f.time(one.endedAt ?? one.endsAt)}
        <div className="muted small mono">{one.number}</div>
      </div>
      <div>
        <Status tone={tones[one.state]}>{t(`interruptions.states.${one.state}`)}</Status> ·{' '}
        {t(`interruptions.kinds.${one.kind}`)} · {t('interruptions.points', { n: f.number(one.points) })}
        <div>
          {place} {place && '·'} {one.reason}
        </div>
        {one.separation && (
          <div className="muted small">{t('interruptions.separated', { how: one.separation })}</div>
        )}
      </div>
      <Acts one={one} />
    </li>
  )
}

const actsOf: Record<Interruption['state'], InterruptionAct[]> = {
  announced: ['start', 'reschedule', 'cancel'],
  requested: ['start', 'cancel'],
  ongoing: ['end'],
  ended: [],
  cancelled: [],
}

function Acts({ one }: { one: Interruption }) {
  const { t } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const client = useQueryClient()
  const [act, setAct] = useState<InterruptionAct>()
  if (!may(me, 'power')) return null
  return (
    <div className={css.acts}>
      {actsOf[one.state].map((each) => (
        <Button
          key={each}
          size="xs"
          variant="default"
          aria-label={`${t(`interruptions.acts.${each}`)} ${one.number}`}
          onClick={() => setAct(each)}
        >
          {t(`interruptions.acts.${each}`)}
        </Button>
      ))}
      {act && (
        <ActDialog
          one={one}
          act={act}
          onClose={async (done) => {
            setAct(undefined)
            if (done) await client.invalidateQueries({ queryKey: ['interruptions'] })
          }}
        />
      )}
    </div>
  )
}
