import { Button, Select, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import css from './edits.module.css'
import { type Draft, operationOf, typedOf } from './operation.ts'
import { PreviewView } from './PreviewView.tsx'
import { type EditedSlot, SlotValues } from './SlotValues.tsx'
import { type Edit, type EditPreview, type EditRequest, editOperations, totalShapes } from './types.ts'

type Span = Omit<EditRequest, 'operation'>

/** Operation, preview, reason, save: saving is possible only for what the preview has shown. */
export function EditForm({ span, slots }: { span: Span; slots: EditedSlot[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const client = useQueryClient()
  const [form, setDraft] = useState<Omit<Draft, 'values'>>({
    kind: 'fill',
    amount: '',
    shape: 'current',
    day: '',
  })
  // By instant, so that what was typed stays with its quarter-hour when the span grows.
  const [typed, setTyped] = useState<ReadonlyMap<number, string>>(new Map())
  const draft = {
    ...form,
    values: slots.map(({ start, value }) => typed.get(start) ?? typedOf(value, f.locale === 'ro-RO')),
  }
  const [reason, setReason] = useState('')
  const change = (part: Partial<typeof form>) => setDraft((old) => ({ ...old, ...part }))
  const operation = operationOf(draft)
  const request = operation && { ...span, operation }
  const asked = JSON.stringify(request)
  const preview = useMutation({
    mutationFn: (body: EditRequest) => api<EditPreview>('/edits:preview', { method: 'POST', body }),
  })
  const save = useMutation({
    mutationFn: (body: EditRequest & { reason: string }) =>
      api<{ edit: Edit }>('/edits', { method: 'POST', body }),
    onSuccess: () => {
      preview.reset()
      setReason('')
      setTyped(new Map())
      return client.invalidateQueries({ queryKey: ['points', span.meteringPointId] })
    },
  })
  const shown = preview.data && JSON.stringify(preview.variables) === asked ? preview.data : undefined
  const needsDay = draft.kind === 'copy' || (draft.kind === 'total' && draft.shape === 'day')
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (!request) return
        if (shown === undefined) preview.mutate(request)
        else if (reason.trim().length >= 3) save.mutate({ ...request, reason: reason.trim() })
      }}
    >
      <p>
        {t('edits.chosen')}{' '}
        <strong>
          {f.dateTime(span.from)} – {f.dateTime(span.to)}
        </strong>
      </p>
      <Select
        label={t('edits.operation')}
        allowDeselect={false}
        value={draft.kind}
        onChange={(kind) => change({ kind: (kind ?? 'fill') as Draft['kind'] })}
        data={editOperations.map((value) => ({ value, label: t(`edits.operations.${value}`) }))}
      />
      {draft.kind === 'total' && (
        <Select
          label={t('edits.shape')}
          allowDeselect={false}
          value={draft.shape}
          onChange={(shape) => change({ shape: (shape ?? 'current') as Draft['shape'] })}
          data={totalShapes.map((value) => ({ value, label: t(`edits.shapes.${value}`) }))}
        />
      )}
      {['fill', 'total', 'factor'].includes(draft.kind) && (
        <TextInput
          label={t(`edits.amounts.${draft.kind}`)}
          inputMode="decimal"
          value={draft.amount}
          onChange={(event) => change({ amount: event.currentTarget.value })}
        />
      )}
      {draft.kind === 'set' && (
        <SlotValues
          slots={slots}
          values={draft.values}
          onChange={(changes) => setTyped((old) => new Map([...old, ...changes]))}
        />
      )}
      {needsDay && (
        <TextInput
          type="date"
          label={t('edits.dayFrom')}
          value={draft.day}
          onChange={(event) => change({ day: event.currentTarget.value })}
        />
      )}
      <Button
        type="button"
        variant="default"
        disabled={!request}
        loading={preview.isPending}
        onClick={() => request && preview.mutate(request)}
      >
        {t('edits.preview')}
      </Button>
      {preview.error && <ErrorView error={preview.error} />}
      {shown && <PreviewView preview={shown} />}
      <Textarea
        label={t('edits.reason')}
        description={t('edits.reasonWhat')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {save.error && <ErrorView error={save.error} />}
      <Button
        type="submit"
        disabled={shown === undefined || shown.changedSlots === 0 || reason.trim().length < 3}
        loading={save.isPending}
      >
        {t(shown?.needsSecondPerson ? 'edits.send' : 'edits.save')}
      </Button>
      {save.data && preview.isIdle && (
        <output>
          <Status tone={save.data.edit.state === 'pending' ? 'warn' : 'ok'}>
            {t(save.data.edit.state === 'pending' ? 'edits.waits' : 'edits.saved')}
          </Status>
        </output>
      )}
    </form>
  )
}
