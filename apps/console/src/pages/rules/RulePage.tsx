import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import { ActivateDialog } from './ActivateDialog.tsx'
import { DraftForm } from './DraftForm.tsx'
import { useGroupName } from './groups.ts'
import { ParameterLine } from './ParameterLine.tsx'
import { rulesQuery } from './queries.ts'
import css from './rules.module.css'
import { TrialList } from './TrialList.tsx'
import { TrialRunView } from './TrialRun.tsx'
import { severityTone, stateTone } from './tones.ts'
import type { RuleVersion } from './types.ts'

/** One rule: its versions, and a form that drafts and tries the next one. */
export function RulePage() {
  const { t } = useTranslation()
  const { rule } = useParams({ from: '/shell/rules/$rule' })
  const { from, trial } = useSearch({ from: '/shell/rules/$rule' })
  const navigate = useNavigate()
  const { data: me } = useQuery(meQuery)
  const rules = useQuery(rulesQuery)
  const client = useQueryClient()
  const [activating, setActivating] = useState<RuleVersion>()
  const versions = rules.data?.items.filter((one) => one.rule === rule) ?? []
  const base = versions.find((one) => one.version === from)
  const edit = (version: number | undefined) =>
    void navigate({ to: '.', search: { from: version, trial }, replace: true, resetScroll: false })
  return (
    <>
      <PageHead
        title={t(`rules.${rule}`, rule)}
        under={t(`ruleBook.what.${rule}`, '')}
        tools={
          <Link to="/rules" className={css.back}>
            {t('ruleBook.back')}
          </Link>
        }
      />
      <Panel title={t('ruleBook.versions')} note={t('ruleBook.versionsNote')}>
        <Waiting for={rules} rows={4} height={160}>
          {versions.length === 0 ? (
            <EmptyView title={t('ruleBook.unknown')} what={t('ruleBook.unknownWhat')} />
          ) : (
            <ol className={css.versions}>
              {versions.map((one) => (
                <Version
                  key={one.version}
                  version={one}
                  chosen={one.version === from}
                  editable={may(me, 'rules')}
                  onEdit={() => edit(one.version)}
                  onActivate={() => setActivating(one)}
                />
              ))}
            </ol>
          )}
        </Waiting>
      </Panel>
      {base && may(me, 'exceptions') && (
        <DraftForm
          key={base.version}
          base={base}
          maySave={may(me, 'rules')}
          onDone={() => edit(undefined)}
          onTrial={(id) =>
            void navigate({
              to: '.',
              search: { from, trial: Number(id) },
              replace: true,
              resetScroll: false,
            })
          }
          result={trial === undefined ? null : <TrialRunView key={trial} id={String(trial)} />}
        />
      )}
      {!base && trial !== undefined && (
        <Panel title={t('ruleBook.trial')}>
          <TrialRunView key={trial} id={String(trial)} />
        </Panel>
      )}
      <TrialList rule={rule} chosen={trial === undefined ? undefined : String(trial)} />
      {activating && (
        <ActivateDialog
          version={activating}
          onClose={async (done) => {
            setActivating(undefined)
            if (done) await client.invalidateQueries({ queryKey: ['rules'] })
          }}
        />
      )}
    </>
  )
}

function Version(props: {
  version: RuleVersion
  chosen: boolean
  editable: boolean
  onEdit: () => void
  onActivate: () => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const groupName = useGroupName()
  const { version } = props
  return (
    <li className={css.version} data-chosen={props.chosen || undefined}>
      <div className={css.versionText}>
        <p className={css.versionHead}>
          <strong>{t('ruleBook.version', { n: version.version })}</strong>
          <Status tone={stateTone[version.state]}>{t(`ruleBook.states.${version.state}`)}</Status>
          <Status tone={severityTone[version.severity]} plain>
            {t(`ruleBook.severities.${version.severity}`)}
          </Status>
          <span>{groupName(version.appliesTo)}</span>
        </p>
        <p>
          <ParameterLine parameters={version.parameters} />
        </p>
        <p className="muted small">
          {t(`ruleBook.decided.${version.state === 'draft' ? 'draft' : 'live'}`, {
            when: f.dateTime(version.validFrom),
            who:
              version.decidedByName ??
              t(`ruleBook.who.${version.decidedBy.replace(':', '-')}`, version.decidedBy),
          })}{' '}
          {version.reason !== 'shipped with the product' && <q>{version.reason}</q>}
        </p>
      </div>
      <div className={css.acts}>
        <Button size="xs" variant="default" onClick={props.onEdit}>
          {t(props.editable ? 'ruleBook.edit' : 'ruleBook.try')}
        </Button>
        {props.editable && version.state !== 'live' && (
          <Button size="xs" onClick={props.onActivate}>
            {t('ruleBook.activate')}
          </Button>
        )}
      </div>
    </li>
  )
}
