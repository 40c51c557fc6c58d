import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { emptySeries, slotsInDay } from '@contor/intervals'
import { sql } from 'kysely'
import { memoryPages, validateXML } from 'xmllint-wasm'
import { createHttp } from '../../platform/http/server.ts'
import { type Actor, type App, asSystem, createLog, systemActor } from '../../platform/index.ts'
import { closeQueue, installJobs, startWorker } from '../../platform/jobs/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { loadDays, storeDays } from '../readings/index.ts'
import { channelOfReadingType, readingTypeOf } from './cim/readingType.ts'
import { registerTransfersRoutes, transferJobs } from './index.ts'

let database: TestDatabase
let network: TestNetwork
let dataDir: string
let app: App
const operator: Actor = { ...systemActor, role: 'operator', subject: 'user:1' }
let actor = operator
beforeEach(() => {
  actor = operator
})

before(async () => {
  database = await createTestDatabase()
  await installJobs(database.ownerUrl)
  network = await createTestNetwork(database.db, 3)
  dataDir = await mkdtemp(join(tmpdir(), 'contor-messages-'))
  app = await createHttp(createLog('test'))
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  registerTransfersRoutes(app, {
    db: database.db,
    keys: network.keys,
    log: createLog('test'),
    demo: false,
    dataDir,
  })
  await asSystem(database.db, async (trx) => {
    for (const day of ['2026-10-24', '2026-10-25']) {
      const series = emptySeries('A+', day)
      series.values.fill(250)
      series.quality.fill(1)
      series.quality[5] = 2
      await storeDays(trx, network.points[1].id, [
        {
          day,
          block: { day, minutes: 15, channels: [series] },
          sources: new Array(slotsInDay(day)).fill({ exchangeId: 1, row: 0 }),
        },
      ])
    }
    await sql`insert into contor.access_grant (subject, metering_point_id) values ('supplier:X', ${network.points[1].id})`.execute(
      trx,
    )
  })
})
after(async () => {
  await app.close()
  await closeQueue(database.db)
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
})

const conformance = (name: string) => new URL(`../../../../../conformance/${name}`, import.meta.url)
async function errorsOf(
  xml: string,
  folder: string,
  schema: string,
  others: string[],
): Promise<readonly string[]> {
  const load = async (fileName: string) => ({
    fileName,
    contents: await readFile(conformance(`${folder}/${fileName}`), 'utf8'),
  })
  const result = await validateXML({
    xml: [{ fileName: 'message.xml', contents: xml }],
    schema: [await load(schema)],
    preload: await Promise.all(others.map(load)),
    maxMemoryPages: memoryPages.GiB / 4,
  })
  return result.errors.map((error) => error.message)
}

const ask = (start: string, end: string, more = '', verb = 'get') =>
  `<RequestMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>${verb}</Verb><Noun>MeterReadings</Noun><MessageID>11111111-2222-3333-4444-555555555555</MessageID></Header><Request><StartTime>${start}</StartTime><EndTime>${end}</EndTime>${more}</Request></RequestMessage>`

test('reading types have the eighteen numbers of Annex C and lead back to their channel', () => {
  assert.equal(readingTypeOf('A+'), '0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0')
  assert.equal(readingTypeOf('A-'), '0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0')
  assert.equal(readingTypeOf('Q3'), '0.0.2.4.17.1.12.0.0.0.0.0.0.0.0.0.73.0')
  for (const channel of ['A+', 'A-', 'Q1', 'Q2', 'Q3', 'Q4', 'R+', 'R-'] as const)
    assert.deepEqual(channelOfReadingType(readingTypeOf(channel)), { channel, factor: 1 })
  assert.deepEqual(channelOfReadingType('0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0'), {
    channel: 'A+',
    factor: 1_000,
  })
  assert.match(`${channelOfReadingType('0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0')}`, /quarter-hours/)
  assert.match(`${channelOfReadingType('0.0.2.4.1')}`, /18 numbers/)
})

test('get MeterReadings is answered by a valid message of the asker’s points only', async () => {
  actor = { subject: 'supplier:X', role: 'supplier', scope: 'granted', name: 'X', locale: 'ro' }
  const answer = await app.inject({
    method: 'POST',
    url: '/cim',
    headers: { 'content-type': 'application/xml' },
    payload: ask('2026-10-24T21:00:00Z', '2026-10-25T22:00:00Z'),
  })
  assert.equal(answer.statusCode, 200)
  assert.deepEqual(await errorsOf(answer.body, 'cim', 'Message.xsd', []), [])
  const payload = /<MeterReadings[\s\S]*<\/MeterReadings>/.exec(answer.body)?.[0] ?? ''
  assert.deepEqual(await errorsOf(payload, 'cim', 'MeterReadings-derived.xsd', []), [])
  assert.equal(payload.match(/<MeterReading>/g)?.length, 1)
  assert.equal(payload.match(/<IntervalReadings>/g)?.length, 100)
  assert.match(payload, /<timeStamp>2026-10-25T00:15:00\+03:00<\/timeStamp><value>250<\/value>/)
  assert.match(answer.body, /<CorrelationID>11111111-2222-3333-4444-555555555555<\/CorrelationID>/)
  const refused = await app.inject({
    method: 'POST',
    url: '/cim',
    payload: ask('2026-10-24T21:00:00Z', '2026-10-25T22:00:00Z', '', 'created'),
    headers: { 'content-type': 'application/xml' },
  })
  assert.equal(refused.statusCode, 403)
  assert.match(refused.body, /<Result>FAILED<\/Result><Error><code>not-allowed/)
  assert.deepEqual(await errorsOf(refused.body, 'cim', 'Message.xsd', []), [])
  actor = operator
})

test('created MeterReadings goes in through a job of the worker', async () => {
  const reading = (at: string, value: number) =>
    `<m:IntervalReadings><m:timeStamp>${at}</m:timeStamp><m:value>${value}</m:value><m:ReadingQualities><m:ReadingQualityType ref="2.8.0"/></m:ReadingQualities></m:IntervalReadings>`
  const payload = `<Payload><m:MeterReadings xmlns:m="http://iec.ch/TC57/2011/MeterReadings#"><m:MeterReading><m:IntervalBlocks>${reading('2026-11-01T00:15:00+02:00', 1)}${reading('2026-10-31T22:30:00Z', 2)}${reading('2026-11-01T00:37:00+02:00', 3)}<m:ReadingType ref="0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0"/></m:IntervalBlocks><m:UsagePoint><m:Names><m:name>RO000002</m:name></m:Names></m:UsagePoint></m:MeterReading></m:MeterReadings></Payload>`
  const message = `<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb><Noun>MeterReadings</Noun></Header>${payload}</EventMessage>`
  const worker = await startWorker({
    db: database.db,
    keys: network.keys,
    log: createLog('test'),
    dataDir,
    jobs: transferJobs,
  })
  const answer = await app.inject({
    method: 'POST',
    url: '/cim',
    payload: message,
    headers: { 'content-type': 'application/xml' },
  })
  assert.deepEqual(await errorsOf(answer.body, 'cim', 'Message.xsd', []), [])
  const id = /<ID idType="import">(\d+)</.exec(answer.body)?.[1]
  let state = ''
  for (let i = 0; state !== 'done' && i < 200; i++) {
    await sleep(50)
    state = (await app.inject({ url: `/imports/${id}` })).json().state
  }
  const done = (await app.inject({ url: `/imports/${id}` })).json()
  assert.deepEqual([done.state, done.rows, done.added, done.rejected], ['done', 3, 2, 1])
  assert.match((await app.inject({ url: `/imports/${id}/rejects.csv` })).body, /not on a quarter-hour/)
  const [stored] = await asSystem(database.db, (trx) =>
    loadDays(trx, network.points[2].id, '2026-11-01', '2026-11-01'),
  )
  assert.deepEqual(
    [
      stored.block.channels[0].channel,
      ...stored.block.channels[0].values.subarray(0, 2),
      stored.block.channels[0].quality[0] & 7,
    ],
    ['A-', 1_000, 2_000, 2],
  )
  await worker.stop()
})

test('a file sent as the body is imported; the upload takes any content type', async () => {
  const worker = await startWorker({
    db: database.db,
    keys: network.keys,
    log: createLog('test'),
    dataDir,
    jobs: transferJobs,
  })
  const answer = await app.inject({
    method: 'POST',
    url: '/imports?name=a.csv',
    headers: { 'content-type': 'text/csv' },
    payload: 'pod,start,A+ [kWh]\nRO000003,2026-11-02T00:00:00+02:00,1.5\n',
  })
  assert.equal(answer.statusCode, 202, answer.body)
  const { jobId } = answer.json()
  let job = (await app.inject({ url: `/jobs/${jobId}` })).json()
  for (let i = 0; job.state !== 'done' && i < 200; i++) {
    await sleep(50)
    job = (await app.inject({ url: `/jobs/${jobId}` })).json()
  }
  assert.deepEqual([job.state, job.unit], ['done', 'bytes'])
  const csv = await app.inject({
    url: '/readings.csv?pods=RO000003&from=2026-11-02&to=2026-11-02&channel=A%2B',
  })
  assert.equal(
    csv.body.split('\r\n')[1],
    'RO000003,2026-11-02T00:00:00+02:00,2026-11-02T00:15:00+02:00,1500,measured',
  )
  await worker.stop()
})

test('a Green Button feed is valid by the ESPI schemas and shows only what the asker may see', async () => {
  actor = { subject: 'supplier:X', role: 'supplier', scope: 'granted', name: 'X', locale: 'ro' }
  const feed = await app.inject({ url: '/readings.espi.xml?from=2026-10-24&to=2026-10-25&channel=A%2B' })
  actor = operator
  assert.equal(feed.statusCode, 200)
  assert.deepEqual(
    await errorsOf(feed.body, 'greenbutton', 'driver-espi4.xsd', ['atom.xsd', 'xml.xsd', 'espi.xsd']),
    [],
  )
  assert.equal(feed.body.match(/<espi:IntervalReading>/g)?.length, 196)
  assert.equal(feed.body.match(/espi-entry\/UsagePoint/g)?.length, 1)
  assert.notDeepEqual(
    await errorsOf(
      feed.body.replace('<espi:duration>900', '<espi:duration>x'),
      'greenbutton',
      'driver-espi4.xsd',
      ['atom.xsd', 'xml.xsd', 'espi.xsd'],
    ),
    [],
  )
  const own = await app.inject({ url: '/readings.xml?from=2026-10-25&to=2026-10-25&pods=RO000001' })
  const schema = await readFile(new URL('./schema/readings.xsd', import.meta.url), 'utf8')
  const valid = await validateXML({ xml: own.body, schema })
  assert.deepEqual([valid.valid, valid.errors], [true, []])
})
