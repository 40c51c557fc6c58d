import { Button, Checkbox, Modal, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { channels } from '../../app/search.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import { suppliersQuery } from '../transfers/queries.ts'
import { exportFormats } from '../transfers/types.ts'
import css from './deliveries.module.css'
import { bodyOf, draftOf, isComplete, type RecipientDraft } from './recipientDraft.ts'
import type { AddressKind, Recipient } from './types.ts'

const kinds: AddressKind[] = ['sftp', 'https', 'email']
/** What each way needs to be told; the last ones may stay empty. */
const fieldsOf: Record<AddressKind, readonly (keyof RecipientDraft['address'])[]> = {
  sftp: ['host', 'port', 'user', 'folder', 'hostKey'],
  https: ['url'],
  email: ['to', 'from', 'host', 'port', 'user'],
}

/** Adds a recipient, or changes one; what is secret is written and never read back. */
export function RecipientForm(props: { recipient: Recipient | undefined; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const suppliers = useQuery(suppliersQuery)
  const [draft, setDraft] = useState(() => draftOf(props.recipient))
  const set = (part: Partial<RecipientDraft>) => setDraft((old) => ({ ...old, ...part }))
  const save = useMutation({
    mutationFn: () => api('/deliveries/recipients', { method: 'POST', body: bodyOf(draft) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['deliveries'] })
      props.onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isComplete(draft)) save.mutate()
  }
  return (
    <Modal
      opened
      size="lg"
      onClose={props.onClose}
      title={
        props.recipient ? t('deliveries.editTitle', { name: props.recipient.name }) : t('deliveries.add')
      }
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <form className={css.form} onSubmit={submit}>
        <TextInput
          label={t('deliveries.fields.name')}
          description={t('deliveries.nameWhat')}
          value={draft.name}
          disabled={props.recipient !== undefined}
          onChange={(event) => set({ name: event.currentTarget.value })}
          data-autofocus
        />
        <NativeSelect
          label={t('deliveries.supplier')}
          value={draft.supplier}
          onChange={(event) => set({ supplier: event.currentTarget.value })}
          data={[
            { value: '', label: t('transfers.choose') },
            ...new Set([
              ...(draft.supplier === '' ? [] : [draft.supplier]),
              ...(suppliers.data?.items ?? []).map((one) => one.supplier),
            ]),
          ]}
        />
        <NativeSelect
          label={t('deliveries.fields.kind')}
          value={draft.kind}
          onChange={(event) => set({ kind: event.currentTarget.value as AddressKind })}
          data={kinds.map((value) => ({ value, label: t(`deliveries.kinds.${value}`) }))}
        />
        {fieldsOf[draft.kind].map((field) => (
          <TextInput
            key={field}
            className={field === 'url' || field === 'hostKey' ? css.wide : undefined}
            label={t(`deliveries.fields.${field}`)}
            description={t(`deliveries.hints.${field}`, '') || undefined}
            inputMode={field === 'port' ? 'numeric' : undefined}
            value={draft.address[field]}
            onChange={(event) => set({ address: { ...draft.address, [field]: event.currentTarget.value } })}
          />
        ))}
        {draft.kind === 'sftp' ? (
          <Textarea
            className={css.wide}
            label={t('deliveries.secrets.sftp')}
            description={t(props.recipient?.hasSecret ? 'deliveries.secretStays' : 'deliveries.secretWhat')}
            autosize
            minRows={1}
            maxRows={6}
            value={draft.secret}
            onChange={(event) => set({ secret: event.currentTarget.value })}
          />
        ) : (
          <PasswordInput
            className={css.wide}
            label={t(`deliveries.secrets.${draft.kind}`)}
            description={t(props.recipient?.hasSecret ? 'deliveries.secretStays' : 'deliveries.secretWhat')}
            autoComplete="new-password"
            value={draft.secret}
            onChange={(event) => set({ secret: event.currentTarget.value })}
          />
        )}
        <NativeSelect
          label={t('transfers.fields.format')}
          value={draft.format}
          onChange={(event) => set({ format: event.currentTarget.value })}
          data={exportFormats.map((value) => ({
            value,
            label: t(`transfers.choices.format.${value.replace('.', '-')}`, value),
          }))}
        />
        <NativeSelect
          label={t('transfers.fields.locale')}
          value={draft.locale}
          onChange={(event) => set({ locale: event.currentTarget.value as 'ro' | 'en' })}
          data={(['ro', 'en'] as const).map((value) => ({
            value,
            label: t(`transfers.choices.locale.${value}`),
          }))}
        />
        <TextInput
          type="time"
          label={t('deliveries.fields.sendAt')}
          description={t('deliveries.sendAtWhat')}
          value={draft.sendAt}
          onChange={(event) => set({ sendAt: event.currentTarget.value })}
        />
        <fieldset className={css.channels}>
          <legend>{t('transfers.fields.channels')}</legend>
          {channels.map((channel) => (
            <Checkbox
              key={channel}
              label={t(`channels.${channel}`)}
              checked={draft.channels.includes(channel)}
              onChange={(event) => {
                const on = event.currentTarget.checked
                set({
                  channels: [...draft.channels.filter((one) => one !== channel), ...(on ? [channel] : [])],
                })
              }}
            />
          ))}
          {draft.kind === 'email' && (
            <Checkbox
              label={t('deliveries.fields.requireTls')}
              checked={draft.requireTls}
              onChange={(event) => set({ requireTls: event.currentTarget.checked })}
            />
          )}
          <Checkbox
            label={t('deliveries.fields.active')}
            checked={draft.active}
            onChange={(event) => set({ active: event.currentTarget.checked })}
          />
        </fieldset>
        {save.error && (
          <div className={css.wide}>
            <ErrorView error={save.error} />
          </div>
        )}
        <Button type="submit" disabled={!isComplete(draft)} loading={save.isPending}>
          {t('deliveries.save')}
        </Button>
      </form>
    </Modal>
  )
}
