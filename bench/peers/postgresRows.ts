// A row per reading in PostgreSQL, with its primary key, by COPY of files in the binary format.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db, ReadingBatch } from '@contor/server'
import type { Peer } from './peer.ts'

const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const rowBytes = 2 + 12 + 6 + 12 + 8 + 6
/** 2000-01-01, where PostgreSQL counts from, days since 1970-01-01. */
const epoch = 10_957

/** One file of COPY: five fields a row. */
function rowsOf(batch: ReadingBatch): Buffer {
  const bytes = Buffer.alloc(header.length + rowBytes * batch.values.length + 2)
  let at = header.copy(bytes)
  for (let row = 0; row < batch.days.length; row++)
    for (let i = batch.starts[row], c = 0; c < 4; c++)
      for (let slot = 0; slot < 96; slot++, i++) {
        at = bytes.writeInt16BE(5, at)
        at = bytes.writeInt32BE(8, at)
        at = bytes.writeBigInt64BE(BigInt(batch.points[row]), at)
        at = bytes.writeInt16BE(c, bytes.writeInt32BE(2, at))
        at = bytes.writeInt32BE(8, at)
        at = bytes.writeBigInt64BE(BigInt((batch.days[row] - epoch) * 96 + slot) * 900_000_000n, at)
        at = bytes.writeInt32BE(batch.values[i], bytes.writeInt32BE(4, at))
        at = bytes.writeInt16BE(batch.quality[i], bytes.writeInt32BE(2, at))
      }
  bytes.writeInt16BE(-1, at)
  return bytes
}

/** Uses the server of the bench itself: the same durability. @param owner may read files of the server */
export async function startRows(owner: Db, parent: string): Promise<Peer[]> {
  const folder = join(parent, 'rows')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await owner.pool.query(`create table public.reading (metering_point_id bigint not null, channel smallint not null,
    at timestamptz not null, value integer not null, quality smallint not null, primary key (metering_point_id, channel, at))`)
  return [
    {
      name: 'PostgreSQL, a row per reading',
      how: 'COPY of binary files made before, primary key (point, channel, instant), 2 at once; fsync on',
      share: 0.05,
      async prepare(batch) {
        const path = join(folder, `${batch.id}.copy`)
        await writeFile(path, rowsOf(batch), { mode: 0o644 })
        return path
      },
      async load(path) {
        await owner.pool.query(`copy public.reading from '${path}' (format binary)`)
        await rm(`${path}`)
      },
      async bytes() {
        await owner.pool.query('vacuum public.reading')
        const { rows } = await owner.pool.query("select pg_total_relation_size('public.reading') as size")
        return Number(rows[0].size)
      },
      async stop() {},
    },
  ]
}
