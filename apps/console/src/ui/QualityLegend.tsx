import { useTranslation } from 'react-i18next'
import type { Quality } from '../api/types.ts'
import css from './QualityLegend.module.css'

const all: Quality[] = ['measured', 'estimated', 'edited', 'missing']

/** Swatch and word; missing is hatched so that it needs no colour at all. */
export function QualityLegend({ only = all }: { only?: Quality[] }) {
  const { t } = useTranslation()
  return (
    <ul className={css.legend}>
      {only.map((quality) => (
        <li key={quality}>
          <span className={`${css.swatch} ${css[quality]}`} aria-hidden />
          {t(`quality.${quality}`)}
        </li>
      ))}
    </ul>
  )
}

export function QualityWord({ quality }: { quality: Quality }) {
  const { t } = useTranslation()
  return (
    <span className={css.word}>
      <span className={`${css.swatch} ${css[quality]}`} aria-hidden />
      {t(`quality.${quality}`)}
    </span>
  )
}
