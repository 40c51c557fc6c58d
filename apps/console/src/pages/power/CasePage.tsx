import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { Fact, Facts, PageHead, Panel } from '../../ui/Panel.tsx'
import { ReasonDialog } from '../../ui/ReasonDialog.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import { CaseMark } from './CaseMark.tsx'
import css from './power.module.css'
import { caseQuery } from './queries.ts'
import { Steps } from './Steps.tsx'
import type { PowerCaseDetail } from './types.ts'

/** One case: what happened, what the customer does, and what proves it. */
export function CasePage() {
  const { caseId } = useParams({ from: '/shell/power/$caseId' })
  const found = useQuery(caseQuery(caseId))
  return (
    <Waiting for={found} rows={8} height={400}>
      {found.data && <Case found={found.data} />}
    </Waiting>
  )
}

function Case({ found }: { found: PowerCaseDetail }) {
  const { t } = useTranslation()
  const f = useFormat()
  const trip = found.kind === 'over-power'
  return (
    <>
      <PageHead
        title={t(`power.kinds.${found.kind}`)}
        under={
          <>
            <CaseMark found={found} /> · <span className="mono">{found.pod}</span> {found.name},{' '}
            {found.address}
          </>
        }
        tools={<Acts found={found} />}
      />
      {trip && found.state !== 'closed' && (
        <Panel title={t('orders.hand.title')} note={t('power.handNote')}>
          <Steps mode={found.readingMode} />
        </Panel>
      )}
      <Panel title={t('power.facts')}>
        <Facts>
          <Fact label={t('power.since')}>{f.dateTime(found.trippedAt ?? found.openedAt)}</Fact>
          {found.loadW !== null && (
            <Fact label={t('power.load')}>
              {f.kw(found.loadW)}{' '}
              <span className="muted small">{t(`power.loadFrom.${found.loadSource ?? 'meter'}`)}</span>
            </Fact>
          )}
          <Fact label={t('columns.power')}>{f.kw(found.approvedW)}</Fact>
          <Fact label={t('power.threshold')}>{f.kw(found.thresholdW)}</Fact>
          <Fact label={t('meter.serial')}>
            <span className="mono">{found.serial}</span>
          </Fact>
          {found.closedAt && (
            <Fact label={t('power.closed')}>
              {f.dateTime(found.closedAt)} · {t(`power.closedBy.${found.closedBy}`, found.closedBy ?? '')}
            </Fact>
          )}
          <Fact label={t('columns.point')}>
            <Link to="/points/$pointId" params={{ pointId: found.meteringPointId }}>
              {found.pod}
            </Link>
          </Fact>
        </Facts>
      </Panel>
      <Timeline found={found} />
    </>
  )
}

function Timeline({ found }: { found: PowerCaseDetail }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  return (
    <Panel title={t('orders.timeline')}>
      <ol className={css.timeline}>
        {found.timeline.map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events are only ever added at the end
          <li key={index}>
            <div className={css.when}>{f.dateTime(event.at)}</div>
            <div>
              <strong>{t(`power.events.${event.event}`, event.event)}</strong>{' '}
              <span className="muted">{t(`power.actors.${event.actor}`, event.actor)}</span>{' '}
              {may(me, 'trace') && event.trace && (
                <Link
                  to="."
                  className={css.link}
                  search={(old: object) => ({ ...old, trace: event.trace ?? undefined })}
                >
                  {t('orders.frames')}
                </Link>
              )}
            </div>
            <Evidence evidence={event.evidence} />
          </li>
        ))}
      </ol>
    </Panel>
  )
}

function Evidence({ evidence }: { evidence: Record<string, unknown> }) {
  const { t } = useTranslation()
  const f = useFormat()
  const parts: string[] = []
  const word = (key: string, list: string) => {
    const value = evidence[key]
    if (typeof value === 'string' && value !== '') parts.push(t(`power.${list}.${value}`, value))
  }
  word('why', 'why')
  word('kind', 'messages')
  word('code', 'codes')
  for (const key of ['thresholdW', 'approvedW', 'registerW', 'loadW', 'mostW'] as const) {
    const watts = evidence[key]
    if (typeof watts === 'number') parts.push(`${t(`power.watts.${key}`)} ${f.kw(watts)}`)
  }
  if (typeof evidence['trips'] === 'number')
    parts.push(t('power.trips', { n: evidence['trips'], days: evidence['days'] }))
  if (typeof evidence['relayOutput'] === 'boolean')
    parts.push(t(evidence['relayOutput'] ? 'orders.relay.closed' : 'orders.relay.open'))
  for (const key of ['atr', 'reason', 'text'])
    if (typeof evidence[key] === 'string') parts.push(String(evidence[key]))
  return parts.length > 0 ? <div className="muted small">{parts.join(' · ')}</div> : null
}

function Acts({ found }: { found: PowerCaseDetail }) {
  const { t } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const client = useQueryClient()
  const [act, setAct] = useState<'close' | 'retry'>()
  if (!may(me, 'power') || found.state !== 'operator') return null
  const acts = found.kind === 'threshold' ? (['retry', 'close'] as const) : (['close'] as const)
  return (
    <div className={css.acts}>
      {acts.map((one) => (
        <Button key={one} size="sm" variant="default" onClick={() => setAct(one)}>
          {t(`power.acts.${one}`)}
        </Button>
      ))}
      {act && (
        <ReasonDialog
          title={t(`power.acts.${act}`)}
          path={`/power-cases/${found.id}/${act}`}
          onClose={async (done) => {
            setAct(undefined)
            if (done) await client.invalidateQueries({ queryKey: ['power'] })
          }}
        />
      )}
    </div>
  )
}
