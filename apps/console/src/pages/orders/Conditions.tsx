import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { Status } from '../../ui/Status.tsx'
import css from './orders.module.css'
import type { Gate } from './types.ts'

/** Why an order may or may not run: each condition, what is missing, since or from when, and its source. */
export function Conditions({ gate }: { gate: Gate }) {
  const { t } = useTranslation()
  const f = useFormat()
  if (gate.conditions.length === 0) return <p className="muted">{t('orders.noConditions')}</p>
  const words = (params: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(params).map(([key, value]) => [
        key,
        key === 'from' || key === 'at'
          ? f.dateTime(String(value))
          : key === 'unit'
            ? t(`orders.units.${value}`)
            : key === 'why' || key === 'kinds'
              ? (value as string[]).map((one) => t(`orders.why.${one}`, one)).join(', ')
              : key === 'cures'
                ? (value as string[]).map((one) => t(`orders.cures.${one}`, one)).join(', ')
                : key === 'kind'
                  ? t(`orders.cures.${value}`, String(value))
                  : String(value),
      ]),
    )
  return (
    <ul className={css.conditions}>
      {gate.conditions.map((one) => (
        <li key={one.key}>
          <Status tone={one.ok ? 'ok' : 'warn'}>
            {t(`orders.conditions.${one.key}.${one.ok ? 'ok' : 'missing'}`, words(one.params))}
          </Status>
          {typeof one.params['from'] === 'string' && !one.ok && (
            <span> {t('orders.from', { at: f.dateTime(one.params['from']) })}</span>
          )}
          <span className="muted small"> {one.source}</span>
        </li>
      ))}
    </ul>
  )
}
