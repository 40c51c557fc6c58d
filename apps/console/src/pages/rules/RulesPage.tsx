import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { groupKey, useGroupName } from './groups.ts'
import { ParameterLine } from './ParameterLine.tsx'
import { rulesQuery } from './queries.ts'
import css from './rules.module.css'
import { severityTone } from './tones.ts'
import type { RuleVersion } from './types.ts'

/** What is judged, for whom, with which limits, and since when. */
export function RulesPage() {
  const { t, i18n } = useTranslation()
  const { group } = useSearch({ from: '/shell/rules' })
  const navigate = useNavigate()
  const rules = useQuery(rulesQuery)
  const groupName = useGroupName()
  const versions = rules.data?.items ?? []
  const groups = [...new Map(versions.map((one) => [groupKey(one.appliesTo), one.appliesTo]))]
  const name = (one: RuleVersion) => t(`rules.${one.rule}`, one.rule)
  const rows = versions
    .filter((one) => one.state === 'live' && (group === undefined || groupKey(one.appliesTo) === group))
    .sort((a, b) => name(a).localeCompare(name(b), i18n.language))
  const drafts = (rule: string) => versions.filter((one) => one.rule === rule && one.state === 'draft').length
  return (
    <>
      <PageHead title={t('ruleBook.title')} under={t('ruleBook.under')} />
      <Panel
        flush
        title={t('ruleBook.live')}
        note={t('ruleBook.liveNote')}
        tools={
          <NativeSelect
            size="xs"
            aria-label={t('ruleBook.group')}
            value={group ?? 'every'}
            onChange={(event) => {
              const { value } = event.currentTarget
              void navigate({
                to: '.',
                search: { group: value === 'every' ? undefined : value },
                replace: true,
              })
            }}
            data={[
              { value: 'every', label: t('ruleBook.everyGroup') },
              ...groups.map(([value, of]) => ({ value, label: groupName(of) })),
            ]}
          />
        }
      >
        <Waiting for={rules} rows={10} height={400}>
          {rows.length === 0 ? (
            <EmptyView title={t('ruleBook.none')} what={t('ruleBook.noneWhat')} />
          ) : (
            <RuleTable rows={rows} drafts={drafts} />
          )}
        </Waiting>
      </Panel>
    </>
  )
}

function RuleTable({ rows, drafts }: { rows: RuleVersion[]; drafts: (rule: string) => number }) {
  const { t } = useTranslation()
  const f = useFormat()
  const groupName = useGroupName()
  const columns: Column<RuleVersion>[] = [
    {
      key: 'rule',
      head: t('columns.rule'),
      cell: (row) => (
        <Link to="/rules/$rule" params={{ rule: row.rule }}>
          {t(`rules.${row.rule}`, row.rule)}
        </Link>
      ),
    },
    {
      key: 'severity',
      head: t('ruleBook.severity'),
      width: '140px',
      cell: (row) => (
        <Status tone={severityTone[row.severity]}>{t(`ruleBook.severities.${row.severity}`)}</Status>
      ),
    },
    {
      key: 'parameters',
      head: t('ruleBook.limits'),
      from: 'desk',
      cell: (row) => <ParameterLine parameters={row.parameters} />,
    },
    {
      key: 'group',
      head: t('ruleBook.group'),
      width: '200px',
      from: 'wide',
      cell: (row) => groupName(row.appliesTo),
    },
    {
      key: 'version',
      head: t('columns.version'),
      width: '150px',
      from: 'desk',
      cell: (row) => (
        <>
          {row.version}
          {drafts(row.rule) > 0 && (
            <span className={css.drafts}>{t('ruleBook.drafts', { count: drafts(row.rule) })}</span>
          )}
        </>
      ),
    },
    {
      key: 'since',
      head: t('ruleBook.since'),
      width: '130px',
      from: 'wide',
      cell: (row) => f.date(row.validFrom),
    },
  ]
  return (
    <DataTable
      label={t('ruleBook.live')}
      rows={rows}
      columns={columns}
      rowKey={(row) => `${row.rule}/${row.version}`}
      height="max(420px, calc(100dvh - 300px))"
    />
  )
}
