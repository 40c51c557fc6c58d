import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { WorkException } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { addDays, dayStart, quarter } from '../../format/zone.ts'
import type { Column } from '../../ui/DataTable.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { useDetails } from './details.ts'
import css from './exceptions.module.css'

const tones: Record<string, Tone> = { error: 'bad', warning: 'warn', info: 'idle' }

/** The columns of the list, the first one marking rows. */
export function useWorkColumns(
  isMarked: (id: string) => boolean,
  toggle: (id: string) => void,
  give: ((id: string) => void) | undefined,
): Column<WorkException>[] {
  const { t } = useTranslation()
  const f = useFormat()
  const say = useDetails()
  return [
    {
      key: 'mark',
      head: t('work.columns.mark'),
      width: '64px',
      cell: (row) => (
        <input
          type="checkbox"
          aria-label={t('work.mark', { pod: row.pod, rule: t(`rules.${row.rule}`, row.rule) })}
          checked={isMarked(row.id)}
          onChange={() => toggle(row.id)}
        />
      ),
    },
    {
      key: 'rule',
      head: t('columns.rule'),
      cell: (row) => (
        <>
          <Status tone={tones[row.severity] ?? 'warn'}>{t(`rules.${row.rule}`, row.rule)}</Status>
          <span className={css.onPhone}>
            <PointLink row={row} />
          </span>
        </>
      ),
    },
    { key: 'day', head: t('columns.day'), width: '122px', cell: (row) => f.weekday(row.day) },
    {
      key: 'slots',
      head: t('columns.interval'),
      width: '150px',
      from: 'wide',
      cell: (row) =>
        row.fromSlot === null || row.count === null
          ? t('resolutions.1d')
          : `${f.time(dayStart(row.day) + row.fromSlot * quarter)} · ${f.number(row.count)} × 15 min`,
    },
    {
      key: 'point',
      head: t('columns.point'),
      from: 'desk',
      cell: (row) => <PointLink row={row} />,
    },
    {
      key: 'details',
      head: t('columns.details'),
      from: 'huge',
      cell: (row) => <span title={say(row.details)}>{say(row.details)}</span>,
    },
    { key: 'station', head: t('network.station'), width: '150px', from: 'wide', cell: (row) => row.station },
    {
      key: 'who',
      head: t('columns.owner'),
      width: '150px',
      from: 'desk',
      cell: (row) => {
        const owner = row.assignedToName ?? row.assignedTo ?? t('work.nobody')
        if (!give) return owner
        return (
          <Button
            size="compact-sm"
            variant="subtle"
            title={t('work.give', { pod: row.pod, rule: t(`rules.${row.rule}`, row.rule) })}
            onClick={() => give(row.id)}
          >
            {owner}
          </Button>
        )
      },
    },
    {
      key: 'opened',
      head: t('work.columns.opened'),
      width: '120px',
      from: 'desk',
      cell: (row) => f.relative(row.openedAt),
    },
  ]
}

/** The point, and its day with the explanation beside it. */
function PointLink({ row }: { row: WorkException }) {
  return (
    <Link
      to="/points/$pointId"
      params={{ pointId: row.meteringPointId }}
      search={{
        day: row.day,
        explain: `${row.meteringPointId}.${row.channel}.${dayStart(row.day)}.${dayStart(addDays(row.day, 1))}`,
      }}
    >
      <span className="mono">{row.pod}</span> {row.name}
    </Link>
  )
}
