import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { migrate } from '../db/migrate.ts'
import { findRunning, startEmbedded } from './embedded.ts'

let dataDir: string
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'contor-embedded-'))
})
after(() => rm(dataDir, { recursive: true, force: true }))

/** A process of its own that starts the server of the folder and then lives on. */
async function startOwner(): Promise<ChildProcess> {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)}
    const postgres = await startEmbedded({ dataDir: process.argv[1] })
    console.log(JSON.stringify({ port: postgres.port, adopted: postgres.adopted }))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the owner ended'))),
  ])
  return child
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('the embedded server through the death of its owner', { timeout: 120_000 }, async (t) => {
  const first = await startOwner()

  await t.test('its folder is refused to a second living Contor, by process number', async () => {
    await assert.rejects(startEmbedded({ dataDir }), (error: Error & { code?: string; remedy?: string }) => {
      assert.equal(error.code, 'data-in-use')
      assert.match(error.message, new RegExp(`process ${first.pid}\\b`))
      assert.match(error.remedy ?? '', /CONTOR_DATA/)
      return true
    })
    assert.equal(first.exitCode, null)
  })

  await t.test('a command beside it finds the connection', async () => {
    const running = await findRunning(dataDir)
    assert.ok(running)
    await migrate(running)
    assert.deepEqual(await query(running.appUrl, 'select current_user as who'), [{ who: 'contor_app' }])
    await query(running.ownerUrl, 'create table survives as select 42 as answer')
  })

  await t.test('kill -9 of the owner: the next start takes the server over with its data', async () => {
    first.kill('SIGKILL')
    await once(first, 'exit')
    const next = await startEmbedded({ dataDir })
    assert.equal(next.adopted, true)
    assert.deepEqual(await query(next.ownerUrl, 'select answer from survives'), [{ answer: 42 }])
    await next.stop()
    assert.equal(await findRunning(dataDir), undefined)
  })

  await t.test('kill -9 of server and owner together: recovery, nothing lost', async () => {
    const owner = await startOwner()
    const running = await findRunning(dataDir)
    assert.ok(running)
    await query(running.ownerUrl, 'insert into survives values (43)')
    const pid = Number((await readFile(join(dataDir, 'pg', 'postmaster.pid'), 'utf8')).split('\n')[0])
    owner.kill('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await once(owner, 'exit')
    const next = await startEmbedded({ dataDir })
    assert.equal(next.adopted, false)
    assert.deepEqual(await query(next.ownerUrl, 'select answer from survives order by 1'), [
      { answer: 42 },
      { answer: 43 },
    ])
    await next.stop()
  })

  await t.test('it listens on loopback with passwords, and leaves no half-made folder', async () => {
    const again = await startEmbedded({ dataDir })
    const [{ addresses }] = (await query(
      again.ownerUrl,
      "select current_setting('listen_addresses') as addresses",
    )) as [{ addresses: string }]
    assert.equal(addresses, '127.0.0.1')
    const wrong = again.ownerUrl.replace(/:[^:@/]+@/, ':wrong@')
    await assert.rejects(query(wrong, 'select 1'), { code: '28P01' })
    await again.stop()
    assert.deepEqual(
      (await readdir(dataDir)).filter((name) => name.startsWith('pg.new-')),
      [],
    )
    if (process.platform !== 'win32')
      assert.equal((await stat(join(dataDir, 'secrets', 'postgres-owner'))).mode & 0o777, 0o600)
  })
})

test('a data folder below a closed folder works too', { timeout: 60_000 }, async () => {
  const closed = await mkdtemp(join(tmpdir(), 'contor-closed-'))
  await chmod(closed, 0o700)
  try {
    const postgres = await startEmbedded({ dataDir: join(closed, 'deep', 'data'), volatile: true })
    assert.deepEqual(await query(postgres.ownerUrl, 'select 1 as one'), [{ one: 1 }])
    await postgres.stop()
  } finally {
    await rm(closed, { recursive: true, force: true })
  }
})
