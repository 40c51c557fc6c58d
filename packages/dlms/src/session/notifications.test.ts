// What the server says unasked, and how it learns that the client has it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data } from '../axdr/data.ts'
import {
  associated,
  energy,
  only,
  type Pair,
  type PairOptions,
  pair,
  profileRows,
  run,
} from './harness.test.ts'

const open: PairOptions = {
  association: { mechanism: 'none', policy: 'none' },
  client: { authentication: { mechanism: 'none' }, security: undefined },
}
const time = Uint8Array.from([7, 234, 1, 1, 4, 0, 15, 0, 0, 0xff, 0x88, 0])

function settle(both: Pair) {
  both.clientEvents.length = 0
  both.serverEvents.length = 0
  run(both)
  return both.clientEvents
}

for (const [what, options] of [
  ['in the clear', open],
  ['ciphered', {}],
] as const) {
  test(`a data-notification is confirmed once, ${what}`, () => {
    const both = associated(options)
    const id = both.server.notify(
      { service: 'data-notification', dateTime: time, data: data.u32(7) },
      both.now,
      { confirm: {} },
    )
    const event = only(settle(both), 'notification')
    assert.equal(event.confirmationWanted, true)
    assert.deepEqual(event.dateTime, time)
    assert.equal(both.serverEvents.length, 0)
    both.client.confirm(event, both.now)
    assert.equal(both.client.nextDeadline(), undefined)
    settle(both)
    const [notified] = both.serverEvents
    assert.ok(notified.kind === 'notified' && notified.confirmed && notified.notificationId === id)
    assert.equal(notified.attempts, 1)
    both.client.confirm(event, both.now)
    settle(both)
    assert.deepEqual(both.serverEvents, [], 'a second confirmation changes nothing')
    both.client.get(energy, both.now)
    only(settle(both), 'response')
  })

  test(`an unconfirmed data-notification is sent again, as often as agreed, ${what}`, () => {
    const both = associated({ ...options, server: { idleTimeoutMs: 1_000_000 } })
    const confirm = { timeoutMs: 1_000, retries: 2 }
    both.server.notify({ service: 'data-notification', data: data.u32(7) }, both.now, { confirm })
    const seen = [only(settle(both), 'notification')]
    for (let attempt = 2; attempt <= 3; attempt++) {
      const deadline = both.server.nextDeadline()
      assert.equal(deadline, both.now + 1_000)
      both.now += 1_000
      both.server.tick(both.now)
      seen.push(only(settle(both), 'notification'))
    }
    assert.deepEqual(
      seen.map((event) => event.invokeId),
      [seen[0].invokeId, seen[0].invokeId, seen[0].invokeId],
    )
    both.now += 1_000
    both.server.tick(both.now)
    assert.deepEqual(settle(both), [])
    both.server.tick(both.now)
  })
}

test('giving up is reported with the number of attempts', () => {
  const both = associated({ ...open, server: { idleTimeoutMs: 1_000_000 } })
  both.server.notify({ service: 'data-notification', data: data.u8(1) }, both.now, {
    confirm: { timeoutMs: 10, retries: 0 },
  })
  both.server.tick(both.now + 10)
  const events = both.server.takeEvents()
  assert.deepEqual(
    events.map((event) => event.kind === 'notified' && [event.confirmed, event.attempts]),
    [[false, 1]],
  )
})

test('a confirmation needs no association', () => {
  const both = pair(open)
  both.server.notify({ service: 'data-notification', data: data.u8(1) }, both.now, { confirm: {} })
  const [frame] = both.server.takeOutput()
  const listener = associated(open)
  listener.client.receive(frame, both.now)
  const event = only(listener.client.takeEvents(), 'notification')
  listener.client.confirm(event, both.now)
  for (const confirmation of listener.client.takeOutput()) both.server.receive(confirmation, both.now)
  const [notified] = both.server.takeEvents()
  assert.ok(notified.kind === 'notified' && notified.confirmed)
  assert.deepEqual(both.server.takeOutput(), [])
})

test('a confirmation with less protection than its notification counts for nothing', () => {
  const both = associated()
  both.server.notify({ service: 'data-notification', data: data.u8(1) }, both.now, { confirm: {} })
  settle(both)
  const other = associated(open)
  other.server.notify({ service: 'data-notification', data: data.u8(1) }, other.now, { confirm: {} })
  const event = only(settle(other), 'notification')
  other.client.confirm(event, other.now)
  for (const bare of other.client.takeOutput()) both.server.receive(bare, both.now)
  assert.ok(both.server.takeEvents().every((item) => item.kind !== 'notified'))
})

test('event-notification and information-report arrive with what they are about', () => {
  const both = associated(open)
  both.server.notify({ service: 'event-notification', attribute: energy, data: data.u8(3) }, both.now)
  const event = only(settle(both), 'notification')
  assert.deepEqual([event.service, event.attribute], ['event-notification', energy])
  const variables = [{ access: 'variable-name', name: 0x0108 }] as const
  both.server.notify({ service: 'information-report', variables, data: [data.u32(5)] }, both.now)
  const report = only(settle(both), 'notification')
  assert.deepEqual([report.service, report.variables], ['information-report', variables])
  assert.deepEqual(report.data, data.structure(data.u32(5)))
  assert.throws(() => both.client.confirm(report, both.now), /not confirmed/)
  assert.throws(
    () =>
      both.server.notify({ service: 'event-notification', attribute: energy, data: data.u8(3) }, both.now, {
        confirm: {},
      }),
    /no confirmation/,
  )
})

test('a push longer than the PDU comes in blocks, also while a request is in flight', () => {
  const both = associated({
    ...open,
    client: {
      ...open.client,
      maxPduSize: 200,
      conformance: ['get', 'data-notification', 'general-block-transfer'],
      generalBlockTransfer: { window: 4 },
    },
  })
  both.client.get(energy, both.now)
  both.server.notify({ service: 'data-notification', data: profileRows(60) }, both.now)
  const events = settle(both)
  const push = only(events, 'notification')
  assert.deepEqual(push.data, profileRows(60))
  // The same blocks reach a listener without an association.
  both.server.notify({ service: 'data-notification', data: profileRows(60) }, both.now)
  const listener = pair(open)
  for (const block of both.server.takeOutput()) listener.client.receive(block, listener.now)
  assert.deepEqual(only(listener.client.takeEvents(), 'notification').data, push.data)
  assert.deepEqual(listener.client.takeOutput(), [])
  const response = only(events, 'response')
  assert.ok(response.service === 'get' && response.results[0].ok)
})
