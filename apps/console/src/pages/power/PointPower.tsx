import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { FormDialog } from '../../ui/FormDialog.tsx'
import { Fact, Facts, Panel } from '../../ui/Panel.tsx'
import { Status } from '../../ui/Status.tsx'
import { CaseMark } from './CaseMark.tsx'
import css from './power.module.css'
import { pointPowerQuery } from './queries.ts'
import { Steps } from './Steps.tsx'
import type { PointPower as Power } from './types.ts'

/** What was approved for a point, what its limiter holds, and its last trip. */
export function PointPower({ pod }: { pod: string }) {
  const { t } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const { data: power } = useQuery(pointPowerQuery(pod))
  const [recording, setRecording] = useState(false)
  if (!power?.limiter) return null
  return (
    <Panel
      title={t('power.panel')}
      tools={
        may(me, 'power') && (
          <Button size="xs" variant="default" onClick={() => setRecording(true)}>
            {t('power.record')}
          </Button>
        )
      }
    >
      <PowerFacts power={power} limiter={power.limiter} />
      {recording && <RecordPermit pod={pod} onClose={() => setRecording(false)} />}
    </Panel>
  )
}

function PowerFacts({ power, limiter }: { power: Power; limiter: NonNullable<Power['limiter']> }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const permits = power.history.filter(({ atr }) => atr !== null)
  const trip = power.cases.find(({ kind }) => kind === 'over-power')
  return (
    <>
      <Facts>
        <Fact label={t('columns.power')}>{f.kw(power.approvedW)}</Fact>
        <Fact label={t('power.threshold')}>
          <Status tone={limiter.thresholdW === power.approvedW ? 'ok' : 'warn'}>
            {f.kw(limiter.thresholdW)}
          </Status>{' '}
          {limiter.overS !== null && (
            <span className="muted small">{t('power.after', { s: f.number(limiter.overS) })}</span>
          )}
        </Fact>
        <Fact label={t('power.checked')}>
          <span title={f.dateTime(limiter.checkedAt)}>{f.relative(limiter.checkedAt)}</span>{' '}
          {may(me, 'trace') && limiter.trace && (
            <Link
              to="."
              className={css.link}
              search={(old: object) => ({ ...old, trace: limiter.trace ?? undefined })}
            >
              {t('orders.frames')}
            </Link>
          )}
        </Fact>
        <Fact label={t('power.lastTrip')}>
          {trip ? (
            <Link to="/power/$caseId" params={{ caseId: trip.id }} className={css.link}>
              {f.dateTime(trip.trippedAt)} · {f.kw(trip.loadW)}
            </Link>
          ) : (
            t('power.noTrip')
          )}
        </Fact>
      </Facts>
      {power.cases
        .filter(({ state }) => state !== 'closed')
        .map((found) => (
          <p key={found.id}>
            <Link to="/power/$caseId" params={{ caseId: found.id }} className={css.link}>
              {t(`power.kinds.${found.kind}`)}
            </Link>{' '}
            <CaseMark found={found} />
          </p>
        ))}
      {trip && trip.state !== 'closed' && <Steps mode={power.readingMode} />}
      {permits.length > 0 && (
        <ul className={css.history} aria-label={t('power.permits')}>
          {permits.map((one) => (
            <li key={`${one.validFrom} ${one.revision}`} className="small">
              {f.day(one.validFrom)} · {f.kw(one.watts)} · {one.atr}{' '}
              <span className="muted">{one.reason}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function RecordPermit({ pod, onClose }: { pod: string; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [form, setForm] = useState({
    kw: '',
    atr: '',
    validFrom: new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Bucharest' }),
    reason: '',
  })
  const watts = Math.round(Number(form.kw.replace(',', '.')) * 1_000)
  const record = useMutation({
    mutationFn: () =>
      api(`/points/${encodeURIComponent(pod)}/approved-power`, {
        method: 'POST',
        body: { watts, atr: form.atr, validFrom: form.validFrom, reason: form.reason },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['power'] })
      onClose()
    },
  })
  const field = (key: keyof typeof form, type: 'text' | 'date' = 'text') => (
    <TextInput
      mt="sm"
      type={type}
      label={t(`power.form.${key}`)}
      value={form[key]}
      onChange={(event) => setForm({ ...form, [key]: event.currentTarget.value })}
    />
  )
  return (
    <FormDialog
      title={t('power.record')}
      word={t('power.record')}
      act={record}
      missing={!(watts > 0) || form.atr.trim() === '' || form.reason.trim().length < 3}
      onClose={onClose}
    >
      {field('kw')}
      {field('atr')}
      {field('validFrom', 'date')}
      {field('reason')}
      <p className="muted small">{t('power.recordNote')}</p>
    </FormDialog>
  )
}
