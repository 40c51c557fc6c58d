import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { emptySeries } from '@contor/intervals'
import { sql } from 'kysely'
import { SMTPServer } from 'smtp-server'
import ssh2 from 'ssh2'
import { asSystem, createLog } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { storeDays } from '../../readings/index.ts'
import { checkAvailability, listAvailability } from './availability.ts'
import { signature } from './channels.ts'
import { deliverDue, layDue } from './deliver.ts'
import { recipientSchema, saveRecipient } from './recipients.ts'

let database: TestDatabase
let network: TestNetwork
let dataDir: string
const day = '2026-11-20'
/** 09:00 civil time of the day after. */
const morning = Date.parse('2026-11-21T07:00:00Z')

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 3)
  dataDir = await mkdtemp(join(tmpdir(), 'contor-deliveries-'))
  await asSystem(database.db, async (trx) => {
    await sql`update contor.metering_point set supplier = 'EVA' where kind = 'household' and reading_mode = 'smart'`.execute(
      trx,
    )
    for (const point of network.points.slice(1, 3)) {
      const series = emptySeries('A+', day)
      series.values.fill(10)
      series.quality.fill(1)
      await storeDays(trx, point.id, [
        {
          day,
          block: { day, minutes: 15, channels: [series] },
          sources: new Array(96).fill({ exchangeId: 1, row: 0 }),
        },
      ])
    }
  })
})
after(async () => {
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
})

const context = (now: number) => ({
  db: database.db,
  keys: network.keys,
  log: createLog('test'),
  dataDir,
  now,
})
async function delivery(recipient: string) {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{
      state: string
      attempts: number
      acknowledgement: string | null
      error_text: string | null
      points: number
      complete_points: number
      wrapped: Buffer
      next_at: Date
    }>`
      select d.*, r.wrapped from contor.delivery d join contor.delivery_recipient r on r.id = d.recipient_id where r.name = ${recipient}`.execute(
      trx,
    ),
  )
  return rows[0]
}
const listen = (server: {
  listen(port: number, host: string, done: () => void): unknown
  address?: () => unknown
}) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const add = (name: string, address: object, secret: string, format = 'csv') =>
  saveRecipient(
    database.db,
    network.keys,
    recipientSchema.parse({ name, supplier: 'EVA', address, secret, format, locale: 'en', sendAt: '06:30' }),
  )

test('HTTPS push: signed, refused answers are tried again after a pause, a 2xx body is the acknowledgement', async () => {
  const seen: { body: string; headers: Record<string, unknown> }[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      seen.push({ body, headers: request.headers })
      response.statusCode = seen.length === 1 ? 503 : 200
      response.end(seen.length === 1 ? 'busy' : 'receipt 4711')
    })
  })
  await listen(server)
  const { port } = server.address() as AddressInfo
  await add('push', { kind: 'https', url: `http://127.0.0.1:${port}/in` }, 'the hmac key')
  assert.equal(await layDue(database.db, Date.parse('2026-11-21T04:00:00Z')), 0) // 06:00: not yet
  assert.equal(await layDue(database.db, morning), 1)
  assert.equal(await layDue(database.db, morning), 0)
  assert.equal(await deliverDue(context(morning)), 1)
  const first = await delivery('push')
  assert.deepEqual([first.state, first.attempts, first.error_text], ['due', 1, 'HTTP 503: busy'])
  assert.equal(await deliverDue(context(morning + 59_000)), 0)
  assert.equal(await deliverDue(context(morning + 61_000)), 1)
  const second = await delivery('push')
  assert.deepEqual(
    [second.state, second.attempts, second.acknowledgement, second.points, second.complete_points],
    ['acknowledged', 2, 'receipt 4711', 3, 2],
  )
  const { body, headers } = seen[1]
  assert.equal(body.split('\r\n').length, 1 + 3 * 96 + 1)
  const sha256 = createHash('sha256').update(body).digest('hex')
  assert.equal(headers['x-contor-sha256'], sha256)
  const seconds = Number(/t=(\d+)/.exec(`${headers['x-contor-signature']}`)?.[1])
  assert.equal(headers['x-contor-signature'], signature('the hmac key', seconds, sha256, `EVA_${day}.csv`))
  assert.equal(headers['idempotency-key'], seen[0].headers['idempotency-key'])
  assert.ok(!second.wrapped.includes('the hmac key'))
  server.close()
})

test('an address in clear is refused; the attempts are bounded', async () => {
  await assert.rejects(add('clear', { kind: 'https', url: 'http://example.com/in' }, 'k'), {
    code: 'invalid-request',
    field: 'address.url',
  })
  const closed = createServer()
  await listen(closed)
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  await add('nobody', { kind: 'https', url: `http://127.0.0.1:${port}/` }, 'k')
  await layDue(database.db, morning)
  let now = morning
  let last = await delivery('nobody')
  for (let i = 0; i < 20 && last.state !== 'failed'; i++) {
    await deliverDue(context(now))
    last = await delivery('nobody')
    assert.ok(last.next_at.getTime() - now <= 3_600_000)
    now = last.next_at.getTime() + 1
  }
  assert.deepEqual([last.state, last.attempts], ['failed', 12])
  assert.equal(await deliverDue(context(now + 86_400_000)), 0)
})

test('e-mail: the file is attached, and the server’s acceptance is the acknowledgement', async () => {
  let mail = ''
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      stream.on('data', (part: Buffer) => {
        mail += part
      })
      stream.on('end', () => done(null, 'queued as 42'))
    },
  })
  await listen(server)
  const { port } = server.server.address() as AddressInfo
  await add(
    'mail',
    {
      kind: 'email',
      to: 'date@eva.example',
      from: 'od@example.com',
      host: '127.0.0.1',
      port,
      requireTls: false,
    },
    'x',
    'xlsx',
  )
  await layDue(database.db, morning)
  await deliverDue(context(morning))
  const sent = await delivery('mail')
  assert.equal(sent.state, 'acknowledged', sent.error_text ?? '')
  assert.match(`${sent.acknowledgement}`, /queued as 42/)
  assert.match(mail, new RegExp(`filename="?EVA_${day}.xlsx`))
  // A recipient who insists on TLS is not served over a line without it.
  await add(
    'tls',
    { kind: 'email', to: 'date@eva.example', from: 'od@example.com', host: '127.0.0.1', port },
    'x',
  )
  await layDue(database.db, morning)
  await deliverDue(context(morning))
  assert.equal((await delivery('tls')).state, 'due')
  await new Promise<void>((resolve) => server.close(() => resolve()))
})

test('SFTP: written under another name first, a foreign host key is refused, NAME.ack is the acknowledgement', async () => {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  createPublicKey(pair.publicKey)
  const parsed = ssh2.utils.parseKey(pair.privateKey)
  if (parsed instanceof Error) throw parsed
  const hostKey = createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '')
  const files = new Map<string, Buffer>()
  const names: string[] = []
  const server = fileServer(pair.privateKey, files, names)
  await listen(server)
  const { port } = server.address() as AddressInfo
  const address = { kind: 'sftp', host: '127.0.0.1', port, user: 'contor', folder: '/in' }
  await add('wrong key', { ...address, hostKey: 'A'.repeat(43) }, 'pw')
  await add('sftp', { ...address, hostKey }, 'pw')
  await layDue(database.db, morning)
  await deliverDue(context(morning))
  assert.equal((await delivery('wrong key')).state, 'due')
  assert.equal((await delivery('sftp')).state, 'sent', `${(await delivery('sftp')).error_text}`)
  const name = `/in/EVA_${day}.csv`
  assert.deepEqual(names, [`${name}.part`])
  assert.equal(files.get(name)?.toString().split('\r\n').length, 1 + 3 * 96 + 1)
  await deliverDue(context(morning + 61_000))
  assert.equal((await delivery('sftp')).state, 'sent')
  files.set(`${name}.ack`, Buffer.from('loaded 288 rows\n'))
  await deliverDue(context(morning + 125_000))
  const acknowledged = await delivery('sftp')
  assert.deepEqual(
    [acknowledged.state, acknowledged.acknowledgement, acknowledged.attempts],
    ['acknowledged', 'loaded 288 rows', 1],
  )
  server.close()
})

test('when the window closes it is written down once what was available', async () => {
  assert.deepEqual(await checkAvailability(database.db, Date.parse('2026-11-21T10:59:00Z')), []) // 12:59
  const [found, ...more] = await checkAvailability(database.db, Date.parse('2026-11-21T11:00:00Z'))
  assert.deepEqual(more, [])
  assert.deepEqual(
    [found.day, found.supplier, found.points, found.completePoints, found.missingSample, found.met],
    [day, 'EVA', 3, 2, ['RO000003'], false],
  )
  assert.deepEqual(await checkAvailability(database.db, Date.parse('2026-11-21T12:00:00Z')), [])
  assert.equal((await listAvailability(database.db, day, day)).length, 1)
})

/** A server that keeps files in memory; `names` lists what was opened for writing. */
function fileServer(hostKey: string, files: Map<string, Buffer>, names: string[]) {
  const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp
  return new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (auth) =>
      auth.method === 'password' && auth.password === 'pw' ? auth.accept() : auth.reject(),
    )
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => {
        const sftp = acceptSftp()
        const open: string[] = []
        sftp.on('OPEN', (id, name, flags) => {
          if (flags & OPEN_MODE.WRITE) {
            names.push(name)
            files.set(name, Buffer.alloc(0))
          } else if (!files.has(name)) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
          sftp.handle(id, Buffer.from([open.push(name) - 1]))
        })
        const of = (handle: Buffer) => open[handle[0]]
        sftp.on('WRITE', (id, handle, offset, data) => {
          const before = files.get(of(handle)) ?? Buffer.alloc(0)
          const grown = Buffer.alloc(Math.max(before.length, offset + data.length))
          before.copy(grown)
          data.copy(grown, offset)
          files.set(of(handle), grown)
          sftp.status(id, STATUS_CODE.OK)
        })
        sftp.on('READ', (id, handle, offset, length) => {
          const bytes = files.get(of(handle)) ?? Buffer.alloc(0)
          if (offset >= bytes.length) return sftp.status(id, STATUS_CODE.EOF)
          sftp.data(id, bytes.subarray(offset, offset + length))
        })
        const attributes = (id: number, name: string) =>
          files.has(name)
            ? sftp.attrs(id, {
                mode: 0o100644,
                uid: 0,
                gid: 0,
                size: files.get(name)?.length ?? 0,
                atime: 0,
                mtime: 0,
              })
            : sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
        sftp.on('FSTAT', (id, handle) => attributes(id, of(handle)))
        sftp.on('STAT', attributes)
        sftp.on('FSETSTAT', (id) => sftp.status(id, STATUS_CODE.OK))
        sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK))
        sftp.on('REMOVE', (id, name) =>
          sftp.status(id, files.delete(name) ? STATUS_CODE.OK : STATUS_CODE.NO_SUCH_FILE),
        )
        sftp.on('RENAME', (id, from, to) => {
          const bytes = files.get(from)
          if (!bytes) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
          files.delete(from)
          files.set(to, bytes)
          sftp.status(id, STATUS_CODE.OK)
        })
      })
    })
  })
}
