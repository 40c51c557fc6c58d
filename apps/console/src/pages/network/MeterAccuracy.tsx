import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import css from './NetworkPage.module.css'
import { accuracyQuery, type PointAccuracy, pointAccuracyQuery, type StationAccuracy } from './parameters.ts'
import { RecordDialog } from './RecordDialog.tsx'

/** How well the meters of a station measure, the balance meters first, and the certificates that say so. */
export function MeterAccuracy({ station }: { station: string }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const found = useQuery(accuracyQuery(station))
  const [open, setOpen] = useState<PointAccuracy>()
  const classes = (row: PointAccuracy) =>
    [row.meterClass, row.ctClass && `TC ${row.ctClass}`, row.vtClass && `TT ${row.vtClass}`]
      .filter(Boolean)
      .join(' · ')
  const columns: Column<PointAccuracy>[] = [
    {
      key: 'name',
      head: t('columns.point'),
      cell: (row) => (
        <>
          {row.name} <span className="mono muted small">{row.pod}</span>
        </>
      ),
    },
    { key: 'class', head: t('balance.set.class'), width: '130px', cell: classes },
    {
      key: 'limit',
      head: t('balance.set.limit'),
      width: '96px',
      align: 'end',
      from: 'desk',
      cell: (row) => `± ${f.percent(row.limit, 2)}`,
    },
    {
      key: 'origin',
      head: t('balance.set.from'),
      from: 'desk',
      cell: (row) => (
        <span title={row.source}>
          {t(`balance.set.basis.${row.origin}`)} <span className="muted small">{row.source}</span>
        </span>
      ),
    },
    {
      key: 'act',
      head: t('balance.set.certificate'),
      width: '120px',
      cell: (row) =>
        may(me, 'installations') && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`${t('balance.set.certificate')} ${row.pod}`}
            onClick={() => setOpen(row)}
          >
            {t('balance.set.certificate')}
          </Button>
        ),
    },
  ]
  return (
    <Panel flush title={t('balance.set.accuracy')} note={t('balance.set.accuracyNote')}>
      <Waiting for={found} rows={4}>
        {found.data && (
          <DataTable
            label={t('balance.set.accuracy')}
            rows={found.data.items}
            columns={columns}
            rowKey={(row) => row.meteringPointId}
            height="320px"
          />
        )}
        {found.data && open && (
          <CertificateForm point={open} classes={found.data.classes} onClose={() => setOpen(undefined)} />
        )}
      </Waiting>
    </Panel>
  )
}

function CertificateForm(props: {
  point: PointAccuracy
  classes: StationAccuracy['classes']
  onClose: () => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const { point, classes } = props
  const history = useQuery(pointAccuracyQuery(point.meteringPointId))
  const some = (list: string[]) => list.map((value) => ({ value, label: value }))
  const direct = { value: '', label: t('balance.set.direct') }
  return (
    <RecordDialog
      title={`${t('balance.set.certificate')}: ${point.name}`}
      path={`/metering-points/${point.meteringPointId}/accuracy`}
      initial={{
        meterClass: point.meterClass,
        ctClass: point.ctClass ?? '',
        vtClass: point.vtClass ?? '',
      }}
      body={(values) => ({
        meterClass: values['meterClass'],
        ctClass: values['ctClass'] || undefined,
        vtClass: values['vtClass'] || undefined,
      })}
      onClose={props.onClose}
      fields={[
        { name: 'meterClass', options: some(classes.meter) },
        { name: 'ctClass', options: [direct, ...some(classes.ct)] },
        { name: 'vtClass', options: [direct, ...some(classes.vt)] },
      ]}
    >
      {() =>
        history.data &&
        history.data.items.length > 0 && (
          <ul className={css.versions} aria-label={t('balance.set.certificates')}>
            {history.data.items.map((row) => (
              <li key={`${row.serial} ${row.validFrom} ${row.revision}`}>
                <strong>{t('balance.set.since', { day: f.day(row.validFrom) })}</strong> {row.meterClass}
                <span className="muted small">
                  {row.source} · {row.reason} · {row.actorName ?? row.actor}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </RecordDialog>
  )
}
