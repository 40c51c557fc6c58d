// ClickHouse of Debian (18.16) on loopback with a data folder of its own: rows by its Native format.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadingBatch } from '@contor/server'

const binary = '/usr/sbin/clickhouse-server'
const port = 18_323
const day = 86_400

export interface Peer {
  readonly name: string
  load(batch: ReadingBatch): Promise<void>
  /** Bytes on disk with everything it needs to find a reading, after its merges. */
  bytes(): Promise<number>
  stop(): Promise<void>
}

const xml = (
  folder: string,
) => `<?xml version="1.0"?><yandex><logger><level>error</level><console>1</console></logger>
<http_port>${port}</http_port><tcp_port>${port + 1}</tcp_port><listen_host>127.0.0.1</listen_host>
<path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path><users_config>users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>268435456</mark_cache_size></yandex>`
const users = `<?xml version="1.0"?><yandex><profiles><default></default></profiles><users><default><password></password>
<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default></default></quotas></yandex>`

function ask(query: string, body: Buffer | string = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = `/?query=${encodeURIComponent(query)}`
    const sent = request({ host: '127.0.0.1', port, method: 'POST', path }, (answer) => {
      let text = ''
      answer.on('data', (part) => (text += part))
      answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))))
    })
    sent.on('error', reject).end(body)
  })
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}
const text = (value: string) => Buffer.concat([varint(value.length), Buffer.from(value)])

/** The rows of a batch of whole days of 96 quarter-hours, one column after the other. */
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

/** @returns undefined when it is not installed (`apt-get install clickhouse-server`) */
export async function startClickHouse(parent: string): Promise<Peer | undefined> {
  if (!existsSync(binary)) return undefined
  const folder = join(parent, 'clickhouse')
  for (const name of ['data', 'tmp']) await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'config.xml'), xml(folder))
  await writeFile(join(folder, 'users.xml'), users)
  const child: ChildProcess = spawn(binary, [`--config-file=${join(folder, 'config.xml')}`], {
    cwd: folder,
    stdio: 'ignore',
  })
  for (let i = 0; i < 100; i++) {
    const up = await ask('select 1').then(
      () => true,
      () => false,
    )
    if (up) break
    await sleep(100)
  }
  await ask(`create table reading (point UInt32, channel UInt8, at DateTime, value Int32, quality UInt8)
    engine = MergeTree partition by toYYYYMM(at) order by (point, channel, at)`)
  return {
    name: 'ClickHouse 18.16, Native format, LZ4',
    async load(batch) {
      await ask('insert into reading format Native', native(batch))
    },
    async bytes() {
      await ask('optimize table reading')
      return Number(await ask("select sum(bytes) from system.parts where active and table = 'reading'"))
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}
