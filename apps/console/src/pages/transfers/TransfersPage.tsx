import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { PageHead } from '../../ui/Panel.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { ExportPanel } from './ExportPanel.tsx'
import { ImportPanel } from './ImportPanel.tsx'

/** Readings as files: out for everybody who reads, in for operators. */
export function TransfersPage() {
  const { t } = useTranslation()
  const { tab } = useSearch({ from: '/shell/transfers' })
  const navigate = useNavigate()
  const { data: me } = useQuery(meQuery)
  const mayImport = may(me, 'import')
  const shown = tab ?? 'import'
  return (
    <>
      <PageHead title={t('transfers.title')} under={t('transfers.under')} />
      {mayImport ? (
        <>
          <Tabs
            label={t('transfers.title')}
            value={shown}
            onChange={(key) => void navigate({ to: '.', search: { tab: key }, replace: true })}
            items={[
              { key: 'import', word: t('transfers.import') },
              { key: 'export', word: t('transfers.export') },
            ]}
          />
          <div role="tabpanel" id={`panel-${shown}`} aria-labelledby={`tab-${shown}`}>
            {shown === 'import' ? <ImportPanel /> : <ExportPanel />}
          </div>
        </>
      ) : (
        <ExportPanel />
      )}
    </>
  )
}
