import { Button } from '@mantine/core'
import { IconFileTypePdf } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../ui/Panel.tsx'
import { Status } from '../../ui/Status.tsx'
import css from './field.module.css'
import type { Answer, Visit } from './types.ts'

/** What came of a record; a point that is dark without an order is said first. */
export function AnswerView({ visit, answer }: { visit: Visit; answer: Answer }) {
  const { t, i18n } = useTranslation()
  const time = (at: string | null | undefined) =>
    at
      ? new Date(at).toLocaleTimeString(i18n.language, {
          hour: '2-digit',
          minute: '2-digit',
          timeZone: 'Europe/Bucharest',
        })
      : '–'
  const { conflict } = answer
  return (
    <Panel title={`${answer.number} · ${visit.orderNumber}`}>
      <div className={css.fields}>
        {conflict && (
          <p role="alert" className={css.alert}>
            {t('field.conflict', {
              what: t(`field.left.${conflict.event}`, { defaultValue: conflict.event }),
              at: time(conflict.at),
              acted: time(conflict.actedAt),
            })}{' '}
            {conflict.dark &&
              t(conflict.reconnectOrder ? 'field.darkOrder' : 'field.darkAlarm', {
                order: conflict.reconnectOrder ?? '',
              })}
          </p>
        )}
        <Status tone={conflict ? 'bad' : 'ok'}>{t(`field.effects.${answer.effect}`)}</Status>
        <Button
          component="a"
          href={`/api/field/visits/${visit.id}/record.pdf`}
          download={`${answer.number}.pdf`}
          size="lg"
          leftSection={<IconFileTypePdf size={20} aria-hidden />}
        >
          {t('field.pdf')}
        </Button>
      </div>
    </Panel>
  )
}
