import { Button, NativeSelect, PasswordInput, Switch, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { recipientWords } from './Inbox.tsx'
import css from './messages.module.css'
import { subscriptionsQuery } from './queries.ts'
import type { Subscription } from './types.ts'

/** Where messages are sent: signed webhooks and letters, by recipient. */
export function Subscriptions() {
  const { t } = useTranslation()
  const subscriptions = useQuery(subscriptionsQuery)
  const [open, setOpen] = useState<Draft>()
  const items = subscriptions.data?.items ?? []
  return (
    <Panel
      title={t('messages.sentTo')}
      note={t('messages.sentToNote')}
      tools={
        <Button size="xs" onClick={() => setOpen(draftOf())}>
          {t('messages.add')}
        </Button>
      }
    >
      {open && <SubscriptionForm key={open.name} first={open} onClose={() => setOpen(undefined)} />}
      <Waiting for={subscriptions} rows={3}>
        {items.length === 0 ? (
          <EmptyView title={t('messages.noAddress')} what={t('messages.noAddressWhat')} />
        ) : (
          <ul className={css.list} aria-label={t('messages.sentTo')}>
            {items.map((each) => (
              <Row key={each.id} subscription={each} onEdit={() => setOpen(draftOf(each))} />
            ))}
          </ul>
        )}
      </Waiting>
    </Panel>
  )
}

function Row({ subscription, onEdit }: { subscription: Subscription; onEdit: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [sure, setSure] = useState(false)
  const remove = useMutation({
    mutationFn: () => api(`/message-subscriptions/${subscription.id}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: subscriptionsQuery.queryKey }),
  })
  const { address, active, name, recipient, format, kinds } = subscription
  return (
    <li>
      <p className={css.head}>
        <Status tone={active ? 'ok' : 'idle'}>{t(active ? 'messages.active' : 'messages.paused')}</Status>
        <strong>{name}</strong>
        <span>{recipientWords(recipient, t)}</span>
        <Button size="compact-xs" variant="default" onClick={onEdit}>
          {t('messages.change')}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          color="red"
          loading={remove.isPending}
          onClick={() => (sure ? remove.mutate() : setSure(true))}
        >
          {t(sure ? 'messages.removeSure' : 'messages.remove')}
        </Button>
      </p>
      <p className="muted small">
        {address.channel === 'webhook' ? address.url : `${address.to ?? t('messages.own')} (${address.host})`}{' '}
        · {t(`messages.formats.${format}`)} · {kinds.length === 0 ? t('messages.allKinds') : kinds.join(', ')}
      </p>
      {remove.error && <ErrorView error={remove.error} />}
    </li>
  )
}

type Draft = {
  name: string
  known: boolean
  hasSecret: boolean
  recipient: string
  channel: 'webhook' | 'email'
  url: string
  to: string
  from: string
  host: string
  port: string
  user: string
  requireTls: boolean
  secret: string
  format: Subscription['format']
  kinds: string
  active: boolean
}

function draftOf(of?: Subscription): Draft {
  const mail = of?.address.channel === 'email' ? of.address : undefined
  return {
    name: of?.name ?? '',
    known: of !== undefined,
    hasSecret: of?.hasSecret ?? false,
    recipient: of?.recipient ?? 'supplier:',
    channel: of?.address.channel ?? 'webhook',
    url: of?.address.channel === 'webhook' ? of.address.url : '',
    to: mail?.to ?? '',
    from: mail?.from ?? '',
    host: mail?.host ?? '',
    port: String(mail?.port ?? 587),
    user: mail?.user ?? '',
    requireTls: mail?.requireTls ?? true,
    secret: '',
    format: of?.format ?? 'json',
    kinds: of?.kinds.join(', ') ?? '',
    active: of?.active ?? true,
  }
}

function bodyOf(draft: Draft) {
  const { name, recipient, url, to, from, host, port, user, requireTls, secret, format, active } = draft
  return {
    name,
    recipient,
    address:
      draft.channel === 'webhook'
        ? { channel: 'webhook', url }
        : {
            channel: 'email',
            from,
            host,
            port: Number(port),
            requireTls,
            ...(to !== '' && { to }),
            ...(user !== '' && { user }),
          },
    ...(secret !== '' && { secret }),
    format,
    kinds: draft.kinds
      .split(',')
      .map((kind) => kind.trim())
      .filter((kind) => kind !== ''),
    active,
  }
}

function SubscriptionForm({ first, onClose }: { first: Draft; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [draft, setDraft] = useState(first)
  const set = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }))
  const save = useMutation({
    mutationFn: () => api('/message-subscriptions', { method: 'PUT', body: bodyOf(draft) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: subscriptionsQuery.queryKey })
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const text = (key: 'url' | 'to' | 'from' | 'host' | 'port' | 'user' | 'kinds', more: object = {}) => (
    <TextInput
      label={t(`messages.fields.${key}`)}
      value={draft[key]}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
      {...more}
    />
  )
  return (
    <form className={css.form} onSubmit={submit}>
      <div className={css.fields}>
        <TextInput
          required
          readOnly={first.known}
          label={t('messages.fields.name')}
          value={draft.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          required
          label={t('messages.fields.recipient')}
          description={t('messages.recipientWhat')}
          value={draft.recipient}
          onChange={(event) => set({ recipient: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('messages.fields.channel')}
          value={draft.channel}
          onChange={(event) => set({ channel: event.currentTarget.value as Draft['channel'] })}
          data={(['webhook', 'email'] as const).map((value) => ({
            value,
            label: t(`messages.channels.${value}`),
          }))}
        />
        <NativeSelect
          label={t('messages.fields.format')}
          value={draft.format}
          onChange={(event) => set({ format: event.currentTarget.value as Draft['format'] })}
          data={(['json', 'cim', 'text'] as const).map((value) => ({
            value,
            label: t(`messages.formats.${value}`),
          }))}
        />
        {draft.channel === 'webhook' ? (
          text('url', { required: true, type: 'url' })
        ) : (
          <>
            {text('to', { type: 'email', description: t('messages.toWhat') })}
            {text('from', { required: true, type: 'email' })}
            {text('host', { required: true })}
            {text('port', { required: true, inputMode: 'numeric' })}
            {text('user')}
          </>
        )}
        <PasswordInput
          label={t('messages.fields.secret')}
          description={t(first.hasSecret ? 'messages.secretKept' : 'messages.secretWhat')}
          value={draft.secret}
          autoComplete="new-password"
          onChange={(event) => set({ secret: event.currentTarget.value })}
        />
        {text('kinds', { description: t('messages.kindsWhat') })}
        <Switch
          label={t('messages.active')}
          checked={draft.active}
          onChange={(event) => set({ active: event.currentTarget.checked })}
        />
        {draft.channel === 'email' && (
          <Switch
            label={t('messages.fields.requireTls')}
            checked={draft.requireTls}
            onChange={(event) => set({ requireTls: event.currentTarget.checked })}
          />
        )}
      </div>
      {save.error && <ErrorView error={save.error} />}
      <div className={css.head}>
        <Button type="submit" loading={save.isPending}>
          {t('messages.save')}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t('messages.cancel')}
        </Button>
      </div>
    </form>
  )
}
