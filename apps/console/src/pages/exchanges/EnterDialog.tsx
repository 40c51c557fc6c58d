import { NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { FormDialog } from '../../ui/FormDialog.tsx'
import css from './exchanges.module.css'
import type { NotedExchange } from './types.ts'

/**
 * What the crew does not know of the new meter: how it is reached and the keys that came with it. What was signed is
 * sent as it was signed.
 */
export function EnterDialog({ one, onClose }: { one: NotedExchange; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [form, setForm] = useState({
    systemTitle: '',
    manufacturer: '',
    line: one.line ?? '',
    host: one.host ?? '',
    port: '',
    transport: 'wrapper',
    suite: '0',
    modelId: '',
    physicalAddress: '',
    encryption: '',
    authentication: '',
    password: '',
  })
  const given = (key: keyof typeof form) => (form[key].trim() === '' ? undefined : form[key].trim())
  const send = useMutation({
    mutationFn: () =>
      api(`/metering-points/${one.meteringPointId}/exchange`, {
        method: 'POST',
        body: {
          at: one.at,
          oldSerial: one.oldSerial,
          endIndexes: one.endIndexes,
          startIndexes: one.startIndexes,
          record: one.record,
          reason: one.reason,
          meter: {
            serial: one.newSerial,
            model: one.newModel,
            systemTitle: given('systemTitle'),
            manufacturer: given('manufacturer'),
            line: given('line'),
            host: given('host'),
            port: Number(form.port),
            transport: form.transport,
            suite: Number(form.suite),
            modelId: given('modelId'),
            physicalAddress: form.physicalAddress.trim() === '' ? undefined : Number(form.physicalAddress),
            keys: {
              encryption: given('encryption'),
              authentication: given('authentication'),
              password: given('password'),
            },
          },
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries()
      onClose()
    },
  })
  const field = (key: keyof typeof form, type = 'text') => (
    <TextInput
      type={type}
      autoComplete="off"
      label={t(`exchanges.form.${key}`)}
      value={form[key]}
      onChange={(event) => setForm({ ...form, [key]: event.currentTarget.value })}
    />
  )
  const choice = (key: 'transport' | 'suite', data: string[]) => (
    <NativeSelect
      label={t(`exchanges.form.${key}`)}
      value={form[key]}
      onChange={(event) => setForm({ ...form, [key]: event.currentTarget.value })}
      data={data.map((value) => ({ value, label: t(`exchanges.${key}s.${value}`) }))}
    />
  )
  return (
    <FormDialog
      title={`${one.newSerial} · ${one.record}`}
      word={t('exchanges.enter')}
      act={send}
      missing={!(Number(form.port) > 0) || form.host === '' || form.systemTitle.trim() === ''}
      size="lg"
      onClose={onClose}
    >
      <p>{t('exchanges.enterNote')}</p>
      <div className={css.fields}>
        {field('manufacturer')}
        {field('systemTitle')}
        {field('line')}
        {field('host')}
        {field('port')}
        {choice('transport', ['wrapper', 'hdlc', 'udp-wrapper'])}
        {form.transport === 'hdlc' && field('physicalAddress')}
        {choice('suite', ['0', '1', '2'])}
        {field('modelId')}
        {field('encryption', 'password')}
        {field('authentication', 'password')}
        {field('password', 'password')}
      </div>
    </FormDialog>
  )
}
