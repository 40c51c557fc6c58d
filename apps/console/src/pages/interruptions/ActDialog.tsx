import { TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { FormDialog } from '../../ui/FormDialog.tsx'
import type { Interruption } from './types.ts'

export type InterruptionAct = 'start' | 'end' | 'reschedule' | 'cancel'

/** It has begun or ended at this moment, is moved, or does not take place. */
export function ActDialog(props: {
  one: Interruption
  act: InterruptionAct
  onClose: (done: boolean) => void
}) {
  const { one, act, onClose } = props
  const { t } = useTranslation()
  const [form, setForm] = useState({ separation: '', startsAt: '', reason: '' })
  const separates = act === 'start' && one.kind === 'requested'
  const lasts = Date.parse(one.endsAt) - Date.parse(one.startsAt)
  const send = useMutation({
    mutationFn: () =>
      api(`/interruptions/${one.id}/acts`, {
        method: 'POST',
        body: {
          act,
          ...(separates && { separation: form.separation }),
          ...(act === 'reschedule' && {
            startsAt: new Date(form.startsAt).toISOString(),
            endsAt: new Date(Date.parse(form.startsAt) + lasts).toISOString(),
          }),
          ...((act === 'reschedule' || act === 'cancel') && { reason: form.reason }),
        },
      }),
    onSuccess: () => onClose(true),
  })
  const field = (key: keyof typeof form, type = 'text') => (
    <TextInput
      mt="sm"
      type={type}
      label={t(`interruptions.form.${key}`)}
      value={form[key]}
      onChange={(event) => setForm({ ...form, [key]: event.currentTarget.value })}
    />
  )
  const missing =
    (separates && form.separation.trim().length < 5) ||
    (act === 'reschedule' && Number.isNaN(Date.parse(form.startsAt))) ||
    ((act === 'reschedule' || act === 'cancel') && form.reason.trim().length < 3)
  return (
    <FormDialog
      title={`${t(`interruptions.acts.${act}`)} · ${one.number}`}
      word={t(`interruptions.acts.${act}`)}
      act={send}
      missing={missing}
      onClose={() => onClose(false)}
    >
      <p>{t(`interruptions.actNotes.${act}`)}</p>
      {separates && field('separation')}
      {act === 'reschedule' && field('startsAt', 'datetime-local')}
      {(act === 'reschedule' || act === 'cancel') && field('reason')}
    </FormDialog>
  )
}
