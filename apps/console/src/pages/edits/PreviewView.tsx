import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { Status } from '../../ui/Status.tsx'
import css from './edits.module.css'
import type { EditPreview } from './types.ts'

/** What an edit does to sums, registers, the station's balance and bills; the same for who makes and who approves it. */
export function PreviewView({ preview }: { preview: EditPreview }) {
  const { t } = useTranslation()
  const f = useFormat()
  const energy = (wh: number) => f.energy(wh, preview.unit, 3)
  const arrow = (before: number, after: number) => `${energy(before)} → ${energy(after)}`
  return (
    <section className={css.preview} aria-label={t('edits.effect')}>
      <p>
        <strong>{t('edits.changed', { slots: f.number(preview.changedSlots) })}</strong>{' '}
        {arrow(preview.period.before, preview.period.after)}
      </p>
      {preview.days.map((day) => (
        <p key={day.day}>
          {f.weekday(day.day)}: {arrow(day.before, day.after)}
          {day.billed !== null && ` (${t('edits.billed')})`}
        </p>
      ))}
      {preview.registers.map((one) => (
        <p key={`${one.tariff}${one.from}`}>
          {t('edits.register', { tariff: one.tariff })}: {energy(one.difference)} / {energy(one.sumAfter)}
          {one.agreesAfter !== null && `, ${t(one.agreesAfter ? 'edits.agrees' : 'edits.differs')}`}
        </p>
      ))}
      {preview.balance.map((one) => (
        <p key={one.day}>
          {t('edits.balance', { day: f.weekday(one.day) })}:{' '}
          {`${f.energy(one.lossBeforeWh, 'Wh', 3)} → ${f.energy(one.lossAfterWh, 'Wh', 3)}`}
        </p>
      ))}
      {preview.needsSecondPerson && <Status tone="warn">{t('edits.second')}</Status>}
    </section>
  )
}
