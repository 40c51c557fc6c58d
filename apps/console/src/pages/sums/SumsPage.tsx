import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { sumTabs } from '../../app/search.ts'
import { PageHead } from '../../ui/Panel.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { CurvePanel } from './CurvePanel.tsx'
import { ProfilesPanel } from './ProfilesPanel.tsx'
import { VirtualPanel } from './VirtualPanel.tsx'

/** Sums of points, virtual meters and profiles: whatever is asked of many points at once. */
export function SumsPage() {
  const { t } = useTranslation()
  const { tab } = useSearch({ from: '/shell/sums' })
  const navigate = useNavigate()
  const { data: me } = useQuery(meQuery)
  // A virtual meter names points one by one: for those who see them all.
  const tabs = sumTabs.filter((key) => key !== 'virtual' || me?.scope === 'all')
  const shown = tab !== undefined && tabs.includes(tab) ? tab : 'curve'
  return (
    <>
      <PageHead title={t('sums.title')} under={t('sums.under')} />
      <Tabs
        label={t('sums.title')}
        value={shown}
        onChange={(key) => void navigate({ to: '.', search: { tab: key }, replace: true })}
        items={tabs.map((key) => ({ key, word: t(`sums.tabs.${key}`) }))}
      />
      <div role="tabpanel" id={`panel-${shown}`} aria-labelledby={`tab-${shown}`}>
        {shown === 'curve' && <CurvePanel />}
        {shown === 'virtual' && <VirtualPanel />}
        {shown === 'profiles' && <ProfilesPanel />}
      </div>
    </>
  )
}
