import { Button, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { addDays, today } from '../../format/zone.ts'
import { Figure, Figures, PageHead, Panel } from '../../ui/Panel.tsx'
import { EmptyView, Waiting } from '../../ui/StateViews.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { DayGrid } from './DayGrid.tsx'
import { DeliveryDetail } from './DeliveryDetail.tsx'
import css from './deliveries.module.css'
import { availabilityQuery, deliveriesQuery, recipientsQuery, windowQuery } from './queries.ts'
import { RecipientForm } from './RecipientForm.tsx'
import { RecipientList } from './RecipientList.tsx'
import { leftLate, standingOf } from './state.ts'
import type { DeliveryWindow, Recipient } from './types.ts'

const shownDays = 7
const windowTone: Record<DeliveryWindow['state'], Tone> = { ahead: 'idle', open: 'busy', closed: 'idle' }

/** What suppliers were sent of each day, and whether the day was there in time. */
export function DeliveriesPage() {
  const { t } = useTranslation()
  const { day: asked } = useSearch({ from: '/shell/deliveries' })
  const navigate = useNavigate()
  const yesterday = addDays(today(), -1)
  const day = asked ?? yesterday
  const from = addDays(day, 1 - shownDays)
  const recipients = useQuery(recipientsQuery)
  const deliveries = useQuery(deliveriesQuery(from, day))
  const availability = useQuery(availabilityQuery(from, day))
  const window = useQuery(windowQuery(day))
  const [chosen, setChosen] = useState<{ supplier: string; recipientId?: string; day: string }>()
  const [editing, setEditing] = useState<Recipient | 'new'>()
  const go = (to: string) =>
    void navigate({ to: '.', search: { day: to === yesterday ? undefined : to }, replace: true })
  return (
    <>
      <PageHead
        title={t('deliveries.title')}
        under={t('deliveries.under')}
        tools={
          <TextInput
            type="date"
            aria-label={t('columns.day')}
            value={day}
            max={yesterday}
            onChange={(event) => event.currentTarget.value !== '' && go(event.currentTarget.value)}
          />
        }
      />
      <WindowPanel day={day} />
      <Panel flush title={t('deliveries.days')} note={t('deliveries.daysNote')}>
        <Waiting for={deliveries} rows={5} height={200}>
          {window.data?.suppliers.length === 0 && recipients.data?.items.length === 0 ? (
            <EmptyView title={t('deliveries.noSuppliers')} what={t('deliveries.noSuppliersWhat')} />
          ) : (
            <DayGrid
              days={Array.from({ length: shownDays }, (_, i) => addDays(day, -i))}
              recipients={recipients.data?.items ?? []}
              deliveries={deliveries.data?.items ?? []}
              availability={availability.data?.items ?? []}
              window={window.data}
              chosen={chosen}
              onChoose={setChosen}
            />
          )}
        </Waiting>
      </Panel>
      {chosen && (
        <DeliveryDetail
          key={`${chosen.supplier}/${chosen.recipientId ?? ''}/${chosen.day}`}
          chosen={chosen}
          recipient={recipients.data?.items.find((one) => one.id === chosen.recipientId)}
          delivery={deliveries.data?.items.find(
            (one) => one.recipientId === chosen.recipientId && one.day === chosen.day,
          )}
          availability={availability.data?.items.find(
            (one) => one.supplier === chosen.supplier && one.day === chosen.day,
          )}
          onClose={() => setChosen(undefined)}
        />
      )}
      <Panel
        title={t('deliveries.recipients')}
        note={t('deliveries.recipientsNote')}
        tools={
          <Button size="xs" onClick={() => setEditing('new')}>
            {t('deliveries.add')}
          </Button>
        }
      >
        <Waiting for={recipients} rows={3} height={120}>
          <RecipientList recipients={recipients.data?.items ?? []} onEdit={setEditing} />
        </Waiting>
      </Panel>
      {editing && (
        <RecipientForm
          recipient={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  )
}

/** The window of the chosen day: its hours and source, how much is there, what is late. */
function WindowPanel({ day }: { day: string }) {
  const { t } = useTranslation()
  const f = useFormat()
  const found = useQuery(windowQuery(day))
  const deliveries = useQuery(deliveriesQuery(day, day))
  const recipients = useQuery(recipientsQuery)
  const window = found.data
  const now = Date.now()
  const sum = (key: 'points' | 'completePoints') =>
    (window?.suppliers ?? []).reduce((all, one) => all + one[key], 0)
  const closesAt = window ? Date.parse(window.closesAt) : Number.POSITIVE_INFINITY
  const ofDay = deliveries.data?.items ?? []
  const acknowledged = ofDay.filter((one) => one.state === 'acknowledged').length
  const late = (recipients.data?.items ?? []).filter((one) => {
    const delivery = ofDay.find(({ recipientId }) => recipientId === one.id)
    const standing = standingOf(one, delivery, closesAt, now)
    return standing === 'late' || standing === 'failed' || (delivery && leftLate(delivery, closesAt))
  }).length
  return (
    <Waiting for={found} rows={3} height={110}>
      {window && (
        <>
          <p className={css.window}>
            <Status tone={windowTone[window.state]}>{t(`deliveries.windows.${window.state}`)}</Status>{' '}
            <span>
              {t('deliveries.window', {
                day: f.weekday(window.day),
                next: f.weekday(addDays(window.day, 1)),
                opens: window.rule.opens,
                closes: window.rule.closes,
              })}{' '}
              <span className="muted small">{window.rule.source}</span>
            </span>
          </p>
          <Figures>
            <Figure
              lead
              label={t('deliveries.whole')}
              value={f.percent(sum('points') === 0 ? null : sum('completePoints') / sum('points'), 1)}
              note={t('deliveries.ofPoints', {
                n: f.number(sum('completePoints')),
                all: f.number(sum('points')),
              })}
            />
            <Figure
              label={t('deliveries.suppliersWhole')}
              value={f.number(
                window.suppliers.filter((one) => one.completePoints >= one.points * window.rule.share).length,
              )}
              note={t('deliveries.ofSuppliers', { all: f.number(window.suppliers.length) })}
            />
            <Figure
              label={t('deliveries.confirmed')}
              value={f.number(acknowledged)}
              note={t('deliveries.ofDeliveries', { all: f.number(ofDay.length) })}
            />
            <Figure
              label={t('deliveries.late')}
              value={
                <Status tone={late > 0 ? 'bad' : 'ok'} plain>
                  {f.number(late)}
                </Status>
              }
              note={t('deliveries.lateNote', { closes: window.rule.closes })}
            />
          </Figures>
        </>
      )}
    </Waiting>
  )
}
