import { Button, Modal, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { ErrorView } from '../../ui/StateViews.tsx'

export type Act = 'acknowledge' | 'resolve' | 'reopen'
/** One by one, or everything that the filter says, also what is not loaded. */
type Chosen = { ids: string[] } | { filter: Record<string, string> }

/** One act on many exceptions, with the reason that stays beside each. */
export function ReasonForMany(props: {
  act: Act
  chosen: Chosen
  count: number
  onClose: (done: boolean) => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const change = useMutation({
    mutationFn: () =>
      api<{ changed: number }>('/exceptions:bulk', {
        method: 'POST',
        body: { chosen: props.chosen, change: { action: props.act }, reason },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['work'] })
      props.onClose(true)
    },
  })
  return (
    <Modal
      opened
      onClose={() => props.onClose(false)}
      title={t('work.confirm', { act: t(`work.acts.${props.act}`), n: f.number(props.count) })}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate()
        }}
      >
        <TextInput
          label={t('work.reason')}
          description={t('work.reasonWhat')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {change.error && <ErrorView error={change.error} onRetry={() => change.mutate()} />}
        <Button type="submit" mt="md" loading={change.isPending} disabled={reason.trim().length < 3}>
          {t(`work.acts.${props.act}`)}
        </Button>
      </form>
    </Modal>
  )
}
