// Where the tables stand on a Citus cluster. Tables that grow with the metering points are distributed by the
// point, so that all rows of a point stand on one node and a session's transaction never leaves it; small tables
// that all of them refer to stand on every node; the rest stays on the coordinator.
// A table is distributed when its primary key holds metering_point_id, and on every node when one of those refers
// to it: nothing to declare, and nothing to forget.
import type pg from 'pg'
import { ContorError } from '../errors.ts'

/** Small, read by queries and policies of distributed tables: a copy on every node. */
const referenceTables = new Set(['access_grant', 'line', 'meter_serial', 'point_code', 'station'])
/** Written with every act of a person: copied to every node, each act would wait for all of them. */
const staysLocal = new Set(['audit'])
const root = 'metering_point'

export type Placement =
  | { readonly kind: 'distributed'; readonly column: string }
  | { readonly kind: 'reference' | 'local' }

export interface TableShape {
  readonly name: string
  readonly placement: Placement
  readonly unique: readonly { readonly name: string; readonly columns: readonly string[] }[]
  readonly references: readonly {
    readonly name: string
    readonly table: string
    readonly columns: readonly (readonly [from: string, to: string])[]
    readonly definition: string
  }[]
  readonly policies: readonly {
    readonly name: string
    readonly using: string | null
    readonly check: string | null
  }[]
  /** Columns whose sequence would run over on a worker: it gives each node its own range of bigint. */
  readonly narrowSequences: readonly string[]
  readonly triggers: readonly string[]
}

/** Reads the shape of every table of schema contor, partitions under their parent. */
export async function readShapes(client: Pick<pg.Client, 'query'>): Promise<TableShape[]> {
  const { rows } = await client.query(`
    select c.relname as name,
      coalesce((select jsonb_agg(jsonb_build_object('name', k.relname, 'primary', i.indisprimary, 'columns',
          (select coalesce(jsonb_agg(a.attname order by u.ord), '[]') from unnest(i.indkey) with ordinality u(num, ord)
             join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num)))
        from pg_index i join pg_class k on k.oid = i.indexrelid
       where i.indrelid = c.oid and (i.indisunique or i.indisexclusion)), '[]') as "unique",
      coalesce((select jsonb_agg(jsonb_build_object('name', f.conname, 'table', t.relname, 'schema', t.relnamespace::regnamespace::text,
          'definition', pg_get_constraintdef(f.oid), 'columns',
          (select jsonb_agg(jsonb_build_array(a.attname, b.attname) order by u.ord)
             from unnest(f.conkey, f.confkey) with ordinality u(a, b, ord)
             join pg_attribute a on a.attrelid = f.conrelid and a.attnum = u.a
             join pg_attribute b on b.attrelid = f.confrelid and b.attnum = u.b)))
        from pg_constraint f join pg_class t on t.oid = f.confrelid
       where f.conrelid = c.oid and f.contype = 'f'), '[]') as "references",
      coalesce((select jsonb_agg(jsonb_build_object('name', p.polname, 'using', pg_get_expr(p.polqual, p.polrelid),
          'check', pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname)
        from pg_policy p where p.polrelid = c.oid), '[]') as policies,
      coalesce((select jsonb_agg(a.attname) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid <> 'int8'::regtype
          and pg_get_serial_sequence(format('contor.%I', c.relname), a.attname) is not null), '[]') as "narrowSequences",
      coalesce((select jsonb_agg(g.tgname) from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal), '[]') as triggers
      from pg_class c
     where c.relnamespace = 'contor'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     order by c.relname`)
  const tables: TableShape[] = rows.map((row) => ({ ...row, placement: placementOf(row) }))
  // What a table of the nodes refers to must stand on every node.
  const byName = new Map(tables.map((table) => [table.name, table]))
  const follow = tables.filter((table) => table.placement.kind !== 'local')
  for (let table = follow.pop(); table; table = follow.pop())
    for (const { table: name } of table.references) {
      const target = byName.get(name)
      if (target?.placement.kind !== 'local' || staysLocal.has(name)) continue
      const moved: TableShape = { ...target, placement: { kind: 'reference' } }
      byName.set(name, moved)
      follow.push(moved)
    }
  return [...byName.values()]
}

function placementOf(table: {
  readonly name: string
  readonly unique: readonly { readonly primary: boolean; readonly columns: readonly string[] }[]
}): Placement {
  if (referenceTables.has(table.name)) return { kind: 'reference' }
  if (table.name === root) return { kind: 'distributed', column: 'id' }
  const key = table.unique.find((index) => index.primary)
  return key?.columns.includes('metering_point_id')
    ? { kind: 'distributed', column: 'metering_point_id' }
    : { kind: 'local' }
}

/**
 * What a cluster would refuse in these tables, each as one sentence with the name and the remedy; empty when all fit.
 * Rules: docs.citusdata.com, "Creating and modifying distributed objects" and "SQL support and workarounds".
 */
export function clusterFaults(tables: readonly TableShape[]): string[] {
  const byName = new Map(tables.map((table) => [table.name, table]))
  return tables.flatMap((table) => {
    const { name, placement } = table
    if (placement.kind === 'local')
      return table.references
        .filter((key) => byName.get(key.table)?.placement.kind === 'distributed')
        .map((key) => `${name}.${key.name}: a local table refers to ${key.table}, which is distributed`)
    const faults = table.triggers.map((trigger) => `${name}.${trigger}: a cluster runs no trigger here`)
    for (const column of table.narrowSequences)
      faults.push(`${name}.${column}: its sequence must be bigint, each node gives out a range of its own`)
    if (placement.kind === 'distributed')
      for (const index of table.unique)
        if (!index.columns.includes(placement.column))
          faults.push(`${name}.${index.name}: unique without ${placement.column}; put it into the key`)
    for (const key of table.references) faults.push(...referenceFaults(table, key, byName.get(key.table)))
    for (const policy of table.policies)
      for (const text of [policy.using, policy.check])
        if (text !== null && /\bselect\b/i.test(withoutSubqueries(text)))
          faults.push(`${name}.${policy.name}: its policy asks a subquery that has no function form`)
    return faults
  })
}

function referenceFaults(
  from: TableShape,
  key: TableShape['references'][number],
  to: TableShape | undefined,
): string[] {
  const where = `${from.name}.${key.name}`
  if (!to || to.placement.kind === 'local')
    return [`${where}: refers to ${key.table}, which stands on the coordinator only`]
  if (to.placement.kind === 'reference') return []
  if (from.placement.kind === 'reference')
    return [`${where}: a table of every node refers to ${key.table}, which is distributed`]
  const [own, its] = [from.placement, to.placement].map((p) => (p.kind === 'distributed' ? p.column : ''))
  return key.columns.some(([a, b]) => a === own && b === its)
    ? []
    : [`${where}: refers to ${key.table} without the metering point; both may stand on different nodes`]
}

/** The same rule with functions in the place of subqueries: `in (select contor.seen_points())` and its like. */
function withoutSubqueries(policy: string): string {
  const all =
    /\(\s*SELECT COALESCE\(\(current_setting\('contor\.scope'::text, true\) = 'all'::text\), false\) AS "coalesce"\)/g
  const seen = /\((\w+) IN \(\s*SELECT (?:contor\.)?seen_(\w+)s\(\) AS seen_\w+\)\)/g
  return policy.replace(all, 'contor.sees_all()').replace(seen, 'contor.is_seen_$2($1)')
}

/** Functions that policies, defaults and generated columns call on every node. */
const functionsOnNodes = [
  'contor.fold(text)',
  'contor.sees_all()',
  'contor.may_see(bigint)',
  'contor.seen_points()',
  'contor.seen_stations()',
  'contor.is_seen_point(bigint)',
  'contor.is_seen_station(bigint)',
]

/**
 * Distributes what is not distributed yet, when the database is the coordinator of a Citus cluster; otherwise
 * does nothing. One transaction: a crash leaves all tables as they were. Runs as the owner, after the migrations.
 * @returns tables placed
 * @throws ContorError 'migration-failed' with everything that a cluster would refuse
 */
export async function distribute(client: Pick<pg.Client, 'query'>): Promise<string[]> {
  const { rows } = await client.query("select to_regclass('pg_dist_partition') is not null as cluster")
  if (!rows[0].cluster) return []
  const tables = await readShapes(client)
  const faults = clusterFaults(tables)
  if (faults.length > 0)
    throw new ContorError('migration-failed', `A cluster would refuse: ${faults.join(' · ')}`, {
      remedy: 'Correct the keys by a migration, or run without the extension citus.',
    })
  const placed = await client.query('select logicalrelid::regclass::text as name from pg_dist_partition')
  const known = new Set(placed.rows.map((row) => row.name.replace(/^contor\./, '')))
  const fresh = tables.filter((table) => table.placement.kind !== 'local' && !known.has(table.name))
  if (fresh.length === 0) return []
  await client.query('begin')
  try {
    await prepareNodes(client)
    await placeTables(client, tables, fresh)
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new ContorError('migration-failed', `Distributing failed: ${(cause as Error).message}`, { cause })
  }
  // The rows went to the nodes; what is left of them in the coordinator's own files is waste.
  for (const { name } of fresh)
    await client.query(`select truncate_local_data_after_distributing_table('contor.${name}')`)
  return fresh.map((table) => table.name)
}

async function prepareNodes(client: Pick<pg.Client, 'query'>): Promise<void> {
  // DDL and copies of one transaction over the same connections.
  await client.query("set local citus.multi_shard_modify_mode to 'sequential'")
  const { rows } = await client.query("select format('%I', current_database()) as name")
  // SET LOCAL of the scope and the subject goes to the nodes with the transaction, and the functions of the
  // policies may look into access_grant, of which every node has a copy.
  for (const setting of [
    "citus.propagate_set_commands to 'local'",
    'citus.allow_nested_distributed_execution to on',
  ]) {
    await client.query(`alter database ${rows[0].name} set ${setting}`)
    await client.query('select run_command_on_workers($1)', [`alter database ${rows[0].name} set ${setting}`])
  }
}

async function placeTables(
  client: Pick<pg.Client, 'query'>,
  tables: readonly TableShape[],
  fresh: readonly TableShape[],
): Promise<void> {
  // References come back when both ends stand where they belong.
  const names = new Set(fresh.map((table) => table.name))
  const keys = tables.flatMap((table) =>
    table.references
      .filter((key) => names.has(table.name) || names.has(key.table))
      .map((key) => ({ ...key, from: table.name })),
  )
  for (const key of keys) await client.query(`alter table contor.${key.from} drop constraint ${key.name}`)
  for (const table of fresh)
    for (const policy of table.policies) {
      const clauses = [
        policy.using === null ? '' : ` using (${withoutSubqueries(policy.using)})`,
        policy.check === null ? '' : ` with check (${withoutSubqueries(policy.check)})`,
      ]
      await client.query(`alter policy ${policy.name} on contor.${table.name}${clauses.join('')}`)
    }
  for (const { name } of fresh.filter((table) => table.placement.kind === 'reference'))
    await client.query(`select create_reference_table('contor.${name}')`)
  for (const name of functionsOnNodes) await client.query(`select create_distributed_function('${name}')`)
  const growing = fresh.filter((table) => table.placement.kind === 'distributed')
  for (const { name, placement } of growing.sort(
    (a, b) => Number(b.name === root) - Number(a.name === root),
  )) {
    const column = placement.kind === 'distributed' ? placement.column : ''
    const beside = name === root ? '' : `, colocate_with => 'contor.${root}'`
    await client.query(`select create_distributed_table('contor.${name}', '${column}'${beside})`)
  }
  for (const key of keys)
    await client.query(`alter table contor.${key.from} add constraint ${key.name} ${key.definition}`)
}
