// A month that a file brought is damaged and comes back from the file, while it is kept.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { daysBetween, slotStart, slotsInDay } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { compact, loadDays, repairDay } from '../../readings/index.ts'
import { civilStamp } from '../table/values.ts'
import { formatOfName } from './open.ts'
import { registerFile } from './receive.ts'
import { createFileSource } from './replay.ts'
import { runImport } from './run.ts'

let database: TestDatabase
let folder: string
let points: readonly string[]
const days = daysBetween('2026-03-01', '2026-03-31')
const value = (i: number, day: string, slot: number) => (i * 7 + Number(day.slice(8)) * 13 + slot * 3) % 500

before(async () => {
  database = await createTestDatabase()
  points = (await createTestNetwork(database.db, 2)).points.map(({ id }) => id)
  folder = await mkdtemp(join(tmpdir(), 'contor-replay-'))
})
after(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const pod = (i: number) => `RO${String(i).padStart(6, '0')}`
function tall(): string {
  const lines = ['pod,start,A+ [Wh],R- [varh],A+ quality,A+ flags']
  for (const day of days.slice(0, 15))
    for (let slot = 0; slot < slotsInDay(day); slot++)
      for (const i of [1, 2])
        lines.push(
          `${pod(i)},${civilStamp(slotStart(day, slot))},${value(i, day, slot)},${slot},${slot % 9 === 0 ? 'estimated' : ''},${slot % 7 === 0 ? 'power-down' : ''}`,
        )
  return `${lines.join('\r\n')}\r\n`
}
function wide(): string {
  const lines = [`pod;ziua;canal;${Array.from({ length: 100 }, (_, i) => `q${i + 1}`).join(';')}`]
  for (const day of days.slice(15)) {
    const cells = Array.from({ length: slotsInDay(day) }, (_, slot) => value(3, day, slot))
    lines.push(`${pod(1)};${day};A+ [Wh];${cells.join(';')}`)
  }
  return `${lines.join('\r\n')}\r\n`
}

test('a run of octets is rebuilt from two files of different layouts; without one of them the days are named', async () => {
  const paths: string[] = []
  for (const [name, text] of [
    ['tall.csv', tall()],
    ['wide.csv', wide()],
  ]) {
    const path = join(folder, name)
    paths.push(path)
    await writeFile(path, text)
    const id = await registerFile(
      database.db,
      { name, format: formatOfName(name), options: {}, requestedBy: 'user:1' },
      path,
      Buffer.alloc(32),
    )
    await runImport(database.db, id)
  }
  await compact(database.db, { settledDays: 0, before: '2026-09-01', now: Date.now() + 60_000 })
  const id = points[1]
  const content = () => asSystem(database.db, (trx) => loadDays(trx, id, days[0], days[30]))
  const sound = await content()
  assert.deepEqual([sound.length, sound[0].block.channels.length], [31, 2])
  const damage = () =>
    asSystem(database.db, (trx) =>
      sql`update contor.month_block set active = overlay(active placing ${Buffer.alloc(60, 0xa5)} from 50),
                 others = overlay(others placing ${Buffer.alloc(20, 0xa5)} from 30) where metering_point_id = ${id}`.execute(
        trx,
      ),
    )
  const repair = () =>
    asSystem(database.db, (trx) => repairDay(trx, id, days[0], createFileSource(), 'system:test'))
  await damage()
  await assert.rejects(content(), /month block 2026-03/)
  assert.deepEqual(await repair(), { kind: 'repaired', from: 'frames', unproven: [], version: 0 })
  assert.deepEqual(await content(), sound)
  await damage()
  await rm(paths[0])
  const lost = await repair()
  assert.deepEqual(
    lost.kind === 'unrepaired' && lost.lost,
    days.slice(0, 15).map((day) => ({ day, reason: 'no-frames' })),
  )
})
