import type { Tone } from '../../ui/Status.tsx'
import type { Availability, Delivery, DeliveryWindow, Recipient } from './types.ts'

/** How a delivery of one day stands, as the page says it. */
export type Standing =
  | 'none'
  | 'planned'
  | 'waiting'
  | 'retrying'
  | 'sent'
  | 'acknowledged'
  | 'late'
  | 'failed'

export const standingTone: Record<Standing, Tone> = {
  none: 'idle',
  planned: 'idle',
  waiting: 'busy',
  retrying: 'warn',
  sent: 'ok',
  acknowledged: 'ok',
  late: 'bad',
  failed: 'bad',
}

/**
 * What is said of a recipient's delivery of a day. Late is what has not left when the window of that day is closed, and
 * what left only afterwards.
 * @param closesAt when the window of the day closes, epoch ms
 */
export function standingOf(
  recipient: Pick<Recipient, 'active'>,
  delivery: Delivery | undefined,
  closesAt: number,
  now: number,
): Standing {
  if (!delivery) return recipient.active && now < closesAt ? 'planned' : 'none'
  if (delivery.state === 'failed') return 'failed'
  if (delivery.state === 'due' || delivery.state === 'sending') {
    if (now >= closesAt) return 'late'
    return delivery.attempts > 0 ? 'retrying' : 'waiting'
  }
  return delivery.state
}

/** Whether a delivery left after the window of its day had closed. */
export const leftLate = (delivery: Delivery, closesAt: number): boolean =>
  delivery.sentAt !== null && Date.parse(delivery.sentAt) > closesAt

/** How much of a supplier's day is there, and whether that is in order. */
export type Coverage = { tone: Tone; points: number; completePoints: number; share: number }

/**
 * The coverage of a supplier's day: what was written down when the window closed, otherwise what is counted now.
 * @returns undefined when neither is known
 */
export function coverageOf(
  written: Availability | undefined,
  counted: DeliveryWindow['suppliers'][number] | undefined,
  window: Pick<DeliveryWindow, 'state' | 'rule'> | undefined,
): Coverage | undefined {
  const found = written ?? counted
  if (!found) return undefined
  const { points, completePoints } = found
  const share = points === 0 ? 1 : completePoints / points
  const met = written ? written.met : completePoints >= points * (window?.rule.share ?? 1)
  const tone = met ? 'ok' : written || window?.state === 'closed' ? 'bad' : 'busy'
  return { tone, points, completePoints, share }
}
