import { Button, SegmentedControl } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { intervalsQuery } from '../../api/queries.ts'
import type { Point } from '../../api/types.ts'
import { type Channel, channels, explainText, type PointSearch } from '../../app/search.ts'
import { type Series, toSeries } from '../../charts/series.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, dayStart, today } from '../../format/zone.ts'
import { EmptyView, LoadingView, Waiting } from '../../ui/StateViews.tsx'
import { IntervalTable } from './IntervalTable.tsx'
import { KnownDifference, KnownPicker } from './KnownView.tsx'
import css from './PointPage.module.css'

const LoadCurve = lazy(() => import('../../charts/LoadCurve.tsx').then((m) => ({ default: m.LoadCurve })))
const HeatMap = lazy(() => import('../../charts/HeatMap.tsx').then((m) => ({ default: m.HeatMap })))

const daysBack = 45

export function IntervalsTab(props: {
  point: Point
  search: PointSearch
  shape: 'curve' | 'heat' | 'table'
  onTrace: (ref: string) => void
}) {
  const { point, search, shape } = props
  const { t } = useTranslation()
  const f = useFormat()
  const channel: Channel = search.channel ?? 'A+'
  // The heat map is made of quarter-hours; curve and table follow the choice.
  const resolution = shape === 'heat' ? '15m' : (search.resolution ?? '15m')
  const range = useMemo(() => {
    const end = addDays(today(), 1)
    return { from: dayStart(addDays(end, -daysBack)), to: dayStart(end) }
  }, [])
  const span = [new Date(range.from).toISOString(), new Date(range.to).toISOString()] as const
  const current = useQuery(intervalsQuery(point.id, channel, ...span, resolution))
  const { known } = search
  const earlier = useQuery({
    ...intervalsQuery(point.id, channel, ...span, resolution, new Date(known ?? 0).toISOString()),
    enabled: known !== undefined,
    // Never today's values under the name of an earlier day.
    placeholderData: undefined,
  })
  const intervals = known === undefined ? current : earlier
  const series = useMemo(() => intervals.data && toSeries(intervals.data), [intervals.data])
  const latest = useMemo(() => current.data && toSeries(current.data), [current.data])
  const navigate = useNavigate()
  const set = (change: Partial<PointSearch>) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  const explain = (from: number, to: number) =>
    void navigate({
      to: '.',
      search: (old) => ({ ...old, explain: explainText({ pointId: point.id, channel, from, to }) }),
      resetScroll: false,
    })
  const shownDay = search.day ?? addDays(today(), -1)
  const pick = (index: number) => {
    const ref = series?.trace[index]
    // An explanation is of what holds today; what was known earlier leads to its own frame.
    if (known !== undefined && ref) return props.onTrace(ref)
    if (series) explain(series.start[index], series.start[index] + series.stepMs)
  }
  const present = series?.value.some((value) => value !== null) ?? false
  return (
    <>
      <div className={`${css.bar} no-print`}>
        <SegmentedControl
          size="xs"
          aria-label={t('point.channel')}
          value={channel}
          onChange={(value) => set({ channel: value === 'A+' ? undefined : (value as Channel) })}
          data={channels.map((each) => ({ value: each, label: t(`channels.${each}`) }))}
        />
        {shape !== 'heat' && (
          <SegmentedControl
            size="xs"
            aria-label={t('point.resolution')}
            value={resolution}
            onChange={(value) => set({ resolution: value === '15m' ? undefined : (value as '1h' | '1d') })}
            data={(['15m', '1h', '1d'] as const).map((each) => ({
              value: each,
              label: t(`resolutions.${each}`),
            }))}
          />
        )}
        <Button
          size="xs"
          variant="default"
          onClick={() => explain(dayStart(shownDay), dayStart(addDays(shownDay, 1)))}
        >
          {t('explain.open', { day: f.weekday(shownDay) })}
        </Button>
        <KnownPicker known={known} onChange={(next) => set({ known: next })} />
      </div>
      {known !== undefined && series && latest && (
        <KnownDifference
          known={known}
          was={series}
          is={latest}
          onDay={(day) => explain(dayStart(day), dayStart(addDays(day, 1)))}
        />
      )}
      <Waiting for={intervals} height={420}>
        {series && !present && <Nothing point={point} channel={channel} />}
        {series && present && (
          <Suspense fallback={<LoadingView height={420} />}>
            <Total series={series} />
            {shape === 'curve' && (
              <Curve
                search={search}
                range={range}
                series={series}
                onPick={pick}
                set={set}
                channel={channel}
              />
            )}
            {shape === 'heat' && (
              <HeatMap series={series} label={t('heat.label', { name: point.name })} onPick={pick} />
            )}
            {shape === 'table' && <IntervalTable series={series} name={point.pod} onPick={pick} />}
          </Suspense>
        )}
      </Waiting>
    </>
  )
}

function Curve(props: {
  search: PointSearch
  range: { from: number; to: number }
  series: Series
  channel: Channel
  onPick: (index: number) => void
  set: (change: Partial<PointSearch>) => void
}) {
  const { range, search, set } = props
  const { t } = useTranslation()
  const shown = search.day
    ? { from: dayStart(search.day), to: dayStart(addDays(search.day, 1)) }
    : { from: search.from ?? range.from, to: search.to ?? range.to }
  const [view, setView] = useState(shown)
  // The address follows the window when it rests, not sixty times a second.
  const remember = useDebouncedCallback((next: { from: number; to: number }) => {
    const whole = next.from <= range.from && next.to >= range.to
    set({
      day: undefined,
      from: whole ? undefined : Math.round(next.from),
      to: whole ? undefined : Math.round(next.to),
    })
  }, 350)
  return (
    <LoadCurve
      series={props.series}
      range={range}
      view={view}
      onView={(next) => {
        setView(next)
        remember(next)
      }}
      onPick={props.onPick}
      label={t('curve.label', { channel: t(`channels.${props.channel}`) })}
    />
  )
}

function Total({ series }: { series: Series }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { sum, missing } = useMemo(() => {
    let wh = 0
    let holes = 0
    series.value.forEach((value, i) => {
      if (value === null) holes += series.quality[i] === 'missing' ? 1 : 0
      else wh += value
    })
    return { sum: wh, missing: holes }
  }, [series])
  return (
    <p className={css.total}>
      <span>
        {t('point.total', { days: daysBack })} <strong>{f.energy(sum, series.unit)}</strong>
      </span>
      <span className="muted">
        {t('point.counts', { all: f.number(series.value.length), missing: f.number(missing) })}
      </span>
    </p>
  )
}

function Nothing({ point, channel }: { point: Point; channel: Channel }) {
  const { t } = useTranslation()
  if (channel !== 'A+') {
    return (
      <EmptyView
        title={t('point.noChannel')}
        what={t('point.noChannelWhat', { channel: t(`channels.${channel}`) })}
      />
    )
  }
  return point.meterId ? (
    <EmptyView
      title={t('point.nothingYet')}
      what={t('point.nothingYetWhat')}
      todo={t('point.nothingYetTodo')}
    />
  ) : (
    <EmptyView title={t('point.manual')} what={t('point.manualWhat')} />
  )
}
