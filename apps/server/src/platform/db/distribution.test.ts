import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { importNetwork } from '../../modules/network/index.ts'
import type { Actor } from '../actor.ts'
import { createKeyRing } from '../secrets.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { testInstallation } from '../testing/installation.ts'
import { clusterFaults, distribute, readShapes } from './distribution.ts'
import { asSystem, createPool, withActor } from './pool.ts'

let database: TestDatabase
let owner: pg.Client

before(async () => {
  database = await createTestDatabase()
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
})
after(async () => {
  await owner.end()
  await database.drop()
})

test('every table of this version fits a cluster', async () => {
  const shapes = await readShapes(owner)
  assert.deepEqual(clusterFaults(shapes), [])
  const distributed = shapes.filter((table) => table.placement.kind === 'distributed').map((t) => t.name)
  for (const name of ['metering_point', 'meter', 'session', 'exchange', 'gap', 'day_block', 'index_reading'])
    assert.ok(distributed.includes(name), name)
})

// Each would be refused by a cluster: the check must see it, by name.
const canaries: readonly (readonly [says: RegExp, statement: string])[] = [
  [/gap\.canary: unique without metering_point_id/, 'create unique index canary on contor.gap (id)'],
  [
    /gap\.canary: refers to meter without the metering point/,
    `create unique index meter_alone on contor.meter (id);
     alter table contor.gap add constraint canary foreign key (meter_id) references contor.meter (id)`,
  ],
  [
    /gap\.canary: refers to audit, which stands on the coordinator only/,
    'alter table contor.gap add column a bigint, add constraint canary foreign key (a) references contor.audit',
  ],
  [
    /audit\.canary: a local table refers to metering_point/,
    'alter table contor.audit add column a bigint, add constraint canary foreign key (a) references contor.metering_point',
  ],
  [
    /line\.canary: a table of every node refers to metering_point/,
    'alter table contor.line add column a bigint, add constraint canary foreign key (a) references contor.metering_point',
  ],
  [
    /gap\.canary: its policy asks a subquery/,
    'create policy canary on contor.gap using (metering_point_id in (select id from contor.metering_point))',
  ],
  [
    /gap\.canary: its sequence must be bigint/,
    'alter table contor.gap add column canary integer generated always as identity',
  ],
  [
    /gap\.canary: a cluster runs no trigger here/,
    'create trigger canary before update on contor.gap for each row execute function suppress_redundant_updates_trigger()',
  ],
]
for (const [says, statement] of canaries)
  test(`the check finds what a cluster refuses: ${statement.slice(0, 70)}`, async () => {
    await owner.query('begin')
    try {
      await owner.query(statement)
      const faults = clusterFaults(await readShapes(owner))
      assert.ok(
        faults.some((fault) => says.test(fault)),
        faults.join('\n'),
      )
    } finally {
      await owner.query('rollback')
    }
  })

// The functions of the extension, as far as distributing calls them: each refuses what the extension refuses and
// notes its call. What the nodes do with the rows is not played here.
const rulebook = `
  create table public.pg_dist_partition (logicalrelid regclass primary key, kind text not null, ord serial);
  create function public.refuse(wanted regclass) returns void language plpgsql as $$
  begin
    if exists (select 1 from pg_policy p where p.polrelid = wanted and
        coalesce(pg_get_expr(p.polqual, p.polrelid), '') || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') ~* '\\yselect\\y')
      then raise exception 'subqueries are not supported in policies on distributed tables: %', wanted; end if;
    if exists (select 1 from pg_constraint f where f.contype = 'f' and wanted in (f.conrelid, f.confrelid))
      then raise exception 'a foreign key stands while % is placed', wanted; end if;
    if exists (select 1 from public.pg_dist_partition where logicalrelid = wanted)
      then raise exception '% is already distributed', wanted; end if;
  end $$;
  create function public.create_reference_table(wanted regclass) returns void language sql as $$
    select public.refuse(wanted); insert into public.pg_dist_partition values (wanted, 'reference') $$;
  create function public.create_distributed_table(wanted regclass, col text, colocate_with text default 'default')
    returns void language plpgsql as $$
  begin
    perform public.refuse(wanted);
    if colocate_with <> 'default' and not exists (select 1 from public.pg_dist_partition where logicalrelid = colocate_with::regclass)
      then raise exception '% is not distributed', colocate_with; end if;
    if exists (select 1 from pg_index i where i.indrelid = wanted and i.indisunique and not exists (
        select 1 from pg_attribute a where a.attrelid = wanted and a.attname = col and a.attnum = any(i.indkey)))
      then raise exception 'a unique index of % lacks %', wanted, col; end if;
    insert into public.pg_dist_partition values (wanted, 'distributed by ' || col);
  end $$;
  create function public.create_distributed_function(wanted regprocedure) returns void language sql as $$ select null $$;
  create function public.run_command_on_workers(command text) returns text language sql as $$ select command $$;
  create function public.truncate_local_data_after_distributing_table(wanted regclass) returns void language sql as $$ select null $$;
  grant select on public.pg_dist_partition to contor_app`

const supplier: Actor = {
  subject: 'supplier:EVA',
  role: 'supplier',
  scope: 'granted',
  name: 'EVA',
  locale: 'ro',
}

async function visible(db: TestDatabase['db'], who: Actor): Promise<string[]> {
  return withActor(db, who, async (trx) => {
    const counts: string[] = []
    for (const table of ['metering_point', 'meter', 'station', 'gap', 'session', 'audit', 'meter_key']) {
      const { rows } = await sql<{
        n: string
      }>`select count(*) as n from ${sql.table(`contor.${table}`)}`.execute(trx)
      counts.push(`${table} ${rows[0]?.n}`)
    }
    return counts
  })
}

test('distributing places every table once, keeps the references and shows each as much as before', async () => {
  const { db } = database
  await asSystem(db, async (trx) => {
    await importNetwork(trx, createKeyRing(Buffer.alloc(32, 1)), testInstallation)
    await sql`insert into contor.access_grant (subject, metering_point_id)
              select ${supplier.subject}, min(id) from contor.metering_point on conflict do nothing`.execute(
      trx,
    )
  })
  assert.deepEqual(await distribute(owner), [], 'one server alone: nothing to do')
  const seenBefore = await visible(db, supplier)
  const keys =
    "select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'f' order by 1, 2"
  const { rows: keysBefore } = await owner.query(keys)
  await owner.query(rulebook)

  const placed = await distribute(owner)
  const shapes = await readShapes(owner)
  const wanted = shapes.filter((table) => table.placement.kind !== 'local').map((table) => table.name)
  assert.deepEqual([...placed].sort(), wanted.sort())
  assert.deepEqual(await distribute(owner), [], 'a second time: nothing to do')
  assert.deepEqual((await owner.query(keys)).rows, keysBefore)
  const { rows } = await owner.query(
    'select relname as name, kind from pg_dist_partition join pg_class c on c.oid = logicalrelid',
  )
  const kindOf = new Map(rows.map((row) => [row.name, row.kind]))
  assert.equal(kindOf.get('metering_point'), 'distributed by id')
  assert.equal(kindOf.get('day_block'), 'distributed by metering_point_id')
  assert.equal(kindOf.get('station'), 'reference')

  // A pool that opens on the cluster speaks SET LOCAL and sees the same rows.
  const cluster = createPool({ connectionString: database.ownerUrl, max: 2, parameters: database.parameters })
  try {
    assert.deepEqual(await visible(cluster, supplier), seenBefore)
    assert.ok(seenBefore.includes('metering_point 2') && seenBefore.includes('station 1'), seenBefore.join())
    const stranger = await visible(cluster, { ...supplier, subject: "supplier:'none" })
    assert.ok(
      stranger.every((count) => count.endsWith(' 0')),
      stranger.join(),
    )
  } finally {
    await cluster.close()
  }
})
