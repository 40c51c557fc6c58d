// The collector against meters of the simulator's zoo that differ in mechanism, suite and ciphering, each with a model
// of its own among the operator's files: what stands in the model is what goes over the line.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromHex, loadModel, type MeterModel } from '@contor/dlms'
import { buildNeighbourhood, freePorts, zooKinds } from '@contor/simulator'
import { sql } from 'kysely'
import { asSystem, createKeyRing, createLog } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { type InstallationList, importNetwork } from '../network/index.ts'
import { startCollector } from './collector.ts'
import { unpackFrames } from './frames.ts'

type Association = MeterModel['associations'][number]

const gmac = (ciphering: Partial<NonNullable<Association['ciphering']>>): Association => ({
  purpose: 'management',
  clientAddress: 1,
  mechanism: 'gmac',
  ciphering: { suite: 0, policy: 'authenticated-encrypted', service: 'general-global', ...ciphering },
  invocationCounter: { obis: '0.0.43.1.0.255', clientAddress: 16 },
})
const plain = (mechanism: Association['mechanism']): Association => ({
  purpose: 'management',
  clientAddress: 1,
  mechanism,
})

const glo = 0xc8
const generalGlo = 0xdb
const ded = 0xd0
const generalDed = 0xdc
const get = 0xc0

type Case = {
  readonly id: string
  readonly zoo: string
  readonly association: Association
  readonly quirks?: MeterModel['quirks']
  readonly deviation?: 'inverted'
  /** The register holds a password alone. */
  readonly noPair?: true
  /** First octet of the GETs. */
  readonly tag: number
}
const cases: readonly Case[] = [
  { id: 'zoo-low', zoo: 'dlms-low', association: plain('low'), tag: get },
  { id: 'zoo-md5', zoo: 'dlms-md5', association: plain('md5'), tag: get },
  { id: 'zoo-sha256', zoo: 'dlms-sha256', association: plain('sha256'), tag: get },
  { id: 'zoo-general', zoo: 'dlms-wrapper', association: gmac({}), tag: generalGlo },
  { id: 'zoo-glo', zoo: 'dlms-blocks', association: gmac({ service: 'global' }), tag: glo },
  { id: 'zoo-ded', zoo: 'dlms-dedicated', association: gmac({ service: 'dedicated' }), tag: ded },
  {
    id: 'zoo-general-ded',
    zoo: 'dlms-suite-1',
    association: gmac({ suite: 1, service: 'general-dedicated' }),
    tag: generalDed,
  },
  {
    id: 'zoo-suite-2',
    zoo: 'dlms-suite-2',
    association: gmac({ suite: 2 }),
    quirks: ['no-multiple-references', 'no-selective-access', 'rlrq-unciphered'],
    tag: generalGlo,
  },
  {
    id: 'zoo-inverted',
    zoo: 'dlms-inverted-clock',
    association: plain('low'),
    deviation: 'inverted',
    noPair: true,
    tag: get,
  },
]

const ring = createKeyRing(randomBytes(32))
const running: { close(): Promise<void> }[] = []
let database: TestDatabase
let folder: string

async function ownModel({ id, association, quirks, deviation }: Case): Promise<MeterModel> {
  const base = await loadModel('contor-neighbourhood')
  const open: Association = { purpose: 'public', clientAddress: 16, mechanism: 'none' }
  return {
    ...base,
    id,
    associations: [open, association],
    ...(quirks && { quirks }),
    ...(deviation && base.clock && { clock: { ...base.clock, deviation } }),
  }
}

type Row = { serial: string; state: string; read: Date | null; lastError: string | null; failures: number }
const rowsOf = async () =>
  (
    await asSystem(database.db, (trx) =>
      sql<Row>`select m.serial, m.state, m.read_through as read, t.last_error as "lastError", t.failures
                 from contor.meter m join contor.meter_task t on t.meter_id = m.id`.execute(trx),
    )
  ).rows

/** Serial of each meter, by the model that it has. */
const serials = new Map<string, string>()
let rows: ReadonlyMap<string, Row>

before(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'contor-models-'))
  const approvedPowerW = buildNeighbourhood({ meters: 1 }).points[1]?.meter?.approvedPowerW ?? 0
  const points: InstallationList['points'][number][] = []
  const nobodys: Case = { ...cases[3], id: 'nobodys-model', zoo: 'dlms-wrapper' }
  const silent: Case = { ...cases[0], id: 'zoo-low', zoo: 'dlms-low' }
  const keyless: Case = { ...cases[4], noPair: true }
  for (const [n, one] of [...cases, nobodys, silent, keyless].entries()) {
    const kind = zooKinds.find(({ name }) => name === one.zoo)
    assert.ok(kind)
    const reach = kind.reach as Record<string, string>
    const port = await freePorts()
    if (n < cases.length) {
      running.push(await kind.open({ host: '127.0.0.1', port }))
      await writeFile(join(folder, `${one.id}.json`), JSON.stringify(await ownModel(one)))
    }
    const serial = n < cases.length ? reach.serial : `${reach.serial}-${n}`
    serials.set(['nobodys-model', 'no-password', 'no-pair'][n - cases.length] ?? one.id, serial)
    const password = new TextEncoder().encode(reach.secret ?? reach.password)
    points.push({
      pod: `RO${n}`,
      name: one.id,
      address: 'Street',
      kind: 'household' as const,
      prosumer: false,
      phases: 1 as const,
      approvedPowerW,
      readingMode: 'smart' as const,
      meter: {
        serial,
        systemTitle: fromHex(reach.systemTitle),
        manufacturer: 'CTR',
        model: 'Z',
        modelId: one.id,
        line: 'L1',
        host: '127.0.0.1',
        port,
        keys: {
          ...(!one.noPair && {
            encryption: fromHex(reach.encryptionKey),
            authentication: fromHex(reach.authenticationKey),
          }),
          ...(n <= cases.length && { password }),
        },
      },
    })
  }
  await writeFile(
    join(folder, 'broken.json'),
    JSON.stringify({ ...(await ownModel(nobodys)), referencing: 'x' }),
  )
  await asSystem(database.db, (trx) =>
    importNetwork(trx, ring, {
      station: { code: 'PT1', name: 'PT 1', zone: 'Z', ratedKva: 250 },
      lines: [{ code: 'L1', kind: 'plc', maxSessions: 4 }],
      points,
    }),
  )
  const collector = await startCollector({
    db: database.db,
    keys: ring,
    log: createLog('test'),
    modelsDir: folder,
  })
  try {
    for (let i = 0; i < 600; i++) {
      if ((await rowsOf()).every(({ read, lastError }) => Number(read) > Date.now() - 3_600_000 || lastError))
        break
      await sleep(100)
    }
  } finally {
    await collector.stop()
  }
  rows = new Map((await rowsOf()).map((row) => [row.serial, row]))
})
after(async () => {
  for (const one of running) await one.close()
  await database.drop()
  await rm(folder, { recursive: true })
})

for (const one of cases) {
  test(`${one.id}: read as the model says, over ${one.zoo}`, async () => {
    const row = rows.get(serials.get(one.id) as string)
    assert.deepEqual([row?.state, row?.lastError], ['commissioned', null])
    // Its rows are of this hour: a deviation of the wrong sign would make them four or six hours older or newer.
    assert.ok(Math.abs(Date.now() - Number(row?.read)) < 3_600_000, String(row?.read))
    const { rows: exchanges } = await asSystem(database.db, (trx) =>
      sql<{ purpose: string; frames: Buffer; key: number | null }>`
        select e.purpose, e.frames, e.key_version as key from contor.exchange e join contor.meter m on m.id = e.meter_id
         where m.serial = ${row?.serial}`.execute(trx),
    )
    const reads = exchanges.filter(({ purpose }) => !['association', 'invocation-counter'].includes(purpose))
    assert.ok(reads.length > 5)
    const ciphered = one.association.ciphering !== undefined
    assert.equal(
      exchanges.some(({ purpose }) => purpose === 'invocation-counter'),
      ciphered,
    )
    for (const { frames, key } of reads) {
      const [first] = unpackFrames(frames)
      const tag = first.bytes[8]
      // General block transfer and continued blocks are of the same tag.
      assert.equal(tag, one.tag)
      assert.equal(key, ciphered ? 1 : null)
    }
  })
}

test('a model that nobody has is a refusal that says what to do; a broken file is named and the others live', () => {
  const row = rows.get(serials.get('nobodys-model') as string)
  assert.match(
    row?.lastError ?? '',
    /^refused: modelId nobodys-model names no meter model; .*CONTOR_MODELS, correct broken\.json, or/,
  )
})

test('a password that the register lacks is a refusal before anything is sent', () => {
  const row = rows.get(serials.get('no-password') as string)
  assert.match(
    row?.lastError ?? '',
    /^refused: model zoo-low wants mechanism low, and the register holds no password/,
  )
})

test('a pair of keys that the register lacks is a refusal, where the model ciphers', () => {
  const row = rows.get(serials.get('no-pair') as string)
  assert.match(
    row?.lastError ?? '',
    /^refused: model zoo-glo ciphers, and the register holds no pair of keys of this meter; import it with keys/,
  )
})
