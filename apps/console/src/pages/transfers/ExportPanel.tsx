import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/client.ts'
import { meQuery, stationsQuery } from '../../api/queries.ts'
import { channels, may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, today } from '../../format/zone.ts'
import { Panel } from '../../ui/Panel.tsx'
import { EmptyView, ErrorView } from '../../ui/StateViews.tsx'
import { countPoints, type ExportChoice, exportPath } from './exportPath.ts'
import { suppliersQuery } from './queries.ts'
import css from './transfers.module.css'
import { exportFormats, exportResolutions, exportSets } from './types.ts'

/** Which points, which days, in which form; the file comes as the server writes it. */
export function ExportPanel() {
  const { t } = useTranslation()
  const f = useFormat()
  const [choice, setChoice] = useState<ExportChoice>(() => ({
    set: 'all',
    of: '',
    from: addDays(today(), -7),
    to: addDays(today(), -1),
    channels: ['A+'],
    resolution: '15m',
    format: 'csv',
    layout: 'channels',
    unit: 'kWh',
    locale: f.locale === 'ro-RO' ? 'ro' : 'en',
  }))
  const path = exportPath(choice)
  const start = useMutation({
    mutationFn: async () => {
      const points = await countPoints(path)
      const link = document.createElement('a')
      link.href = path
      link.download = ''
      link.click()
      return points
    },
  })
  const set = (part: Partial<ExportChoice>) => {
    setChoice((old) => ({ ...old, ...part }))
    start.reset()
  }
  const complete =
    choice.from !== '' &&
    choice.to !== '' &&
    choice.channels.length > 0 &&
    (choice.set === 'all' || choice.of.trim() !== '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (complete) start.mutate()
  }
  const select = <K extends 'resolution' | 'format' | 'layout' | 'unit' | 'locale'>(
    key: K,
    values: readonly ExportChoice[K][],
  ) => (
    <NativeSelect
      label={t(`transfers.fields.${key as string}`)}
      value={choice[key]}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
      data={values.map((value) => ({
        value,
        label: t(`transfers.choices.${key}.${value.replace('.', '-')}`, value),
      }))}
    />
  )
  const numbers = ['csv', 'txt', 'xlsx'].includes(choice.format)
  return (
    <Panel title={t('transfers.out.title')} note={t('transfers.out.note')}>
      <form className={css.stack} onSubmit={submit}>
        <div className={css.grid}>
          <PointSet choice={choice} set={set} />
          <TextInput
            type="date"
            label={t('ruleBook.from')}
            value={choice.from}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t('ruleBook.to')}
            value={choice.to}
            onChange={(event) => set({ to: event.currentTarget.value })}
          />
          {select('resolution', exportResolutions)}
          {select('format', exportFormats)}
          {numbers && choice.resolution === '15m' && select('layout', ['channels', 'wide'])}
          {numbers && select('unit', ['kWh', 'Wh'])}
          {numbers && select('locale', ['ro', 'en'])}
        </div>
        <fieldset className={css.channels}>
          <legend>{t('transfers.fields.channels')}</legend>
          {channels.map((channel) => (
            <Checkbox
              key={channel}
              label={t(`channels.${channel}`)}
              checked={choice.channels.includes(channel)}
              onChange={(event) => {
                const on = event.currentTarget.checked
                const wanted = channels.filter((one) =>
                  one === channel ? on : choice.channels.includes(one),
                )
                set({ channels: wanted })
              }}
            />
          ))}
        </fieldset>
        <p className="muted small">
          {t('transfers.out.same')} <code className={css.address}>GET {path}</code>
        </p>
        {start.error &&
          (start.error instanceof ApiError && start.error.status === 404 ? (
            <div role="alert">
              <EmptyView
                title={t('transfers.out.noPoints')}
                what={t('transfers.out.noPointsWhat')}
                todo={t('transfers.out.noPointsTodo')}
              />
            </div>
          ) : (
            <ErrorView error={start.error} />
          ))}
        {start.data !== undefined && !start.isPending && (
          <p aria-live="polite">{t('transfers.out.started', { n: f.number(start.data) })}</p>
        )}
        <Button type="submit" className={css.alone} disabled={!complete} loading={start.isPending}>
          {t('transfers.out.download')}
        </Button>
      </form>
    </Panel>
  )
}

function PointSet(props: { choice: ExportChoice; set: (part: Partial<ExportChoice>) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { choice, set } = props
  const { data: me } = useQuery(meQuery)
  const suppliers = useQuery(suppliersQuery)
  const stations = useQuery({ ...stationsQuery, enabled: may(me, 'network') })
  const lists = {
    supplier: (suppliers.data?.items ?? []).map(({ supplier, points }) => ({
      value: supplier,
      label: `${supplier} (${f.number(points)})`,
    })),
    station: (stations.data?.items ?? []).map(({ id, code, name, points }) => ({
      value: id,
      label: `${code} ${name} (${f.number(points)})`,
    })),
  }
  const sets = exportSets.filter((each) => each !== 'station' || may(me, 'network'))
  return (
    <>
      <NativeSelect
        label={t('transfers.fields.set')}
        value={choice.set}
        onChange={(event) => set({ set: event.currentTarget.value as ExportChoice['set'], of: '' })}
        data={sets.map((value) => ({ value, label: t(`transfers.sets.${value}`) }))}
      />
      {(choice.set === 'supplier' || choice.set === 'station') && (
        <NativeSelect
          label={t(`transfers.of.${choice.set}`)}
          value={choice.of}
          onChange={(event) => set({ of: event.currentTarget.value })}
          data={[{ value: '', label: t('transfers.choose') }, ...lists[choice.set]]}
        />
      )}
      {choice.set === 'pods' && (
        <Textarea
          className={css.all}
          label={t('transfers.of.pods')}
          description={t('transfers.podsWhat')}
          autosize
          minRows={2}
          maxRows={8}
          value={choice.of}
          onChange={(event) => set({ of: event.currentTarget.value })}
        />
      )}
    </>
  )
}
