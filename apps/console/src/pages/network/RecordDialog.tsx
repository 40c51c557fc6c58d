import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, api } from '../../api/client.ts'
import { today } from '../../format/zone.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import { problemsOf, type Values } from './parameters.ts'

export type RecordField = {
  name: string
  /** A choice among these; without them a text. */
  options?: { value: string; label: string }[]
  hint?: string
}

type Props = {
  title: string
  path: string
  fields: RecordField[]
  initial: Values
  /** What is sent of what was typed; day, source and reason are added. */
  body: (values: Values) => object
  onClose: () => void
  children?: (fill: (values: Values) => void) => ReactNode
}

/** Records another dated version, with its source and its reason; what is wrong stands at its field. */
export function RecordDialog({ title, path, fields, initial, body, onClose, children }: Props) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [values, setValues] = useState<Values>({ ...initial, validFrom: today(), source: '', reason: '' })
  const [tried, setTried] = useState(false)
  const problems = tried ? problemsOf(values) : {}
  const record = useMutation({
    mutationFn: () =>
      api(path, {
        method: 'PUT',
        body: {
          ...body(values),
          validFrom: values['validFrom'],
          source: values['source'].trim(),
          reason: values['reason'].trim(),
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['stations'] })
      await client.invalidateQueries({ queryKey: ['points'] })
      onClose()
    },
  })
  const refused = record.error instanceof ApiError ? record.error : undefined
  const props = (name: string, hint?: string) => ({
    mt: 'sm',
    label: t(`balance.set.fields.${name}`),
    description: hint,
    value: values[name] ?? '',
    error: problems[name]
      ? t(`balance.set.problems.${problems[name]}`)
      : refused?.field === name && `${refused.message}. ${refused.remedy ?? ''}`,
    onChange: (event: { currentTarget: { value: string } }) =>
      setValues({ ...values, [name]: event.currentTarget.value }),
  })
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('state.close') }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (Object.keys(problemsOf(values)).length === 0) record.mutate()
        }}
      >
        {children?.((more) => setValues((old) => ({ ...old, ...more })))}
        {fields.map(({ name, options, hint }) =>
          options ? (
            <NativeSelect key={name} data={options} {...props(name, hint)} />
          ) : (
            <TextInput key={name} inputMode="decimal" {...props(name, hint)} />
          ),
        )}
        <TextInput type="date" {...props('validFrom', t('balance.set.validFromNote'))} />
        <TextInput {...props('source', t('balance.set.sourceNote'))} />
        <TextInput {...props('reason')} />
        {record.error && !(refused?.field && refused.field in values) && <ErrorView error={record.error} />}
        <Button type="submit" mt="md" loading={record.isPending}>
          {t('balance.set.record')}
        </Button>
      </form>
    </Modal>
  )
}
