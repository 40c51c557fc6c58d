// The queue: pg-boss in schema contor_job of the same database. The owner lays and upgrades that schema; the
// application works in it as contor_app, through its own pool.

import pg from 'pg'
import { PgBoss } from 'pg-boss'
import type { Db } from '../db/pool.ts'

const schema = 'contor_job'

/** Lays or upgrades the queue's schema as its owner and lets contor_app use it. Safe to repeat. */
export async function installJobs(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'contor jobs' })
  await client.connect()
  try {
    await client.query("select pg_advisory_lock(hashtext('contor.jobs'))")
    const boss = new PgBoss({
      connectionString: ownerUrl,
      schema,
      max: 2,
      supervise: false,
      schedule: false,
    })
    boss.on('error', () => {})
    await boss.start()
    await boss.stop({ graceful: false })
    await client.query(`grant usage on schema ${schema} to contor_app`)
    await client.query(`grant select, insert, update, delete on all tables in schema ${schema} to contor_app`)
    await client.query(`grant usage, select on all sequences in schema ${schema} to contor_app`)
  } finally {
    await client.end()
  }
}

/** The queue as the application sees it. `works`: also supervises and keeps the schedules (the worker process). */
export async function openBoss(db: Db, works: boolean, onError: (error: Error) => void): Promise<PgBoss> {
  const boss = new PgBoss({
    db: { executeSql: (text: string, values?: unknown[]) => db.pool.query(text, values) },
    schema,
    migrate: false,
    createSchema: false,
    supervise: works,
    schedule: works,
    superviseIntervalSeconds: 10,
    maintenanceIntervalSeconds: 60,
    monitorIntervalSeconds: 10,
    cronMonitorIntervalSeconds: 15,
    cronWorkerIntervalSeconds: 5,
    reindex: false, // needs the owner
    monitorVacuum: false,
  })
  boss.on('error', onError)
  return boss.start()
}
