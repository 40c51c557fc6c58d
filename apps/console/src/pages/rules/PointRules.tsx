import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { useGroupName } from './groups.ts'
import { ParameterLine } from './ParameterLine.tsx'
import { pointRulesQuery } from './queries.ts'
import css from './rules.module.css'
import { severityTone } from './tones.ts'

/** The version of each rule that judges a point, since when, and the wider ones that give way to it. */
export function PointRules({ pointId }: { pointId: string }) {
  const { t } = useTranslation()
  const f = useFormat()
  const groupName = useGroupName()
  const applied = useQuery(pointRulesQuery(pointId))
  return (
    <details className={css.applied}>
      <summary>{t('ruleBook.applied')}</summary>
      <p className="muted small">{t('ruleBook.liveNote')}</p>
      <Waiting for={applied} rows={6} height={200}>
        <ul className={css.versions}>
          {applied.data?.items.map((one) => (
            <li key={one.rule} className={css.version}>
              <div className={css.versionText}>
                <p className={css.versionHead}>
                  <Link to="/rules/$rule" params={{ rule: one.rule }}>
                    {t(`rules.${one.rule}`, one.rule)}
                  </Link>
                  <span>{t('ruleBook.version', { n: one.version })}</span>
                  <Status tone={severityTone[one.severity]} plain>
                    {t(`ruleBook.severities.${one.severity}`)}
                  </Status>
                  <span>{groupName(one.appliesTo)}</span>
                </p>
                <p>
                  <ParameterLine parameters={one.parameters} />
                </p>
                <p className="muted small">
                  {t('ruleBook.inForceSince', { when: f.dateTime(one.validFrom) })}{' '}
                  {one.over.length > 0 &&
                    t('ruleBook.over', {
                      versions: one.over
                        .map((lost) => `${lost.version} (${groupName(lost.appliesTo)})`)
                        .join(', '),
                    })}
                </p>
              </div>
            </li>
          ))}
        </ul>
      </Waiting>
    </details>
  )
}
