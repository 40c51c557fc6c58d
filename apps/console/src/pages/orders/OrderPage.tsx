import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { meQuery } from '../../api/queries.ts'
import { may } from '../../app/search.ts'
import { useFormat } from '../../format/format.ts'
import { Fact, Facts, PageHead, Panel } from '../../ui/Panel.tsx'
import { ReasonDialog } from '../../ui/ReasonDialog.tsx'
import { Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { Conditions } from './Conditions.tsx'
import { OrderStateMark } from './OrderState.tsx'
import css from './orders.module.css'
import { orderNowQuery, orderQuery } from './queries.ts'
import { RecordDialog } from './RecordDialog.tsx'
import type { CommandStep, OrderDetail } from './types.ts'

/** One order: why it may or may not run, what was done, and what proves it. */
export function OrderPage() {
  const { orderId } = useParams({ from: '/shell/orders/$orderId' })
  const order = useQuery(orderQuery(orderId))
  return (
    <Waiting for={order} rows={10} height={400}>
      {order.data && <Order order={order.data} />}
    </Waiting>
  )
}

function Order({ order }: { order: OrderDetail }) {
  const { t, i18n } = useTranslation()
  const f = useFormat()
  const { data: me } = useQuery(meQuery)
  const cause = i18n.language.startsWith('en') ? order.causeTitle.en : order.causeTitle.ro
  const who = (subject: string) => {
    const [kind = '', name] = subject.split(':')
    if (order.names[subject]) return order.names[subject]
    // 'supplier:EVM' is a house or a person of it, 'engine' the system itself.
    return name === undefined || kind === 'supplier' || kind === 'customer'
      ? [t(`orders.actors.${kind}`, kind), name].filter(Boolean).join(' ')
      : subject
  }
  const forCustomer = order.messages.find(({ kind }) => kind.startsWith('press-button'))
  return (
    <>
      <PageHead
        title={
          <>
            <span className="mono">{order.number}</span> · {t(`orders.types.${order.type}`)}
          </>
        }
        under={
          <>
            <OrderStateMark state={order.state} /> · <span className="mono">{order.pod}</span>{' '}
            {order.pointName}, {order.address}
          </>
        }
        tools={<Acts order={order} />}
      />
      {order.state === 'customer' && <Hand mode={String(forCustomer?.body['readingMode'] ?? 'smart')} />}
      <Panel title={t('orders.facts')}>
        <Facts>
          <Fact label={t('orders.type')}>{order.type}</Fact>
          <Fact label={t('orders.cause')}>
            {order.cause}: {cause} <span className="muted small">{order.causeTitle.source}</span>
          </Fact>
          <Fact label={t('orders.requester')}>
            {who(order.requester)}
            {order.before === null && <> · {order.requesterReference}</>}
          </Fact>
          {order.supplier && <Fact label={t('orders.supplier')}>{order.supplier}</Fact>}
          {order.reason && <Fact label={t('orders.reason')}>{order.reason}</Fact>}
          <Fact label={t('orders.route')}>{order.route ? t(`orders.routes.${order.route}`) : '–'}</Fact>
          <Fact label={t('orders.costs')}>{t(`orders.bearers.${order.costBearer}`)}</Fact>
          {order.runsAt && <Fact label={t('orders.runsAt')}>{f.dateTime(order.runsAt)}</Fact>}
          {order.dueBy && <Fact label={t('orders.dueBy')}>{f.dateTime(Date.parse(order.dueBy) - 1)}</Fact>}
          {order.justifyBy && (
            <Fact label={t('orders.justifyBy')}>
              {f.day(order.justifyBy)}{' '}
              <Status tone={order.justifiedAt ? 'ok' : 'warn'}>
                {order.justifiedAt
                  ? t('orders.justified', { at: f.dateTime(order.justifiedAt) })
                  : t('orders.notJustified')}
              </Status>
            </Fact>
          )}
          {order.approvedBy && <Fact label={t('orders.approvedBy')}>{who(order.approvedBy)}</Fact>}
          {order.before && (
            <Fact label={t('orders.follows')}>
              <Link to="/orders/$orderId" params={{ orderId: order.before.id }} className="mono">
                {order.before.number}
              </Link>
            </Fact>
          )}
          {order.after && (
            <Fact label={t('orders.undoneBy')}>
              <Link to="/orders/$orderId" params={{ orderId: order.after.id }} className="mono">
                {order.after.number}
              </Link>
            </Fact>
          )}
          <Fact label={t('columns.point')}>
            <Link to="/points/$pointId" params={{ pointId: order.meteringPointId }}>
              {order.pod}
            </Link>
          </Fact>
        </Facts>
      </Panel>
      <Panel title={t('orders.gate')} note={t('orders.gateNote')}>
        <Answer order={order} />
        <Conditions gate={order.gate} />
      </Panel>
      {order.commands.length > 0 && (
        <Panel title={t('orders.commands')} note={t('orders.commandsNote')}>
          {order.commands.map((command) => (
            <Command key={command.id} command={command} mayTrace={may(me, 'trace')} />
          ))}
        </Panel>
      )}
      <Panel title={t('orders.timeline')} note={<AheadNote />}>
        <ol className={css.timeline}>
          {order.timeline.map((event, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: events are only ever added at the end
            <li key={index}>
              <div className={css.when}>{f.dateTime(event.at)}</div>
              <div>
                <strong>{t(`orders.events.${event.event}`, event.event)}</strong>
                {event.from !== event.to && <> → {t(`orders.states.${event.to}`)}</>}{' '}
                <span className="muted">{who(event.actor)}</span>
              </div>
              <Evidence evidence={event.evidence} />
            </li>
          ))}
        </ol>
      </Panel>
      {order.messages.length > 0 && (
        <Panel title={t('orders.messages')}>
          <ul className={css.steps}>
            {order.messages.map((message) => (
              <li key={message.id}>
                <span className={css.when}>{f.dateTime(message.createdAt)}</span> {who(message.recipient)}:{' '}
                {t(`orders.messageKinds.${message.kind}`, message.kind)}{' '}
                <span className="muted">{t(`orders.messageStates.${message.state}`, message.state)}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  )
}

/** The verdict in one sentence: whether it may run, and when. */
function Answer({ order }: { order: OrderDetail }) {
  const { t } = useTranslation()
  const f = useFormat()
  const disconnects = order.type.startsWith('DECO') || order.type.startsWith('REZ')
  const missing = order.gate.conditions.filter(({ ok, params }) => !ok && typeof params['from'] !== 'string')
  const says =
    order.state === 'approval'
      ? t('orders.answer.approval')
      : order.state !== 'waiting'
        ? undefined
        : missing.length > 0
          ? t('orders.answer.missing')
          : order.gate.runsAt
            ? t(disconnects ? 'orders.answer.runs' : 'orders.answer.runsAnyway', {
                at: f.dateTime(order.gate.runsAt),
              })
            : undefined
  return says ? (
    <p>
      <strong>{says}</strong>
    </p>
  ) : null
}

/** The demonstration's calendar of orders may be ahead; commands carry the world's time. */
function AheadNote() {
  const { t } = useTranslation()
  const f = useFormat()
  const { data } = useQuery(orderNowQuery)
  if (!data || Date.parse(data.now) - Date.now() < 3_600_000) return null
  return <>{t('orders.ahead', { at: f.dateTime(data.now) })}</>
}

/** Words of the evidence that people read, each with the list that translates it; the others stay as they were written. */
const shownEvidence = {
  reason: undefined,
  why: 'whySent',
  channel: 'channels',
  sentAt: undefined,
  kind: 'cures',
  proof: undefined,
  outcome: 'outcomes',
  text: undefined,
  by: 'actors',
  reference: undefined,
} as const

function Evidence({ evidence }: { evidence: Record<string, unknown> }) {
  const { t } = useTranslation()
  const f = useFormat()
  const parts = Object.entries(shownEvidence).flatMap(([key, list]) => {
    const value = evidence[key]
    if (typeof value !== 'string' || value === '' || /^(cure|suspension):/.test(value)) return []
    if (key === 'sentAt') return [f.dateTime(value)]
    // Who wrote it down stands above already.
    if (key === 'by' && value !== 'hand') return []
    // A message to the customer and a cure are both of a kind.
    const words = key === 'kind' && t(`orders.messageKinds.${value}`, '') !== '' ? 'messageKinds' : list
    return [words ? t(`orders.${words}.${value}`, value) : value]
  })
  return parts.length > 0 ? <div className="muted small">{parts.join(' · ')}</div> : null
}

const commandTones: Record<string, Tone> = {
  queued: 'idle',
  released: 'busy',
  done: 'ok',
  failed: 'bad',
  cancelled: 'idle',
  expired: 'warn',
}

function Command({ command, mayTrace }: { command: OrderDetail['commands'][number]; mayTrace: boolean }) {
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <section>
      <h3>
        {t(`orders.commandKinds.${command.kind}`)}{' '}
        <Status tone={commandTones[command.state] ?? 'idle'}>
          {t(`orders.commandStates.${command.state}`)}
          {command.outcome && ` · ${t(`orders.outcomes.${command.outcome}`, command.outcome)}`}
        </Status>
      </h3>
      {command.held && <p role="status">{t('orders.held', { why: command.held })}</p>}
      {command.errorText && <p className="muted">{command.errorText}</p>}
      <ol className={css.steps}>
        {command.steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
          <li key={index}>
            <span className={css.when}>{f.seconds(step.at)}</span> {t(`orders.steps.${step.step}`, step.step)}{' '}
            <span className="mono small">{stepText(step, t)}</span>{' '}
            {mayTrace && step.trace && (
              <Link
                to="."
                className={css.link}
                search={(old: object) => ({ ...old, trace: step.trace ?? undefined })}
              >
                {t('orders.frames')}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

function stepText({ details }: CommandStep, t: (key: string) => string): string {
  const parts: string[] = []
  if (typeof details['relayOutput'] === 'boolean')
    parts.push(t(details['relayOutput'] ? 'orders.relay.closed' : 'orders.relay.open'))
  if (typeof details['relayControl'] === 'number') parts.push(t(`orders.control.${details['relayControl']}`))
  if (typeof details['currentA'] === 'number') parts.push(`${details['currentA']} A`)
  if (typeof details['voltageV'] === 'number') parts.push(`${details['voltageV']} V`)
  for (const key of ['why', 'error', 'refusal', 'text'])
    if (typeof details[key] === 'string') parts.push(details[key])
  return parts.join(' · ')
}

/** What the customer does at his own kind of meter (IL 4.1.2, 4.3.2). */
function Hand({ mode }: { mode: string }) {
  const { t } = useTranslation()
  const steps =
    mode === 'amr' ? ['menu', 'relay', 'select', 'connect', 'success'] : ['safe', 'button', 'breaker']
  return (
    <Panel title={t('orders.hand.title')} note={t('orders.hand.note')}>
      <ol className={css.hand}>
        {steps.map((step) => (
          <li key={step}>{t(`orders.hand.${mode === 'amr' ? 'amr' : 'smart'}.${step}`)}</li>
        ))}
      </ol>
    </Panel>
  )
}

function Acts({ order }: { order: OrderDetail }) {
  const { t } = useTranslation()
  const { data: me } = useQuery(meQuery)
  const client = useQueryClient()
  const navigate = useNavigate()
  const [act, setAct] = useState<'cancel' | 'approve' | 'refuse' | 'notice' | 'cure' | 'letter'>()
  const disconnects = order.type.startsWith('DECO') || order.type.startsWith('REZ')
  const open = ['waiting', 'approval', 'ready', 'remote', 'customer', 'field'].includes(order.state)
  const early = order.state === 'waiting' || order.state === 'approval'
  const acts = [
    ...(disconnects && order.state === 'waiting' && may(me, 'order') && me?.role !== 'customer'
      ? (['notice'] as const)
      : []),
    ...(disconnects && (open || order.state === 'closed') && may(me, 'order') && me?.role !== 'customer'
      ? (['cure'] as const)
      : []),
    ...(early && may(me, 'approve-order') && me?.subject !== order.requestedBy
      ? (['approve', 'refuse'] as const)
      : []),
    ...(open && order.state !== 'customer' && may(me, 'order') ? (['cancel'] as const) : []),
    ...(order.justifyBy && !order.justifiedAt && may(me, 'approve-order') ? (['letter'] as const) : []),
  ]
  const close = async (done: boolean, id?: string) => {
    setAct(undefined)
    if (done) await client.invalidateQueries({ queryKey: ['orders'] })
    if (id) void navigate({ to: '/orders/$orderId', params: { orderId: id } })
  }
  return (
    <div className={css.acts}>
      {acts.map((each) => (
        <Button key={each} size="xs" variant="default" onClick={() => setAct(each)}>
          {t(`orders.acts.${each}`)}
        </Button>
      ))}
      {(act === 'cancel' || act === 'approve' || act === 'refuse') && (
        <ReasonDialog
          title={t(`orders.acts.${act}`)}
          path={`/orders/${order.id}/${act}`}
          onClose={(done) => void close(done)}
        />
      )}
      {(act === 'notice' || act === 'cure' || act === 'letter') && (
        <RecordDialog what={act} order={order} onClose={(done, id) => void close(done, id)} />
      )}
    </div>
  )
}
