import { TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { FormDialog } from './FormDialog.tsx'

/** One act with its reason, which stays in the record. */
export function ReasonDialog(props: {
  title: string
  /** What the act brings with it. */
  note?: string
  /** Of the button; the title where it says the same. */
  word?: string
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
    <FormDialog
      title={props.title}
      word={props.word ?? props.title}
      act={act}
      missing={reason.trim().length < 3}
      onClose={() => props.onClose(false)}
    >
      {props.note && <p>{props.note}</p>}
      <TextInput
        label={t('orders.reason')}
        description={t('orders.reasonWhat')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
    </FormDialog>
  )
}
