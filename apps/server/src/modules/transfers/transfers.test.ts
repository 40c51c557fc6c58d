import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { daysBetween, slotStart, slotsInDay } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, systemActor } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { loadDays } from '../readings/index.ts'
import { type FormatName, formatNames, formats } from './export/formats.ts'
import { type ExportRequest, exportSlices } from './export/slices.ts'
import { formatOfName } from './import/open.ts'
import { registerFile } from './import/receive.ts'
import { findImport, rejectLines } from './import/routes.ts'
import { type RunOptions, runImport } from './import/run.ts'
import { civilStamp } from './table/values.ts'

let database: TestDatabase
let network: TestNetwork
let folder: string
before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 8)
  folder = await mkdtemp(join(tmpdir(), 'contor-transfers-'))
})
after(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const basic: ExportRequest = {
  from: '2026-10-24',
  to: '2026-10-26',
  channels: ['A+', 'R-'],
  resolution: '15m',
  layout: 'channels',
  unit: 'Wh',
  locale: 'en',
  separator: ',',
  decimal: '.',
}
const pod = (i: number) => `RO${String(i).padStart(6, '0')}`

/** The value that test files give to a slot. */
const value = (point: number, day: string, slot: number) =>
  (point * 7 + Number(day.slice(8)) * 13 + slot * 3) % 500

function csv(points: number[], days: string[], more: string[] = []): string {
  const lines = ['pod,start,A+ [Wh],R- [kvarh],A+ quality']
  for (const i of points)
    for (const day of days)
      for (let slot = 0; slot < slotsInDay(day); slot++) {
        const v = value(i, day, slot)
        lines.push(
          `${pod(i)},${civilStamp(slotStart(day, slot))},${v},${(v / 1000).toFixed(3)},${slot % 7 === 0 ? 'estimated' : ''}`,
        )
      }
  return `${[...lines, ...more].join('\r\n')}\r\n`
}

async function take(
  name: string,
  content: string | Uint8Array,
  options: RunOptions & { separator?: string; decimal?: ',' | '.' } = {},
) {
  const path = join(folder, name)
  await writeFile(path, content)
  const id = await registerFile(
    database.db,
    {
      name,
      format: formatOfName(name),
      options: { separator: options.separator, decimal: options.decimal },
      requestedBy: 'user:1',
    },
    path,
    Buffer.alloc(32),
  )
  await runImport(database.db, id, options)
  return findImport(database.db, id)
}

async function rejectsOf(id: string): Promise<string[]> {
  let text = ''
  for await (const part of rejectLines(database.db, id)) text += part
  return text.trimEnd().split('\r\n').slice(1)
}

async function exported(format: FormatName, request: ExportRequest): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of formats[format].write(exportSlices(database.db, systemActor, request), request))
    parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

const days = daysBetween('2026-10-24', '2026-10-26')

test('a CSV goes in with its good lines, every bad one is told with line, field, value and reason', async () => {
  const bad = [
    `NOSUCH,2026-10-24T00:00:00+03:00,5,,`,
    `${pod(1)},2026-10-24T00:07:00+03:00,5,,`,
    `${pod(1)},2026-10-25 03:15,5,,`,
    `${pod(1)},2026-10-24T00:00:00+03:00,999,0.0001,measured`,
    `${pod(1)},2026-10-27T00:00:00+02:00,x,0.001,measured`,
    `${pod(1)},2026-10-27T00:15:00+02:00,1,,guessed`,
  ]
  const done = await take('first.csv', csv([1, 2], days, bad))
  const good = 2 * 2 * (96 + 100 + 96)
  assert.deepEqual(
    [done.state, done.layout, done.rows, done.added, done.repeated],
    ['done', 'channels', good / 2 + 6, good + 1, 0],
  )
  const at = good / 2 + 2
  assert.deepEqual(await rejectsOf(done.id), [
    `${at},pod,NOSUCH,there is no such metering point`,
    `${at + 1},start,2026-10-24T00:07:00+03:00,not on a quarter-hour`,
    `${at + 2},start,2026-10-25 03:15,this civil time happens twice on the day of the change: add the offset`,
    `${at + 3},A+,999,an earlier line of this file says ${value(1, '2026-10-24', 0)}`,
    `${at + 3},R- [kvarh],0.0001,not a whole number of Wh`,
    `${at + 4},A+ [Wh],x,not a number`,
    `${at + 5},A+ quality,guessed,"not a quality that can be stored: measured, estimated, edited"`,
  ])
  assert.equal(done.rejected, 7)
  const point = network.points[1].id
  const stored = await asSystem(database.db, (trx) => loadDays(trx, point, '2026-10-25', '2026-10-25'))
  assert.equal(stored[0].block.channels[0].values.length, 100)
  assert.equal(stored[0].block.channels[0].values[99], value(1, '2026-10-25', 99))
  // The trace: the import's number in the journal and the line.
  assert.deepEqual(stored[0].sources[3], { exchangeId: Number(done.exchangeId), row: 1 + 96 + 3 + 1 })
})

test('the same file again adds nothing; another value is a rejected line, the first stays', async () => {
  const again = await take('again.csv', csv([1, 2], days, [`${pod(2)},2026-10-24T00:00:00+03:00,499,,`]))
  assert.deepEqual([again.added, again.rejected], [0, 1])
  assert.equal(again.repeated, 2 * 2 * 292)
  const fresh = await take('other.csv', `pod;start;valoare [kWh]\r\n${pod(2)};24.10.2026 00:15;0,499\r\n`)
  assert.deepEqual(await rejectsOf(fresh.id), [
    `2,A+,499,another value is stored: ${value(2, '2026-10-24', 1)}`,
  ])
})

test('what is exported comes back the same, in every format', async () => {
  const target = (i: number) => pod(i + 2)
  for (const format of formatNames) {
    for (const layout of ['channels', 'wide'] as const) {
      const request: ExportRequest = {
        ...basic,
        layout,
        pods: [pod(1), pod(2)],
        ...(format === 'csv' ? { locale: 'ro', separator: ';', decimal: ',', unit: 'kWh' } : {}),
        ...(format === 'txt' ? { separator: '\t' } : {}),
      }
      const bytes = await exported(format, request)
      const result = await take(`round-${layout}.${format}`, bytes)
      assert.equal(result.state, 'done', format)
      // Wide rows say one state for the day; those with several do not come back.
      if (layout === 'channels')
        assert.deepEqual(
          [format, result.added, result.rejected, result.repeated],
          [format, 0, 0, 2 * 2 * 292],
        )
      else assert.equal(result.added, 0)
    }
  }
  assert.equal(target(1), pod(3))
})

test('a worker that is killed in mid-file leaves a checkpoint from which the next goes on, nothing doubled', async () => {
  const path = join(folder, 'killed.csv')
  const content = csv([5, 6, 7], daysBetween('2026-01-01', '2026-02-28'), [
    `NOSUCH,2026-01-01T00:00:00+02:00,1,,`,
  ])
  await writeFile(path, content)
  const id = await registerFile(
    database.db,
    { name: 'killed.csv', format: 'csv', options: {}, requestedBy: 'user:1' },
    path,
    Buffer.alloc(32),
  )
  for (let run = 0; run < 2; run++) {
    const child = fork(
      new URL('./testing/importChild.ts', import.meta.url),
      [database.ownerUrl, JSON.stringify(database.parameters), id],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    )
    let seen = 0
    child.on('message', () => {
      if (++seen === 2) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.once('exit', resolve))
  }
  const between = await findImport(database.db, id)
  assert.equal(between.state, 'running')
  assert.ok(between.line > 1 && between.rows < 3 * 59 * 96)
  await runImport(database.db, id)
  const done = await findImport(database.db, id)
  const values = 3 * 59 * 96 * 2
  assert.deepEqual(
    [done.state, done.rows, done.added, done.repeated, done.rejected],
    ['done', values / 2 + 1, values, 0, 1],
  )
  const sums = await asSystem(database.db, (trx) =>
    sql<{
      n: string
      present: string
    }>`select count(*) as n, sum(present) as present from contor.day_block where day < '2026-03-01'`.execute(
      trx,
    ),
  )
  assert.deepEqual(sums.rows, [{ n: `${3 * 59}`, present: `${3 * 59 * 96}` }])
})
