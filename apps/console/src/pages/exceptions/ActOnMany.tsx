import { Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery, personsQuery } from '../../api/queries.ts'
import { useFormat } from '../../format/format.ts'
import { ErrorView } from '../../ui/StateViews.tsx'

export type Act = 'acknowledge' | 'assign' | 'resolve' | 'reopen'
/** One by one, or everything that the filter says, also what is not loaded. */
type Chosen = { ids: string[] } | { filter: Record<string, string> }

/** Stands for nobody in the choice of a person; the empty choice is none yet. */
const nobody = 'nobody'

/** One act on one or many exceptions, with the reason that stays in the log and beside what is resolved. */
export function ActOnMany(props: {
  act: Act
  chosen: Chosen
  count: number
  onClose: (done: boolean) => void
}) {
  const { act, count } = props
  const { t } = useTranslation()
  const f = useFormat()
  const client = useQueryClient()
  const { data: me } = useQuery(meQuery)
  const [reason, setReason] = useState('')
  const [to, setTo] = useState('')
  const [othersToo, setOthersToo] = useState(false)
  const mine = { action: 'assign', to: me?.subject }
  const body =
    act === 'assign'
      ? { action: 'assign', to: to === nobody ? null : to }
      : act === 'acknowledge' && othersToo
        ? mine
        : { action: act }
  const change = useMutation({
    mutationFn: () =>
      api<{ changed: number }>('/exceptions:bulk', {
        method: 'POST',
        body: { chosen: props.chosen, change: body, reason },
      }),
    onSuccess: async ({ changed }) => {
      await client.invalidateQueries({ queryKey: ['work'] })
      if (changed >= count) props.onClose(true)
    },
  })
  const ready = reason.trim().length >= 3 && (act !== 'assign' || to !== '')
  return (
    <Modal
      opened
      onClose={() => props.onClose(change.isSuccess)}
      title={t('work.confirm', { act: t(`work.acts.${act}`), n: f.number(count) })}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      {change.isSuccess ? (
        <p role="status">{t('work.partly', { n: f.number(change.data.changed), of: f.number(count) })}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (ready) change.mutate()
          }}
        >
          {act === 'assign' && <PersonSelect me={me?.subject} to={to} onChange={setTo} />}
          <TextInput
            label={t('work.reason')}
            description={t(act === 'resolve' ? 'work.reasonWhat' : 'work.reasonLog')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-autofocus
          />
          {act === 'acknowledge' && (
            <Checkbox
              mt="md"
              label={t('work.othersToo')}
              checked={othersToo}
              onChange={(event) => setOthersToo(event.currentTarget.checked)}
            />
          )}
          {change.error && <ErrorView error={change.error} onRetry={() => change.mutate()} />}
          <Button type="submit" mt="md" loading={change.isPending} disabled={!ready}>
            {t(`work.acts.${act}`)}
          </Button>
        </form>
      )}
    </Modal>
  )
}

function PersonSelect(props: { me: string | undefined; to: string; onChange: (to: string) => void }) {
  const { t } = useTranslation()
  const persons = useQuery(personsQuery)
  const items = persons.data?.items ?? []
  return (
    <NativeSelect
      mb="md"
      label={t('work.to')}
      value={props.to}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      data={[
        { value: '', label: t('work.choosePerson') },
        ...items.map(({ subject, name, role }) => ({
          value: subject,
          label: subject === props.me ? t('work.toMe', { name }) : `${name}, ${t(`roles.${role}`, role)}`,
        })),
        { value: nobody, label: t('work.toNobody') },
      ]}
    />
  )
}
