import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { ApiError, api, query, whenSignedOut } from './client.ts'

const answer = (status: number, body: string) =>
  mock.method(globalThis, 'fetch', async () => new Response(body, { status }))
afterEach(() => mock.restoreAll())

const failure = async (path = '/x'): Promise<ApiError> => {
  try {
    await api(path)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return error
  }
  throw new Error('must fail')
}

test('our errors keep code, field and remedy', async () => {
  answer(400, '{"error":{"code":"invalid-request","message":"bad","field":"from","remedy":"use a date"}}')
  const error = await failure()
  assert.deepEqual(
    [error.status, error.code, error.field, error.remedy],
    [400, 'invalid-request', 'from', 'use a date'],
  )
})

test('no answer and a broken answer are errors of their own', async () => {
  mock.method(globalThis, 'fetch', async () => {
    throw new TypeError('refused')
  })
  assert.equal((await failure()).code, 'unreachable')
  mock.restoreAll()
  answer(200, '<html>')
  assert.equal((await failure()).code, 'bad-answer')
})

test('401 signs out, except from the sign-in itself', async () => {
  let out = 0
  whenSignedOut(() => {
    out += 1
  })
  answer(401, '{"error":{"code":"not-signed-in","message":""}}')
  await failure('/me')
  await failure('/auth/sign-in/email')
  assert.equal(out, 1)
})

test('a query leaves out what is not set', () => {
  assert.equal(query({ a: 'A+', b: undefined, c: '', d: 0 }), '?a=A%2B&d=0')
  assert.equal(query({ a: null }), '')
})
