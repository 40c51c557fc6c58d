import { useTranslation } from 'react-i18next'
import css from './power.module.css'

/** What the customer does after a trip, at his own kind of meter (IL 4.2.2, 4.3.2). */
export function Steps({ mode }: { mode: string }) {
  const { t } = useTranslation()
  const gsm = mode === 'amr'
  const steps = gsm ? ['menu', 'relay', 'select', 'connect', 'success'] : ['button', 'breaker']
  return (
    <ol className={css.steps}>
      <li>{t('power.unload')}</li>
      {steps.map((step) => (
        <li key={step}>{t(`orders.hand.${gsm ? 'amr' : 'smart'}.${step}`)}</li>
      ))}
    </ol>
  )
}
