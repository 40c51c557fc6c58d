import { NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { FormDialog } from '../../ui/FormDialog.tsx'

type Station = { id: string; code: string; name: string }

/** A planned interruption of a station or a feeder, or an accidental one that has begun. */
export function AnnounceDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const stations = useQuery({
    queryKey: ['interruptions', 'stations'],
    queryFn: ({ signal }) => api<{ items: Station[] }>('/stations', { signal }),
  })
  const [kind, setKind] = useState<'planned' | 'accidental'>('planned')
  const [form, setForm] = useState({ stationId: '', feeder: '', startsAt: '', hours: '4', reason: '' })
  const stationId = form.stationId || (stations.data?.items[0]?.id ?? '')
  const lasts = Number(form.hours.replace(',', '.')) * 3_600_000
  const from = Date.parse(form.startsAt)
  const send = useMutation({
    mutationFn: () =>
      api('/interruptions', {
        method: 'POST',
        body: {
          kind,
          stationId,
          feeder: form.feeder.trim() === '' ? null : form.feeder.trim(),
          startsAt: new Date(from).toISOString(),
          endsAt: new Date(from + lasts).toISOString(),
          reason: form.reason,
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['interruptions'] })
      onClose()
    },
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
  return (
    <FormDialog
      title={t('interruptions.announce')}
      word={t('interruptions.announce')}
      act={send}
      missing={stationId === '' || Number.isNaN(from) || !(lasts > 0) || form.reason.trim().length < 3}
      onClose={onClose}
    >
      <NativeSelect
        label={t('interruptions.form.kind')}
        value={kind}
        onChange={(event) => setKind(event.currentTarget.value === 'planned' ? 'planned' : 'accidental')}
        data={(['planned', 'accidental'] as const).map((value) => ({
          value,
          label: t(`interruptions.kinds.${value}`),
        }))}
      />
      <NativeSelect
        mt="sm"
        label={t('interruptions.form.stationId')}
        value={stationId}
        onChange={(event) => setForm({ ...form, stationId: event.currentTarget.value })}
        data={(stations.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      />
      {field('feeder')}
      {field('startsAt', 'datetime-local')}
      {field('hours')}
      {field('reason')}
      <p className="muted small">{t('interruptions.noticeNote')}</p>
    </FormDialog>
  )
}
