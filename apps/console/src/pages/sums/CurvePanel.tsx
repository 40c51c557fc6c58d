import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery, stationsQuery } from '../../api/queries.ts'
import { channels, may, type SumsSearch } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, today } from '../../format/zone.ts'
import { Figure, Figures, Panel } from '../../ui/Panel.tsx'
import { EmptyView, LoadingView, Waiting } from '../../ui/StateViews.tsx'
import { suppliersQuery } from '../transfers/queries.ts'
import { sumPath, sumQuery } from './queries.ts'
import css from './sums.module.css'
import { type SumCurve, sumResolutions } from './types.ts'

const SumChart = lazy(() =>
  import('../../charts/SumChart.tsx').then((module) => ({ default: module.SumChart })),
)

/** Choose points by what the register says of them; see their sum over time; take it away. */
export function CurvePanel() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/shell/sums' })
  const navigate = useNavigate()
  const { data: me } = useQuery(meQuery)
  const set = (part: Partial<SumsSearch>) =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false })
  const question = {
    // A supplier who has chosen nothing looks at its own points.
    supplier: search.supplier ?? ownSupplier(me?.subject, search),
    station: search.station,
    zone: search.zone,
    kind: search.kind,
    readingMode: search.mode,
    from: search.from ?? addDays(today(), -7),
    to: search.to ?? addDays(today(), -1),
    channel: search.channel ?? 'A+',
    resolution: search.resolution ?? '1h',
  }
  const chosen =
    question.supplier ?? question.station ?? question.zone ?? question.kind ?? question.readingMode
  const sum = useQuery(sumQuery(chosen === undefined ? undefined : sumPath(question, 'curve')))
  return (
    <Panel title={t('sums.curve.title')} note={t('sums.curve.note')}>
      <div className={css.stack}>
        <div className={css.grid}>
          <SetFields question={question} set={set} />
          <TextInput
            type="date"
            label={t('sums.from')}
            value={question.from}
            onChange={(event) => set({ from: event.currentTarget.value || undefined })}
          />
          <TextInput
            type="date"
            label={t('sums.to')}
            value={question.to}
            onChange={(event) => set({ to: event.currentTarget.value || undefined })}
          />
          <NativeSelect
            label={t('sums.channel')}
            value={question.channel}
            onChange={(event) => set({ channel: event.currentTarget.value as SumsSearch['channel'] })}
            data={channels.map((value) => ({ value, label: t(`channels.${value}`) }))}
          />
          <NativeSelect
            label={t('sums.resolution')}
            value={question.resolution}
            onChange={(event) => set({ resolution: event.currentTarget.value as SumsSearch['resolution'] })}
            data={sumResolutions.map((value) => ({ value, label: t(`sums.sizes.${value}`) }))}
          />
        </div>
        {chosen === undefined ? (
          <EmptyView title={t('sums.none')} what={t('sums.noneWhat')} todo={t('sums.noneTodo')} />
        ) : (
          <Waiting for={sum} height={380}>
            {sum.data && <Answer sum={sum.data} />}
            <Button
              component="a"
              variant="default"
              className={css.alone}
              href={`/api${sumPath(question, 'curve.csv')}`}
              download
            >
              {t('sums.csv')}
            </Button>
          </Waiting>
        )}
      </div>
    </Panel>
  )
}

function ownSupplier(subject: string | undefined, { station, zone }: SumsSearch): string | undefined {
  if (station !== undefined || zone !== undefined) return undefined
  return subject?.startsWith('supplier:') ? subject.slice('supplier:'.length) : undefined
}

type Question = { supplier?: string; station?: string; zone?: string; kind?: string; readingMode?: string }

function SetFields({ question, set }: { question: Question; set: (part: Partial<SumsSearch>) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const suppliers = useQuery(suppliersQuery)
  const network = may(me, 'network')
  const stations = useQuery({ ...stationsQuery, enabled: network })
  const all = { value: '', label: t('sums.any') }
  const zones = [...new Set((stations.data?.items ?? []).flatMap(({ zone }) => zone ?? []))]
  const kept = (value: string) => (value === '' ? undefined : value)
  return (
    <>
      <NativeSelect
        label={t('sums.supplier')}
        value={question.supplier ?? ''}
        onChange={(event) => set({ supplier: kept(event.currentTarget.value) })}
        data={[
          all,
          ...(suppliers.data?.items ?? []).map(({ supplier, points }) => ({
            value: supplier,
            label: `${supplier} (${f.number(points)})`,
          })),
        ]}
      />
      {network ? (
        <>
          <NativeSelect
            label={t('sums.station')}
            value={question.station ?? ''}
            onChange={(event) => set({ station: kept(event.currentTarget.value) })}
            data={[
              all,
              ...(stations.data?.items ?? []).map(({ code, name }) => ({
                value: code,
                label: name === undefined || code === name ? code : `${code} ${name}`,
              })),
            ]}
          />
          {zones.length > 1 && (
            <NativeSelect
              label={t('sums.zone')}
              value={question.zone ?? ''}
              onChange={(event) => set({ zone: kept(event.currentTarget.value) })}
              data={[all, ...zones.map((zone) => ({ value: zone, label: zone }))]}
            />
          )}
        </>
      ) : (
        <TextInput
          label={t('sums.station')}
          description={t('sums.stationWhat')}
          defaultValue={question.station ?? ''}
          onBlur={(event) => set({ station: kept(event.currentTarget.value.trim()) })}
          onKeyDown={(event) =>
            event.key === 'Enter' && set({ station: kept(event.currentTarget.value.trim()) })
          }
        />
      )}
      <NativeSelect
        label={t('sums.kind')}
        value={question.kind ?? ''}
        onChange={(event) => set({ kind: kept(event.currentTarget.value) as SumsSearch['kind'] })}
        data={[
          all,
          ...(['household', 'business', 'public', 'balance'] as const)
            .filter((kind) => kind !== 'balance' || network)
            .map((value) => ({ value, label: t(`sums.kinds.${value}`) })),
        ]}
      />
      <NativeSelect
        label={t('sums.mode')}
        value={question.readingMode ?? ''}
        onChange={(event) => set({ mode: kept(event.currentTarget.value) as SumsSearch['mode'] })}
        data={[
          all,
          ...(['smart', 'amr', 'manual'] as const).map((value) => ({
            value,
            label: t(`sums.modes.${value}`),
          })),
        ]}
      />
    </>
  )
}

function Answer({ sum }: { sum: SumCurve }) {
  const { t } = useTranslation()
  const f = useFormat()
  const total = (column: readonly number[]) => column.reduce((all, each) => all + each, 0)
  const [present, expected, other] = [total(sum.present), total(sum.expected), total(sum.notMeasured)]
  const largest = sum.values.reduce((best, value, i) => (value > sum.values[best] ? i : best), 0)
  return (
    <>
      <Figures>
        <Figure lead label={t('sums.total')} value={f.energy(total(sum.values), sum.unit, 1)} />
        <Figure label={t('sums.members')} value={f.number(sum.members)} />
        <Figure
          label={t('sums.peak')}
          value={f.energy(sum.values[largest] ?? null, sum.unit, 1)}
          note={sum.values.length > 0 ? f.dateTime(sum.starts[largest]) : undefined}
        />
        <Figure
          label={t('sums.whole')}
          value={f.percent(expected === 0 ? null : present / expected)}
          note={t('sums.wholeNote', { n: f.number(expected - present), other: f.number(other) })}
        />
      </Figures>
      <Suspense fallback={<LoadingView height={300} />}>
        <SumChart
          steps={sum}
          size={sum.resolution === '1mo' ? 'month' : sum.resolution === '1d' ? 'day' : 'fine'}
          label={t('sums.chart', { n: sum.values.length })}
        />
      </Suspense>
    </>
  )
}
