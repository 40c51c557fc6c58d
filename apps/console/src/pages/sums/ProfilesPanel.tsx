import { Button, FileButton, NativeSelect, NumberInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery, stationsQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, today } from '../../format/zone.ts'
import { ErrorView, LoadingView, Waiting } from '../../ui/StateViews.tsx'
import { profileCurveQuery, profilesQuery } from './queries.ts'
import css from './sums.module.css'
import type { ProfileVersion } from './types.ts'
import { VersionedPanel } from './VersionedPanel.tsx'

const SumChart = lazy(() =>
  import('../../charts/SumChart.tsx').then((module) => ({ default: module.SumChart })),
)

/** Profiles for points without hourly metering: computed, downloaded, edited, brought back. */
export function ProfilesPanel() {
  const { data: me } = useQuery(meQuery)
  const profiles = useQuery(profilesQuery)
  const [making, setMaking] = useState(false)
  const mayMake = may(me, 'rules')
  return (
    <VersionedPanel
      words="sums.profiles"
      query={profiles}
      onNew={mayMake ? () => setMaking(true) : undefined}
      form={making && <ProfileForm onDone={() => setMaking(false)} />}
      item={(versions) => <Profile key={versions[0].code} versions={versions} mayEdit={mayMake} />}
    />
  )
}

function Profile({ versions, mayEdit }: { versions: ProfileVersion[]; mayEdit: boolean }) {
  const { t } = useTranslation()
  const f = useFormat()
  const [shown, setShown] = useState(false)
  const [newest] = versions
  return (
    <li className={css.item}>
      <div className={css.head}>
        <h3>
          {newest.name} <span className="muted mono small">{newest.code}</span>
        </h3>
        <span className="muted small">{t(`sums.profiles.${newest.kind}`)}</span>
      </div>
      {versions.map((version) => (
        <p key={version.version} className="muted small">
          {t('sums.version', { n: version.version })} · <Basis version={version} /> · {version.reason} ·{' '}
          {version.actorName ?? version.actor}, {f.dateTime(version.recordedAt)} ·{' '}
          <a
            className={css.inline}
            href={`/api/profiles/${version.code}/weights.csv?version=${version.version}`}
            download
          >
            {t('sums.csv')}
          </a>
        </p>
      ))}
      <div className={css.actions}>
        <Button size="compact-xs" variant="default" aria-expanded={shown} onClick={() => setShown(!shown)}>
          {t(shown ? 'sums.virtual.hide' : 'sums.profiles.show')}
        </Button>
        {mayEdit && <Upload code={newest.code} />}
      </div>
      {shown && <ProfileCurve profile={newest} />}
    </li>
  )
}

function Basis({ version: { definition } }: { version: ProfileVersion }) {
  const { t } = useTranslation()
  const f = useFormat()
  if (definition.editedFrom !== undefined)
    return <>{t('sums.profiles.edited', { n: definition.editedFrom })}</>
  const words = [
    t('sums.profiles.basis', {
      count: definition.members ?? 0,
      n: f.number(definition.members),
      from: definition.from ? f.day(definition.from) : '',
      to: definition.to ? f.day(definition.to) : '',
    }),
  ]
  const borrowed = Object.keys(definition.borrowed ?? {}).length
  if (borrowed > 0) words.push(t('sums.profiles.borrowed', { n: f.number(borrowed) }))
  if (definition.lossPercent !== undefined)
    words.push(t('sums.profiles.losses', { n: f.number(definition.lossPercent, 1) }))
  if (definition.filledHours) words.push(t('sums.profiles.filled', { n: f.number(definition.filledHours) }))
  if (definition.clippedHours)
    words.push(t('sums.profiles.clipped', { n: f.number(definition.clippedHours) }))
  return <>{words.join(' · ')}</>
}

function ProfileCurve({ profile }: { profile: ProfileVersion }) {
  const { t } = useTranslation()
  // A week is what a person can read; a residual profile holds only the days it was computed for.
  const last =
    profile.kind === 'residual' ? (profile.definition.to ?? addDays(today(), -1)) : addDays(today(), -1)
  const curve = useQuery(profileCurveQuery(profile.code, profile.version, addDays(last, -6), last))
  const unit = profile.kind === 'specific' ? 1000 : 1
  return (
    <Waiting for={curve} height={300}>
      {curve.data && (
        <Suspense fallback={<LoadingView height={300} />}>
          <SumChart
            steps={{
              starts: curve.data.starts,
              values: curve.data.weights.map((weight) => weight / unit),
              unit: 'Wh',
            }}
            size="fine"
            label={t('sums.chart', { n: curve.data.weights.length })}
          />
        </Suspense>
      )}
    </Waiting>
  )
}

function Upload({ code }: { code: string }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [csv, setCsv] = useState<string>()
  const [reason, setReason] = useState('')
  const send = useMutation({
    mutationFn: () => api(`/profiles/${code}/versions`, { method: 'POST', body: { csv, reason } }),
    onSuccess: async () => {
      setCsv(undefined)
      setReason('')
      await client.invalidateQueries({ queryKey: profilesQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate()
  }
  if (csv === undefined)
    return (
      <FileButton accept=".csv,text/csv" onChange={async (file) => setCsv(await file?.text())}>
        {(button) => (
          <Button {...button} size="compact-xs" variant="default">
            {t('sums.profiles.upload')}
          </Button>
        )}
      </FileButton>
    )
  return (
    <form className={css.stack} onSubmit={submit}>
      <TextInput
        required
        minLength={3}
        label={t('sums.reason')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {send.error && <ErrorView error={send.error} />}
      <div className={css.actions}>
        <Button type="submit" size="compact-xs" loading={send.isPending}>
          {t('sums.profiles.record', { n: csv.trimEnd().split('\n').length - 1 })}
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => setCsv(undefined)}>
          {t('sums.cancel')}
        </Button>
      </div>
    </form>
  )
}

type Draft = {
  kind: 'specific' | 'residual'
  code: string
  name: string
  reason: string
  from: string
  to: string
  station: string
  class: 'household' | 'business' | 'public'
  lossPercent: number | string
}

function ProfileForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const stations = useQuery(stationsQuery)
  const codes = (stations.data?.items ?? []).map(({ code }) => code)
  const [draft, setDraft] = useState<Draft>({
    kind: 'specific',
    code: '',
    name: '',
    reason: '',
    from: addDays(today(), -30),
    to: addDays(today(), -1),
    station: '',
    class: 'household',
    lossPercent: '',
  })
  const set = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }))
  const station = draft.station || (draft.kind === 'residual' ? codes[0] : undefined)
  const save = useMutation({
    mutationFn: () => {
      const { code, name, reason, from, to } = draft
      const rest =
        draft.kind === 'specific'
          ? { set: { kind: draft.class, ...(station && { station }) } }
          : { station, lossPercent: Number(draft.lossPercent) }
      return api(`/profiles/${draft.kind}`, {
        method: 'POST',
        body: { code, name, reason, from, to, ...rest },
      })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: profilesQuery.queryKey })
      onDone()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const text = (key: 'code' | 'name' | 'reason', more: object = {}) => (
    <TextInput
      required
      label={t(`sums.${key}`)}
      value={draft[key]}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
      {...more}
    />
  )
  return (
    <form className={css.stack} onSubmit={submit}>
      <div className={css.grid}>
        <NativeSelect
          label={t('sums.profiles.kind')}
          value={draft.kind}
          onChange={(event) => set({ kind: event.currentTarget.value as Draft['kind'] })}
          data={(['specific', 'residual'] as const).map((value) => ({
            value,
            label: t(`sums.profiles.${value}`),
          }))}
        />
        {text('code', { pattern: '[A-Za-z0-9][A-Za-z0-9._\\-]*' })}
        {text('name')}
        <NativeSelect
          label={t('sums.station')}
          value={station ?? ''}
          onChange={(event) => set({ station: event.currentTarget.value })}
          data={[
            ...(draft.kind === 'specific' ? [{ value: '', label: t('sums.any') }] : []),
            ...codes.map((value) => ({ value, label: value })),
          ]}
        />
        {draft.kind === 'specific' ? (
          <NativeSelect
            label={t('sums.kind')}
            value={draft.class}
            onChange={(event) => set({ class: event.currentTarget.value as Draft['class'] })}
            data={(['household', 'business', 'public'] as const).map((value) => ({
              value,
              label: t(`sums.kinds.${value}`),
            }))}
          />
        ) : (
          <NumberInput
            required
            label={t('sums.profiles.lossPercent')}
            min={0}
            max={50}
            decimalScale={2}
            value={draft.lossPercent}
            onChange={(lossPercent) => set({ lossPercent })}
          />
        )}
        <TextInput
          type="date"
          required
          label={t('sums.from')}
          value={draft.from}
          onChange={(event) => set({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          required
          label={t('sums.to')}
          value={draft.to}
          onChange={(event) => set({ to: event.currentTarget.value })}
        />
        {text('reason', { minLength: 3, className: css.wide })}
      </div>
      {save.error && <ErrorView error={save.error} />}
      <div className={css.actions}>
        <Button type="submit" loading={save.isPending}>
          {t('sums.profiles.compute')}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t('sums.cancel')}
        </Button>
      </div>
    </form>
  )
}
