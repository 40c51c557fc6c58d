import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { addDays, dayStart, quarter } from '../../format/zone.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Figure, Figures } from '../../ui/Panel.tsx'
import { useDetails } from '../exceptions/details.ts'
import css from './rules.module.css'
import type { Trial } from './types.ts'

type Sample = Trial['samples'][number]

/** How many points would fail, which, and how that differs from the rule that is live. */
export function TrialView({ trial }: { trial: Trial }) {
  const { t } = useTranslation()
  return (
    <div className={css.trial}>
      <TrialFigures trial={trial} />
      <Points title={t('ruleBook.onlyTrial')} pods={trial.onlyTrial} />
      <Points title={t('ruleBook.onlyLive')} pods={trial.onlyLive} />
      {trial.samples.length > 0 && <Samples rows={trial.samples} />}
    </div>
  )
}

export function TrialFigures({ trial }: { trial: Trial }) {
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <Figures>
      <Figure
        lead
        label={t('ruleBook.wouldFail')}
        value={f.number(trial.trial.points)}
        note={t('ruleBook.findings', { n: f.number(trial.trial.findings) })}
      />
      <Figure
        label={t('ruleBook.failsLive')}
        value={f.number(trial.live.points)}
        note={t('ruleBook.findings', { n: f.number(trial.live.findings) })}
      />
      <Figure
        label={t('ruleBook.lookedAt')}
        value={f.number(trial.points)}
        note={t('ruleBook.judgedDays', { n: f.number(trial.days) })}
      />
    </Figures>
  )
}

function Points({ title, pods }: { title: string; pods: string[] }) {
  const f = useFormat()
  if (pods.length === 0) return null
  return (
    <div>
      <h3>
        {title}: {f.number(pods.length)}
      </h3>
      <ul className={css.pods}>
        {pods.map((pod) => (
          <li key={pod}>
            <Link to="/network" search={{ q: pod }} className="mono">
              {pod}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Samples({ rows }: { rows: Sample[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const say = useDetails()
  const columns: Column<Sample>[] = [
    {
      key: 'point',
      head: t('columns.point'),
      width: '200px',
      cell: (row) => (
        <Link
          to="/points/$pointId"
          params={{ pointId: row.meteringPointId }}
          search={{
            day: row.day,
            explain: `${row.meteringPointId}.${row.channel}.${dayStart(row.day)}.${dayStart(addDays(row.day, 1))}`,
          }}
          className="mono"
        >
          {row.pod}
        </Link>
      ),
    },
    { key: 'day', head: t('columns.day'), width: '130px', cell: (row) => f.weekday(row.day) },
    {
      key: 'slots',
      head: t('columns.interval'),
      width: '150px',
      from: 'desk',
      cell: (row) =>
        `${f.time(dayStart(row.day) + row.fromSlot * quarter)} · ${f.number(row.count)} × 15 min`,
    },
    {
      key: 'details',
      head: t('columns.details'),
      from: 'desk',
      cell: (row) => <span title={say(row.details)}>{say(row.details)}</span>,
    },
  ]
  return (
    <div>
      <h3>{t('ruleBook.samples')}</h3>
      <DataTable
        label={t('ruleBook.samples')}
        rows={rows}
        columns={columns}
        rowKey={(row) => `${row.meteringPointId}/${row.day}/${row.channel}/${row.fromSlot}`}
        height="320px"
      />
    </div>
  )
}
