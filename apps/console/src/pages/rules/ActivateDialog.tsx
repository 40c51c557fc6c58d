import { Button, Modal, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { ErrorView, Waiting } from '../../ui/StateViews.tsx'
import { useGroupName } from './groups.ts'
import { ParameterLine } from './ParameterLine.tsx'
import { tryRule, usualTrial } from './queries.ts'
import css from './rules.module.css'
import { TrialFigures } from './TrialFigures.tsx'
import type { RuleVersion } from './types.ts'

/** Makes a version live: first whom it would hit, then why. */
export function ActivateDialog(props: { version: RuleVersion; onClose: (done: boolean) => void }) {
  const { version } = props
  const { t } = useTranslation()
  const groupName = useGroupName()
  const [reason, setReason] = useState('')
  const { rule, parameters, appliesTo } = version
  const trial = useQuery({
    queryKey: ['rules', 'trial', rule, version.version],
    queryFn: ({ signal }) => tryRule({ rule, parameters, appliesTo, ...usualTrial() }, signal),
    enabled: version.triable,
    retry: false,
    staleTime: 60_000,
  })
  const activate = useMutation({
    mutationFn: () =>
      api(`/validation/rules/${rule}/versions/${version.version}/activate`, {
        method: 'POST',
        body: { reason: reason.trim() },
      }),
    onSuccess: () => props.onClose(true),
  })
  const known = !version.triable || trial.data !== undefined || trial.error !== null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (known && reason.trim().length >= 3) activate.mutate()
  }
  return (
    <Modal
      opened
      size="lg"
      onClose={() => props.onClose(false)}
      title={t('ruleBook.activateTitle', { n: version.version, rule: t(`rules.${rule}`, rule) })}
      closeButtonProps={{ 'aria-label': t('state.close') }}
    >
      <form className={css.dialog} onSubmit={submit}>
        <p>
          {groupName(appliesTo)}: <ParameterLine parameters={parameters} />
        </p>
        {version.triable ? (
          <>
            <p className="muted small">{t('ruleBook.activateTrial')}</p>
            <Waiting for={trial} rows={3} height={90}>
              {trial.data && <TrialFigures trial={trial.data} />}
            </Waiting>
          </>
        ) : (
          <p className="muted">{t('ruleBook.notTriable')}</p>
        )}
        <TextInput
          label={t('orders.reason')}
          description={t('ruleBook.activateReason')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {activate.error && <ErrorView error={activate.error} />}
        <Button type="submit" loading={activate.isPending} disabled={!known || reason.trim().length < 3}>
          {t('ruleBook.activate')}
        </Button>
      </form>
    </Modal>
  )
}
