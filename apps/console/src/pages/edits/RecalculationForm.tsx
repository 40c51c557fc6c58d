import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { ErrorView } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import css from './edits.module.css'
import { type RecalculationDraft, recalculationOf } from './recalculation.ts'
import type { Edit, RecalculationReport, RecalculationRequest } from './types.ts'

const days = ['foundOn', 'lastDay', 'knownStart', 'lastCheck'] as const
const ofMethod = {
  coefficient: ['errorPercent', 'allowedErrorPercent', 'certificate'],
  'following-period': ['from', 'to', 'factor', 'agreement'],
} as const

type Props = { pointId: string; channel: string }

/** Faulty metering (ANRE measurement code): the report first, then a second person. */
export function RecalculationForm(props: Props) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  return (
    <details className={css.faulty} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('recalculation.open')}</summary>
      {open && <Form {...props} />}
    </details>
  )
}

function Form({ pointId, channel }: Props) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [draft, setDraft] = useState<RecalculationDraft>({
    ...{ kind: 'coefficient', foundOn: '', lastDay: '', knownStart: '', lastCheck: '', errorPercent: '' },
    ...{
      allowedErrorPercent: '2',
      certificate: '',
      from: '',
      to: '',
      factor: '1',
      agreement: '',
      reason: '',
    },
  })
  const set = (part: Partial<RecalculationDraft>) => setDraft((old) => ({ ...old, ...part }))
  const request = recalculationOf(draft, pointId, channel)
  const preview = useMutation({
    mutationFn: (body: RecalculationRequest) =>
      api<RecalculationReport>('/recalculations:preview', { method: 'POST', body }),
  })
  const save = useMutation({
    mutationFn: (body: RecalculationRequest) =>
      api<{ edit: Edit }>('/recalculations', { method: 'POST', body }),
    onSuccess: () => {
      preview.reset()
      return client.invalidateQueries({ queryKey: ['points', pointId] })
    },
  })
  const shown =
    preview.data && JSON.stringify(preview.variables) === JSON.stringify(request) ? preview.data : undefined
  const field = (key: (typeof days)[number] | (typeof ofMethod)[keyof typeof ofMethod][number]) => (
    <TextInput
      key={key}
      label={t(`recalculation.${key}`)}
      {...(/Percent|factor/.test(key)
        ? { inputMode: 'decimal' as const }
        : ['certificate', 'agreement'].includes(key)
          ? {}
          : { type: 'date' })}
      value={draft[key]}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
    />
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!request) return
        if (shown) save.mutate(request)
        else preview.mutate(request)
      }}
    >
      <p className="muted">{t('recalculation.what')}</p>
      <div className={css.fields}>
        <NativeSelect
          label={t('recalculation.method')}
          value={draft.kind}
          onChange={(event) => set({ kind: event.currentTarget.value as RecalculationDraft['kind'] })}
          data={(['coefficient', 'following-period'] as const).map((value) => ({
            value,
            label: t(`recalculation.methods.${value}`),
          }))}
        />
        {days.map(field)}
        {ofMethod[draft.kind].map(field)}
      </div>
      <Textarea
        label={t('recalculation.reason')}
        value={draft.reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
      />
      {(preview.error ?? save.error) && <ErrorView error={preview.error ?? save.error} />}
      {shown && <ReportView report={shown} />}
      <div>
        <Button
          type="submit"
          variant={shown ? 'filled' : 'default'}
          disabled={!request}
          loading={preview.isPending || save.isPending}
        >
          {t(shown ? 'recalculation.save' : 'recalculation.preview')}
        </Button>
      </div>
      {save.data && preview.isIdle && (
        <output>
          <Status tone="warn">{t('recalculation.kept')}</Status>
        </output>
      )}
    </form>
  )
}

function ReportView({ report }: { report: RecalculationReport }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { period, law, months, total, bills } = report
  const row = (head: string, figures: RecalculationReport['total']) => (
    <tr key={head}>
      <th scope="row">{head}</th>
      <td>{f.kwh(figures.measuredWh, 3)}</td>
      <td>{f.kwh(figures.recalculatedWh, 3)}</td>
      <td>{f.kwh(figures.differenceWh, 3)}</td>
    </tr>
  )
  return (
    <section aria-label={t('recalculation.report')} className={css.values}>
      <p>
        {t('recalculation.period')}:{' '}
        <strong>
          {f.day(period.from)} – {f.day(period.to)}
        </strong>{' '}
        ({t(`recalculation.start.${period.startBy}`, { n: law.mostMonths })})
      </p>
      <p className="muted small">{f.locale === 'ro-RO' ? law.source.ro : law.source.en}</p>
      <table className={css.months}>
        <thead>
          <tr>
            <th scope="col">{t('recalculation.month')}</th>
            <th scope="col">{t('recalculation.measured')}</th>
            <th scope="col">{t('recalculation.recalculated')}</th>
            <th scope="col">{t('recalculation.difference')}</th>
          </tr>
        </thead>
        <tbody>
          {months.map(({ month, ...figures }) => row(`${month.slice(5)}.${month.slice(0, 4)}`, figures))}
          {row(t('recalculation.total'), total)}
        </tbody>
      </table>
      {bills.length > 0 && <p>{t('recalculation.bills', { n: bills.length })}</p>}
    </section>
  )
}
