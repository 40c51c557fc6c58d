import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { balanceQuery, stationQuery } from '../../api/queries.ts'
import type { BalanceRow } from '../../api/types.ts'
import type { StationSearch } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, today } from '../../format/zone.ts'
import { Figure, Figures, PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, LoadingView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { BalanceFlow } from './BalanceFlow.tsx'
import { BalanceWorth } from './BalanceWorth.tsx'
import { MeterAccuracy } from './MeterAccuracy.tsx'
import { PointsPanel } from './PointsPanel.tsx'
import { StationParameters } from './StationParameters.tsx'
import { totals } from './totals.ts'

const BalanceChart = lazy(() =>
  import('../../charts/BalanceChart.tsx').then((module) => ({ default: module.BalanceChart })),
)

export function StationPage() {
  const { t } = useTranslation()
  const f = useFormat()
  const { stationId } = useParams({ from: '/shell/network/$stationId' })
  const search = useSearch({ from: '/shell/network/$stationId' })
  const navigate = useNavigate()
  const station = useQuery(stationQuery(stationId))
  const days = search.days ?? 45
  // Both days are included; today is not over, so a balance by day ends with yesterday.
  const to = search.day ?? search.to ?? addDays(today(), -1)
  const from = search.day ?? search.from ?? addDays(to, 1 - days)
  const balance = useQuery(balanceQuery(stationId, from, to, search.day ? '15m' : '1d'))
  const rows = balance.data?.items ?? []
  const set = (change: StationSearch) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...change }), resetScroll: false })
  const s = station.data
  return (
    <>
      <PageHead
        title={s?.name ?? t('network.station')}
        under={
          s && (
            <>
              <Link to="/network">{t('network.title')}</Link>
              <span className="mono">{s.code}</span>
              {s.ratedKva && <span>{f.number(s.ratedKva)} kVA</span>}
              {s.zone && <span>{s.zone}</span>}
            </>
          )
        }
      />
      <Panel
        title={search.day ? t('balance.ofDay', { day: f.weekday(search.day) }) : t('balance.title')}
        note={
          search.day
            ? t('balance.quarterNote')
            : `${f.shortDay(from)} – ${f.shortDay(to)} · ${t('balance.note')}`
        }
        tools={
          search.day ? (
            <DaySteps day={search.day} onDay={(day) => set({ day })} />
          ) : (
            <SegmentedControl
              size="xs"
              aria-label={t('balance.range')}
              value={search.from ? '' : String(days)}
              onChange={(value) => set({ days: Number(value), from: undefined, to: undefined })}
              data={[7, 14, 45].map((n) => ({
                value: String(n),
                label: t('balance.days', { count: n, n }),
              }))}
            />
          )
        }
      >
        <Waiting for={balance} height={380}>
          {rows.length === 0 ? (
            <EmptyView title={t('balance.none')} what={t('balance.noneWhat')} todo={t('balance.noneTodo')} />
          ) : (
            <>
              <BalanceFigures rows={rows} />
              <Suspense fallback={<LoadingView height={300} />}>
                <BalanceChart rows={rows} quarter={search.day !== undefined} onDay={(day) => set({ day })} />
              </Suspense>
            </>
          )}
        </Waiting>
      </Panel>
      {rows.length > 0 && (
        <BalanceWorth
          station={stationId}
          from={from}
          to={to}
          feeder={search.feeder ?? ''}
          onFeeder={(feeder) => set({ feeder: feeder || undefined })}
        />
      )}
      <StationParameters station={stationId} from={from} to={to} feeder={search.feeder ?? ''} />
      <MeterAccuracy station={stationId} />
      <PointsPanel station={stationId} search={search} />
    </>
  )
}

function BalanceFigures({ rows }: { rows: BalanceRow[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const sum = totals(rows)
  return (
    <>
      <Figures>
        <Figure
          label={t('balance.supplied')}
          value={f.kwh(sum.suppliedWh, 1)}
          note={t('balance.suppliedNote')}
        />
        <Figure
          label={t('balance.produced')}
          value={f.kwh(sum.producedWh, 1)}
          note={t('balance.producedNote')}
        />
        <Figure
          label={t('balance.consumed')}
          value={f.kwh(sum.consumedWh, 1)}
          note={t('balance.consumedNote')}
        />
        <Figure
          label={t('balance.returned')}
          value={f.kwh(sum.returnedWh, 1)}
          note={t('balance.returnedNote')}
        />
        <Figure
          label={t('balance.loss')}
          value={f.kwh(sum.lossWh, 1)}
          note={t('balance.lossNote', { share: f.percent(sum.lossShare) })}
        />
        <Figure
          label={t('balance.complete')}
          value={`${f.number(sum.complete)} / ${f.number(rows.length)}`}
          note={
            <Status tone={sum.complete === rows.length ? 'ok' : 'warn'} plain>
              {t(sum.complete === rows.length ? 'balance.allComplete' : 'balance.someIncomplete')}
            </Status>
          }
        />
      </Figures>
      <BalanceFlow sum={sum} />
    </>
  )
}

function DaySteps({ day, onDay }: { day: string; onDay: (day: string | undefined) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('balance.range')}
      value="here"
      onChange={(value) => onDay(value === 'all' ? undefined : addDays(day, value === 'next' ? 1 : -1))}
      data={[
        { value: 'all', label: t('balance.allDays') },
        { value: 'before', label: '‹' },
        { value: 'here', label: f.shortDay(day) },
        { value: 'next', label: '›' },
      ]}
    />
  )
}
