import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ExceptionGroup } from '../../api/types.ts'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { AgeBar } from './AgeBar.tsx'

/** Exceptions counted by cause; a cause that is chosen filters the list. */
export function Groups(props: {
  rows: ExceptionGroup[]
  by: string
  chosen: string | undefined
  onChoose: (key: string) => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const number = (
    key: 'exceptions' | 'points' | 'errors' | 'unassigned',
    from?: 'desk',
  ): Column<ExceptionGroup> => ({
    key,
    head: t(`work.columns.${key}`),
    align: 'end',
    width: '110px',
    ...(from ? { from } : {}),
    cell: (row) => f.number(row[key]),
  })
  const name = (row: ExceptionGroup) => {
    if (props.by === 'rule') return t(`rules.${row.key}`, row.key)
    if (props.by === 'day') return f.weekday(row.key)
    if (props.by === 'age') return t(`work.ages.${row.key}`, row.key)
    if (props.by === 'person' && row.key === 'nobody') return t('work.nobody')
    return props.by === 'model' && row.key === 'none' ? t('work.noModel') : row.label
  }
  const columns: Column<ExceptionGroup>[] = [
    {
      key: 'label',
      head: t(`work.causes.${props.by}`),
      cell: (row) => (
        <Button
          size="compact-sm"
          variant={props.chosen === row.key ? 'filled' : 'subtle'}
          aria-pressed={props.chosen === row.key}
          onClick={() => props.onChoose(row.key)}
        >
          {name(row)}
        </Button>
      ),
    },
    number('exceptions'),
    number('points', 'desk'),
    number('errors', 'desk'),
    number('unassigned', 'desk'),
    {
      key: 'ages',
      from: 'wide',
      head: t('work.columns.ages'),
      width: '150px',
      cell: (row) => <AgeBar group={row} />,
    },
    {
      key: 'oldest',
      from: 'desk',
      head: t('work.columns.oldest'),
      width: '130px',
      cell: (row) => f.relative(row.oldestAt),
    },
  ]
  return (
    <DataTable
      label={t('work.groups')}
      rows={props.rows}
      columns={columns}
      rowKey={(row) => row.key}
      height="300px"
    />
  )
}
