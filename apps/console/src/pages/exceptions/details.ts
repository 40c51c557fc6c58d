import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'

type Details = Record<string, unknown>

/** Says what a rule found: every name in words, numbers as the language writes them, with the unit of the name. */
export function useDetails(): (details: Details) => string {
  const { t } = useTranslation()
  const f = useFormat()
  const show = (name: string, value: unknown): string => {
    if (typeof value === 'number') {
      const unit = /(Wh|A|Percent|S)$/.exec(name)?.[1]
      const shown = value.toLocaleString(f.locale, { maximumFractionDigits: 2 })
      return unit === undefined ? shown : `${shown} ${unit.replace('Percent', '%').replace('S', 's')}`
    }
    if (Array.isArray(value)) return value.map((each) => show(name, each)).join(' / ')
    if (name === 'meaning') return t(`ruleDetails.meanings.${String(value)}`, String(value))
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return (details) =>
    Object.entries(details)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => `${t(`ruleDetails.${name}`, name)} ${show(name, value)}`)
      .join(' · ')
}
