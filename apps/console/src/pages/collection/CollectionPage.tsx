import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { daysQuery, sessionsQuery, summaryQuery } from '../../api/queries.ts'
import { useEventStream } from '../../api/stream.ts'
import type { CollectionSummary } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { Figure, Figures, PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { rateTone, Status } from '../../ui/Status.tsx'
import css from './CollectionPage.module.css'
import { DayBars } from './DayBars.tsx'
import { LinesPanel } from './LinesPanel.tsx'
import { MissingPanel } from './MissingPanel.tsx'
import { SessionsPanel } from './SessionsPanel.tsx'

export function CollectionPage() {
  const { t } = useTranslation()
  const f = useFormat()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { day } = useSearch({ from: '/shell/collection' })
  const sessionsAgain = useSessionsAgain()
  const { connected } = useEventStream('/collection/stream', {
    summary: (data) => client.setQueryData(['collection', 'summary'], data as CollectionSummary),
    session: sessionsAgain,
  })
  const summary = useQuery(summaryQuery(connected))
  const days = useQuery(daysQuery)
  const sessions = useQuery(sessionsQuery(connected))
  const s = summary.data
  return (
    <>
      <PageHead
        title={t('collection.title')}
        under={
          s && (
            <>
              <Status tone={s.phase === 'live' ? 'ok' : 'busy'}>{t(`collection.phase.${s.phase}`)}</Status>
              <span>{t('collection.updated', { at: f.seconds(s.updatedAt) })}</span>
              <span>{connected ? t('collection.pushed') : t('collection.polled')}</span>
            </>
          )
        }
      />
      <Waiting for={summary} rows={2}>
        {s && <SummaryFigures summary={s} />}
      </Waiting>
      <Panel title={t('collection.days')} note={t('collection.daysNote')}>
        <Waiting for={days} height={150}>
          {days.data && days.data.items.length > 0 ? (
            <DayBars
              days={days.data.items}
              chosen={day}
              onChoose={(next) =>
                void navigate({
                  to: '.',
                  search: (old) => ({ ...old, day: next === day ? undefined : next }),
                  resetScroll: false,
                })
              }
            />
          ) : (
            <EmptyView
              title={t('collection.noDays')}
              what={t('collection.noDaysWhat')}
              todo={t('collection.noDaysTodo')}
            />
          )}
        </Waiting>
      </Panel>
      <div className={css.columns}>
        <MissingPanel day={day} />
        <div className={css.side}>
          <SessionsPanel sessions={sessions} />
          <LinesPanel />
        </div>
      </div>
    </>
  )
}

function SummaryFigures({ summary: s }: { summary: CollectionSummary }) {
  const { t } = useTranslation()
  const f = useFormat()
  const share = s.expectedIntervals > 0 ? s.presentIntervals / s.expectedIntervals : 0
  return (
    <div>
      <Figures>
        <Figure
          lead
          label={t('collection.yesterday')}
          value={f.percent(s.successRateYesterday)}
          note={<Rate rate={s.successRateYesterday} />}
        />
        <Figure
          lead
          label={t('collection.today')}
          value={f.percent(s.successRateToday)}
          note={t('collection.todayNote')}
        />
        <Figure
          lead
          label={t('collection.metersRead')}
          value={`${f.number(s.metersRead)} / ${f.number(s.meters)}`}
          note={t('collection.metersReadNote')}
        />
        <Figure
          lead
          label={t('collection.gaps')}
          value={f.number(s.gapIntervals)}
          note={t('collection.gapsNote', { count: s.estimatedIntervals, n: f.number(s.estimatedIntervals) })}
        />
        <Figure
          lead
          label={t('collection.running')}
          value={f.number(s.sessionsRunning)}
          note={t('collection.waiting', { n: f.number(s.sessionsWaiting) })}
        />
        <Figure
          lead
          label={t('collection.throughput')}
          value={`${f.number(s.intervalsPerSecond)} /s`}
          note={t('collection.frames', { n: f.number(s.framesPerSecond) })}
        />
      </Figures>
      <div
        className={css.progress}
        role="progressbar"
        aria-label={t('collection.progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <div style={{ width: `${share * 100}%` }} />
      </div>
      <p className="muted small">
        {t('collection.progressText', {
          present: f.number(s.presentIntervals),
          expected: f.number(s.expectedIntervals),
          share: f.percent(share),
        })}
      </p>
    </div>
  )
}

export function Rate({ rate }: { rate: number | null }) {
  const { t } = useTranslation()
  const tone = rateTone(rate)
  return (
    <Status tone={tone} plain>
      {t(`rate.${tone}`)}
    </Status>
  )
}

/** A session event says that the list is no longer true; a burst of them asks for it once a second. */
function useSessionsAgain(): () => void {
  const client = useQueryClient()
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      void client.invalidateQueries({ queryKey: ['collection', 'sessions'] })
    }, 1_000)
  }
}
