import { SegmentedControl, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { intervalsQuery, meQuery } from '../../api/queries.ts'
import type { Me, Point } from '../../api/types.ts'
import { channels, type PointSearch } from '../../app/search.ts'
import { toSeries } from '../../charts/series.ts'
import { addDays, dayStart, today } from '../../format/zone.ts'
import { EmptyView, LoadingView, Waiting } from '../../ui/StateViews.tsx'
import pointCss from '../point/PointPage.module.css'
import { EditForm } from './EditForm.tsx'
import { EditList } from './EditList.tsx'
import css from './edits.module.css'
import { mayChange } from './queries.ts'
import { RecalculationForm } from './RecalculationForm.tsx'
import { SlotGrid } from './SlotGrid.tsx'

const LoadCurve = lazy(() => import('../../charts/LoadCurve.tsx').then((m) => ({ default: m.LoadCurve })))

/** A day's quarter-hours to be edited, and the edits that were made. */
export function EditsTab({ point, search }: { point: Point; search: PointSearch }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const me = useQueryClient().getQueryData<Me>(meQuery.queryKey)
  const day = search.day ?? addDays(today(), -1)
  const channel = search.channel ?? 'A+'
  const set = (change: Partial<PointSearch>) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  return (
    <>
      {mayChange(me, 'edit') && (
        <>
          <div className={`${pointCss.bar} no-print`}>
            <SegmentedControl
              size="xs"
              aria-label={t('point.channel')}
              value={channel}
              onChange={(value) => set({ channel: channels.find((each) => each === value) })}
              data={channels.map((each) => ({ value: each, label: t(`channels.${each}`) }))}
            />
            <TextInput
              size="xs"
              type="date"
              aria-label={t('columns.day')}
              max={today()}
              value={day}
              onChange={(event) => event.currentTarget.value && set({ day: event.currentTarget.value })}
            />
          </div>
          <DayEditor key={`${day}${channel}`} pointId={point.id} day={day} channel={channel} />
        </>
      )}
      {mayChange(me, 'edit') && <RecalculationForm pointId={point.id} channel={channel} />}
      <EditList pointId={point.id} />
    </>
  )
}

function DayEditor({ pointId, day, channel }: { pointId: string; day: string; channel: string }) {
  const { t } = useTranslation()
  const [chosen, setChosen] = useState({ anchor: 0, focus: 0 })
  const from = new Date(dayStart(day)).toISOString()
  const to = new Date(dayStart(addDays(day, 1))).toISOString()
  // Values of the day shown before must never be edited as if they were this day's.
  const intervals = useQuery({
    ...intervalsQuery(pointId, channel, from, to, '15m'),
    placeholderData: undefined,
  })
  const series = useMemo(() => intervals.data && toSeries(intervals.data), [intervals.data])
  const low = Math.min(chosen.anchor, chosen.focus)
  const high = Math.max(chosen.anchor, chosen.focus)
  const last = series?.start[high]
  const whole = { from: dayStart(day), to: dayStart(addDays(day, 1)) }
  const [view, setView] = useState(whole)
  return (
    <Waiting for={intervals} height={420}>
      {series && last !== undefined ? (
        <div className={css.columns}>
          <div>
            <p className="muted">{t('edits.how')}</p>
            {series.value.some((value) => value !== null) && (
              <Suspense fallback={<LoadingView height={240} />}>
                <LoadCurve
                  series={series}
                  range={whole}
                  view={view}
                  onView={setView}
                  onPick={(index) =>
                    setChosen((old) => (old.focus === index ? old : { anchor: index, focus: index }))
                  }
                  onSpan={(anchor, focus) => setChosen({ anchor, focus })}
                  chosen={{ from: series.start[low], to: last + series.stepMs }}
                  label={t('edits.curve')}
                />
              </Suspense>
            )}
            <SlotGrid series={series} chosen={chosen} onChoose={setChosen} />
          </div>
          <EditForm
            slots={Array.from(series.start.slice(low, high + 1), (start, i) => ({
              start,
              value: series.value[low + i] ?? null,
            }))}
            span={{
              meteringPointId: pointId,
              channel,
              from: new Date(series.start[low]).toISOString(),
              to: new Date(last + series.stepMs).toISOString(),
            }}
          />
        </div>
      ) : (
        <EmptyView title={t('edits.noDay')} what={t('edits.noDayWhat')} />
      )}
    </Waiting>
  )
}
