// InfluxDB of Debian (1.6) on loopback with a data folder of its own: line protocol, one line for a quarter-hour.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadingBatch } from '@contor/server'
import { type Absent, ask, type Peer, settledSize, startProgram } from './peer.ts'

const binary = '/usr/bin/influxd'
const port = 18_386
const linesAtOnce = 10_000

const config = (folder: string) => `reporting-disabled = true
bind-address = "127.0.0.1:${port + 1}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
  cache-max-memory-size = "4g"
  cache-snapshot-write-cold-duration = "2s"
  compact-full-write-cold-duration = "4s"
  compact-throughput = "1g"
  compact-throughput-burst = "1g"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  max-body-size = 0
[logging]
  level = "error"
`

const fields = ['a', 'b', 'c', 'd']

/** Values as integers; a quality only where it is not plainly measured, which is kind to the peer. */
function lines(batch: ReadingBatch): Buffer[] {
  const bodies: Buffer[] = []
  let text = ''
  let count = 0
  for (let row = 0; row < batch.days.length; row++)
    for (let slot = 0; slot < 96; slot++) {
      text += `r,p=${batch.points[row]} `
      for (let c = 0; c < fields.length; c++) {
        const at = batch.starts[row] + c * 96 + slot
        text += `${c > 0 ? ',' : ''}${fields[c]}=${batch.values[at]}i`
        if (batch.quality[at] !== 1) text += `,q${fields[c]}=${batch.quality[at]}i`
      }
      text += ` ${batch.days[row] * 86_400 + slot * 900}\n`
      if (++count % linesAtOnce === 0) {
        bodies.push(Buffer.from(text))
        text = ''
      }
    }
  if (text) bodies.push(Buffer.from(text))
  return bodies
}

/** Starts it with a log of its own that is fsynced at every write, as it comes. */
export async function startInflux(parent: string): Promise<(Peer | Absent)[]> {
  if (!existsSync(binary)) return [{ name: 'InfluxDB', absent: 'apt-get install influxdb' }]
  const folder = join(parent, 'influx')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'influxdb.conf'), config(folder))
  const stop = await startProgram(binary, ['-config', join(folder, 'influxdb.conf')], folder, () =>
    ask(port, '/ping', '', 'GET'),
  )
  await ask(
    port,
    `/query?q=${encodeURIComponent('create database b with duration inf shard duration 52w name r')}`,
  )
  return [
    {
      name: 'InfluxDB 1.6',
      how: `line protocol, ${linesAtOnce} lines a request, 2 at once, 4 fields a line; its log is fsynced`,
      share: 0.05,
      prepare: async (batch) => lines(batch),
      async load(prepared) {
        for (const body of prepared as Buffer[]) await ask(port, '/write?db=b&precision=s', body)
      },
      bytes: () => settledSize(join(folder, 'data')),
      stop,
    },
  ]
}
