// Messages go out to a real server and a real mail server, again until they are taken, and say what happened.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { sql } from 'kysely'
import { SMTPServer } from 'smtp-server'
import { memoryPages, validateXML } from 'xmllint-wasm'
import {
  type Actor,
  asSystem,
  ContorError,
  createKeyRing,
  createLog,
  systemActor,
} from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { importNetwork } from '../network/index.ts'
import { saveContact } from './contacts.ts'
import { deliverMessages, routeMessages } from './deliver.ts'
import { acknowledge, listMessages } from './inbox.ts'
import { type SubscriptionInput, saveSubscription } from './subscriptions.ts'
import { writeMessage } from './write.ts'

const keys = createKeyRing(Buffer.alloc(32, 9))
const key = 'a key of sixteen characters and more'
const pod = testInstallation.points[0]?.pod ?? ''
let database: TestDatabase
let receiver: Server
let mail: SMTPServer
let pointId = ''
let taken: { headers: Record<string, unknown>; body: string }[] = []
const letters: string[] = []
/** What the receiver answers, one after another; then 200. */
let answers: number[] = []

before(async () => {
  process.env['CONTOR_LOG'] = 'silent'
  database = await createTestDatabase()
  await asSystem(database.db, (trx) => importNetwork(trx, keys, testInstallation))
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ id: string }>`select id from contor.metering_point where pod = ${pod}`.execute(trx),
  )
  pointId = rows[0]?.id ?? ''
  receiver = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      taken.push({ headers: request.headers, body })
      response.writeHead(answers.shift() ?? 200).end('taken')
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      let text = ''
      stream.on('data', (part) => {
        text += part
      })
      stream.on('end', () => {
        letters.push(text)
        done()
      })
    },
  })
  mail.listen(0, '127.0.0.1')
  await once(mail.server, 'listening')
})
after(async () => {
  receiver.closeAllConnections()
  receiver.close()
  await new Promise<void>((resolve) => mail.close(() => resolve()))
  await database.drop()
})
afterEach(async () => {
  taken = []
  answers = []
  await asSystem(database.db, async (trx) => {
    await sql`update contor.message_subscription set active = false`.execute(trx)
    await sql`update contor.message set state = 'kept' where state = 'new'`.execute(trx)
  })
})

const context = () => ({ db: database.db, keys, log: createLog('test') })
const url = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
const subscribe = (more: Partial<SubscriptionInput> = {}) =>
  saveSubscription(database.db, keys, {
    name: 'EVA',
    recipient: 'supplier:EVA',
    address: { channel: 'webhook', url: url() },
    secret: key,
    format: 'json',
    kinds: [],
    active: true,
    ...more,
  })
const closed = {
  order: 'OL-2026-000001',
  orderId: '7f1f1a0e-95a8-4b09-a8c3-6a1f9f3f4a11',
  type: 'DECO_R',
  reference: 'EVA <1> & co',
  pod,
  supplied: false,
  route: 'remote',
}
const write = (recipient: string, kind: string, body: Record<string, unknown>) =>
  asSystem(database.db, (trx) =>
    writeMessage(trx, {
      meteringPointId: pointId,
      about: 'power',
      aboutId: '1',
      recipient,
      kind,
      body,
      at: Date.now(),
    }),
  )
async function stateOf(id: string) {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ state: string; attempts: number; answer: string | null; error_text: string | null }>`
      select m.state, d.attempts, d.answer, d.error_text from contor.message m
        left join contor.message_delivery d on d.metering_point_id = m.metering_point_id and d.message_id = m.id where m.id = ${id}`.execute(
      trx,
    ),
  )
  return rows[0]
}
/** The pause after a failed attempt is over. */
const laterOn = () =>
  asSystem(database.db, (trx) =>
    sql`update contor.message_delivery set next_at = now() - interval '1 second' where state = 'due'`.execute(
      trx,
    ),
  )

test('a webhook is signed over what it carries, tells a repetition by its id, and is tried again until it is taken', async () => {
  await subscribe()
  const id = await write('supplier:EVA', 'order-closed', closed)
  answers = [503, 500]
  assert.equal(await routeMessages(database.db), 1)
  for (let n = 0; n < 3; n++) {
    await deliverMessages(context())
    await laterOn()
  }
  assert.equal(await deliverMessages(context()), 0)
  assert.equal(taken.length, 3)
  for (const { headers, body } of taken) {
    assert.equal(headers['idempotency-key'], id)
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-contor-signature'])) ?? []
    assert.equal(createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex'), mac)
    assert.ok(Math.abs(Number(seconds) - Date.now() / 1_000) < 60)
    const told = JSON.parse(body)
    assert.deepEqual([told.id, told.body.pod, told.body.supplied], [id, pod, false])
    assert.match(told.text.ro.text, /nealimentat/)
    assert.match(told.text.en.text, /not supplied/)
  }
  const end = await stateOf(id)
  assert.deepEqual([end?.state, end?.attempts, end?.answer], ['delivered', 3, 'taken'])
})

test('nobody’s message is lost: without a subscription it is kept; a receiver that never takes it is named', async () => {
  const kept = await write('supplier:LUMEN', 'order-closed', closed)
  await routeMessages(database.db)
  assert.equal((await stateOf(kept))?.state, 'kept')
  await subscribe({ name: 'gone', address: { channel: 'webhook', url: 'http://127.0.0.1:1/' } })
  const failing = await write('supplier:EVA', 'order-closed', closed)
  await routeMessages(database.db)
  for (let n = 0; n < 15; n++) {
    await deliverMessages(context())
    await laterOn()
  }
  const end = await stateOf(failing)
  assert.equal(end?.state, 'failed')
  assert.match(end?.error_text ?? '', /ECONNREFUSED|bad port/)
})

test('CIM: the switch of a point as EndDeviceEvents, valid by the envelope and by the noun; other kinds are not sent', async () => {
  await subscribe({ format: 'cim' })
  const id = await write('supplier:EVA', 'order-closed', closed)
  const quiet = await write('supplier:EVA', 'call', closed)
  await routeMessages(database.db)
  await deliverMessages(context())
  assert.equal(taken.length, 1)
  assert.equal((await stateOf(quiet))?.state, 'kept')
  const xml = taken[0]?.body ?? ''
  assert.match(xml, new RegExp(`<MessageID>${id}</MessageID>`))
  assert.match(xml, /<EndDeviceEventType ref="3\.31\.0\.68"\/>/)
  assert.match(xml, /<issuerTrackingID>EVA &lt;1&gt; &amp; co<\/issuerTrackingID>/)
  assert.deepEqual(await errorsOf(xml, 'Message.xsd'), [])
  const payload = /<EndDeviceEvents[\s\S]*<\/EndDeviceEvents>/.exec(xml)?.[0] ?? ''
  assert.deepEqual(await errorsOf(payload, 'EndDeviceEvents-derived.xsd'), [])
  assert.notDeepEqual(await errorsOf(payload.replace('3.31.0.68', 'x'), 'EndDeviceEvents-derived.xsd'), [])
})

test('a customer is written to in his language, at the address on record; one without an address is not guessed', async () => {
  const port = (mail.server.address() as AddressInfo).port
  await subscribe({
    name: 'letters',
    recipient: 'customer:*',
    address: { channel: 'email', from: 'contor@example.ro', host: '127.0.0.1', port, requireTls: false },
    format: 'text',
  })
  await saveContact(database.db, systemActor, 'customer:1', {
    email: 'ana@example.ro',
    phone: null,
    locale: 'en',
  })
  const id = await write('customer:1', 'press-button', { pod, readingMode: 'amr' })
  const other = await write('customer:2', 'press-button', { pod, readingMode: 'smart' })
  await routeMessages(database.db)
  await deliverMessages(context())
  assert.equal((await stateOf(id))?.state, 'delivered')
  assert.equal((await stateOf(other))?.state, 'kept')
  assert.equal(letters.length, 1)
  assert.match(letters[0] ?? '', /To: ana@example\.ro/)
  assert.match(letters[0] ?? '', /CONNECT/)
})

test('each reads and acknowledges the own messages only', async () => {
  const eva: Actor = {
    subject: 'supplier:EVA',
    role: 'supplier',
    scope: 'granted',
    name: 'EVA',
    locale: 'ro',
  }
  const id = await write('supplier:EVA', 'order-closed', closed)
  const foreign = await write('customer:1', 'press-button', { pod })
  const own = await listMessages(database.db, eva, {}, 500)
  assert.ok(own.some((message) => message.id === id))
  assert.ok(own.every((message) => message.recipient === 'supplier:EVA'))
  await assert.rejects(acknowledge(database.db, eva, foreign), ContorError)
  await acknowledge(database.db, eva, id)
  await acknowledge(database.db, eva, id)
  const [seen] = (await listMessages(database.db, eva, { acknowledged: true }, 500)).filter(
    (message) => message.id === id,
  )
  assert.ok(seen?.acknowledgedAt)
})

test('bad subscriptions name the field: clear text over the network, no key, a letter as CIM', async () => {
  const cases: readonly (readonly [Partial<SubscriptionInput>, string])[] = [
    [{ name: 'a', address: { channel: 'webhook', url: 'http://example.ro/' } }, 'address.url'],
    [{ name: 'b', secret: undefined }, 'secret'],
    [{ name: 'c', format: 'text' }, 'format'],
    [
      {
        name: 'd',
        address: { channel: 'email', from: 'a@b.ro', host: 'h', port: 25, requireTls: true },
        format: 'cim',
      },
      'format',
    ],
    [
      {
        name: 'e',
        address: { channel: 'email', from: 'a@b.ro', host: 'h', port: 25, requireTls: true },
        format: 'text',
      },
      'address.to',
    ],
  ]
  for (const [change, field] of cases)
    await assert.rejects(
      subscribe(change),
      (error: unknown) => error instanceof ContorError && error.field === field,
    )
})

async function errorsOf(xml: string, schema: string): Promise<readonly string[]> {
  const file = new URL(`../../../../../conformance/cim/${schema}`, import.meta.url)
  const result = await validateXML({
    xml: [{ fileName: 'message.xml', contents: xml }],
    schema: [{ fileName: schema, contents: await readFile(file, 'utf8') }],
    maxMemoryPages: memoryPages.GiB / 4,
  })
  return result.errors.map((error) => error.message)
}
