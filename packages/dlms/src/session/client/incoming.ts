// What a server may send unasked: DataNotification and EventNotification (Green Book 9.3.10, 9.3.11).

import { decodeApdu } from '../../xdlms/index.ts'
import type { Opened } from '../protection.ts'
import type { NotificationEvent } from '../types.ts'

const dataNotification = 0x0f
const eventNotification = 0xc2

export type Unsolicited =
  | { readonly kind: 'none' }
  | { readonly kind: 'notification'; readonly event: Omit<NotificationEvent, 'frames'> }
  | { readonly kind: 'stray'; readonly reason: string }

/** A notification is never worth an association: one that cannot be read is a stray. */
export function readUnsolicited(opened: Extract<Opened, { kind: 'opened' }>): Unsolicited {
  const { plain, protection, systemTitle } = opened
  if (plain[0] !== dataNotification && plain[0] !== eventNotification) return { kind: 'none' }
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
    const { longInvokeId: invokeId, dateTime, body: data } = apdu
    return {
      kind: 'notification',
      event: { ...common, service: 'data-notification', invokeId, dateTime, data },
    }
  }
  if (apdu.kind === 'event-notification-request') {
    const { attribute, data, time } = apdu
    const dateTime = time ?? new Uint8Array(0)
    return {
      kind: 'notification',
      event: { ...common, service: 'event-notification', dateTime, attribute, data },
    }
  }
  return { kind: 'none' }
}
