import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, query } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import css from './NetworkPage.module.css'
import {
  type LineFit,
  type LineVersion,
  type MeteringVersion,
  numberOf,
  parametersQuery,
  perMwh,
  type StationParameters as Stored,
  type Values,
} from './parameters.ts'
import { RecordDialog } from './RecordDialog.tsx'

type Period = { station: string; from: string; to: string; feeder: string }

/** How a station is measured and what its network takes: what was recorded, and the forms that record more. */
export function StationParameters(period: Period) {
  const { t } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const stored = useQuery(parametersQuery(period.station))
  const [open, setOpen] = useState<'metering' | 'lines'>()
  const close = () => setOpen(undefined)
  return (
    <Panel
      title={t('balance.set.title')}
      note={t('balance.set.note')}
      tools={
        may(me, 'installations') && (
          <>
            <Button size="xs" variant="default" onClick={() => setOpen('metering')}>
              {t('balance.set.metering')}
            </Button>
            <Button size="xs" variant="default" onClick={() => setOpen('lines')}>
              {t('balance.set.lines')}
            </Button>
          </>
        )
      }
    >
      <Waiting for={stored} rows={2}>
        {stored.data && <History stored={stored.data} />}
        {stored.data && open === 'metering' && (
          <MeteringForm station={period.station} stored={stored.data} onClose={close} />
        )}
        {stored.data && open === 'lines' && <LinesForm period={period} onClose={close} />}
      </Waiting>
    </Panel>
  )
}

function History({ stored }: { stored: Stored }) {
  const { t } = useTranslation()
  const f = useFormat()
  const metering = (row: MeteringVersion) =>
    [
      t(`balance.set.sides.${row.side}`),
      row.noLoadW === null ? row.transformerClass : `P₀ ${row.noLoadW} W, Pₖ ${row.loadW} W`,
      t('balance.set.ownUse', { w: f.number(row.ownUseW) }),
    ]
      .filter(Boolean)
      .join(', ')
  const line = (row: LineVersion) =>
    [
      row.feeder || t('balance.worth.whole'),
      `k = ${f.number(row.k * perMwh, 3)} ± ${f.number(row.error * perMwh, 3)} / MWh`,
      t(`balance.set.origins.${row.origin}`),
    ].join(', ')
  const rows = [
    ...stored.metering.map((row) => ({ ...row, what: metering(row) })),
    ...stored.lines.map((row) => ({ ...row, what: line(row) })),
  ]
  if (rows.length === 0) return <p className="muted">{t('balance.set.none')}</p>
  return (
    <ul className={css.versions} aria-label={t('balance.set.title')}>
      {rows.map((row) => (
        <li key={`${row.validFrom} ${row.revision} ${row.what}`}>
          <strong>{t('balance.set.since', { day: f.day(row.validFrom) })}</strong> {row.what}
          <span className="muted small">
            {row.source} · {row.reason} · {row.actorName ?? row.actor} · {f.dateTime(row.recordedAt)}
          </span>
        </li>
      ))}
    </ul>
  )
}

function MeteringForm(props: { station: string; stored: Stored; onClose: () => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const [last] = props.stored.metering
  const text = (value: number | null | undefined) =>
    value === null || value === undefined ? '' : String(value)
  const initial = {
    side: last?.side ?? 'lv',
    transformerClass: last?.transformerClass ?? '',
    noLoadW: text(last?.noLoadW),
    loadW: text(last?.loadW),
    tolerance: text((last?.tolerance ?? 0.1) * 100),
    powerFactor: text(last?.powerFactor ?? 0.9),
    ownUseW: text(last?.ownUseW ?? 0),
  }
  const body = (values: Values) => ({
    side: values['side'],
    transformerClass: values['transformerClass'] || undefined,
    noLoadW: numberOf(values['noLoadW']),
    loadW: numberOf(values['loadW']),
    ownUseW: numberOf(values['ownUseW']),
    tolerance: (numberOf(values['tolerance']) ?? 0) / 100,
    powerFactor: numberOf(values['powerFactor']),
  })
  return (
    <RecordDialog
      title={t('balance.set.metering')}
      path={`/stations/${props.station}/metering`}
      initial={initial}
      body={body}
      onClose={props.onClose}
      fields={[
        {
          name: 'side',
          options: (['lv', 'mv'] as const).map((value) => ({
            value,
            label: t(`balance.set.sides.${value}`),
          })),
        },
        {
          name: 'transformerClass',
          options: [
            { value: '', label: t('balance.set.plate') },
            ...props.stored.transformerClasses.map((row) => ({
              value: row.class,
              label: `${row.class}: P₀ ${f.number(row.noLoadW)} W, Pₖ ${f.number(row.loadW)} W`,
            })),
          ],
        },
        { name: 'noLoadW', hint: t('balance.set.plateNote') },
        { name: 'loadW' },
        { name: 'tolerance' },
        { name: 'powerFactor', hint: t('balance.set.powerFactorNote') },
        { name: 'ownUseW', hint: t('balance.set.ownUseNote') },
      ]}
    />
  )
}

function LinesForm({ period, onClose }: { period: Period; onClose: () => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { station, from, to, feeder } = period
  const fit = useMutation({
    mutationFn: () => api<LineFit>(`/stations/${station}/line-loss-fit${query({ from, to, feeder })}`),
  })
  const body = (values: Values) => ({
    feeder,
    k: (numberOf(values['k']) ?? 0) / perMwh,
    error: (numberOf(values['error']) ?? 0) / perMwh,
    origin: values['origin'],
  })
  const found = fit.data?.fit
  return (
    <RecordDialog
      title={`${t('balance.set.lines')}: ${feeder || t('balance.worth.whole')}`}
      path={`/stations/${station}/line-loss`}
      initial={{ k: '', error: '', origin: 'calculated' }}
      body={body}
      onClose={onClose}
      fields={[
        { name: 'k', hint: t('balance.set.kNote') },
        { name: 'error' },
        {
          name: 'origin',
          options: (['calculated', 'fit', 'practice'] as const).map((value) => ({
            value,
            label: t(`balance.set.origins.${value}`),
          })),
        },
      ]}
    >
      {(fill) => (
        <>
          <Button
            size="xs"
            variant="default"
            loading={fit.isPending}
            onClick={() =>
              fit.mutate(undefined, {
                onSuccess: ({ fit: one }) =>
                  one &&
                  one.k >= 0 &&
                  fill({
                    k: String(Number((one.k * perMwh).toPrecision(4))),
                    error: String(Number((one.error * perMwh).toPrecision(3))),
                    origin: 'fit',
                  }),
              })
            }
          >
            {t('balance.set.fit', { from: f.shortDay(from), to: f.shortDay(to) })}
          </Button>
          {fit.data && (
            <p className="muted small">
              {found && found.k >= 0
                ? t('balance.set.fitted', { days: f.number(found.days) })
                : t('balance.set.notFitted')}
            </p>
          )}
        </>
      )}
    </RecordDialog>
  )
}
