import { Checkbox, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import css from './field.module.css'
import { newExchange } from './record.ts'
import type { DraftExchange, Visit } from './types.ts'
import type { Part } from './VisitForm.tsx'

/** The meter that went and the one that came; offered at any visit, asked for where it was planned. */
export function ExchangePart({ visit, draft, set }: Part & { visit: Visit }) {
  const { t } = useTranslation()
  const { exchange } = draft
  const change = (to: Partial<DraftExchange>) =>
    exchange && set({ exchange: { ...exchange, ...to }, ...(to.unreadable ? { before: '' } : {}) })
  const field = (key: 'oldSerial' | 'newSerial' | 'newModel' | 'reason', most: number) => (
    <TextInput
      size="lg"
      label={t(`field.exchange.${key}`)}
      maxLength={most}
      autoCapitalize={key === 'reason' ? undefined : 'characters'}
      autoCorrect={key === 'reason' ? undefined : 'off'}
      value={exchange?.[key] ?? ''}
      onChange={(event) => change({ [key]: event.currentTarget.value })}
    />
  )
  const differs = exchange && visit.serial !== null && exchange.oldSerial.trim() !== visit.serial
  return (
    <>
      {visit.task === 'order' && visit.serial !== null && (
        <Checkbox
          size="lg"
          label={t('field.exchange.did')}
          checked={exchange !== undefined}
          onChange={(event) =>
            set({ exchange: event.currentTarget.checked ? newExchange(visit) : undefined })
          }
        />
      )}
      {exchange && (
        <div className={css.fields}>
          {field('oldSerial', 64)}
          {differs && (
            <p role="status" className={css.alert}>
              {t('field.exchange.differs', { serial: visit.serial })}
            </p>
          )}
          <Checkbox
            size="lg"
            label={t('field.exchange.unreadable')}
            checked={exchange.unreadable}
            onChange={(event) => change({ unreadable: event.currentTarget.checked })}
          />
          {field('newSerial', 64)}
          {field('newModel', 64)}
          {field('reason', 300)}
        </div>
      )}
    </>
  )
}
