import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { Figure, Figures } from '../../ui/Panel.tsx'
import type { Trial } from './types.ts'

/** How many points would fail, and how many fail the rule that is live. */
export function TrialFigures({ trial }: { trial: Trial }) {
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <Figures>
      <Figure
        lead
        label={t('ruleBook.wouldFail')}
        value={f.number(trial.trial.points)}
        note={t('ruleBook.findings', { n: f.number(trial.trial.findings) })}
      />
      <Figure
        label={t('ruleBook.failsLive')}
        value={f.number(trial.live.points)}
        note={t('ruleBook.findings', { n: f.number(trial.live.findings) })}
      />
      <Figure
        label={t('ruleBook.lookedAt')}
        value={f.number(trial.points)}
        note={t('ruleBook.judgedDays', { n: f.number(trial.days) })}
      />
    </Figures>
  )
}
