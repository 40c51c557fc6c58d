import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { CollectionDay } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { QualityLegend } from '../../ui/QualityLegend.tsx'
import css from './DayBars.module.css'

/** One column per civil day: what arrived, what was estimated, what is missing. Arrow keys walk the days. */
export function DayBars(props: {
  days: CollectionDay[]
  chosen: string | undefined
  onChoose: (day: string) => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const row = useRef<HTMLDivElement>(null)
  const days = [...props.days].sort((a, b) => a.day.localeCompare(b.day))
  const tabDay = props.chosen ?? days.at(-1)?.day
  const move = (event: React.KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
    if (step === 0 || !row.current) return
    event.preventDefault()
    const buttons = [...row.current.querySelectorAll('button')]
    buttons[buttons.indexOf(document.activeElement as HTMLButtonElement) + step]?.focus()
  }
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame and no meaning */}
      <div ref={row} className={css.bars} role="group" aria-label={t('collection.days')} onKeyDown={move}>
        {days.map((each) => {
          const of = Math.max(each.expected, 1)
          const label = t('collection.dayLabel', {
            day: f.weekday(each.day),
            rate: f.percent(each.rate),
            missing: f.number(each.missing),
          })
          return (
            <button
              key={each.day}
              type="button"
              className={css.day}
              aria-pressed={each.day === props.chosen}
              aria-label={label}
              title={label}
              tabIndex={each.day === tabDay ? 0 : -1}
              onClick={() => props.onChoose(each.day)}
            >
              <span className={css.missing} style={{ flexGrow: each.missing / of }} />
              <span className={css.estimated} style={{ flexGrow: each.estimated / of }} />
              <span
                className={css.present}
                style={{ flexGrow: Math.max(each.present - each.estimated, 0) / of }}
              />
            </button>
          )
        })}
      </div>
      <div className={css.axis}>
        <span>{days[0] && f.shortDay(days[0].day)}</span>
        <QualityLegend only={['measured', 'estimated', 'missing']} />
        <span>{days.length > 1 && f.shortDay(days[days.length - 1].day)}</span>
      </div>
    </>
  )
}
