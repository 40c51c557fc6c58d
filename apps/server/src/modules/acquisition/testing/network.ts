// A small network for the tests of acquisition and readings.

import { randomBytes } from 'node:crypto'
import { asSystem, createKeyRing, type Db, type KeyRing } from '../../../platform/index.ts'
import { type InstallationList, importNetwork } from '../../network/index.ts'

export type TestNetwork = {
  readonly keys: KeyRing
  readonly points: readonly { readonly id: string; readonly meterId: string | null }[]
}

/** One station, one line with `maxSessions`, a balance meter, `meters` smart points and one manual point. */
export async function createTestNetwork(db: Db, meters = 3, maxSessions = 4): Promise<TestNetwork> {
  const keys = createKeyRing(randomBytes(32))
  const point = (i: number, readingMode: 'smart' | 'manual'): InstallationList['points'][number] => ({
    pod: `RO${String(i).padStart(6, '0')}`,
    name: `Point ${i}`,
    address: `Street ${i}`,
    kind: i === 0 ? 'balance' : 'household',
    prosumer: false,
    phases: 1,
    approvedPowerW: 8_000,
    readingMode,
    ...(readingMode === 'smart'
      ? {
          meter: {
            serial: `S${i}`,
            systemTitle: Uint8Array.of(0x43, 0x54, 0x52, 0, 0, 0, 0, i),
            manufacturer: 'CTR',
            model: 'T1',
            line: 'L1',
            host: '127.0.0.1',
            port: 4059,
            keys: { encryption: new Uint8Array(16).fill(i), authentication: new Uint8Array(16).fill(i + 1) },
          },
        }
      : {}),
  })
  const list: InstallationList = {
    station: { code: 'PT1', name: 'PT 1', zone: 'Z', ratedKva: 250 },
    lines: [{ code: 'L1', kind: 'plc', maxSessions }],
    points: [...Array.from({ length: meters + 1 }, (_, i) => point(i, 'smart')), point(meters + 1, 'manual')],
  }
  return asSystem(db, async (trx) => {
    await importNetwork(trx, keys, list)
    const rows = await trx
      .selectFrom('metering_point as p')
      .leftJoin('meter as m', 'm.metering_point_id', 'p.id')
      .select(['p.id as id', 'm.id as meterId'])
      .orderBy('p.pod')
      .execute()
    return { keys, points: rows }
  })
}
