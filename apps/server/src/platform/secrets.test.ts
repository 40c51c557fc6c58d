import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { createKeyRing, loadKeyRing } from './secrets.ts'

const ring = createKeyRing(Buffer.alloc(32, 7))

test('what was wrapped opens with the same key and context', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.string(), (secret, context) => {
      assert.deepEqual(new Uint8Array(ring.unwrap(ring.wrap(secret, context), context)), secret)
    }),
  )
})

test('another key, another context or a changed byte does not open, and the message holds no secret', () => {
  const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
  const wrapped = ring.wrap(secret, '17:encryption')
  const changed = Buffer.from(wrapped)
  changed[14]! ^= 1
  const attempts = [
    () => createKeyRing(Buffer.alloc(32, 8)).unwrap(wrapped, '17:encryption'),
    () => ring.unwrap(wrapped, '18:encryption'),
    () => ring.unwrap(wrapped, '17:authentication'),
    () => ring.unwrap(changed, '17:encryption'),
    () => ring.unwrap(wrapped.subarray(0, 9), '17:encryption'),
  ]
  for (const attempt of attempts)
    assert.throws(attempt, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'secrets-failed')
      assert.ok(!error.message.includes(secret.toString('hex')))
      return true
    })
})

test('the same secret is never wrapped to the same bytes', () => {
  assert.notDeepEqual(ring.wrap(Buffer.from('a'), 'x'), ring.wrap(Buffer.from('a'), 'x'))
})

test('the installation key is made once, for its owner only', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'contor-secrets-'))
  try {
    const wrapped = (await loadKeyRing(dir, {})).wrap(Buffer.from('hello'), 'x')
    assert.equal((await loadKeyRing(dir, {})).unwrap(wrapped, 'x').toString(), 'hello')
    if (process.platform !== 'win32') {
      assert.equal((await stat(join(dir, 'secrets', 'kek'))).mode & 0o777, 0o600)
      assert.equal((await stat(join(dir, 'secrets'))).mode & 0o777, 0o700)
    }
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('a key of another form is refused with the name of the setting', async () => {
  await assert.rejects(loadKeyRing('/nowhere', { CONTOR_KEK: 'short' }), { field: 'CONTOR_KEK' })
})
