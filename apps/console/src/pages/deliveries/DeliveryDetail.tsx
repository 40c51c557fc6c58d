import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { api } from '../../api/client.ts'
import { useFormat } from '../../format/format.ts'
import { Fact, Facts, Panel } from '../../ui/Panel.tsx'
import { EmptyView, ErrorView } from '../../ui/StateViews.tsx'
import { Status } from '../../ui/Status.tsx'
import css from './deliveries.module.css'
import type { Availability, Delivery, Recipient } from './types.ts'

/** One day of one supplier or recipient: what went, what came back, what is missing. */
export function DeliveryDetail(props: {
  chosen: { supplier: string; day: string }
  recipient: Recipient | undefined
  delivery: Delivery | undefined
  availability: Availability | undefined
  onClose: () => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const { chosen, recipient, delivery, availability } = props
  return (
    <Panel
      title={`${recipient?.name ?? chosen.supplier} · ${f.weekday(chosen.day)}`}
      tools={
        <>
          {recipient && <SendAgain recipient={recipient} day={chosen.day} sent={delivery !== undefined} />}
          <Button size="xs" variant="subtle" onClick={props.onClose}>
            {t('state.close')}
          </Button>
        </>
      }
    >
      <div className={css.detail}>
        {recipient && !delivery && (
          <EmptyView
            title={t('deliveries.nothing')}
            what={t('deliveries.nothingWhat', { at: recipient.sendAt })}
          />
        )}
        {delivery && <DeliveryFacts delivery={delivery} />}
        {availability ? (
          <AvailabilityFacts availability={availability} />
        ) : (
          !recipient && <p className="muted">{t('deliveries.notClosed')}</p>
        )}
      </div>
    </Panel>
  )
}

function DeliveryFacts({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation()
  const f = useFormat()
  return (
    <Facts>
      <Fact label={t('columns.status')}>{t(`deliveries.deliveryStates.${delivery.state}`)}</Fact>
      <Fact label={t('columns.attempts')}>{f.number(delivery.attempts)}</Fact>
      {delivery.file && (
        <Fact label={t('transfers.file')}>
          <span className="mono">{delivery.file}</span>
          {delivery.bytes !== null && ` · ${f.bytes(delivery.bytes)}`}
        </Fact>
      )}
      {delivery.points !== null && (
        <Fact label={t('deliveries.whole')}>
          {t('deliveries.ofPoints', {
            n: f.number(delivery.completePoints),
            all: f.number(delivery.points),
          })}
        </Fact>
      )}
      {delivery.sentAt && <Fact label={t('deliveries.sentAt')}>{f.dateTime(delivery.sentAt)}</Fact>}
      {delivery.acknowledgement && (
        <Fact label={t('deliveries.acknowledgement')}>
          {f.dateTime(delivery.acknowledgedAt)} · <q>{delivery.acknowledgement}</q>
        </Fact>
      )}
      {delivery.state === 'sent' && !delivery.acknowledgement && (
        <Fact label={t('deliveries.acknowledgement')}>{t('deliveries.awaited')}</Fact>
      )}
      {delivery.state === 'due' && <Fact label={t('columns.nextTry')}>{f.dateTime(delivery.nextAt)}</Fact>}
      {delivery.error && (
        <Fact label={t('deliveries.error')}>
          <Status tone="bad" plain>
            {delivery.error}
          </Status>
        </Fact>
      )}
    </Facts>
  )
}

function AvailabilityFacts({ availability }: { availability: Availability }) {
  const { t } = useTranslation()
  const f = useFormat()
  const { missingSample } = availability
  return (
    <>
      <Facts>
        <Fact label={t('deliveries.atClose')}>
          <Status tone={availability.met ? 'ok' : 'bad'} plain>
            {t('deliveries.ofPoints', {
              n: f.number(availability.completePoints),
              all: f.number(availability.points),
            })}
          </Status>
        </Fact>
        <Fact label={t('deliveries.checkedAt')}>{f.dateTime(availability.checkedAt)}</Fact>
      </Facts>
      {missingSample.length > 0 && (
        <div>
          <h3>{t('deliveries.missing')}</h3>
          <ul className={css.pods}>
            {missingSample.map((pod) => (
              <li key={pod}>
                <Link to="/network" search={{ q: pod }} className="mono">
                  {pod}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}

function SendAgain(props: { recipient: Recipient; day: string; sent: boolean }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const send = useMutation({
    mutationFn: () =>
      api(`/deliveries/recipients/${props.recipient.id}/send`, { method: 'POST', body: { day: props.day } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['deliveries', 'list'] }),
  })
  return (
    <>
      <Button size="xs" variant="default" loading={send.isPending} onClick={() => send.mutate()}>
        {t(props.sent ? 'deliveries.sendAgain' : 'deliveries.sendNow')}
      </Button>
      {send.error && <ErrorView error={send.error} />}
    </>
  )
}
