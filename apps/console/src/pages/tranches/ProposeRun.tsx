import { Checkbox, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { FormDialog } from '../../ui/FormDialog.tsx'
import type { Run } from './types.ts'

/** When, for how long, and why; in an emergency at once, with its reason. */
export function ProposeRun({ code, onClose }: { code: string; onClose: (changed: boolean) => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [form, setForm] = useState({ startsAt: '', hours: '2', emergency: '', reason: '' })
  const [urgent, setUrgent] = useState(false)
  const lasts = Number(form.hours.replace(',', '.')) * 3_600_000
  const from = urgent ? Date.now() : Date.parse(form.startsAt)
  const propose = useMutation({
    mutationFn: () =>
      api<Run>(`/tranches/${encodeURIComponent(code)}/runs`, {
        method: 'POST',
        body: {
          ...(urgent
            ? { emergency: form.emergency }
            : { emergency: null, startsAt: new Date(from).toISOString() }),
          endsAt: new Date(from + lasts).toISOString(),
          reason: form.reason,
        },
      }),
    onSuccess: async (run) => {
      onClose(true)
      await navigate({ to: '/limitations/$runId', params: { runId: run.number } })
    },
  })
  const field = (key: keyof typeof form, type = 'text') => (
    <TextInput
      mt="sm"
      type={type}
      label={t(`tranches.runForm.${key}`)}
      value={form[key]}
      onChange={(event) => setForm({ ...form, [key]: event.currentTarget.value })}
    />
  )
  return (
    <FormDialog
      title={t('tranches.proposeRun')}
      word={t('tranches.proposeRun')}
      act={propose}
      missing={
        !(lasts > 0) ||
        Number.isNaN(from) ||
        form.reason.trim().length < 3 ||
        (urgent && form.emergency.trim().length < 10)
      }
      onClose={() => onClose(false)}
    >
      <Checkbox
        label={t('tranches.urgent')}
        checked={urgent}
        onChange={(event) => setUrgent(event.currentTarget.checked)}
      />
      {urgent ? field('emergency') : field('startsAt', 'datetime-local')}
      {field('hours')}
      {field('reason')}
    </FormDialog>
  )
}
