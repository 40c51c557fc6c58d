import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { kindOf, showParameter, unitOf } from './parameters.ts'
import type { Parameters } from './types.ts'

/** The limits of a version in one line, each with its name and unit. */
export function ParameterLine({ parameters }: { parameters: Parameters }) {
  const { t } = useTranslation()
  const f = useFormat()
  const comma = f.locale === 'ro-RO'
  const names = Object.keys(parameters)
  if (names.length === 0) return <span className="muted">{t('ruleBook.noParameters')}</span>
  const value = (name: string) => {
    const found = parameters[name]
    if (kindOf(found) === 'marks')
      return (found as string[]).map((mark) => t(`ruleBook.marks.${mark}`, mark)).join(', ')
    const unit = unitOf(name)
    const shown =
      typeof found === 'number'
        ? found.toLocaleString(f.locale, { maximumFractionDigits: 6 })
        : showParameter(found, comma)
    return `${shown}${unit === '' ? '' : ` ${t(`ruleBook.units.${unit}`, unit)}`}`
  }
  return (
    <span>{names.map((name) => `${t(`ruleBook.parameters.${name}`, name)} ${value(name)}`).join(' · ')}</span>
  )
}
