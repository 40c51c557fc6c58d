import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { stationsQuery } from '../../api/queries.ts'
import { groupFields, type RuleGroup } from './types.ts'

/** One text for one group, the same in whatever order its fields stand. */
export const groupKey = (group: RuleGroup): string =>
  groupFields
    .flatMap((field) => (group[field] === undefined ? [] : [`${field}=${group[field]}`]))
    .join('&') || 'all'

/** Says whom a version judges: `locuințe · postul PT-01`. */
export function useGroupName(): (group: RuleGroup) => string {
  const { t } = useTranslation()
  const stations = useQuery(stationsQuery)
  return (group) => {
    const parts = groupFields.flatMap((field) => {
      const value = group[field]
      if (value === undefined) return []
      if (field === 'segment') return [t(`kinds.${value}`, value)]
      if (field === 'readingMode') return [t(`modes.${value}`, value)]
      if (field === 'modelId') return [t('ruleBook.model', { model: value })]
      const station = stations.data?.items.find((one) => one.id === value)
      return [t('ruleBook.station', { station: station ? `${station.code} ${station.name}` : value })]
    })
    return parts.length === 0 ? t('ruleBook.all') : parts.join(' · ')
  }
}
