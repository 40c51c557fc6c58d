// Import of history from a file: `npm run bench -- --only import [--rows N]`. The file is generated first; the
// figure is the whole way from its first byte to the last commit, on a PostgreSQL with its usual durability off.
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bench } from './types.ts'

const at = process.argv.indexOf('--rows')
const rows = at < 0 ? 200_000 : Number(process.argv[at + 1])
const points = 200
/** Quarter-hours of each point: whole days, so that every row says something new. */
const perPoint = Math.ceil(rows / points / 96) * 96

function* lines(): Generator<string> {
  yield 'pod,start,A+ [Wh]\r\n'
  const first = Date.UTC(2020, 0, 1, 22)
  let text = ''
  for (let i = 0; i < rows; i++) {
    const point = Math.floor(i / perPoint)
    const slot = i % perPoint
    const stamp = new Date(first + slot * 900_000).toISOString().slice(0, 19)
    text += `RO${String(point + 1).padStart(6, '0')},${stamp}Z,${(slot * 7 + point) % 900}\r\n`
    if (text.length > 100_000) {
      yield text
      text = ''
    }
  }
  yield text
}

interface Answer {
  readonly seconds: number
  readonly rss: number
  readonly rssEarly: number
  readonly added: number
}

function child(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [new URL('./importChild.ts', import.meta.url).pathname, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    process_.stdout.on('data', (part) => {
      text += part
    })
    process_.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`ended with ${code}`)),
    )
  })
}

export const importBenches: Bench[] = [
  {
    name: 'import',
    async run() {
      const folder = await mkdtemp(join(tmpdir(), 'contor-bench-'))
      try {
        const path = join(folder, 'history.csv')
        await pipeline(Readable.from(lines()), createWriteStream(path))
        const { size } = await stat(path)
        const { seconds, rss, rssEarly, added } = await child(path)
        const note = `${rows} rows, ${Math.round(size / 1e6)} MB CSV, ${added} values added`
        return [
          { name: 'import.csv.rows_per_s', value: Math.round(rows / seconds), unit: 'rows/s', note },
          {
            name: 'import.csv.peak_rss',
            value: Math.round(rss / 1e6),
            unit: 'MB',
            note: `after the first checkpoint: ${Math.round(rssEarly / 1e6)} MB`,
          },
        ]
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  },
]
