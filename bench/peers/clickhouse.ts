// ClickHouse of Debian on loopback with a data folder of its own: rows by its Native format.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadingBatch } from '@contor/server'
import { type Absent, ask, type Peer, startProgram } from './peer.ts'

const binary = '/usr/sbin/clickhouse-server'
const day = 86_400

const xml = (
  folder: string,
  port: number,
  method: string,
) => `<?xml version="1.0"?><yandex><logger><level>error</level><console>1</console></logger>
<http_port>${port}</http_port><tcp_port>${port + 1}</tcp_port><listen_host>127.0.0.1</listen_host>
<path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path><users_config>users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<compression><case><min_part_size>0</min_part_size><min_part_size_ratio>0</min_part_size_ratio><method>${method}</method></case></compression>
<mark_cache_size>268435456</mark_cache_size></yandex>`
const users = `<?xml version="1.0"?><yandex><profiles><default></default></profiles><users><default><password></password>
<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default></default></quotas></yandex>`

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}
const text = (value: string) => Buffer.concat([varint(value.length), Buffer.from(value)])

/** The rows of a batch of whole days of 96 quarter-hours, one column after the other, in the order of the key. */
function native(batch: ReadingBatch): Buffer {
  const count = batch.values.length
  const point = new Uint32Array(count)
  const channel = new Uint8Array(count)
  const at = new Uint32Array(count)
  const width = count / batch.days.length / 96
  for (let row = 0, i = 0; row < batch.days.length; row++)
    for (let c = 0; c < width; c++)
      for (let slot = 0; slot < 96; slot++, i++) {
        point[i] = batch.points[row]
        channel[i] = c
        at[i] = batch.days[row] * day + slot * 900
      }
  const columns = [
    ['point', 'UInt32', point],
    ['channel', 'UInt8', channel],
    ['at', 'DateTime', at],
    ['value', 'Int32', batch.values],
    ['quality', 'UInt8', batch.quality],
  ] as const
  const parts = columns.flatMap(([name, type, array]) => [
    text(name),
    text(type),
    Buffer.from(array.buffer, array.byteOffset, array.byteLength),
  ])
  return Buffer.concat([varint(columns.length), varint(count), ...parts])
}

/** Codecs of columns, the best first, as its documentation recommends them for series; the first one known is taken. */
const codecs = [
  ['DoubleDelta, Gorilla', 'codec(DoubleDelta, ZSTD)', 'codec(Gorilla, ZSTD)'],
  ['Delta', 'codec(Delta, ZSTD)', 'codec(Delta, ZSTD)'],
  ['', '', ''],
] as const

/** @returns the peer as it comes (LZ4) and as small as this version can (ZSTD, with codecs of columns if it has them) */
export async function startClickHouse(parent: string): Promise<(Peer | Absent)[]> {
  if (!existsSync(binary)) return [{ name: 'ClickHouse', absent: 'apt-get install clickhouse-server' }]
  return [await startOne(parent, 18_323, 'lz4'), await startOne(parent, 18_325, 'zstd')]
}

async function startOne(parent: string, port: number, method: 'lz4' | 'zstd'): Promise<Peer> {
  const query = (text: string, body: Buffer | string = '') =>
    ask(port, `/?query=${encodeURIComponent(text)}`, body)
  const folder = join(parent, `clickhouse-${method}`)
  for (const name of ['data', 'tmp']) await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'config.xml'), xml(folder, port, method))
  await writeFile(join(folder, 'users.xml'), users)
  const stop = await startProgram(binary, [`--config-file=${join(folder, 'config.xml')}`], folder, () =>
    query('select 1'),
  )
  const version = (await query('select version()')).trim()
  let codec = ''
  for (const [name, ofTime, ofValue] of method === 'zstd' ? codecs : codecs.slice(-1)) {
    const known =
      await query(`create table reading (point UInt32, channel UInt8, at DateTime ${ofTime}, value Int32 ${ofValue},
      quality UInt8) engine = MergeTree partition by toYYYYMM(at) order by (point, channel, at)`).then(
        () => true,
        () => false,
      )
    if (!known) continue
    codec = name ? ` over ${name}` : ''
    break
  }
  return {
    name: `ClickHouse ${version}, ${method.toUpperCase()}${codec}`,
    how: 'Native format, 2 inserts at once, a row per reading; no fsync: this version has no setting for it',
    share: 1,
    prepare: async (batch) => native(batch),
    async load(prepared) {
      await query('insert into reading format Native', prepared as Buffer)
    },
    async bytes() {
      await query('optimize table reading final')
      return Number(
        await query("select sum(bytes_on_disk) from system.parts where active and table = 'reading'"),
      )
    },
    stop,
  }
}
