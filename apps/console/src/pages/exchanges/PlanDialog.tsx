import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { FormDialog } from '../../ui/FormDialog.tsx'

/** The exchange of the meter of a point, put on the route of the crew that serves it. */
export function PlanDialog({ point, onClose }: { point: string; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [form, setForm] = useState({ meteringPoint: point, visitOn: '', reason: '' })
  const send = useMutation({
    mutationFn: () => api('/field/exchanges', { method: 'POST', body: form }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['exchanges'] })
      onClose()
    },
  })
  const field = (key: keyof typeof form, type = 'text') => (
    <TextInput
      mt="sm"
      type={type}
      label={t(`exchanges.form.${key}`)}
      value={form[key]}
      onChange={(event) => setForm({ ...form, [key]: event.currentTarget.value })}
    />
  )
  return (
    <FormDialog
      title={t('exchanges.plan')}
      word={t('exchanges.plan')}
      act={send}
      missing={form.meteringPoint === '' || form.visitOn === '' || form.reason.trim().length < 3}
      onClose={onClose}
    >
      {field('meteringPoint')}
      {field('visitOn', 'date')}
      {field('reason')}
      <p className="muted small">{t('exchanges.planNote')}</p>
    </FormDialog>
  )
}
