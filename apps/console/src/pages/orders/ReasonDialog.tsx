import { Button, Modal, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { ErrorView } from '../../ui/StateViews.tsx'

/** One act with its reason, which stays in the record. */
export function ReasonDialog(props: {
  title: string
  path: string
  body?: object | undefined
  onClose: (done: boolean) => void
}) {
  const { t } = useTranslation()
  const [reason, setReason] = useState('')
  const act = useMutation({
    mutationFn: () => api(props.path, { method: 'POST', body: { ...props.body, reason } }),
    onSuccess: () => props.onClose(true),
  })
  return (
    <Modal
      opened
      onClose={() => props.onClose(false)}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          act.mutate()
        }}
      >
        <TextInput
          label={t('orders.reason')}
          description={t('orders.reasonWhat')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {act.error && <ErrorView error={act.error} />}
        <Button type="submit" mt="md" loading={act.isPending} disabled={reason.trim().length < 3}>
          {props.title}
        </Button>
      </form>
    </Modal>
  )
}
