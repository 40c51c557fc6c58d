import { NativeSelect } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, query } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { Fact, Facts, Figure, Figures, Panel } from '../../ui/Panel.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { type Verdict, verdictTones } from '../losses/types.ts'
import css from './NetworkPage.module.css'

type BalanceSummary = {
  suppliedWh: number
  likelyLossWh: number
  missingWh: number
  technicalWh: number | null
  unexplainedWh: number
  /** A standard uncertainty. */
  uncertaintyWh: number
  coverage: number
  z: number | null
  verdict: Verdict
  sources: { source: string; wh: number }[]
}

const summaryQuery = (id: string, feeder: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['stations', id, 'balance', 'summary', feeder, from, to],
    queryFn: ({ signal }) =>
      api<BalanceSummary>(`/stations/${id}/balance/summary${query({ from, to, feeder })}`, { signal }),
    staleTime: 60_000,
  })
const feedersQuery = (id: string) =>
  queryOptions({
    queryKey: ['stations', id, 'feeders'],
    queryFn: ({ signal }) => api<Page<{ feeder: string }>>(`/stations/${id}/feeders`, { signal }),
    staleTime: 60_000,
  })

type Props = {
  station: string
  from: string
  to: string
  /** '' for the whole station. */
  feeder: string
  onFeeder: (feeder: string) => void
}

/** What the balances of some days allow to say: the loss with its band, the network's part, and what is left. */
export function BalanceWorth({ station, from, to, feeder, onFeeder }: Props) {
  const { t } = useTranslation()
  const summary = useQuery(summaryQuery(station, feeder, from, to))
  const feeders = useQuery(feedersQuery(station))
  const names = feeders.data?.items.map((each) => each.feeder) ?? []
  return (
    <Panel
      title={t('balance.worth.title')}
      note={t('balance.worth.note')}
      tools={
        names.length > 0 && (
          <NativeSelect
            size="xs"
            aria-label={t('losses.level')}
            value={feeder}
            onChange={(event) => onFeeder(event.currentTarget.value)}
            data={[
              { value: '', label: t('balance.worth.whole') },
              ...names.map((value) => ({ value, label: value })),
            ]}
          />
        )
      }
    >
      <Waiting for={summary} height={160}>
        {summary.data && <Worth found={summary.data} />}
      </Waiting>
    </Panel>
  )
}

function Worth({ found }: { found: BalanceSummary }) {
  const { t } = useTranslation()
  const f = useFormat()
  const band = `± ${f.kwh(found.coverage * found.uncertaintyWh, 1)}`
  return (
    <div className={css.worth}>
      <p className={css.verdict}>
        <Status tone={verdictTones[found.verdict]}>{t(`balance.verdicts.${found.verdict}`)}</Status>
      </p>
      <Figures>
        <Figure label={t('balance.worth.likely')} value={f.kwh(found.likelyLossWh, 1)} note={band} />
        <Figure
          label={t('balance.worth.technical')}
          value={found.technicalWh === null ? '–' : f.kwh(found.technicalWh, 1)}
          note={t(
            found.technicalWh === null ? 'balance.worth.technicalUnknown' : 'balance.worth.technicalNote',
          )}
        />
        <Figure
          label={t('balance.worth.unexplained')}
          value={f.kwh(found.unexplainedWh, 1)}
          note={found.z === null ? band : `${band} · z = ${f.number(found.z, 1)}`}
        />
        <Figure
          label={t('balance.worth.missing')}
          value={f.kwh(found.missingWh, 1)}
          note={t('balance.worth.missingNote')}
        />
      </Figures>
      <h3>{t('balance.worth.sources')}</h3>
      <Facts>
        {found.sources.map(({ source, wh }) => (
          <Fact key={source} label={t(`balance.sources.${source}`)}>
            ± {f.kwh(wh, 2)}
          </Fact>
        ))}
      </Facts>
    </div>
  )
}
