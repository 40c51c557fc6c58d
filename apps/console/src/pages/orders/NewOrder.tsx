import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import { useFormat } from '../../format/format.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { Conditions } from './Conditions.tsx'
import css from './orders.module.css'
import { causesQuery } from './queries.ts'
import { type DryRun, type OrderRow, type OrderType, orderTypes } from './types.ts'

const ofCustomer: readonly OrderType[] = ['DECO_C', 'RECO_C']

/** Asks for an order: first it shows what it would do, then it can be asked for. */
export function NewOrder(props: { point?: string | undefined; onClose: (id?: string) => void }) {
  const { t, i18n } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const causes = useQuery(causesQuery)
  const [form, setForm] = useState({
    type: 'DECO_C' as OrderType,
    meteringPoint: props.point ?? '',
    cause: '',
    requesterReference: `console-${Date.now().toString(36)}`,
    debtSince: '',
    protectionReason: '',
    reason: '',
  })
  const set = (change: Partial<typeof form>) => {
    setForm({ ...form, ...change })
    preview.reset()
  }
  const fitting = new Map(
    (causes.data?.items ?? [])
      .filter(({ types }) => types.includes(form.type))
      .map((cause) => [
        cause.code,
        `${cause.code}: ${i18n.language.startsWith('en') ? cause.titleEn : cause.titleRo}`,
      ]),
  )
  const needsDebt =
    causes.data?.items.some(({ code, debtDays }) => code === form.cause && debtDays > 0) ?? false
  const request = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== ''))
  const preview = useMutation({
    mutationFn: () => api<DryRun>('/orders:dry-run', { method: 'POST', body: { orders: [request] } }),
  })
  const create = useMutation({
    mutationFn: () => api<OrderRow>('/orders', { method: 'POST', body: request }),
    onSuccess: (order) => props.onClose(order.id),
  })
  const types = me?.role === 'customer' ? ofCustomer : orderTypes
  const item = preview.data?.items[0]
  return (
    <Modal
      opened
      size="lg"
      onClose={() => props.onClose()}
      title={t('orders.add')}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (item?.ok) create.mutate()
          else preview.mutate()
        }}
      >
        <NativeSelect
          label={t('orders.type')}
          value={form.type}
          onChange={(event) => set({ type: event.currentTarget.value as OrderType, cause: '' })}
          data={types.map((value) => ({ value, label: `${value}: ${t(`orders.types.${value}`)}` }))}
        />
        <TextInput
          mt="sm"
          label={t('orders.point')}
          description={t('orders.pointWhat')}
          value={form.meteringPoint}
          onChange={(event) => set({ meteringPoint: event.currentTarget.value.trim() })}
          data-autofocus
        />
        <NativeSelect
          mt="sm"
          label={t('orders.cause')}
          value={form.cause}
          onChange={(event) => set({ cause: event.currentTarget.value })}
          data={[
            { value: '', label: t('orders.usualCause') },
            ...[...fitting].map(([value, label]) => ({ value, label })),
          ]}
        />
        {needsDebt && (
          <TextInput
            mt="sm"
            type="date"
            label={t('orders.debtSince')}
            value={form.debtSince}
            onChange={(event) => set({ debtSince: event.currentTarget.value })}
          />
        )}
        <TextInput
          mt="sm"
          label={t('orders.reason')}
          value={form.reason}
          onChange={(event) => set({ reason: event.currentTarget.value })}
        />
        <TextInput
          mt="sm"
          label={t('orders.reference')}
          description={t('orders.referenceWhat')}
          value={form.requesterReference}
          onChange={(event) => set({ requesterReference: event.currentTarget.value })}
        />
        {(form.protectionReason !== '' || item?.error) && (
          <TextInput
            mt="sm"
            label={t('orders.protectionReason')}
            description={t('orders.protectionWhat')}
            value={form.protectionReason}
            onChange={(event) => set({ protectionReason: event.currentTarget.value })}
          />
        )}
        {preview.data && <Preview data={preview.data} />}
        {(preview.error ?? create.error) && <ErrorView error={preview.error ?? create.error} />}
        <Button
          type="submit"
          mt="md"
          loading={preview.isPending || create.isPending}
          disabled={form.meteringPoint === '' || form.requesterReference === ''}
          color={item?.ok && item.dark ? 'red' : undefined}
        >
          {item?.ok ? t('orders.ask') : t('orders.preview')}
        </Button>
      </form>
    </Modal>
  )
}

function Preview({ data }: { data: DryRun }) {
  const { t } = useTranslation()
  const f = useFormat()
  const item = data.items[0]
  if (!item) return null
  if (!item.ok)
    return (
      <p role="alert">
        <Status tone="bad">{item.error?.message}</Status> {item.error?.remedy}
      </p>
    )
  return (
    <section aria-label={t('orders.preview')} className={css.preview}>
      <p>
        <strong>
          {item.dark
            ? t('orders.wouldBeDark', { n: data.dark.points, kw: f.kw(data.dark.powerW, 1) })
            : t('orders.nobodyDark')}
        </strong>
        <br />
        <span className="mono">{item.pod}</span> {item.name}, {item.address} ·{' '}
        {item.route && t(`orders.routes.${item.route}`)}
      </p>
      {item.gate && <Conditions gate={item.gate} />}
    </section>
  )
}
