import { NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { FormDialog } from '../../ui/FormDialog.tsx'
import { causesQuery } from './queries.ts'
import type { OrderDetail } from './types.ts'

const channels = ['registered-letter', 'letter', 'email', 'sms', 'hand', 'portal', 'public'] as const

/** A notice or a letter that was sent, or what made the cause go away; each with its proof. */
export function RecordDialog(props: {
  what: 'notice' | 'cure' | 'letter'
  order: OrderDetail
  onClose: (done: boolean, reconnect?: string) => void
}) {
  const { t } = useTranslation()
  const causes = useQuery(causesQuery)
  const cures = [
    ...new Set(
      causes.data?.items.filter(({ code }) => code === props.order.cause).flatMap((one) => one.cures),
    ),
  ]
  const sent = props.what !== 'cure'
  const choices = sent ? channels : cures
  const [choice, setChoice] = useState<string>()
  const [proof, setProof] = useState('')
  const chosen = choice ?? choices[0] ?? 'payment'
  const record = useMutation({
    mutationFn: async () => {
      // The order's calendar may be ahead of this computer's: the demonstration lets days pass.
      const { now } = await api<{ now: string }>('/orders/now')
      return sent
        ? api(`/orders/${props.order.id}/${props.what === 'letter' ? 'justification' : 'notices'}`, {
            method: 'POST',
            body: { sentAt: now, channel: chosen, proof },
          })
        : api<{ reconnect: { id: string } | null }>(`/orders/${props.order.id}/cures`, {
            method: 'POST',
            body: { kind: chosen, at: now, proof },
          })
    },
    onSuccess: (answer) =>
      props.onClose(true, (answer as { reconnect?: { id: string } | null } | undefined)?.reconnect?.id),
  })
  return (
    <FormDialog
      title={t(`orders.acts.${props.what}`)}
      word={t(`orders.acts.${props.what}`)}
      act={record}
      missing={proof.trim().length < 3}
      onClose={() => props.onClose(false)}
    >
      <NativeSelect
        label={t(sent ? 'orders.channel' : 'orders.cure')}
        value={chosen}
        onChange={(event) => setChoice(event.currentTarget.value)}
        data={choices.map((value) => ({
          value,
          label: t(`orders.${sent ? 'channels' : 'cures'}.${value}`, value),
        }))}
      />
      <TextInput
        mt="sm"
        label={t('orders.proof')}
        description={t(sent ? 'orders.noticeProof' : 'orders.cureProof')}
        value={proof}
        onChange={(event) => setProof(event.currentTarget.value)}
        data-autofocus
      />
    </FormDialog>
  )
}
