// EndDeviceEvents of IEC 61968-9 in the event message of IEC 61968-100: what became of a point's switch.

import { escapeXml } from '../../platform/index.ts'

const messageNamespace = 'http://iec.ch/TC57/2011/schema/message'
const eventsNamespace = 'http://iec.ch/TC57/2011/EndDeviceEvents#'

/**
 * Type of an event: device type 3 (electric meter), domain 31 (RCD switch), sub-domain 0, and what happened
 * (IEC 61968-9, Annex E): 11 ArmedForClosure, 42 Connected, 68 Disconnected.
 */
const happened = { armed: 11, connected: 42, disconnected: 68 } as const

export interface ToldEvent {
  readonly id: string
  readonly kind: string
  readonly createdAt: Date
  readonly body: Readonly<Record<string, unknown>>
}

/** `3.31.0.n`, or undefined for a message that tells nothing about a switch. */
export function eventTypeOf({ kind, body }: Pick<ToldEvent, 'kind' | 'body'>): string | undefined {
  if (kind === 'order-closed')
    return `3.31.0.${body['supplied'] === true ? happened.connected : happened.disconnected}`
  if (kind === 'press-button') return `3.31.0.${happened.armed}`
  if (kind === 'over-power') return `3.31.0.${happened.disconnected}`
  if (kind === 'over-power-ended') return `3.31.0.${happened.connected}`
  return undefined
}

/** One event as a message; its MessageID is the message's own id, the same at every attempt. */
export function endDeviceEvents(event: ToldEvent, eventType: string): string {
  const { body, id, createdAt } = event
  const at = createdAt.toISOString()
  const text = (name: string, value: unknown) =>
    value === undefined || value === null ? '' : `<${name}>${escapeXml(String(value))}</${name}>`
  const detail = (name: string, value: unknown) =>
    value === undefined || value === null
      ? ''
      : `<EndDeviceEventDetails><name>${name}</name><value>${escapeXml(String(value))}</value></EndDeviceEventDetails>`
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<EventMessage xmlns="${messageNamespace}"><Header><Verb>created</Verb><Noun>EndDeviceEvents</Noun>` +
    `<Timestamp>${at}</Timestamp><Source>Contor</Source><MessageID>${id}</MessageID><CorrelationID>${String(body['orderId'] ?? id)}</CorrelationID></Header>` +
    `<Payload><EndDeviceEvents xmlns="${eventsNamespace}"><EndDeviceEvent><mRID>${id}</mRID><createdDateTime>${at}</createdDateTime>` +
    text('issuerTrackingID', body['reference']) +
    text('reason', body['type'] ?? event.kind) +
    detail('order', body['order']) +
    detail('supplied', body['supplied']) +
    detail('route', body['route']) +
    `<EndDeviceEventType ref="${eventType}"/>` +
    `<UsagePoint><Names><name>${escapeXml(String(body['pod'] ?? ''))}</name><NameType><name>POD</name></NameType></Names></UsagePoint>` +
    '</EndDeviceEvent></EndDeviceEvents></Payload></EventMessage>\n'
  )
}
