// Deliveries of the day before: made due at each recipient's time, sent with growing pauses until they succeed or
// the attempts are used up, acknowledged.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { addDays, civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type KeyRing, type Log, systemActor } from '../../../platform/index.ts'
import { formats } from '../export/formats.ts'
import { type ExportRequest, exportSlices } from '../export/slices.ts'
import { wholeDays } from './availability.ts'
import { type Outgoing, readAcknowledgement, send } from './channels.ts'
import { civilMinutes } from './clock.ts'
import { findRecipient, listRecipients, type Recipient, secretOf } from './recipients.ts'

const maxAttempts = 12
const firstPauseMs = 60_000
const longestPauseMs = 3_600_000
const leaseMs = 15 * 60_000

export interface DeliverContext {
  readonly db: Db
  readonly keys: KeyRing
  readonly log: Log
  readonly dataDir: string
  readonly signal?: AbortSignal
  /** Epoch ms; the clock of the caller. */
  readonly now: number
}

/** Lays the deliveries of yesterday for every active recipient whose time has come. @returns how many are new */
export async function layDue(db: Db, now: number): Promise<number> {
  const today = civilDayOf(now)
  const yesterday = addDays(today, -1)
  let laid = 0
  for (const recipient of await listRecipients(db)) {
    if (!recipient.active) continue
    const [hours, minutes] = recipient.sendAt.split(':').map(Number)
    if (civilMinutes(now) < hours * 60 + minutes) continue
    const { rows } = await asSystem(db, (trx) =>
      sql`insert into contor.delivery (recipient_id, day, next_at) values (${recipient.id}, ${yesterday}, ${new Date(now).toISOString()})
        on conflict do nothing returning 1`.execute(trx),
    )
    laid += rows.length
  }
  return laid
}

/** Asks for a delivery of any day, also one that was sent before. */
export async function requestDelivery(db: Db, recipientId: string, day: string, now: number): Promise<void> {
  await findRecipient(db, recipientId)
  await asSystem(db, (trx) =>
    sql`insert into contor.delivery (recipient_id, day, next_at) values (${recipientId}, ${day}, ${new Date(now).toISOString()})
      on conflict (recipient_id, day) do update set state = 'due', attempts = 0, next_at = excluded.next_at, error_text = null,
        acknowledged_at = null, acknowledgement = null`.execute(trx),
  )
}

/** Sends what is due and asks for the acknowledgements that are awaited. @returns how many were worked on */
export async function deliverDue(context: DeliverContext): Promise<number> {
  let worked = 0
  for (;;) {
    context.signal?.throwIfAborted()
    const next = await takeNext(context)
    if (!next) return worked
    worked++
    const recipient = await findRecipient(context.db, next.recipient_id)
    if (next.was === 'sent') await awaitAcknowledgement(context, recipient, next)
    else await attempt(context, recipient, next)
  }
}

interface Taken {
  readonly recipient_id: string
  readonly day: string
  readonly was: 'due' | 'sent' | 'sending'
  readonly attempts: number
  readonly file: string | null
}

/** Leases the oldest delivery that is due; a lease that ran out (a dead worker) counts as due. */
async function takeNext({ db, now }: DeliverContext): Promise<Taken | undefined> {
  const { rows } = await asSystem(db, (trx) =>
    sql<Taken>`
      with next as (select recipient_id, day, state from contor.delivery
                     where state in ('due', 'sent', 'sending') and next_at <= ${new Date(now).toISOString()}
                     order by next_at limit 1 for update skip locked)
      update contor.delivery d set state = case next.state when 'sent' then 'sent' else 'sending' end,
             next_at = ${new Date(now + leaseMs).toISOString()}
        from next where d.recipient_id = next.recipient_id and d.day = next.day
      returning d.recipient_id, d.day, next.state as was, d.attempts, d.file`.execute(trx),
  )
  return rows[0]
}

async function attempt(context: DeliverContext, recipient: Recipient, taken: Taken): Promise<void> {
  const { db, keys, log, now } = context
  const folder = join(context.dataDir, 'deliveries')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${recipient.id}-${taken.day}-${process.pid}`)
  try {
    const file = await writeFileFor(db, recipient, taken.day, path)
    const { total, whole } = await wholeDays(db, taken.day, recipient.supplier)
    const secret = await secretOf(db, keys, recipient)
    const { acknowledgement } = await send(recipient.address, secret, file)
    const at = new Date(now).toISOString()
    await asSystem(db, (trx) =>
      sql`update contor.delivery set attempts = attempts + 1, state = ${acknowledgement === undefined ? 'sent' : 'acknowledged'},
          file = ${file.name}, bytes = ${file.bytes}, sha256 = ${Buffer.from(file.sha256, 'hex')}, points = ${total}, complete_points = ${whole},
          sent_at = ${at}, acknowledged_at = ${acknowledgement === undefined ? null : at}::timestamptz,
          acknowledgement = ${acknowledgement ?? null}::text, error_text = null, next_at = ${new Date(now + firstPauseMs).toISOString()}
        where recipient_id = ${recipient.id} and day = ${taken.day}`.execute(trx),
    )
  } catch (error) {
    log.warn({ err: error, recipient: recipient.name, day: taken.day }, 'delivery failed')
    await failed(context, taken, error instanceof Error ? error.message : String(error))
  } finally {
    await rm(path, { force: true })
  }
}

/** One attempt more; after the last one the delivery is 'failed' and stays so until somebody asks again. */
async function failed({ db, now }: DeliverContext, taken: Taken, text: string): Promise<void> {
  const attempts = taken.attempts + 1
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1))
  await asSystem(db, (trx) =>
    sql`update contor.delivery set attempts = ${attempts}, state = ${attempts >= maxAttempts ? 'failed' : 'due'},
        error_text = ${text.slice(0, 1_000)}, next_at = ${new Date(now + pause).toISOString()}
      where recipient_id = ${taken.recipient_id} and day = ${taken.day}`.execute(trx),
  )
}

async function awaitAcknowledgement(
  context: DeliverContext,
  recipient: Recipient,
  taken: Taken,
): Promise<void> {
  const { db, keys, now } = context
  const { address } = recipient
  let text: string | undefined
  let trouble: string | null = null
  try {
    if (address.kind === 'sftp' && taken.file)
      text = await readAcknowledgement(address, await secretOf(db, keys, recipient), taken.file)
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error)
  }
  const at = new Date(now).toISOString()
  await asSystem(db, (trx) =>
    sql`update contor.delivery set state = ${text === undefined ? 'sent' : 'acknowledged'}, error_text = ${trouble},
        acknowledgement = ${text ?? null}::text, acknowledged_at = ${text === undefined ? null : at}::timestamptz,
        next_at = ${new Date(now + firstPauseMs).toISOString()}
      where recipient_id = ${recipient.id} and day = ${taken.day}`.execute(trx),
  )
}

async function writeFileFor(db: Db, recipient: Recipient, day: string, path: string): Promise<Outgoing> {
  const romanian = recipient.options.locale === 'ro'
  const request: ExportRequest = {
    supplier: recipient.supplier,
    from: day,
    to: day,
    channels: recipient.options.channels,
    resolution: '15m',
    layout: 'channels',
    unit: 'Wh',
    locale: recipient.options.locale,
    separator: romanian ? ';' : ',',
    decimal: romanian ? ',' : '.',
  }
  const format = formats[recipient.format]
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  const body = Readable.from(format.write(exportSlices(db, systemActor, request), request), {
    objectMode: false,
  })
  await pipeline(body, measure, createWriteStream(path, { mode: 0o600 }))
  const safe = recipient.supplier.normalize('NFD').replace(/[^A-Za-z0-9_-]+/g, '')
  return {
    path,
    name: `${safe}_${day}.${recipient.format}`,
    contentType: format.contentType,
    bytes,
    sha256: hash.digest('hex'),
    day,
  }
}
