// One point with one meter on a socket: the smallest installation that is real.

import { sql } from 'kysely'
import { asSystem, type Db, type KeyRing } from '../../../platform/index.ts'
import { importNetwork } from '../../network/index.ts'
import { startTestMeter, type TestMeter } from './meter.ts'

const quarterMs = 900_000
const systemTitle = Uint8Array.of(0x43, 0x54, 0x52, 0, 0, 0, 0, 1)

/** Starts a meter that holds 46 days and lays the network for it. The caller closes the meter. */
export async function laySingleMeter(
  db: Db,
  ring: KeyRing,
  keys: { readonly encryptionKey: Uint8Array; readonly authenticationKey: Uint8Array },
): Promise<{ readonly meter: TestMeter; readonly meteringPointId: string }> {
  const meter = await startTestMeter({
    serial: 'S1',
    systemTitle,
    ...keys,
    heldFrom: Math.floor(Date.now() / quarterMs) * quarterMs - 46 * 96 * quarterMs,
    energy: (end) => (end / quarterMs) % 251,
  })
  return asSystem(db, async (trx) => {
    await importNetwork(trx, ring, {
      station: { code: 'PT1', name: 'PT 1', zone: 'Z', ratedKva: 250 },
      lines: [{ code: 'L1', kind: 'plc', maxSessions: 4 }],
      points: [
        {
          pod: 'RO1',
          name: 'Point',
          address: 'Street',
          kind: 'household',
          prosumer: false,
          phases: 1,
          approvedPowerW: 8_000,
          readingMode: 'smart',
          meter: {
            serial: 'S1',
            systemTitle,
            manufacturer: 'CTR',
            model: 'T1',
            line: 'L1',
            host: '127.0.0.1',
            port: meter.port,
            keys: { encryption: keys.encryptionKey, authentication: keys.authenticationKey },
          },
        },
      ],
    })
    const { rows } = await sql<{ id: string }>`select id from contor.metering_point`.execute(trx)
    return { meter, meteringPointId: rows[0].id }
  })
}
