// The virtual neighbourhood as the operator's list, in a test database.
import { asSystem, createKeyRing, type Db, importNetwork } from '@contor/server'
import { buildNeighbourhood } from '@contor/simulator'

export const benchKeys = createKeyRing(Buffer.alloc(32, 7))

/** Imports a neighbourhood of `meters` points. @returns ids of the points with a meter, the balance point apart */
export async function fillNetwork(db: Db, meters: number): Promise<string[]> {
  const list = buildNeighbourhood({ meters, seed: 3, basePort: 40_000 })
  await asSystem(db, (trx) => importNetwork(trx, benchKeys, list))
  const rows = await asSystem(db, (trx) =>
    trx.selectFrom('metering_point').select('id').where('kind', '<>', 'balance').orderBy('id').execute(),
  )
  return rows.map((row) => row.id)
}
