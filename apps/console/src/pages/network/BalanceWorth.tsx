import { queryOptions, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { Fact, Facts, Figure, Figures, Panel } from '../../ui/Panel.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import css from './NetworkPage.module.css'

type Verdict = 'within' | 'more' | 'less' | 'no-technical' | 'unknown'

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

const tones: Record<Verdict, Tone> = {
  within: 'ok',
  more: 'bad',
  less: 'bad',
  'no-technical': 'warn',
  unknown: 'idle',
}

const summaryQuery = (id: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['stations', id, 'balance', 'summary', from, to],
    queryFn: ({ signal }) =>
      api<BalanceSummary>(`/stations/${id}/balance/summary?${new URLSearchParams({ from, to })}`, { signal }),
    staleTime: 60_000,
  })

/** What the balances of some days allow to say: the loss with its band, the network's part, and what is left. */
export function BalanceWorth({ station, from, to }: { station: string; from: string; to: string }) {
  const { t } = useTranslation()
  const summary = useQuery(summaryQuery(station, from, to))
  return (
    <Panel title={t('balance.worth.title')} note={t('balance.worth.note')}>
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
        <Status tone={tones[found.verdict]}>{t(`balance.verdicts.${found.verdict}`)}</Status>
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
