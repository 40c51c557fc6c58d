import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { versionsQuery } from '../api/queries.ts'
import { channels } from '../app/search.ts'
import { useFormat } from '../format/format.ts'
import { Waiting } from '../ui/StateViews.tsx'
import css from './Explain.module.css'

/** How a civil day became what it is, oldest first; each state before a change can be looked at. */
export function DayVersions(props: { pointId: string; day: string; channel: string; unit: string }) {
  const { pointId, day, channel, unit } = props
  const { t } = useTranslation()
  const f = useFormat()
  const navigate = useNavigate()
  const versions = useQuery(versionsQuery(pointId, day, channel))
  const changes = (versions.data?.items ?? []).filter((change) => change.slots > 0)
  return (
    <section aria-label={t('versions.title')}>
      <h3>{t('versions.of', { day: f.weekday(day) })}</h3>
      <Waiting for={versions} rows={2}>
        {changes.length === 0 && <p className="muted">{t('versions.none')}</p>}
        <ol className={css.runs}>
          {changes.map((change) => (
            <li key={change.version} className={css.run}>
              <p className={css.runHead}>
                <strong>{t(`explain.kinds.${change.kind}`, change.kind)}</strong>
                <span>{t('versions.slots', { n: f.number(change.slots) })}</span>
                <span>
                  {f.energy(change.beforeWh, unit, 3)} → {f.energy(change.afterWh, unit, 3)}
                </span>
              </p>
              <p className="muted">
                {f.dateTime(change.at)} ·{' '}
                {change.approvedBy
                  ? t('explain.two', { a: change.actor, b: change.approvedBy })
                  : change.actor}{' '}
                · {change.rule} v{change.ruleVersion} · {change.reason}
                {change.billed ? ` · ${t('explain.billed')}` : ''}
              </p>
              <Button
                size="compact-xs"
                variant="default"
                onClick={() =>
                  void navigate({
                    to: '/points/$pointId',
                    params: { pointId },
                    search: {
                      channel: channels.find((each) => each === channel),
                      day,
                      known: Date.parse(change.at) - 1,
                    },
                  })
                }
              >
                {t('versions.before')}
              </Button>
            </li>
          ))}
        </ol>
      </Waiting>
    </section>
  )
}
