import { TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import css from './edits.module.css'
import { pasted } from './operation.ts'

export type EditedSlot = { start: number; value: number | null }

/** A field per chosen quarter-hour; a column copied from a sheet fills those that follow. */
export function SlotValues(props: {
  slots: EditedSlot[]
  values: string[]
  onChange: (changes: [start: number, text: string][]) => void
}) {
  const { slots, values, onChange } = props
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <fieldset className={css.slotValues}>
      <legend>{t('edits.amounts.set')}</legend>
      {slots.map(({ start }, i) => (
        <TextInput
          key={start}
          size="xs"
          label={f.time(start)}
          inputMode="decimal"
          value={values[i]}
          onChange={(event) => onChange([[start, event.currentTarget.value]])}
          onPaste={(event) => {
            const column = pasted(event.clipboardData.getData('text'))
            if (column.length < 2) return
            event.preventDefault()
            onChange(slots.slice(i, i + column.length).map((slot, n) => [slot.start, column[n]]))
          }}
        />
      ))}
    </fieldset>
  )
}
