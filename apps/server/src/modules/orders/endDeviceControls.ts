// EndDeviceControls of IEC 61968-9: a supplier's system asks for orders, and takes them back, in the standard's own words.
// <EndDeviceControlType ref="3.31.0.23"/> disconnects, 3.31.0.18 connects (device type 3 electric meter, domain 31 RCD
// switch, action 23 Disconnect or 18 Connect; Annex E). The reason names the order's type and cause where the usual ones
// are not meant: `REZ_NEPLATA MO-I-8`.

import { sql } from 'kysely'
import { SaxesParser } from 'saxes'
import { type Actor, ContorError, withActor } from '../../platform/index.ts'
import { isPermitted } from '../access/index.ts'
import { cancelOrder } from './act.ts'
import { createBatch } from './batch.ts'
import { createOrderClock } from './clock.ts'
import type { OrderRequest } from './create.ts'
import { actionOf, type OrderType, orderTypes } from './machine.ts'
import type { OrderServices } from './routes.ts'
import { findOrder } from './store.ts'

const maxControls = 5_000
const maxDepth = 30
const actions: Readonly<Record<string, 'disconnect' | 'reconnect'>> = {
  '3.31.0.23': 'disconnect',
  '3.31.0.18': 'reconnect',
}

interface Control {
  mRID?: string
  issuerTrackingID?: string
  reason?: string
  type?: string
  notBefore?: string
  readonly points: string[]
  readonly serials: string[]
}
interface Payload {
  readonly controls: readonly Control[]
  /** Named outside of a control: what a cancellation is about. */
  readonly ids: readonly string[]
}

interface NounAnswer {
  readonly ids: readonly { readonly idType: string; readonly id: string }[]
  readonly errors: readonly { readonly code: string; readonly details: string }[]
}

/** Answers the noun. More than one control is a batch, and waits for a second person as such. */
export function endDeviceControls(services: OrderServices) {
  const clock = createOrderClock(services.db, services.demo)
  return async (actor: Actor, { verb }: { readonly verb: string }, xml: string): Promise<NounAnswer> => {
    if (!isPermitted(actor, 'order'))
      throw new ContorError('not-allowed', `A ${actor.role} asks for no orders`, { field: 'Verb' })
    const payload = readPayload(xml)
    if (verb === 'create') return create(services, actor, payload, await clock.now())
    if (verb === 'cancel') return cancel(services, actor, payload, await clock.now())
    throw new ContorError('invalid-request', `The verb ${verb} is not served for EndDeviceControls`, {
      field: 'Verb',
      value: verb,
      remedy: 'Use create or cancel.',
    })
  }
}

async function create(
  services: OrderServices,
  actor: Actor,
  { controls }: Payload,
  now: number,
): Promise<NounAnswer> {
  if (controls.length === 0)
    throw new ContorError('invalid-request', 'The payload holds no EndDeviceControl', { field: 'Payload' })
  const errors: { code: string; details: string }[] = []
  const requests: OrderRequest[] = []
  for (const [index, control] of controls.entries())
    try {
      requests.push(...(await requestsOf(services, actor, control)))
    } catch (error) {
      if (!(error instanceof ContorError)) throw error
      errors.push({ code: error.code, details: `EndDeviceControl ${index + 1}: ${error.message}` })
    }
  if (requests.length > maxControls)
    throw new ContorError('invalid-request', `More than ${maxControls} points in one message`, {
      field: 'Payload',
      remedy: 'Send several messages.',
    })
  const { items } = await createBatch(services, actor, requests, now)
  for (const { requesterReference, error } of items)
    if (error)
      errors.push({
        code: error.code,
        details: [`${requesterReference}: ${error.message}`, error.remedy ?? ''].join(' ').trim(),
      })
  return {
    ids: items.flatMap(({ id }) => (id === null ? [] : [{ idType: 'order', id }])),
    errors,
  }
}

async function requestsOf(services: OrderServices, actor: Actor, control: Control): Promise<OrderRequest[]> {
  const action = actions[control.type ?? '']
  if (!action)
    throw new ContorError('invalid-request', `The control type ${control.type ?? '–'} is not served`, {
      field: 'EndDeviceControlType',
      value: control.type,
      remedy: `Known: ${Object.keys(actions).join(', ')}.`,
    })
  const reference = control.issuerTrackingID ?? control.mRID
  if (!reference)
    throw new ContorError('invalid-request', 'A control needs your own name for it', {
      field: 'issuerTrackingID',
      remedy: 'Give issuerTrackingID or mRID: the same one is the same order.',
    })
  const { type, cause } = wordsOf(control.reason, action)
  const points = [...control.points, ...(await pointsOf(services, actor, control.serials))]
  if (points.length === 0)
    throw new ContorError('invalid-request', 'A control names no usage point', {
      field: 'UsagePoints',
      remedy: 'Give the POD as a name of the UsagePoint, or the meter as EndDevices.',
    })
  return points.map((meteringPoint) => ({
    type,
    meteringPoint,
    ...(cause ? { cause } : {}),
    requesterReference: points.length === 1 ? reference : `${reference}:${meteringPoint}`,
    ...(control.reason ? { reason: control.reason } : {}),
    ...(control.notBefore ? { notBefore: control.notBefore } : {}),
  }))
}

/** Type and cause out of the reason's first words; any other reason is a text, and the usual ones are meant. */
function wordsOf(
  reason: string | undefined,
  action: 'disconnect' | 'reconnect',
): { readonly type: OrderType; readonly cause?: string } {
  const [first, second] = (reason ?? '').trim().split(/[\s/]+/)
  const named = orderTypes.find((type) => type === first)
  if (!named) return action === 'disconnect' ? { type: 'DECO_R', cause: 'CG-7.1-a' } : { type: 'RECO_R' }
  if (actionOf(named) !== action)
    throw new ContorError('invalid-request', `${named} does not ${action}`, {
      field: 'reason',
      value: reason,
      remedy: 'Let the control type and the order type say the same.',
    })
  return second ? { type: named, cause: second } : { type: named }
}

async function pointsOf(
  { db }: OrderServices,
  actor: Actor,
  serials: readonly string[],
): Promise<readonly string[]> {
  if (serials.length === 0) return []
  const { rows } = await withActor(db, actor, (trx) =>
    sql<{ pod: string; serial: string }>`
      select p.pod, m.serial from contor.meter m join contor.metering_point p on p.id = m.metering_point_id
       where m.serial = any(${[...serials]}::text[]) and m.removed_at is null`.execute(trx),
  )
  const unknown = serials.find((serial) => !rows.some((row) => row.serial === serial))
  if (unknown)
    throw new ContorError('not-found', `No meter ${unknown}`, { field: 'EndDevices', value: unknown })
  return rows.map(({ pod }) => pod)
}

/** By the order's id, or by the reference that asked for it. */
async function cancel(
  services: OrderServices,
  actor: Actor,
  { controls, ids }: Payload,
  now: number,
): Promise<NounAnswer> {
  const names = [
    ...ids,
    ...controls.flatMap(({ issuerTrackingID, mRID }) => issuerTrackingID ?? mRID ?? []),
  ].slice(0, maxControls)
  if (names.length === 0)
    throw new ContorError('invalid-request', 'A cancellation names no order', {
      field: 'ID',
      remedy: 'Give the ID of the reply, or the issuerTrackingID that asked for it.',
    })
  const done: { idType: string; id: string }[] = []
  const errors: { code: string; details: string }[] = []
  for (const name of names)
    try {
      const order = await withActor(services.db, actor, async (trx) => {
        const { rows } = await sql<{ id: string }>`
          select id from contor.work_order where id::text = ${name} or (requester = ${actor.subject} and requester_reference = ${name}) limit 1`.execute(
          trx,
        )
        return rows[0] ? findOrder(trx, rows[0].id) : undefined
      })
      if (!order) throw new ContorError('not-found', `No order ${name}`, { field: 'ID', value: name })
      await cancelOrder(services.db, actor, order, 'cancel EndDeviceControls', now)
      done.push({ idType: 'order', id: order.id })
    } catch (error) {
      if (!(error instanceof ContorError)) throw error
      errors.push({ code: error.code, details: `${name}: ${error.message}` })
    }
  return { ids: done, errors }
}

/** @throws ContorError 'invalid-request' for what is no well-formed document, or one out of bounds */
function readPayload(xml: string): Payload {
  const controls: Control[] = []
  const ids: string[] = []
  const path: string[] = []
  let text = ''
  const parser = new SaxesParser()
  const plain = (name: string) => name.slice(name.indexOf(':') + 1)
  const current = () => (path.includes('EndDeviceControl') ? controls.at(-1) : undefined)
  parser.on('doctype', () => {
    throw new RangeError('a document type declaration is not taken')
  })
  parser.on('opentag', ({ name, attributes }) => {
    path.push(plain(name))
    text = ''
    if (path.length > maxDepth) throw new RangeError(`nested deeper than ${maxDepth}`)
    if (path.at(-1) === 'EndDeviceControl') controls.push({ points: [], serials: [] })
    const control = current()
    if (control && path.at(-1) === 'EndDeviceControlType' && attributes['ref'])
      control.type = String(attributes['ref'])
    if (controls.length > maxControls) throw new RangeError(`more than ${maxControls} controls`)
  })
  parser.on('text', (part) => {
    text += part
  })
  parser.on('closetag', () => {
    const control = current()
    if (control) take(control, path, text.trim())
    else if (path.at(-1) === 'ID' && text.trim() !== '') ids.push(text.trim())
    path.pop()
    text = ''
  })
  try {
    parser.write(xml).close()
  } catch (cause) {
    throw new ContorError('invalid-request', `Not a message: ${(cause as Error).message}`, {
      field: 'body',
      cause,
    })
  }
  return { controls, ids }
}

function take(control: Control, path: readonly string[], value: string): void {
  const [leaf, parent, above] = [path.at(-1), path.at(-2), path.at(-3)]
  if (parent === 'EndDeviceControl' && leaf === 'mRID') control.mRID = value
  else if (parent === 'EndDeviceControl' && leaf === 'issuerTrackingID') control.issuerTrackingID = value
  else if (parent === 'EndDeviceControl' && leaf === 'reason') control.reason = value
  else if (above === 'primaryDeviceTiming' && parent === 'interval' && leaf === 'start') {
    const start = Date.parse(value)
    if (!Number.isNaN(start)) control.notBefore = new Date(start).toISOString()
  } else if (leaf === 'name' && parent === 'Names') {
    if (above === 'UsagePoints') control.points.push(value)
    else if (above === 'EndDevices') control.serials.push(value)
  }
}
