import { Button, TextInput } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Series } from '../../charts/series.ts'
import { useFormat } from '../../format/format.ts'
import { civilDay, today } from '../../format/zone.ts'
import { Status } from '../../ui/Status.tsx'
import { differences, endOfDay } from './known.ts'
import css from './PointPage.module.css'

/** Chooses the civil day at whose end the values were known; none means today. */
export function KnownPicker(props: { known: number | undefined; onChange: (known?: number) => void }) {
  const { t } = useTranslation()
  const { known, onChange } = props
  return (
    <span className={css.known}>
      <TextInput
        size="xs"
        type="date"
        label={t('known.pick')}
        max={today()}
        value={known === undefined ? '' : civilDay(known)}
        onChange={(event) => {
          const day = event.currentTarget.value
          onChange(day === '' ? undefined : endOfDay(day))
        }}
      />
      {known !== undefined && (
        <Button size="xs" variant="default" onClick={() => onChange(undefined)}>
          {t('known.today')}
        </Button>
      )}
    </span>
  )
}

/** What changed since: sums then and today, day by day. */
export function KnownDifference(props: {
  known: number
  was: Series
  is: Series
  onDay: (day: string) => void
}) {
  const { known, was, is, onDay } = props
  const { t } = useTranslation()
  const f = useFormat()
  const days = useMemo(() => differences(was, is), [was, is])
  const total = (key: 'was' | 'is' | 'changed') => days.reduce((all, each) => all + each[key], 0)
  const energy = (wh: number) => f.energy(wh, is.unit, 3)
  return (
    <section className={css.difference} aria-label={t('known.title')}>
      <p>
        <Status tone="warn">{t('known.at', { at: f.dateTime(known) })}</Status>{' '}
        {days.length === 0
          ? t('known.same')
          : t('known.changed', { days: f.number(days.length), n: f.number(total('changed')) })}
      </p>
      {days.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways on a phone
        <section className={css.differences} tabIndex={0} aria-label={t('known.table')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('columns.day')}</th>
                <th scope="col">{t('known.then')}</th>
                <th scope="col">{t('known.now')}</th>
                <th scope="col">{t('known.difference')}</th>
              </tr>
            </thead>
            <tbody>
              {days.map((each) => (
                <tr key={each.day}>
                  <th scope="row">
                    <button type="button" className={css.value} onClick={() => onDay(each.day)}>
                      {f.weekday(each.day)}
                    </button>
                  </th>
                  <td>{energy(each.was)}</td>
                  <td>{energy(each.is)}</td>
                  <td>{energy(each.is - each.was)}</td>
                </tr>
              ))}
              <tr>
                <th scope="row">{t('known.total')}</th>
                <td>{energy(total('was'))}</td>
                <td>{energy(total('is'))}</td>
                <td>{energy(total('is') - total('was'))}</td>
              </tr>
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}
