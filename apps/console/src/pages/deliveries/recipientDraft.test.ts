import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, draftOf, isComplete } from './recipientDraft.ts'

const key = 'A'.repeat(43)

test('a new recipient is complete when its way out is', () => {
  const draft = { ...draftOf(undefined), name: ' EVA zilnic ', supplier: 'EVA' }
  assert.equal(isComplete(draft), false)
  const address = {
    ...draft.address,
    host: 'sftp.eva.example',
    user: 'od',
    hostKey: `SHA256:${key}=`,
    url: 'x',
  }
  const whole = { ...draft, address }
  assert.equal(isComplete(whole), true)
  assert.equal(isComplete({ ...whole, channels: [] }), false)
  assert.deepEqual(bodyOf(whole), {
    name: 'EVA zilnic',
    supplier: 'EVA',
    address: { kind: 'sftp', host: 'sftp.eva.example', user: 'od', hostKey: key },
    format: 'csv',
    locale: 'ro',
    sendAt: '06:00',
    channels: ['A+'],
    active: true,
  })
})

test('a change keeps what is not shown: the secret stays unless another is written', () => {
  const draft = draftOf({
    id: '1',
    supplier: 'EVA',
    name: 'mail',
    address: { kind: 'email', to: 'a@b.example', host: 'smtp.example', port: 465, requireTls: false },
    format: 'xlsx',
    options: { channels: ['A+', 'A-'], locale: 'en' },
    sendAt: '06:30',
    active: false,
    hasSecret: true,
  })
  assert.deepEqual(bodyOf(draft), {
    name: 'mail',
    supplier: 'EVA',
    address: { kind: 'email', to: 'a@b.example', host: 'smtp.example', port: 465, requireTls: false },
    format: 'xlsx',
    locale: 'en',
    sendAt: '06:30',
    channels: ['A+', 'A-'],
    active: false,
  })
  assert.equal(bodyOf({ ...draft, secret: 's' })['secret'], 's')
})
