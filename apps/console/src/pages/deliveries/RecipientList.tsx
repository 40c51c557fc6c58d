import { Button, Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { EmptyView, ErrorView } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import css from './deliveries.module.css'
import type { Recipient } from './types.ts'

/** Who is sent the readings of each day, where, when and as what. */
export function RecipientList(props: { recipients: Recipient[]; onEdit: (recipient: Recipient) => void }) {
  const { t } = useTranslation()
  const [removing, setRemoving] = useState<Recipient>()
  if (props.recipients.length === 0)
    return (
      <EmptyView
        title={t('deliveries.noRecipients')}
        what={t('deliveries.noRecipientsWhat')}
        todo={t('deliveries.noRecipientsTodo')}
      />
    )
  return (
    <>
      <ul className={css.recipients}>
        {props.recipients.map((one) => (
          <li key={one.id}>
            <div>
              <p className={css.name}>
                <strong>{one.name}</strong> {one.supplier}{' '}
                <Status tone={one.active ? 'ok' : 'idle'} plain>
                  {t(one.active ? 'deliveries.active' : 'deliveries.paused')}
                </Status>
              </p>
              <p className="muted small">
                {t(`deliveries.kinds.${one.address.kind}`)} · <span className="mono">{placeOf(one)}</span> ·{' '}
                {t(`transfers.choices.format.${one.format.replace('.', '-')}`, one.format)} ·{' '}
                {(one.options.channels ?? []).join(', ')} · {t('deliveries.daily', { at: one.sendAt })}
                {!one.hasSecret && ` · ${t('deliveries.noSecret')}`}
              </p>
            </div>
            <div className={css.acts}>
              <Button size="xs" variant="default" onClick={() => props.onEdit(one)}>
                {t('deliveries.edit')}
              </Button>
              <Button size="xs" variant="subtle" onClick={() => setRemoving(one)}>
                {t('deliveries.remove')}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {removing && <Remove recipient={removing} onClose={() => setRemoving(undefined)} />}
    </>
  )
}

function placeOf({ address }: Recipient): string {
  if (address.kind === 'https') return address.url ?? ''
  if (address.kind === 'email') return address.to ?? ''
  return `${address.user}@${address.host}:${address.port} ${address.folder ?? ''}`
}

function Remove({ recipient, onClose }: { recipient: Recipient; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => api(`/deliveries/recipients/${recipient.id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['deliveries'] })
      onClose()
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('deliveries.removeTitle', { name: recipient.name })}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <p>{t('deliveries.removeWhat')}</p>
      {remove.error && <ErrorView error={remove.error} />}
      <Button mt="md" loading={remove.isPending} onClick={() => remove.mutate()}>
        {t('deliveries.remove')}
      </Button>
    </Modal>
  )
}
