import { Button, SegmentedControl } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import css from './messages.module.css'
import { messagesQuery } from './queries.ts'
import { type Message, messageFilters } from './types.ts'

const tones: Record<string, Tone> = {
  new: 'busy',
  kept: 'ok',
  sent: 'busy',
  delivered: 'ok',
  acknowledged: 'ok',
  failed: 'bad',
}

/** Messages, the oldest first: what is confirmed leaves the list. `all`: those of every recipient. */
export function Inbox({ all }: { all: boolean }) {
  const { t } = useTranslation()
  const { show } = useSearch({ from: '/shell/messages' })
  const navigate = useNavigate()
  const filter = show ?? 'waiting'
  const messages = useInfiniteQuery(messagesQuery(filter))
  const items = messages.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Panel
      title={t('messages.inbox')}
      note={t('messages.order')}
      tools={
        <SegmentedControl
          size="xs"
          aria-label={t('messages.filter')}
          value={filter}
          onChange={(value) =>
            void navigate({
              to: '.',
              search: (old) => ({ ...old, show: messageFilters.find((each) => each === value) }),
              replace: true,
            })
          }
          data={messageFilters.map((value) => ({ value, label: t(`messages.filters.${value}`) }))}
        />
      }
    >
      <Waiting for={messages} rows={4}>
        {items.length === 0 ? (
          <EmptyView title={t(`messages.none.${filter}`)} what={t('messages.noneWhat')} />
        ) : (
          <>
            <ul className={css.list} aria-label={t('messages.title')}>
              {items.map((message) => (
                <Row key={message.id} message={message} all={all} />
              ))}
            </ul>
            {messages.hasNextPage && (
              <Button
                className={css.more}
                variant="default"
                size="xs"
                loading={messages.isFetchingNextPage}
                onClick={() => void messages.fetchNextPage()}
              >
                {t('messages.more')}
              </Button>
            )}
          </>
        )}
      </Waiting>
    </Panel>
  )
}

function Row({ message, all }: { message: Message; all: boolean }) {
  const { t } = useTranslation()
  const f = useFormat()
  const client = useQueryClient()
  const acknowledge = useMutation({
    mutationFn: () => api(`/messages/${message.id}/acknowledge`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['messages'] }),
  })
  const text = message.text[f.locale === 'ro-RO' ? 'ro' : 'en']
  const state = message.acknowledgedAt ? 'acknowledged' : message.state
  return (
    <li>
      <p className={css.head}>
        <Status tone={tones[state] ?? 'warn'}>{t(`orders.messageStates.${state}`, state)}</Status>
        <strong>{text.subject}</strong>
        <Link className="mono" to="/points/$pointId" params={{ pointId: message.meteringPointId }}>
          {message.pod}
        </Link>
        {message.about === 'order' && (
          <Link to="/orders/$orderId" params={{ orderId: message.aboutId }}>
            {t('messages.order-link')}
          </Link>
        )}
        {!message.acknowledgedAt && (
          <Button
            size="compact-xs"
            variant="default"
            loading={acknowledge.isPending}
            onClick={() => acknowledge.mutate()}
          >
            {t('messages.acknowledge')}
          </Button>
        )}
      </p>
      <p className={css.text}>{text.text}</p>
      <p className="muted small">
        {all && `${recipientWords(message.recipient, t)} · `}
        {f.dateTime(message.createdAt)}
        {message.deliveredAt && ` · ${t('messages.delivered', { at: f.dateTime(message.deliveredAt) })}`}
        {message.acknowledgedAt &&
          ` · ${t('messages.acknowledged', { at: f.dateTime(message.acknowledgedAt) })}`}
      </p>
      {message.errorText && <p className="small">{t('messages.error', { text: message.errorText })}</p>}
      {acknowledge.error && <ErrorView error={acknowledge.error} />}
    </li>
  )
}

/** 'supplier:EVA' as a person says it. */
export function recipientWords(recipient: string, t: TFunction): string {
  const [kind, ...rest] = recipient.split(':')
  const name = rest.join(':')
  if (kind === 'supplier') return t('messages.supplier', { name })
  if (kind === 'customer') return name === '*' ? t('messages.customers') : t('messages.customer', { name })
  return t('messages.operator')
}
