// What a value is goes with it: exports with marks come back the same, bit by bit, in every format that is taken in.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type DayBlock, daysBetween, emptySeries, flag, quality, slotsInDay } from '@contor/intervals'
import { asSystem, systemActor } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { loadDays, replaceDay, storeDays } from '../../readings/index.ts'
import { formatOfName } from '../import/open.ts'
import { registerFile } from '../import/receive.ts'
import { findImport, rejectLines } from '../import/routes.ts'
import { runImport } from '../import/run.ts'
import { type FormatName, formats } from './formats.ts'
import { type ExportRequest, exportSlices, type Slice } from './slices.ts'

let database: TestDatabase
let network: TestNetwork
let folder: string
const days = daysBetween('2026-10-24', '2026-10-26')
const flags = [0, flag.suspect, flag.clockDeviated, flag.powerDown, flag.meterError, flag.late, 0xf8]
const taken: readonly FormatName[] = ['csv', 'txt', 'json', 'jsonl', 'xml', 'xlsx', 'parquet']

const pod = (i: number) => `RO${String(i).padStart(6, '0')}`
const idOf = (i: number) => network.points[i].id

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 2 * taken.length + 3)
  folder = await mkdtemp(join(tmpdir(), 'contor-marks-'))
  await asSystem(database.db, async (trx) => {
    for (const day of days) {
      const channels = (['A+', 'R-'] as const).map((channel, c) => {
        const series = emptySeries(channel, day)
        for (let slot = 0; slot < series.values.length; slot++) {
          if (slot % 11 === 10 - c) continue
          series.values[slot] = slot * 3 + c
          series.quality[slot] = quality.measured | flags[slot % flags.length]
        }
        return series
      })
      const sources = new Array(slotsInDay(day)).fill({ exchangeId: 7, row: 0 })
      await storeDays(trx, idOf(1), [{ day, block: { day, minutes: 15, channels }, sources }])
      const made = (byte: number, slots: readonly number[], value: number): DayBlock => ({
        day,
        minutes: 15,
        channels: channels.map((series, c) => {
          if (c === 0)
            for (const slot of slots) {
              series.values[slot] = value
              series.quality[slot] = byte
            }
          return series
        }),
      })
      const why = { ruleVersion: 3, actor: 'user:1', reason: 'r' }
      await replaceDay(trx, idOf(1), made(quality.estimated, [10, 21, 32], 44), sources, {
        ...why,
        rule: 'linear',
      })
      await replaceDay(trx, idOf(1), made(quality.edited | flag.suspect, [5], 9), sources, {
        ...why,
        rule: 'edit',
        kind: 'edit',
      })
    }
  })
})
after(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const basic: ExportRequest = {
  pods: [pod(1)],
  from: days[0],
  to: days[2],
  channels: ['A+', 'R-'],
  resolution: '15m',
  layout: 'channels',
  unit: 'Wh',
  locale: 'en',
  separator: ',',
  decimal: '.',
  marks: true,
}

/** The export of the first point under the name of another one. */
async function exported(format: FormatName, request: ExportRequest, as: string): Promise<Buffer> {
  async function* renamed(): AsyncGenerator<Slice> {
    for await (const slice of exportSlices(database.db, systemActor, request)) yield { ...slice, pod: as }
  }
  const parts: Buffer[] = []
  for await (const part of formats[format].write(renamed(), request)) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

async function take(name: string, content: string | Uint8Array) {
  const path = join(folder, name)
  await writeFile(path, content)
  const id = await registerFile(
    database.db,
    { name, format: formatOfName(name), options: {}, requestedBy: 'user:1' },
    path,
    Buffer.alloc(32),
  )
  await runImport(database.db, id)
  return findImport(database.db, id)
}

const blocksOf = async (i: number) =>
  (await asSystem(database.db, (trx) => loadDays(trx, idOf(i), days[0], days[2]))).map(({ block }) => block)

for (const [f, format] of taken.entries())
  for (const [l, layout] of (['channels', 'wide'] as const).entries())
    test(`${format}, ${layout}: values, quality and flags come back as they were`, async () => {
      const target = 2 + f * 2 + l
      const request: ExportRequest = {
        ...basic,
        layout,
        ...(format === 'csv' ? { locale: 'ro', separator: ';', decimal: ',', unit: 'kWh' } : {}),
        ...(format === 'txt' ? { separator: '\t' } : {}),
      }
      const result = await take(`${layout}.${format}`, await exported(format, request, pod(target)))
      const source = await blocksOf(1)
      const values = source.flatMap(({ channels }) =>
        channels.flatMap((series) => [...series.quality].filter((byte) => (byte & 7) !== 0)),
      ).length
      assert.deepEqual([result.state, result.added, result.rejected], ['done', values, 0])
      assert.deepEqual(await blocksOf(target), source)
    })

test('the method of what was made stands beside it, in the words of the language', async () => {
  const rows = JSON.parse((await exported('json', basic, pod(1))).toString())
  assert.deepEqual(
    [10, 5, 8].map((slot) =>
      ['A+ [Wh]', 'A+ quality', 'A+ flags', 'A+ method'].map((key) => rows[slot][key]),
    ),
    [
      [44, 'estimated', '', 'linear v3'],
      [9, 'edited', 'suspect', 'edit v3'],
      [24, 'measured', 'suspect', ''],
    ],
  )
  const [header, ...lines] = (await exported('csv', { ...basic, locale: 'ro', separator: ';' }, pod(1)))
    .toString()
    .split('\r\n')
  assert.match(header, /A\+ calitate;A\+ marcaje;A\+ metoda;/)
  assert.match(lines[6], /măsurat;suspect \+ ceas abătut \+ întrerupere \+ eroare contor \+ târziu;;/)
  assert.match(
    (await exported('xml', basic, pod(1))).toString(),
    /quality="estimated" method="linear v3">44</,
  )
  const without = (await exported('csv', { ...basic, marks: false }, pod(1))).toString()
  assert.match(without, /^pod,start,end,A\+ \[Wh\],A\+ quality,R- \[varh\],R- quality\r\n/)
})

test('a mark that is none is a rejected line', async () => {
  const { id, added } = await take(
    'bad.csv',
    `pod,start,A+ [Wh],A+ flags\r\n${pod(1)},2026-11-02T00:00:00+02:00,5,late+tired\r\n`,
  )
  let text = ''
  for await (const part of rejectLines(database.db, id)) text += part
  assert.equal(added, 0)
  assert.match(text, /2,A\+ flags,late\+tired,"not marks: suspect/)
})
