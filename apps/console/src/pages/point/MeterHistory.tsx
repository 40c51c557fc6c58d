import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import css from './PointPage.module.css'

type Installation = {
  meterId: string
  serial: string
  validFrom: string
  validTo: string | null
  ct: string | null
  startIndexes: Record<string, number>
  endIndexes: Record<string, number>
  startRecord: string | null
  endRecord: string | null
}
const total = '1.0.1.8.0.255'

/** Meters that stood here with their first and last index; nothing where the first one still stands. */
export function MeterHistory({ point }: { point: { id: string; pod: string } }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const { data } = useQuery({
    queryKey: ['point', point.id, 'installations'],
    queryFn: ({ signal }) =>
      api<{ items: Installation[] }>(`/metering-points/${point.id}/installations`, { signal }),
  })
  const items = data?.items ?? []
  const mayPlan = may(me, 'approve-order')
  if (items.length === 0 && !mayPlan) return null
  const index = (at: Record<string, number>) => (at[total] === undefined ? '' : ` · ${f.kwh(at[total], 3)}`)
  return (
    <Panel title={t('exchanges.history')}>
      {items.length > 0 && (
        <ul className={css.checks}>
          {items.map((one) => (
            <li key={`${one.meterId}-${one.validFrom}`}>
              <span className="mono">{one.serial}</span> {one.ct && `· ${one.ct} A`}
              <p className="muted small">
                {one.startRecord && (
                  <>
                    {t('exchanges.since', { from: f.dateTime(one.validFrom) })}
                    {index(one.startIndexes)} · {one.startRecord}
                    <br />
                  </>
                )}
                {one.validTo && (
                  <>
                    {t('exchanges.until', { to: f.dateTime(one.validTo) })}
                    {index(one.endIndexes)} {one.endRecord && `· ${one.endRecord}`}
                  </>
                )}
              </p>
            </li>
          ))}
        </ul>
      )}
      {mayPlan && (
        <Link to="/exchanges" search={{ point: point.pod }}>
          {t('exchanges.plan')}
        </Link>
      )}
    </Panel>
  )
}
