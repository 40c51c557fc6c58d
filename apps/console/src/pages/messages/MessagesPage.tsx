import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { PageHead } from '../../ui/Panel.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Inbox } from './Inbox.tsx'
import { Subscriptions } from './Subscriptions.tsx'

/** Who was told what, and where messages are sent. */
export function MessagesPage() {
  const { t } = useTranslation()
  const { tab } = useSearch({ from: '/shell/messages' })
  const navigate = useNavigate()
  const { data: me } = useQuery(meQuery)
  const sends = may(me, 'messages')
  const shown = sends && tab === 'sent-to' ? 'sent-to' : 'inbox'
  return (
    <>
      <PageHead title={t('messages.title')} under={t(sends ? 'messages.under' : 'messages.underOwn')} />
      {sends && (
        <Tabs
          label={t('messages.title')}
          value={shown}
          onChange={(key) => void navigate({ to: '.', search: { tab: key }, replace: true })}
          items={[
            { key: 'inbox', word: t('messages.inbox') },
            { key: 'sent-to', word: t('messages.sentTo') },
          ]}
        />
      )}
      {sends ? (
        <div role="tabpanel" id={`panel-${shown}`} aria-labelledby={`tab-${shown}`}>
          {shown === 'inbox' ? <Inbox all={me?.scope === 'all'} /> : <Subscriptions />}
        </div>
      ) : (
        <Inbox all={me?.scope === 'all'} />
      )}
    </>
  )
}
