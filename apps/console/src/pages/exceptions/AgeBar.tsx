import { useTranslation } from 'react-i18next'
import type { ExceptionGroup } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import css from './exceptions.module.css'

const ages = ['day', 'week', 'month', 'older'] as const

/** How long the exceptions of a group have waited: a bar in four parts, and the same in words. */
export function AgeBar({ group }: { group: ExceptionGroup }) {
  const { t } = useTranslation()
  const f = useFormat()
  const said = ages
    .filter((age) => group.ages[age] > 0)
    .map((age) => `${t(`work.ages.${age}`)}: ${f.number(group.ages[age])}`)
    .join(' · ')
  return (
    <span className={css.ages} title={said}>
      <span className="sr-only">{said}</span>
      {ages.map((age) => (
        <span key={age} className={css[age]} style={{ flexGrow: group.ages[age] }} aria-hidden />
      ))}
    </span>
  )
}
