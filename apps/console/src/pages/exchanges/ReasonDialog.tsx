import { Button, Modal, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { ErrorView } from '../../ui/StateViews.tsx'

/** An act that needs its reason and nothing else. */
export function ReasonDialog(props: { title: string; note: string; path: string; onClose: () => void }) {
  const { title, note, path, onClose } = props
  const { t } = useTranslation()
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const send = useMutation({
    mutationFn: () => api(path, { method: 'POST', body: { reason } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['exchanges'] })
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('state.close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          send.mutate()
        }}
      >
        <p>{note}</p>
        <Textarea
          autosize
          minRows={2}
          maxLength={300}
          label={t('exchanges.form.reason')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {send.error && <ErrorView error={send.error} />}
        <Button type="submit" mt="md" loading={send.isPending} disabled={reason.trim().length < 3}>
          {t('exchanges.confirm')}
        </Button>
      </form>
    </Modal>
  )
}
