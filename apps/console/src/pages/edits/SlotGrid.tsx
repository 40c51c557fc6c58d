import { VisuallyHidden } from '@mantine/core'
import { type KeyboardEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Series } from '../../charts/series.ts'
import { useFormat } from '../../format/format.ts'
import css from './edits.module.css'

/** First and last chosen slot; `focus` is the one that the keyboard moves. */
export type Chosen = { anchor: number; focus: number }

const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -4, ArrowDown: 4 }

/** The quarter-hours of a day, an hour a row; a stretch is chosen by Shift and click or arrows. */
export function SlotGrid(props: { series: Series; chosen: Chosen; onChoose: (chosen: Chosen) => void }) {
  const { series, chosen, onChoose } = props
  const { t } = useTranslation()
  const f = useFormat()
  const box = useRef<HTMLDivElement>(null)
  const low = Math.min(chosen.anchor, chosen.focus)
  const high = Math.max(chosen.anchor, chosen.focus)
  const move = (event: KeyboardEvent, slot: number) => {
    const last = series.start.length - 1
    const target =
      event.key === 'Home' ? 0 : event.key === 'End' ? last : slot + (steps[event.key] ?? Number.NaN)
    if (!(target >= 0 && target <= last)) return
    event.preventDefault()
    onChoose({ anchor: event.shiftKey ? chosen.anchor : target, focus: target })
    box.current?.querySelectorAll<HTMLElement>('[role=option]')[target]?.focus()
  }
  return (
    <div ref={box} role="listbox" aria-multiselectable aria-label={t('edits.slots')} className={css.grid}>
      {Array.from(series.start, (start, slot) => (
        <button
          key={start}
          type="button"
          role="option"
          aria-selected={slot >= low && slot <= high}
          tabIndex={slot === chosen.focus ? 0 : -1}
          className={css.slot}
          data-quality={series.quality[slot]}
          onClick={(event) => onChoose({ anchor: event.shiftKey ? chosen.anchor : slot, focus: slot })}
          onKeyDown={(event) => move(event, slot)}
        >
          <span className="muted">{f.time(start)}</span> <span>{f.kwhBare(series.value[slot])}</span>{' '}
          <VisuallyHidden>{t(`quality.${series.quality[slot]}`)}</VisuallyHidden>
        </button>
      ))}
    </div>
  )
}
