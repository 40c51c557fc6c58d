// VictoriaMetrics of Debian on loopback with a data folder of its own: JSON lines, one for a channel of a point.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadingBatch } from '@contor/server'
import { type Absent, ask, type Peer, settledSize, startProgram } from './peer.ts'

const binary = '/usr/bin/victoria-metrics'
const port = 18_428
const channels = ['A+', 'A-', 'R+', 'R-']
const linesAtOnce = 200

const line = (name: string, point: number, channel: string, values: ArrayLike<number>, at: string) =>
  `{"metric":{"__name__":"${name}","p":"${point}","c":"${channel}"},"values":[${Array.prototype.join.call(values)}],"timestamps":[${at}]}\n`

/** A missing value has no sample; a quality has one only where it is not plainly measured: kind to the peer. */
function bodies(batch: ReadingBatch): Buffer[] {
  const { points, days, starts, values, quality } = batch
  const found: Buffer[] = []
  let text = ''
  let count = 0
  for (let row = 0; row < days.length; ) {
    let end = row
    while (end < days.length && points[end] === points[row]) end++
    for (const [c, channel] of channels.entries()) {
      const kept: number[] = []
      const at: number[] = []
      const marks: number[] = []
      const markedAt: number[] = []
      for (let r = row; r < end; r++)
        for (let slot = 0, i = starts[r] + c * 96; slot < 96; slot++, i++) {
          const instant = (days[r] * 96 + slot) * 900_000
          if (quality[i] !== 1) {
            marks.push(quality[i])
            markedAt.push(instant)
          }
          if (quality[i] === 0) continue
          kept.push(values[i])
          at.push(instant)
        }
      text += line('r', points[row], channel, kept, at.join())
      if (marks.length > 0) text += line('q', points[row], channel, marks, markedAt.join())
      if (++count % linesAtOnce === 0) {
        found.push(Buffer.from(text))
        text = ''
      }
    }
    row = end
  }
  if (text) found.push(Buffer.from(text))
  return found
}

/** Starts it; what came last is in memory for some seconds and is not fsynced. */
export async function startVictoria(parent: string): Promise<(Peer | Absent)[]> {
  if (!existsSync(binary)) return [{ name: 'VictoriaMetrics', absent: 'apt-get install victoria-metrics' }]
  const folder = join(parent, 'victoria')
  await mkdir(folder, { recursive: true })
  const stop = await startProgram(
    binary,
    [
      `-storageDataPath=${folder}/data`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      '-loggerLevel=ERROR',
      '-maxConcurrentInserts=4',
    ],
    folder,
    () => ask(port, '/health', '', 'GET'),
  )
  return [
    {
      name: 'VictoriaMetrics 1.79',
      how: `JSON lines of 2,880 values, ${linesAtOnce} lines a request, 2 at once; flushed every second or so, no fsync at the insert`,
      share: 0.5,
      prepare: async (batch) => bodies(batch),
      async load(prepared) {
        for (const body of prepared as Buffer[]) await ask(port, '/api/v1/import', body)
      },
      async bytes() {
        await ask(port, '/internal/force_flush', '', 'GET')
        await ask(port, '/internal/force_merge', '', 'GET')
        return settledSize(join(folder, 'data'))
      },
      stop,
    },
  ]
}
