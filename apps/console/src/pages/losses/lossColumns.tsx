import { Link } from '@tanstack/react-router'
import type { TFunction } from 'i18next'
import type { Format } from '../../format/format.ts'
import type { Column } from '../../ui/DataTable.tsx'
import { rateTone, Status } from '../../ui/Status.tsx'
import { type RankedBalance, verdictTones } from './types.ts'

/** @param coverage standard uncertainties in the band */
export function lossColumns(
  t: TFunction,
  f: Format,
  coverage: number,
  period: { from: string; to: string },
): Column<RankedBalance>[] {
  return [
    {
      key: 'code',
      head: t('losses.station'),
      sortable: true,
      cell: (row) => (
        <Link
          to="/network/$stationId"
          params={{ stationId: row.stationId }}
          search={{ ...period, feeder: row.feeder || undefined }}
        >
          {row.name}
          {row.feeder !== '' && ` · ${row.feeder}`} <span className="mono muted small">{row.code}</span>
        </Link>
      ),
    },
    {
      key: 'zone',
      head: t('losses.zone'),
      width: '140px',
      from: 'huge',
      cell: (row) => row.zone,
    },
    {
      key: 'verdict',
      head: t('losses.verdict'),
      width: '176px',
      from: 'desk',
      cell: (row) => (
        <span title={t(`balance.verdicts.${row.verdict}`)}>
          <Status tone={verdictTones[row.verdict]} plain>
            {t(`losses.verdicts.${row.verdict}`)}
          </Status>
        </span>
      ),
    },
    {
      key: 'z',
      head: 'z',
      width: '88px',
      align: 'end',
      sortable: true,
      // The shape stands for the verdict, which has no column on a phone.
      cell: (row) => (
        <span
          title={t(`balance.verdicts.${row.verdict}`)}
          className={row.verdict === 'unknown' ? 'muted' : ''}
        >
          <Status tone={verdictTones[row.verdict]} plain>
            {f.number(row.z, 1)}
          </Status>
        </span>
      ),
    },
    {
      key: 'unexplained',
      head: t('losses.unexplained'),
      width: '116px',
      align: 'end',
      sortable: true,
      cell: (row) => f.kwhBare(row.unexplainedWh, 1),
    },
    {
      key: 'band',
      head: t('losses.band'),
      width: '96px',
      align: 'end',
      from: 'wide',
      cell: (row) => <span className="muted">± {f.kwhBare(coverage * row.uncertaintyWh, 1)}</span>,
    },
    {
      key: 'technical',
      head: t('losses.technical'),
      width: '110px',
      align: 'end',
      from: 'wide',
      cell: (row) => f.kwhBare(row.technicalWh, 1),
    },
    {
      key: 'loss',
      head: t('losses.loss'),
      width: '116px',
      align: 'end',
      from: 'desk',
      sortable: true,
      cell: (row) => f.kwhBare(row.lossWh, 1),
    },
    {
      key: 'percent',
      head: t('losses.percent'),
      width: '88px',
      align: 'end',
      from: 'desk',
      sortable: true,
      cell: (row) => f.percent(row.lossPercent === null ? null : row.lossPercent / 100),
    },
    {
      key: 'present',
      head: t('losses.present'),
      width: '104px',
      align: 'end',
      from: 'desk',
      sortable: true,
      cell: (row) => (
        <span title={t('losses.daysOf', { days: row.days, complete: row.completeDays })}>
          <Status tone={rateTone(row.presentShare)} plain>
            {f.percent(row.presentShare, 0)}
          </Status>
        </span>
      ),
    },
  ]
}
