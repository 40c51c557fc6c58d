import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { useGroupName } from './groups.ts'
import { ParameterLine } from './ParameterLine.tsx'
import { trialsQuery } from './queries.ts'
import css from './rules.module.css'

/** The trials of a rule that are kept, each with its result. */
export function TrialList(props: { rule: string; chosen: string | undefined }) {
  const { t } = useTranslation()
  const f = useFormat()
  const groupName = useGroupName()
  const trials = useQuery(trialsQuery(props.rule))
  const runs = trials.data?.items ?? []
  if (runs.length === 0) return null
  return (
    <Panel title={t('ruleBook.trials')} note={t('ruleBook.trialsNote')}>
      <ol className={css.versions}>
        {runs.map((run) => (
          <li key={run.id} className={css.version} data-chosen={run.id === props.chosen || undefined}>
            <div className={css.versionText}>
              <p>
                <Link
                  to="/rules/$rule"
                  params={{ rule: props.rule }}
                  search={{ trial: Number(run.id) }}
                  resetScroll={false}
                  className={css.link}
                >
                  {f.dateTime(run.requestedAt)}
                </Link>{' '}
                {groupName(run.appliesTo)} · <ParameterLine parameters={run.parameters} />
              </p>
              <p className="muted small">
                {t(`ruleBook.trialStates.${run.state}`)} · {run.requestedByName ?? run.requestedBy} ·{' '}
                {t('ruleBook.wouldFail')}: {f.number(run.result.new + run.result.both)} ·{' '}
                {t('ruleBook.trialKinds.gone', { n: f.number(run.result.gone) })}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
