import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { addDays, dayStart } from '../../format/zone.ts'
import { Status } from '../../ui/Status.tsx'
import css from './deliveries.module.css'
import { coverageOf, leftLate, standingOf, standingTone } from './state.ts'
import type { Availability, Delivery, DeliveryWindow, Recipient } from './types.ts'

type Chosen = { supplier: string; recipientId?: string; day: string }

/** Suppliers and their recipients against days: what was there when the window closed, and what was sent. */
export function DayGrid(props: {
  days: string[]
  recipients: Recipient[]
  deliveries: Delivery[]
  availability: Availability[]
  window: DeliveryWindow | undefined
  chosen: Chosen | undefined
  onChoose: (chosen: Chosen) => void
}) {
  const { t } = useTranslation()
  const f = useFormat()
  const { days, window, chosen } = props
  const suppliers = [
    ...new Set([
      ...(window?.suppliers ?? []).map((one) => one.supplier),
      ...props.availability.map((one) => one.supplier),
      ...props.recipients.map((one) => one.supplier),
    ]),
  ].sort((a, b) => a.localeCompare(b))
  const closing = closingOf(window)
  const pressed = (supplier: string, day: string, recipientId?: string) =>
    chosen?.supplier === supplier && chosen.day === day && chosen.recipientId === recipientId
  return (
    <section
      className={css.scroll}
      aria-label={t('deliveries.days')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      <table className={css.grid}>
        <thead>
          <tr>
            <th scope="col">{t('deliveries.supplier')}</th>
            {days.map((day) => (
              <th key={day} scope="col">
                {f.weekday(day)}
              </th>
            ))}
          </tr>
        </thead>
        {suppliers.map((supplier) => (
          <tbody key={supplier}>
            <tr className={css.supplier}>
              <th scope="row">{supplier}</th>
              {days.map((day) => {
                const coverage = coverageOf(
                  props.availability.find((one) => one.supplier === supplier && one.day === day),
                  window?.day === day ? window.suppliers.find((one) => one.supplier === supplier) : undefined,
                  window?.day === day ? window : undefined,
                )
                return (
                  <td key={day}>
                    {coverage ? (
                      <Cell
                        label={t('deliveries.coverageOf', { supplier, day: f.weekday(day) })}
                        pressed={pressed(supplier, day)}
                        onClick={() => props.onChoose({ supplier, day })}
                      >
                        <Status tone={coverage.tone} plain>
                          {f.number(coverage.completePoints)}/{f.number(coverage.points)}
                        </Status>
                      </Cell>
                    ) : (
                      <span className="muted">–</span>
                    )}
                  </td>
                )
              })}
            </tr>
            {props.recipients
              .filter((one) => one.supplier === supplier)
              .map((recipient) => (
                <tr key={recipient.id}>
                  <th scope="row" className={css.recipient}>
                    {recipient.name}
                  </th>
                  {days.map((day) => {
                    const delivery = props.deliveries.find(
                      (one) => one.recipientId === recipient.id && one.day === day,
                    )
                    const standing = standingOf(recipient, delivery, closing(day), Date.now())
                    const late = delivery !== undefined && leftLate(delivery, closing(day))
                    return (
                      <td key={day}>
                        <Cell
                          label={t('deliveries.deliveryOf', { name: recipient.name, day: f.weekday(day) })}
                          pressed={pressed(supplier, day, recipient.id)}
                          onClick={() => props.onChoose({ supplier, recipientId: recipient.id, day })}
                        >
                          <Status tone={late ? 'warn' : standingTone[standing]} plain>
                            {late ? t('deliveries.sentLate') : t(`deliveries.standings.${standing}`)}
                          </Status>
                        </Cell>
                      </td>
                    )
                  })}
                </tr>
              ))}
          </tbody>
        ))}
      </table>
    </section>
  )
}

function Cell(props: { label: string; pressed: boolean; onClick: () => void; children: React.ReactNode }) {
  return (
    <button type="button" className={css.cell} aria-pressed={props.pressed} onClick={props.onClick}>
      <span className="sr-only">{props.label}: </span>
      {props.children}
    </button>
  )
}

/** When the window of a day closes, epoch ms, by the hours of the rule that the chosen day has. */
const closingOf = (window: DeliveryWindow | undefined) => (day: string) => {
  if (!window) return Number.POSITIVE_INFINITY
  if (window.day === day) return Date.parse(window.closesAt)
  const [hours, minutes] = window.rule.closes.split(':').map(Number)
  // Clocks are turned at night, hours before any window closes: the way from the end of the day tells the instant.
  return dayStart(addDays(day, 2)) - ((24 - hours) * 60 - minutes) * 60_000
}
