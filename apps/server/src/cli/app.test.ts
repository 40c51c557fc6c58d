import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRoleToken, ensureDemoAccounts, ensureFirstAdmin } from '../modules/access/index.ts'
import { generateSigner } from '../modules/commands/index.ts'
import { importNetwork } from '../modules/network/index.ts'
import { asSystem, createKeyRing, createLog, createPool, type Role, systemActor } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing/database.ts'
import { testInstallation } from '../platform/testing/installation.ts'
import { createApp } from './app.ts'

let database: TestDatabase
let app: Awaited<ReturnType<typeof createApp>>
let authDb: ReturnType<typeof createPool>
const tokens = {} as Record<Role, string>

before(async () => {
  process.env['CONTOR_LOG'] = 'silent'
  database = await createTestDatabase()
  const keys = createKeyRing(Buffer.alloc(32, 5))
  await asSystem(database.db, async (trx) => {
    await importNetwork(trx, keys, testInstallation)
    await ensureDemoAccounts(trx)
    const roles = [
      ['operator', undefined],
      ['analyst', undefined],
      ['admin', undefined],
      ['supplier', 'supplier:EVA'],
      ['customer', 'customer:1'],
    ] as const
    for (const [role, subject] of roles)
      tokens[role] = (
        await createRoleToken(trx, systemActor, { role, label: 'test', ...(subject ? { subject } : {}) })
      ).token
  })
  authDb = createPool({
    connectionString: database.ownerUrl,
    parameters: { ...database.parameters, 'contor.scope': 'all' },
  })
  app = await createApp({
    signer: generateSigner(),
    services: { db: database.db, keys, log: createLog('test'), demo: true },
    dataDir: '/nonexistent',
    authDb,
    secret: 'a secret of a test, long enough to sign cookies',
    baseUrl: 'http://127.0.0.1:8080',
    console: false,
  })
})
after(async () => {
  await app.close()
  await authDb.close()
  await database.drop()
})

interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs by route and is what the tests assert
  body: any
  headers: Record<string, unknown>
  cookies: string
}

async function call(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await app.inject({
    method,
    url,
    headers: {
      host: '127.0.0.1:8080',
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { payload: options.body as object }),
  })
  const isJson = String(answer.headers['content-type']).includes('json')
  return {
    status: answer.statusCode,
    body: isJson && answer.body ? answer.json() : answer.body,
    headers: answer.headers,
    cookies: answer.cookies.map((cookie) => `${cookie.name}=${encodeURIComponent(cookie.value)}`).join('; '),
  }
}

async function audit(): Promise<string[]> {
  const rows = await asSystem(database.db, (trx) =>
    trx.selectFrom('audit').select(['actor', 'action', 'object']).orderBy('id').execute(),
  )
  return rows.map((row) => `${row.actor} ${row.action} ${row.object}`)
}

test('health and documents need no sign-in; everything else under /api does', async () => {
  assert.equal((await call('GET', '/api/health/live')).status, 200)
  assert.equal((await call('GET', '/api/health/ready')).status, 200)
  const document = (await call('GET', '/api/openapi.json')).body
  assert.match(document.openapi, /^3\.1/)
  for (const [path, methods] of Object.entries(document.paths as Record<string, object>)) {
    if (/health|\/demo$/.test(path)) continue
    for (const method of Object.keys(methods)) {
      const url = path.replace(/\{\w+\}/g, '1')
      const answer = await call(method.toUpperCase() as 'GET', url)
      assert.equal(answer.status, 401, `${method} ${path}`)
      assert.equal(answer.body.error.code, 'not-signed-in')
      assert.ok(answer.body.error.remedy)
    }
  }
})

test('bad, truncated and foreign tokens are refused alike', async () => {
  for (const token of [
    'x',
    'contor_',
    `${tokens.operator}x`,
    tokens.operator.slice(0, -1),
    'a'.repeat(5_000),
  ])
    assert.equal((await call('GET', '/api/me', { token })).status, 401)
  assert.equal((await call('GET', '/api/me', { headers: { authorization: 'Basic eDp4' } })).status, 401)
})

test('each role sees its points and is told its rights', async () => {
  const seen = async (role: Role) =>
    (await call('GET', '/api/metering-points', { token: tokens[role] })).body.items.map(
      (item: { pod: string }) => Number(item.pod.at(-1)),
    )
  assert.deepEqual(await seen('operator'), [1, 2, 3])
  assert.deepEqual(await seen('analyst'), [1, 2, 3])
  assert.deepEqual(await seen('supplier'), [1, 2])
  assert.deepEqual(await seen('customer'), [1])
  const me = (await call('GET', '/api/me', { token: tokens.customer })).body
  assert.deepEqual([me.subject, me.role, me.scope], ['customer:1', 'customer', 'granted'])
  for (const role of ['supplier', 'customer'] as const) {
    const refused = await call('GET', '/api/stations', { token: tokens[role] })
    assert.equal(refused.status, 403)
    assert.equal(refused.body.error.code, 'not-allowed')
  }
  assert.equal((await call('GET', '/api/stations', { token: tokens.analyst })).body.items[0].points, 3)
})

test('a point that one may not see is not found, and its meter shows no keys', async () => {
  const all = (await call('GET', '/api/metering-points', { token: tokens.operator })).body.items
  const foreign = await call('GET', `/api/metering-points/${all[1].id}`, { token: tokens.customer })
  assert.equal(foreign.status, 404)
  const own = await call('GET', `/api/metering-points/${all[0].id}`, { token: tokens.customer })
  assert.equal(own.body.meter.serial, 'CTR24001')
  assert.equal(own.body.meter.transport, null)
  const full = await call('GET', `/api/metering-points/${all[0].id}`, { token: tokens.operator })
  assert.equal(full.body.meter.transport.port, 20_001)
  assert.ok(!JSON.stringify(full.body).includes('01010101'))
  assert.ok((await audit()).includes(`customer:1 personal-data.read metering-point:${all[0].id}`))
})

test('a third-party token: made, used for one point, revoked, and never stored in clear', async () => {
  const all = (await call('GET', '/api/metering-points', { token: tokens.operator })).body.items
  const body = { meteringPointId: all[0].id, label: 'Consilier energetic' }
  const made = await call('POST', '/api/tokens', { token: tokens.customer, body })
  assert.equal(made.status, 201)
  const { id, token } = made.body
  const seen = await call('GET', '/api/metering-points', { token })
  assert.deepEqual(
    seen.body.items.map((item: { id: string }) => item.id),
    [all[0].id],
  )
  assert.equal((await call('GET', `/api/metering-points/${all[1].id}`, { token })).status, 404)
  assert.equal((await call('GET', '/api/stations', { token })).status, 403)
  assert.equal((await call('POST', '/api/tokens', { token, body })).status, 403)

  const rows = await asSystem(database.db, (trx) => trx.selectFrom('api_token').selectAll().execute())
  assert.ok(!JSON.stringify(rows).includes(token.slice(7)))
  assert.ok(rows.every((row) => row.hash.length === 32))

  const foreign = { meteringPointId: all[1].id, label: 'x' }
  assert.equal((await call('POST', '/api/tokens', { token: tokens.customer, body: foreign })).status, 404)
  assert.equal((await call('POST', '/api/tokens', { token: tokens.analyst, body })).status, 403)
  const mine = (await call('GET', '/api/tokens', { token: tokens.customer })).body.items
  assert.deepEqual(
    mine.map((item: { id: string; pod: string }) => [item.id, item.pod]),
    [[id, all[0].pod]],
  )

  assert.equal((await call('DELETE', '/api/tokens/999999', { token: tokens.customer })).status, 404)
  assert.equal((await call('DELETE', `/api/tokens/${id}`, { token: tokens.customer })).status, 204)
  assert.equal((await call('GET', '/api/metering-points', { token })).status, 401)
  assert.equal((await call('DELETE', `/api/tokens/${id}`, { token: tokens.customer })).status, 409)
  const lines = await audit()
  assert.ok(lines.includes(`customer:1 token.create token:${id}`))
  assert.ok(lines.includes(`customer:1 token.revoke token:${id}`))
})

test('an expired token ends by itself', async () => {
  const { token } = await asSystem(database.db, (trx) =>
    createRoleToken(trx, systemActor, {
      role: 'operator',
      label: 'old',
      expiresAt: new Date(Date.now() - 1),
    }),
  )
  assert.equal((await call('GET', '/api/me', { token })).status, 401)
})

test('errors name field, value and remedy', async () => {
  const cases = [
    ['/api/metering-points?limit=0', 'limit', '0'],
    ['/api/metering-points?cursor=nonsense', 'cursor', 'nonsense'],
    ['/api/metering-points?station=abc', 'station', 'abc'],
    ['/api/metering-points/abc', 'id', 'abc'],
  ] as const
  for (const [url, field, value] of cases) {
    const { status, body } = await call('GET', url, { token: tokens.operator })
    assert.equal(status, 400, url)
    assert.deepEqual([body.error.field, body.error.value], [field, value])
    assert.ok(body.error.message && body.error.remedy)
  }
  const past = { meteringPointId: '1', label: 'x', expiresAt: '2020-01-01T00:00:00Z' }
  const refused = await call('POST', '/api/tokens', { token: tokens.operator, body: past })
  assert.deepEqual([refused.status, refused.body.error.field], [400, 'expiresAt'])
  const large = { meteringPointId: '1', label: 'x'.repeat(300_000) }
  assert.equal((await call('POST', '/api/tokens', { token: tokens.operator, body: large })).status, 413)
  const unknown = await call('GET', '/api/nothing', { token: tokens.operator })
  assert.deepEqual([unknown.status, unknown.body.error.code], [404, 'not-found'])
})

const signIn = (email: string, password: string, headers: Record<string, string> = {}) =>
  call('POST', '/api/auth/sign-in/email', {
    body: { email, password },
    headers: { origin: 'http://127.0.0.1:8080', ...headers },
  })

test('sign-in gives a cookie that acts with the role, and ends with sign-out', async () => {
  const answer = await signIn('supplier@contor.example', 'contor-supplier')
  assert.equal(answer.status, 200)
  assert.match(String(answer.headers['set-cookie']), /HttpOnly; SameSite=Lax/)
  const headers = { cookie: answer.cookies, origin: 'http://127.0.0.1:8080' }
  const me = (await call('GET', '/api/me', { headers })).body
  assert.deepEqual([me.role, me.subject, me.scope], ['supplier', 'supplier:EVA', 'granted'])
  assert.equal((await call('GET', '/api/metering-points', { headers })).body.items.length, 2)
  assert.equal((await call('POST', '/api/auth/sign-out', { headers, body: {} })).status, 200)
  assert.equal((await call('GET', '/api/me', { headers })).status, 401)
  assert.ok((await audit()).includes('system sign-in account:supplier@contor.example'))
})

test('nobody signs up, takes a role, or signs in from a page of another site', async () => {
  const origin = { origin: 'http://127.0.0.1:8080' }
  const body = { email: 'x@example.com', password: 'long-enough-1', name: 'X', role: 'admin' }
  const signUp = await call('POST', '/api/auth/sign-up/email', { body, headers: origin })
  assert.ok(signUp.status >= 400)
  const session = await signIn('customer@contor.example', 'contor-customer')
  const headers = { cookie: session.cookies, ...origin }
  await call('POST', '/api/auth/update-user', { body: { role: 'admin', subject: 'supplier:EVA' }, headers })
  const me = (await call('GET', '/api/me', { headers })).body
  assert.equal(me.role, 'customer')
  assert.match(me.subject, /^customer:/)
  const elsewhere = await signIn('operator@contor.example', 'contor-operator', {
    origin: 'https://evil.example',
    cookie: session.cookies,
  })
  assert.equal(elsewhere.status, 403)
})

test('wrong passwords are recorded, answered in our form, and slowed down', async () => {
  const wrong = await signIn('analyst@contor.example', 'wrong-password')
  assert.equal(wrong.status, 401)
  assert.equal(wrong.body.error.code, 'not-signed-in')
  assert.ok((await audit()).includes('system sign-in.refused account:analyst@contor.example'))
  let last = wrong
  for (let attempt = 0; attempt < 6; attempt++)
    last = await signIn('Analyst@contor.example', 'wrong-password')
  assert.equal(last.status, 429)
  assert.equal(last.body.error.code, 'too-many-requests')
})

test('passwords are argon2id; the first administrator is made only where nobody is', async () => {
  const rows = await asSystem(database.db, (trx) =>
    trx.selectFrom('auth_account').select('password').execute(),
  )
  assert.equal(rows.length, 6)
  for (const row of rows) assert.match(row.password ?? '', /^\$argon2id\$/)
  assert.equal(await asSystem(database.db, ensureFirstAdmin), undefined)
  const admin = await asSystem(database.db, async (trx) => {
    await trx.deleteFrom('auth_user').execute()
    return ensureFirstAdmin(trx)
  })
  assert.ok(admin && admin.password.length >= 20)
})

test('every answer carries the security headers', async () => {
  for (const url of ['/api/health/live', '/api/docs/', '/nothing', '/api/me']) {
    const { headers } = await call('GET', url)
    assert.equal(headers['x-content-type-options'], 'nosniff', url)
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, url)
  }
})

test('metrics are open to this machine and closed to who comes through a proxy', async () => {
  assert.match((await call('GET', '/metrics')).body, /contor_http_request_duration_seconds_count/)
  assert.equal((await call('GET', '/metrics', { headers: { 'x-forwarded-for': '1.2.3.4' } })).status, 401)
})
