// The whole HTTP interface over the test installation, asked by people with a token each.

import { createApp } from '../../../cli/app.ts'
import {
  asSystem,
  createKeyRing,
  createLog,
  createPool,
  type Db,
  type Role,
  systemActor,
} from '../../../platform/index.ts'
import { createTestDatabase } from '../../../platform/testing/database.ts'
import { testInstallation } from '../../../platform/testing/installation.ts'
import { createRoleToken } from '../../access/index.ts'
import { generateSigner, type Signer } from '../../commands/index.ts'
import { importNetwork } from '../../network/index.ts'
import { createOrderClock } from '../clock.ts'
import { runOrderEngine } from '../engine.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the interface answers; the test says what it expects
  readonly body: any
  readonly text: string
  readonly raw: Buffer
}

export interface TestApp {
  readonly db: Db
  readonly ownerUrl: string
  readonly signer: Signer
  /**
   * Asks as one of the people.
   * @param body an object is sent as JSON, a text as it is with `type`
   */
  call(
    who: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object | string,
    type?: string,
  ): Promise<Answer>
  close(): Promise<void>
}

/**
 * @param people the name that `call` knows each by, with role and subject
 * @param options.demo the calendar may be moved; default true
 * @param options.engine orders move on beside the test; default false
 */
export async function createTestApp(
  people: Readonly<Record<string, readonly [Role, string]>>,
  options: { readonly demo?: boolean; readonly engine?: boolean } = {},
): Promise<TestApp> {
  process.env['CONTOR_LOG'] = 'silent'
  const demo = options.demo ?? true
  const database = await createTestDatabase()
  const keys = createKeyRing(Buffer.alloc(32, 5))
  const tokens: Record<string, string> = {}
  await asSystem(database.db, async (trx) => {
    await importNetwork(trx, keys, testInstallation)
    for (const [name, [role, subject]] of Object.entries(people))
      tokens[name] = (await createRoleToken(trx, systemActor, { role, subject, label: name })).token
  })
  const authDb = createPool({
    connectionString: database.ownerUrl,
    parameters: { ...database.parameters, 'contor.scope': 'all' },
  })
  const signer = generateSigner()
  const log = createLog('test')
  const app = await createApp({
    signer,
    services: { db: database.db, keys, log, demo },
    authDb,
    secret: 'a secret of a test, long enough to sign cookies',
    baseUrl: 'http://127.0.0.1:8080',
    console: false,
    dataDir: '/nonexistent',
  })
  const ending = new AbortController()
  const engine = options.engine
    ? runOrderEngine(
        { db: database.db, signer, clock: createOrderClock(database.db, demo), log },
        ending.signal,
      )
    : Promise.resolve()
  return {
    db: database.db,
    ownerUrl: database.ownerUrl,
    signer,
    async call(who, method, url, body, type) {
      const answer = await app.inject({
        method,
        url: `/api${url}`,
        headers: {
          host: '127.0.0.1:8080',
          authorization: `Bearer ${tokens[who]}`,
          ...(type ? { 'content-type': type } : {}),
        },
        ...(body ? { payload: body } : {}),
      })
      const json = String(answer.headers['content-type']).includes('json')
      return {
        status: answer.statusCode,
        body: json ? answer.json() : {},
        text: answer.body,
        raw: answer.rawPayload,
      }
    },
    async close() {
      ending.abort()
      await engine
      await app.close()
      await authDb.close()
      await database.drop()
    },
  }
}
