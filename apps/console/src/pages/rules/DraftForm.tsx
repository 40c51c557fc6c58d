import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ErrorView } from '../../ui/StateViews.tsx'
import { kindOf, knownMarks, readParameter, showParameter, unitOf } from './parameters.ts'
import { beginTrial, groupChoicesQuery, usualTrial } from './queries.ts'
import css from './rules.module.css'
import {
  type GroupField,
  groupFields,
  type Parameters,
  type RuleGroup,
  type RuleVersion,
  type Severity,
  severities,
} from './types.ts'

/** The next version of a rule: limits, group, a trial on stored days, and a draft with its reason. */
export function DraftForm(props: {
  base: RuleVersion
  maySave: boolean
  onDone: () => void
  onTrial: (id: string) => void
  /** The trial that is shown. */
  result: ReactNode
}) {
  const { base } = props
  const { t } = useTranslation()
  const f = useFormat()
  const comma = f.locale === 'ro-RO'
  const client = useQueryClient()
  const names = Object.keys(base.parameters)
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(names.map((name) => [name, showParameter(base.parameters[name], comma)])),
  )
  const [severity, setSeverity] = useState<Severity>(base.severity)
  const [group, setGroup] = useState<RuleGroup>(base.appliesTo)
  const [span, setSpan] = useState(usualTrial)
  const [reason, setReason] = useState('')
  const read = (name: string) => readParameter(kindOf(base.parameters[name]), texts[name] ?? '', comma)
  const wrong = names.filter((name) => read(name) === undefined)
  const parameters: Parameters = Object.fromEntries(names.map((name) => [name, read(name)]))
  const request = { rule: base.rule, parameters, appliesTo: group, ...span }
  const trial = useMutation({
    mutationFn: () => beginTrial(request),
    onSuccess: async (run) => {
      client.setQueryData(['rules', 'trials', run.id], run)
      props.onTrial(run.id)
      await client.invalidateQueries({ queryKey: ['rules', 'trials', 'of'] })
    },
  })
  const save = useMutation({
    mutationFn: () =>
      api<RuleVersion>('/validation/rules', {
        method: 'POST',
        body: { rule: base.rule, parameters, severity, appliesTo: group, reason: reason.trim() },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['rules'] })
      props.onDone()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (wrong.length === 0 && reason.trim().length >= 3) save.mutate()
  }
  return (
    <Panel
      title={t('ruleBook.draft', { n: base.version })}
      note={t('ruleBook.draftNote')}
      tools={
        <Button size="xs" variant="subtle" onClick={props.onDone}>
          {t('state.close')}
        </Button>
      }
    >
      <form className={css.form} onSubmit={submit}>
        <fieldset className={css.fields}>
          <legend>{t('ruleBook.limits')}</legend>
          {names.length === 0 && <p className="muted">{t('ruleBook.noParameters')}</p>}
          {names.map((name) => (
            <ParameterInput
              key={name}
              rule={base.rule}
              name={name}
              value={base.parameters[name]}
              text={texts[name] ?? ''}
              wrong={wrong.includes(name)}
              onChange={(text) => setTexts((old) => ({ ...old, [name]: text }))}
            />
          ))}
          <NativeSelect
            label={t('ruleBook.severity')}
            description={t('ruleBook.severityWhat')}
            value={severity}
            onChange={(event) => setSeverity(event.currentTarget.value as Severity)}
            data={severities.map((value) => ({ value, label: t(`ruleBook.severities.${value}`) }))}
          />
        </fieldset>
        <GroupFields group={group} onChange={setGroup} />
        {base.triable ? (
          <fieldset className={css.fields}>
            <legend>{t('ruleBook.trial')}</legend>
            <TextInput
              type="date"
              label={t('ruleBook.from')}
              value={span.from}
              onChange={(event) => setSpan({ ...span, from: event.currentTarget.value })}
            />
            <TextInput
              type="date"
              label={t('ruleBook.to')}
              value={span.to}
              onChange={(event) => setSpan({ ...span, to: event.currentTarget.value })}
            />
            <Button
              type="button"
              variant="default"
              className={css.alone}
              disabled={wrong.length > 0 || span.from === '' || span.to === ''}
              loading={trial.isPending}
              onClick={() => trial.mutate()}
            >
              {t('ruleBook.tryIt')}
            </Button>
          </fieldset>
        ) : (
          <p className="muted">{t('ruleBook.notTriable')}</p>
        )}
        <div className={css.result}>
          {trial.error && <ErrorView error={trial.error} onRetry={() => trial.mutate()} />}
          {props.result}
        </div>
        {props.maySave && (
          <fieldset className={css.fields}>
            <legend>{t('ruleBook.saveTitle')}</legend>
            <TextInput
              className={css.wide}
              label={t('orders.reason')}
              description={t('ruleBook.reasonWhat')}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Button
              type="submit"
              className={css.alone}
              disabled={wrong.length > 0 || reason.trim().length < 3}
              loading={save.isPending}
            >
              {t('ruleBook.save')}
            </Button>
            {save.error && <ErrorView error={save.error} />}
          </fieldset>
        )}
      </form>
    </Panel>
  )
}

function ParameterInput(props: {
  rule: string
  name: string
  value: unknown
  text: string
  wrong: boolean
  onChange: (text: string) => void
}) {
  const { t } = useTranslation()
  const { rule, name } = props
  const kind = kindOf(props.value)
  const unit = unitOf(name)
  const word = t(`ruleBook.parameters.${name}`, name)
  const label = word.charAt(0).toLocaleUpperCase() + word.slice(1)
  const what = t([`ruleBook.whatOf.${rule}-${name}`, `ruleBook.whatOf.${name}`], '')
  if (kind === 'marks') {
    const chosen = props.text.split(';').map((part) => part.trim())
    return (
      <Checkbox.Group
        label={label}
        description={what}
        value={chosen}
        onChange={(marks) => props.onChange(marks.filter((mark) => mark !== '').join('; '))}
        error={props.wrong ? t('ruleBook.wrongMarks') : undefined}
      >
        {knownMarks.map((mark) => (
          <Checkbox key={mark} mt={6} value={mark} label={t(`ruleBook.marks.${mark}`)} />
        ))}
      </Checkbox.Group>
    )
  }
  return (
    <TextInput
      className={kind === 'number' ? undefined : css.wide}
      label={unit === '' ? label : `${label}, ${t(`ruleBook.units.${unit}`, unit)}`}
      description={what}
      inputMode={kind === 'number' ? 'decimal' : undefined}
      value={props.text}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      error={props.wrong ? t(`ruleBook.wrong.${kind}`) : undefined}
    />
  )
}

function GroupFields({ group, onChange }: { group: RuleGroup; onChange: (group: RuleGroup) => void }) {
  const { t } = useTranslation()
  const f = useFormat()
  const choices = useQuery(groupChoicesQuery)
  const set = (field: GroupField, value: string) => {
    const { [field]: _, ...rest } = group
    onChange(value === '' ? rest : { ...rest, [field]: value })
  }
  const name = (field: GroupField, { value, label }: { value: string; label: string }) =>
    field === 'segment'
      ? t(`kinds.${value}`, value)
      : field === 'readingMode'
        ? t(`modes.${value}`, value)
        : label
  const options = (field: GroupField) => {
    const known = choices.data?.[field] ?? []
    const chosen = group[field]
    // What a version names stays to be seen, also when no point is so any more.
    const missing = chosen !== undefined && !known.some(({ value }) => value === chosen)
    return [
      { value: '', label: t('ruleBook.any') },
      ...known.map((one) => ({
        value: one.value,
        label: t('ruleBook.choice', { name: name(field, one), n: f.number(one.points) }),
      })),
      ...(missing ? [{ value: chosen, label: name(field, { value: chosen, label: chosen }) }] : []),
    ]
  }
  return (
    <fieldset className={css.fields}>
      <legend>{t('ruleBook.group')}</legend>
      <p className="muted small">{t('ruleBook.groupWhat')}</p>
      {groupFields.map((field) => (
        <NativeSelect
          key={field}
          label={t(`ruleBook.fields.${field}`)}
          value={group[field] ?? ''}
          onChange={(event) => set(field, event.currentTarget.value)}
          data={options(field)}
        />
      ))}
    </fieldset>
  )
}
