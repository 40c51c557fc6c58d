import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import css from './tranches.module.css'
import { type Member, trancheKinds } from './types.ts'

const start = {
  code: '',
  kind: 'NL',
  number: '1',
  title: '',
  leastKw: '6',
  reducePercent: '50',
  technologicalPercent: '40',
  safetyPercent: '10',
  most: '20',
  plannedKw: '',
  reason: '',
}
const numeric = (text: string) => Number(text.replace(',', '.'))

/** A list by rule: whom the rule finds is shown first, then proposed as a whole. */
export function ProposeList({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const client = useQueryClient()
  const [form, setForm] = useState(start)
  const [found, setFound] = useState<Member[]>()
  const find = useMutation({
    mutationFn: () =>
      api<{ items: Member[] }>('/tranche-candidates', {
        method: 'POST',
        body: {
          leastW: Math.round(numeric(form.leastKw) * 1_000),
          reducePercent: numeric(form.reducePercent),
          technologicalPercent: numeric(form.technologicalPercent),
          safetyPercent: numeric(form.safetyPercent),
        },
      }),
    onSuccess: ({ items }) => setFound(items.slice(0, numeric(form.most))),
  })
  const reliefW = (found ?? []).reduce(
    (all, { normalW, reduceW, technologicalW }) =>
      all + normalW - Math.max(normalW - reduceW, technologicalW),
    0,
  )
  const plannedW = form.plannedKw === '' ? reliefW : Math.round(numeric(form.plannedKw) * 1_000)
  const propose = useMutation({
    mutationFn: () =>
      api('/tranches', {
        method: 'POST',
        body: {
          code: form.code,
          kind: form.kind,
          number: numeric(form.number),
          title: form.title,
          plannedW,
          reason: form.reason,
          members: (found ?? []).map(({ pod, normalW, reduceW, technologicalW, safetyW }) => ({
            meteringPoint: pod,
            normalW,
            reduceW,
            technologicalW,
            safetyW,
            by: 'rule',
          })),
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['tranches'] })
      onClose()
    },
  })
  const field = (key: keyof typeof start, rule = false) => (
    <TextInput
      label={t(`tranches.form.${key}`)}
      value={form[key]}
      onChange={(event) => {
        setForm({ ...form, [key]: event.currentTarget.value })
        if (rule) setFound(undefined)
      }}
    />
  )
  const error = find.error ?? propose.error
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={t('tranches.propose')}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (found) propose.mutate()
          else find.mutate()
        }}
      >
        <div className={css.form}>
          {field('code')}
          <NativeSelect
            label={t('tranches.kind')}
            value={form.kind}
            onChange={(event) => setForm({ ...form, kind: event.currentTarget.value })}
            data={trancheKinds.map((value) => ({ value, label: t(`tranches.kinds.${value}`) }))}
          />
          {field('number')}
          {field('title')}
          {field('leastKw', true)}
          {field('reducePercent', true)}
          {field('technologicalPercent', true)}
          {field('safetyPercent', true)}
          {field('most', true)}
          {field('plannedKw')}
          {field('reason')}
        </div>
        <p className="muted small">{t('tranches.ruleNote')}</p>
        {found && <p>{t('tranches.found', { n: found.length, kw: f.kw(reliefW) })}</p>}
        {error && <ErrorView error={error} />}
        {found ? (
          <Button
            type="submit"
            loading={propose.isPending}
            disabled={found.length === 0 || form.title.length < 3 || form.reason.trim().length < 3}
          >
            {t('tranches.proposeNow')}
          </Button>
        ) : (
          <Button type="submit" loading={find.isPending}>
            {t('tranches.find')}
          </Button>
        )}
      </form>
    </Modal>
  )
}
