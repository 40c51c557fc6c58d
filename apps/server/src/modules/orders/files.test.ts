// Orders asked for as IEC 61968-9 messages and as files.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { civilDayOf } from '@contor/intervals'
import { testInstallation } from '../../platform/testing/installation.ts'
import { createTestApp, type TestApp } from './testing/app.ts'

// Points 1 and 2 are EVA's; point 3 is LUMEN's.
const [first, second, third] = testInstallation.points.map(({ pod }) => pod) as [string, string, string]
let app: TestApp

before(async () => {
  app = await createTestApp({ eva: ['supplier', 'supplier:EVA'] })
})
after(() => app.close())

const send = (url: string, type: string, text: string) => app.call('eva', 'POST', url, text, type)
const orders = async () =>
  (await app.call('eva', 'GET', '/orders?limit=100')).body.items as {
    id: string
    type: string
    cause: string
    pod: string
    state: string
    requesterReference: string
    batchId: string | null
  }[]

// Far enough away that no order of these tests begins.
const start = new Date(Date.now() + 300 * 86_400_000).toISOString()
const control = (ref: string, tracking: string, pods: readonly string[], reason = '') =>
  `<c:EndDeviceControl><c:issuerTrackingID>${tracking}</c:issuerTrackingID>${reason ? `<c:reason>${reason}</c:reason>` : ''}<c:EndDeviceControlType ref="${ref}"/><c:primaryDeviceTiming><c:interval><c:start>${start}</c:start></c:interval></c:primaryDeviceTiming>${pods
    .map((pod) => `<c:UsagePoints><c:Names><c:name>${pod}</c:name></c:Names></c:UsagePoints>`)
    .join('')}</c:EndDeviceControl>`
const message = (verb: string, payload: string) =>
  `<?xml version="1.0"?><m:RequestMessage xmlns:m="http://iec.ch/TC57/2011/schema/message" xmlns:c="http://iec.ch/TC57/2011/EndDeviceControls#"><m:Header><m:Verb>${verb}</m:Verb><m:Noun>EndDeviceControls</m:Noun><m:Timestamp>2026-11-23T10:00:00Z</m:Timestamp><m:MessageID>11111111-2222-3333-4444-555555555555</m:MessageID><m:CorrelationID>11111111-2222-3333-4444-555555555555</m:CorrelationID></m:Header><m:Payload>${payload}</m:Payload></m:RequestMessage>`
const controls = (...each: string[]) =>
  message('create', `<c:EndDeviceControls>${each.join('')}</c:EndDeviceControls>`)
const cim = (xml: string) => send('/cim', 'application/xml', xml)

test('EndDeviceControls: orders of the supplier’s own points, the others told; the same message is the same orders', async () => {
  const xml = controls(
    control('3.31.0.23', 'EVA-1', [first]),
    control('3.31.0.23', 'EVA-3', [third]),
    control('3.31.0.99', 'EVA-4', [second]),
  )
  const answer = await cim(xml)
  assert.equal(answer.status, 200)
  assert.match(answer.text, /<Result>PARTIAL<\/Result>/)
  assert.match(answer.text, /EVA-3: No metering point/)
  assert.match(answer.text, /EndDeviceControl 3: The control type 3\.31\.0\.99/)
  const [id] = [...answer.text.matchAll(/<ID idType="order">([^<]+)</g)].map((found) => found[1])
  const made = (await orders()).find((order) => order.id === id)
  assert.deepEqual(
    [made?.type, made?.cause, made?.pod, made?.requesterReference, made?.state],
    ['DECO_R', 'CG-7.1-a', first, 'EVA-1', 'waiting'],
  )
  const again = await cim(xml)
  assert.match(again.text, new RegExp(`<ID idType="order">${id}</ID>`))
  assert.equal((await orders()).length, 1)
})

test('a cancellation by the reference takes the order back; a second one says that it is over', async () => {
  const cancelled = await cim(
    message('cancel', `<c:EndDeviceControls>${control('3.31.0.23', 'EVA-1', [])}</c:EndDeviceControls>`),
  )
  assert.match(cancelled.text, /<Result>OK<\/Result>/)
  assert.deepEqual(
    (await orders()).map(({ state }) => state),
    ['cancelled'],
  )
  const again = await cim(
    message('cancel', `<c:EndDeviceControls>${control('3.31.0.23', 'EVA-1', [])}</c:EndDeviceControls>`),
  )
  assert.match(again.text, /<Result>FAILED<\/Result>/)
  const nobody = await cim(message('cancel', '<m:ID>no such order</m:ID>'))
  assert.match(nobody.text, /No order no such order/)
})

test('a reason names type and cause, and must say the same as the control', async () => {
  const contrary = await cim(controls(control('3.31.0.18', 'EVA-5', [first], 'DECO_R CG-7.1-a')))
  assert.match(contrary.text, /<Result>FAILED<\/Result>.*DECO_R does not reconnect/)
  const both = await cim(controls(control('3.31.0.23', 'EVA-6', [first, second], 'DECO_C CLIENT')))
  assert.match(both.text, /<Result>OK<\/Result>/)
  const made = (await orders()).filter(({ requesterReference }) => requesterReference.startsWith('EVA-6:'))
  assert.deepEqual(
    made.map(({ type, pod }) => `${type} ${pod}`).sort(),
    [`DECO_C ${first}`, `DECO_C ${second}`].sort(),
  )
  assert.ok(
    made.every(({ batchId }) => batchId !== null),
    'two points are a batch',
  )
})

test('what is no message, or one out of bounds, is refused by name', async () => {
  const deep = `${'<c:a>'.repeat(60)}${'</c:a>'.repeat(60)}`
  for (const xml of [
    '',
    '<a>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    controls(deep),
    controls(),
    message('change', ''),
  ]) {
    const answer = await cim(xml)
    assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text.slice(0, 200)}`)
  }
})

test('a file of orders: other names of columns, semicolons; a wrong line refuses the file and is named', async () => {
  const bad = await send(
    '/orders:file',
    'text/csv',
    `tip;pod;referinta;debtSince\nREZ_NEPLATA;${first};F-1;2026-01-01\nDECO_X;${first};F-2;\n`,
  )
  assert.equal(bad.status, 400)
  assert.match(bad.body.error.field, /line 3, type/)
  assert.ok((await orders()).every(({ requesterReference }) => !requesterReference.startsWith('F-')))
  const unknown = await send(
    '/orders:file',
    'text/csv',
    `type,pod,reference,colour\nDECO_C,${first},F-1,red\n`,
  )
  assert.equal(unknown.status, 400)
  const file = `\ufefftype,pod,reference\nRECO_R,${third},F-3\nRECO_R,RO-NONE,F-4\n`
  const taken = await send('/orders:file', 'text/csv; charset=utf-8', file)
  assert.equal(taken.status, 200)
  const { accepted, items } = taken.body
  assert.deepEqual(
    [accepted, items[0].error.field, items[1].error.field],
    [0, 'meteringPoint', 'meteringPoint'],
  )
})

test('the closures of a day as CSV, without formulas', async () => {
  const takeBack = (name: string) => cim(message('cancel', `<m:ID>${name}</m:ID>`))
  await takeBack(`EVA-6:${first}`)
  await cim(controls(control('3.31.0.23', '=EVA', [first], 'DECO_C CLIENT')))
  await takeBack('=EVA')
  const day = civilDayOf(Date.now())
  const answer = await app.call('eva', 'GET', `/orders/closures.csv?day=${day}`)
  assert.equal(answer.status, 200)
  const lines = answer.text.trim().split('\r\n')
  assert.match(lines[0] ?? '', /number,reference,type,pod,state/)
  assert.match(answer.text, /,EVA-1,DECO_R,/)
  assert.match(answer.text, /,'=EVA,DECO_C,/)
})
