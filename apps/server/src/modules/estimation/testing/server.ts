// The whole HTTP interface over a test database, and people who call it.

import { createApp } from '../../../cli/app.ts'
import {
  asSystem,
  createLog,
  createPool,
  type Db,
  type KeyRing,
  type Role,
  systemActor,
} from '../../../platform/index.ts'
import { createTestDatabase } from '../../../platform/testing/database.ts'
import { createRoleToken } from '../../access/index.ts'
import { generateSigner } from '../../commands/index.ts'

/**
 * @param layNetwork puts the points there
 * @param people name → role; each acts as `user:NAME`
 */
export async function createTestServer<N extends { readonly keys: KeyRing }>(
  layNetwork: (db: Db) => Promise<N>,
  people: Readonly<Record<string, Role>>,
) {
  process.env['CONTOR_LOG'] = 'silent'
  const database = await createTestDatabase()
  const network = await layNetwork(database.db)
  const tokens: Record<string, string> = {}
  await asSystem(database.db, async (trx) => {
    for (const [name, role] of Object.entries(people))
      tokens[name] = (
        await createRoleToken(trx, systemActor, { role, label: name, subject: `user:${name}` })
      ).token
  })
  const authDb = createPool({
    connectionString: database.ownerUrl,
    parameters: { ...database.parameters, 'contor.scope': 'all' },
  })
  const app = await createApp({
    signer: generateSigner(),
    services: { db: database.db, keys: network.keys, log: createLog('test'), demo: true },
    authDb,
    secret: 'a secret of a test, long enough to sign cookies',
    baseUrl: 'http://127.0.0.1:8080',
    console: false,
    dataDir: '/nonexistent',
  })
  return {
    db: database.db,
    network,
    async call(method: 'GET' | 'POST', url: string, who: string, body?: object) {
      const answer = await app.inject({
        method,
        url,
        headers: { host: '127.0.0.1:8080', authorization: `Bearer ${tokens[who]}` },
        ...(body ? { payload: body } : {}),
      })
      const isJson = String(answer.headers['content-type']).includes('json')
      return { status: answer.statusCode, body: isJson ? answer.json() : answer.body }
    },
    async close() {
      await app.close()
      await authDb.close()
      await database.drop()
    },
  }
}
