// What a server may send unasked: DataNotification, EventNotification and InformationReport
// (Green Book 9.3.10, 9.3.11, 9.3.17).

import { data } from '../../axdr/data.ts'
import { decodeApdu, longInvokeIdOf } from '../../xdlms/index.ts'
import type { Opened } from '../protection.ts'
import type { NotificationEvent } from '../types.ts'

const dataNotification = 0x0f
const eventNotification = 0xc2
const informationReport = 0x18
const unasked: readonly number[] = [dataNotification, eventNotification, informationReport]

export type Unsolicited =
  | { readonly kind: 'none' }
  | { readonly kind: 'notification'; readonly event: Omit<NotificationEvent, 'frames'> }
  | { readonly kind: 'stray'; readonly reason: string }

/** A notification is never worth an association: one that cannot be read is a stray. */
export function readUnsolicited(opened: Extract<Opened, { kind: 'opened' }>): Unsolicited {
  const { plain, protection, systemTitle } = opened
  if (!unasked.includes(plain[0])) return { kind: 'none' }
  const decoded = decodeApdu(plain)
  if (decoded.kind !== 'ok') return { kind: 'stray', reason: 'a notification that cannot be read' }
  const common = {
    kind: 'notification',
    protection,
    apdu: plain,
    ...(systemTitle && { systemTitle }),
  } as const
  const apdu = decoded.value
  if (apdu.kind === 'data-notification') {
    const { longInvokeId: invokeId, dateTime, body } = apdu
    const confirmationWanted = longInvokeIdOf(invokeId).confirmed
    return {
      kind: 'notification',
      event: { ...common, service: 'data-notification', invokeId, confirmationWanted, dateTime, data: body },
    }
  }
  if (apdu.kind === 'event-notification-request') {
    const { attribute, data: value, time } = apdu
    const dateTime = time ?? new Uint8Array(0)
    return {
      kind: 'notification',
      event: { ...common, service: 'event-notification', dateTime, attribute, data: value },
    }
  }
  if (apdu.kind === 'information-report') {
    const { variables, data: value, time } = apdu
    const dateTime = time ?? new Uint8Array(0)
    const event = { ...common, service: 'information-report', dateTime, variables } as const
    return { kind: 'notification', event: { ...event, data: data.structure(...value) } }
  }
  return { kind: 'none' }
}
