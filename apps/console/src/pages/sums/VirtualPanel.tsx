import { Button, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, today } from '../../format/zone.ts'
import { ErrorView, LoadingView, Waiting } from '../../ui/StateViews.tsx'
import { sumQuery, virtualMetersQuery } from './queries.ts'
import css from './sums.module.css'
import type { VirtualVersion } from './types.ts'
import { VersionedPanel } from './VersionedPanel.tsx'

const SumChart = lazy(() =>
  import('../../charts/SumChart.tsx').then((module) => ({ default: module.SumChart })),
)

/** Meters that are formulas: what there is, what each counted, a further version. */
export function VirtualPanel() {
  const { data: me } = useQuery(meQuery)
  const meters = useQuery(virtualMetersQuery)
  const [draft, setDraft] = useState<Draft>()
  const mayMake = may(me, 'installations')
  const open = (of?: VirtualVersion) => setDraft(draftOf(of))
  return (
    <VersionedPanel
      words="sums.virtual"
      query={meters}
      onNew={mayMake ? () => open() : undefined}
      form={draft && <VirtualForm key={draft.code} first={draft} onDone={() => setDraft(undefined)} />}
      item={(versions) => (
        <Meter key={versions[0].code} versions={versions} onEdit={mayMake ? open : undefined} />
      )}
    />
  )
}

function Meter(props: { versions: VirtualVersion[]; onEdit?: (of: VirtualVersion) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const [shown, setShown] = useState(false)
  const [newest] = props.versions
  const [from, to] = [addDays(today(), -7), addDays(today(), -1)]
  const curve = useQuery(
    sumQuery(shown ? `/virtual-meters/${newest.code}/curve?from=${from}&to=${to}&resolution=1h` : undefined),
  )
  return (
    <li className={css.item}>
      <div className={css.head}>
        <h3>
          {newest.name} <span className="muted mono small">@{newest.code}</span>
        </h3>
        <div className={css.actions}>
          <Button size="compact-xs" variant="default" aria-expanded={shown} onClick={() => setShown(!shown)}>
            {t(shown ? 'sums.virtual.hide' : 'sums.virtual.show')}
          </Button>
          {props.onEdit && (
            <Button size="compact-xs" variant="default" onClick={() => props.onEdit?.(newest)}>
              {t('sums.virtual.edit')}
            </Button>
          )}
        </div>
      </div>
      {props.versions.map((version) => (
        <div key={version.version}>
          <div className={css.formula}>{version.formula ?? t('sums.virtual.withdrawn')}</div>
          <p className="muted small">
            {t('sums.version', { n: version.version })} ·{' '}
            {t('sums.virtual.valid', {
              from: f.day(version.validFrom),
              to: version.validTo ? f.day(version.validTo) : '…',
            })}{' '}
            · {version.reason} · {version.actorName ?? version.actor}, {f.dateTime(version.recordedAt)}
          </p>
        </div>
      ))}
      {shown && (
        <Waiting for={curve} height={300}>
          {curve.data && (
            <Suspense fallback={<LoadingView height={300} />}>
              <SumChart
                steps={curve.data}
                size="fine"
                label={t('sums.chart', { n: curve.data.values.length })}
              />
            </Suspense>
          )}
        </Waiting>
      )}
    </li>
  )
}

type Draft = {
  code: string
  name: string
  formula: string
  validFrom: string
  validTo: string
  reason: string
}
const draftOf = (of?: VirtualVersion): Draft => ({
  code: of?.code ?? '',
  name: of?.name ?? '',
  formula: of?.formula ?? '',
  validFrom: today(),
  validTo: '',
  reason: '',
})

function VirtualForm({ first, onDone }: { first: Draft; onDone: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [draft, setDraft] = useState(first)
  const set = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }))
  const save = useMutation({
    mutationFn: () =>
      api('/virtual-meters', {
        method: 'POST',
        body: { ...draft, formula: draft.formula.trim() || null, validTo: draft.validTo || null },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: virtualMetersQuery.queryKey })
      onDone()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className={css.stack} onSubmit={submit}>
      <div className={css.grid}>
        <TextInput
          required
          label={t('sums.code')}
          value={draft.code}
          readOnly={first.code !== ''}
          pattern="[A-Za-z0-9][A-Za-z0-9_.]*"
          onChange={(event) => set({ code: event.currentTarget.value })}
        />
        <TextInput
          required
          label={t('sums.name')}
          value={draft.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          required
          type="date"
          label={t('sums.virtual.from')}
          value={draft.validFrom}
          onChange={(event) => set({ validFrom: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t('sums.virtual.to')}
          value={draft.validTo}
          onChange={(event) => set({ validTo: event.currentTarget.value })}
        />
        <Textarea
          className={css.wide}
          autosize
          minRows={2}
          label={t('sums.virtual.formula')}
          description={t('sums.virtual.formulaWhat')}
          value={draft.formula}
          onChange={(event) => set({ formula: event.currentTarget.value })}
        />
        <TextInput
          required
          minLength={3}
          className={css.wide}
          label={t('sums.reason')}
          value={draft.reason}
          onChange={(event) => set({ reason: event.currentTarget.value })}
        />
      </div>
      {save.error && <ErrorView error={save.error} />}
      <div className={css.actions}>
        <Button type="submit" loading={save.isPending}>
          {t('sums.save')}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t('sums.cancel')}
        </Button>
      </div>
    </form>
  )
}
