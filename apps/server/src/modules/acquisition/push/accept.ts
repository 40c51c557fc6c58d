// A message that a meter sent unasked: opened with that meter's own keys, taken once, and stored like any exchange.

import {
  createClientSession,
  type Data,
  decodeApdu,
  decodeWrapperFrame,
  type NotificationEvent,
  numberOf,
  toHex,
} from '@contor/dlms'
import { sql } from 'kysely'
import { asSystem, type Db, type KeyRing, type Trx } from '../../../platform/index.ts'
import type { MeterRef } from '../../network/index.ts'
import { acceptEvents } from '../../readings/index.ts'
import { readingSession } from '../association.ts'
import { type Deviation, instantOf } from '../drivers/dlms/values.ts'
import type { PushedObject } from '../drivers/driver.ts'
import type { WireFrame } from '../frames.ts'
import { createJournal, type ExchangeIds, writeExchanges } from '../journal.ts'
import { lookAtRelay } from '../limiterWatch.ts'
import { loadSessionMeter, type SessionMeter } from '../meter.ts'
import { type MeterModels, modelOf } from '../models.ts'
import type { PushOutcome } from './counts.ts'
import { takeCounter } from './window.ts'

export interface PushContext {
  readonly db: Db
  readonly keys: KeyRing
  readonly models: MeterModels
  readonly ids: ExchangeIds
}

/** The longest message that is taken, and its wrapper. */
export const maxPushBytes = 4_096

/** The title that a ciphered message claims; which meter's keys it has to open with. */
export function claimedTitle(bytes: Uint8Array): Uint8Array | 'malformed' | 'more' {
  const frame = decodeWrapperFrame(bytes, 0, maxPushBytes)
  if (frame.kind === 'more') return 'more'
  if (frame.kind !== 'ok') return 'malformed'
  const apdu = decodeApdu(frame.value.payload)
  if (apdu.kind !== 'ok' || apdu.value.kind !== 'general-glo-ciphering') return 'malformed'
  return apdu.value.systemTitle.length === 8 ? apdu.value.systemTitle : 'malformed'
}

interface Sender extends MeterRef {
  readonly objects: readonly PushedObject[] | null
}

/** Takes one message. Never throws for what a stranger may send. */
export async function acceptPush(context: PushContext, bytes: Uint8Array, at: number): Promise<PushOutcome> {
  const title = claimedTitle(bytes)
  if (title === 'malformed' || title === 'more') return 'malformed'
  const sender = await asSystem(context.db, (trx) => senderOf(trx, title))
  const meter = sender && (await asSystem(context.db, (trx) => loadSessionMeter(trx, context.keys, sender)))
  if (!sender || !meter?.keys.pair || !sender.objects) return 'unknown-sender'
  const opened = open(context, meter, bytes, at)
  if (!opened) return 'forged'
  const { clock } = modelOf(context.models, meter.modelId)
  const events = eventsIn(opened.event.data, sender.objects, clock?.deviation)
  const journal = createJournal(context.ids)
  const exchangeId = await journal.record('push', opened.frames, meter.keys.pair.version)
  return asSystem(context.db, async (trx) => {
    if (!(await takeOnce(trx, sender, opened.counter))) return 'replayed'
    if (!events) return 'not-followed'
    const sessionId = await writeSession(trx, meter, bytes.length)
    await writeExchanges(trx, { ...sender, sessionId }, journal.take())
    const fresh = await acceptEvents(trx, sender, [{ log: 'relay', ...events, exchangeId, row: 0 }])
    if (fresh > 0) {
      await lookAtRelay(trx, sender)
      // What the message says is looked at soon, with the rest of the log.
      await sql`update contor.meter_task set next_at = least(next_at, now() + interval '2 seconds')
                 where metering_point_id = ${sender.meteringPointId} and meter_id = ${sender.meterId}`.execute(
        trx,
      )
    }
    return 'accepted'
  })
}

async function senderOf(trx: Trx, title: Uint8Array): Promise<Sender | undefined> {
  const { rows } = await sql<Sender>`
    select m.metering_point_id as "meteringPointId", m.id as "meterId", p.objects
      from contor.meter m left join contor.meter_push p on p.metering_point_id = m.metering_point_id and p.meter_id = m.id
     where m.system_title = ${Buffer.from(title)} and m.state = 'commissioned' and m.removed_at is null limit 2`.execute(
    trx,
  )
  // Two meters of one title are told apart by nothing: neither is believed.
  return rows.length === 1 ? rows[0] : undefined
}

interface Opened {
  readonly event: NotificationEvent
  readonly counter: number
  readonly frames: readonly WireFrame[]
}

/** @returns undefined unless it is authentic, of this meter, and protected as its association demands */
function open(
  { models }: PushContext,
  meter: SessionMeter,
  bytes: Uint8Array,
  at: number,
): Opened | undefined {
  if (!meter.keys.pair) return undefined
  let counter: number | undefined
  const nothing = { ensure: async () => {}, next: () => 0 }
  // Each message has a window of its own to be new in: the floor of answers is not that of messages.
  const options = readingSession(
    { ...meter, transport: 'wrapper', serverFloor: -1 },
    modelOf(models, meter.modelId),
    meter.keys,
    nothing,
    (seen) => {
      counter = seen
    },
  )
  if (!options.security) return undefined
  const session = createClientSession({
    ...options,
    security: { ...options.security, serverSystemTitle: meter.systemTitle },
  })
  session.receive(bytes, at)
  const event = session.takeEvents().find((one): one is NotificationEvent => one.kind === 'notification')
  if (!event || counter === undefined || !event.systemTitle) return undefined
  const authentic = event.protection === 'authenticated' || event.protection === 'authenticated-encrypted'
  if (!authentic || toHex(event.systemTitle) !== toHex(meter.systemTitle)) return undefined
  return { event, counter, frames: [{ direction: 'received', at, bytes: Uint8Array.from(bytes) }] }
}

/** Code, time and load of a relay's event, where the objects say that they are; undefined: about something else. */
export function eventsIn(
  message: Data,
  objects: readonly PushedObject[],
  deviation?: Deviation,
): { readonly at: number; readonly code: number; readonly loadW?: number } | undefined {
  const values = message.type === 'structure' ? message.value : []
  const find = (fits: (one: PushedObject) => boolean) => {
    const index = objects.findIndex(fits)
    return index < 0 ? undefined : values[index]
  }
  const time = find(({ classId }) => classId === 8)
  const code = find(({ obis }) => obis === '0.0.96.11.2.255')
  const load = find(({ obis, attribute }) => obis === '1.0.1.7.0.255' && attribute === 2)
  const at = time && instantOf(time, deviation)
  const number = code && numberOf(code)
  if (at === undefined || number === undefined || !Number.isInteger(number)) return undefined
  const watt = load && numberOf(load)
  return { at, code: number, ...(watt !== undefined && watt >= 0 && { loadW: Math.round(watt) }) }
}

async function takeOnce(trx: Trx, { meteringPointId, meterId }: MeterRef, counter: number): Promise<boolean> {
  const { rows } = await sql<{ highest: string; seen: string }>`
    select highest, seen from contor.meter_push
     where metering_point_id = ${meteringPointId} and meter_id = ${meterId} for update`.execute(trx)
  const row = rows[0]
  const next = row && takeCounter({ highest: BigInt(row.highest), seen: BigInt(row.seen) }, counter)
  if (!next) return false
  await sql`update contor.meter_push set highest = ${next.highest.toString()}::bigint, seen = ${next.seen.toString()}::bigint
             where metering_point_id = ${meteringPointId} and meter_id = ${meterId}`.execute(trx)
  return true
}

async function writeSession(trx: Trx, meter: SessionMeter, bytes: number): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into contor.session (meter_id, metering_point_id, line_id, purpose, ended_at, outcome, bytes_in)
    values (${meter.meterId}, ${meter.meteringPointId}, ${meter.lineId}, 'push', now(), 'ok', ${bytes}) returning id`.execute(
    trx,
  )
  return rows[0].id
}
