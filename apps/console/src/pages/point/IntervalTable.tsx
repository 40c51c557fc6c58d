import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Series } from '../../charts/series.ts'
import { useFormat } from '../../format/format.ts'
import { civilDay } from '../../format/zone.ts'
import { downloadCsv } from '../../ui/csv.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { QualityWord } from '../../ui/QualityLegend.tsx'
import css from './PointPage.module.css'

/** The same intervals as numbers, newest first; a number with a dotted line leads to its frame. */
export function IntervalTable(props: { series: Series; name: string; onPick: (index: number) => void }) {
  const { series } = props
  const { t } = useTranslation()
  const f = useFormat()
  const rows = useMemo(() => {
    const newest: number[] = []
    for (let i = series.start.length - 1; i >= 0; i--) newest.push(i)
    return newest
  }, [series])
  const hours = (i: number) =>
    series.stepMs < 86_400_000
      ? `${f.time(series.start[i])}–${f.time(series.start[i] + series.stepMs)}`
      : t('resolutions.1d')
  const columns: Column<number>[] = [
    {
      key: 'day',
      head: t('columns.day'),
      width: '34%',
      cell: (i) => (
        <>
          {f.weekday(civilDay(series.start[i]))} <span className={css.phoneTime}>{hours(i)}</span>
        </>
      ),
    },
    {
      key: 'time',
      head: t('columns.interval'),
      from: 'desk',
      cell: hours,
    },
    {
      key: 'value',
      head: `k${series.unit}`,
      align: 'end',
      width: '120px',
      cell: (i) =>
        series.trace[i] || series.quality[i] !== 'missing' ? (
          <button
            type="button"
            className={css.value}
            title={t('curve.clickHint')}
            onClick={() => props.onPick(i)}
          >
            {f.kwhBare(series.value[i])}
          </button>
        ) : (
          f.kwhBare(series.value[i])
        ),
    },
    { key: 'quality', head: t('columns.quality'), cell: (i) => <QualityWord quality={series.quality[i]} /> },
    {
      key: 'flags',
      head: t('columns.flags'),
      from: 'desk',
      cell: (i) => (series.flags[i] ?? []).map((flag) => t(`flags.${flag}`, flag)).join(', '),
    },
  ]
  const onExport = () =>
    downloadCsv(
      `${props.name}.csv`,
      ['start', series.unit, 'quality', 'flags'],
      [...rows]
        .reverse()
        .map((i) => [
          new Date(series.start[i]).toISOString(),
          series.value[i],
          series.quality[i],
          (series.flags[i] ?? []).join(' '),
        ]),
    )
  return (
    <>
      <Button
        size="xs"
        variant="default"
        mb="xs"
        className="no-print"
        leftSection={<IconDownload size={15} aria-hidden />}
        onClick={onExport}
      >
        CSV
      </Button>
      <DataTable
        label={t('point.tabs.table')}
        rows={rows}
        columns={columns}
        rowKey={(i) => String(series.start[i])}
        height="560px"
      />
    </>
  )
}
