import type { KeyRing, MeterKeyKind, Trx } from '../../platform/index.ts'

/** A meter is named with its metering point: the rows of both stand on the same node of a cluster. */
export interface MeterRef {
  readonly meteringPointId: string
  readonly meterId: string
}

/** What the register holds of a meter: the pair for ciphering, a password, both, or nothing. */
export interface MeterKeys {
  readonly pair?: KeyPair
  readonly password?: Uint8Array
}

export interface KeyPair {
  readonly encryption: Uint8Array
  readonly authentication: Uint8Array
  /** Of the encryption key, for the journal. */
  readonly version: number
}

/** What a wrapped key is bound to: moved to another meter or kind it does not open. */
function keyContext(meterId: string, kind: MeterKeyKind): string {
  return `${meterId}:${kind}`
}

/** Stores a key as version `version`, wrapped. An existing version is left as it is. */
export async function storeMeterKey(
  trx: Trx,
  ring: KeyRing,
  key: {
    meterId: string
    meteringPointId: string
    kind: MeterKeyKind
    secret: Uint8Array
    version?: number
  },
): Promise<void> {
  await trx
    .insertInto('meter_key')
    .values({
      meter_id: key.meterId,
      metering_point_id: key.meteringPointId,
      kind: key.kind,
      version: key.version ?? 1,
      wrapped: ring.wrap(key.secret, keyContext(key.meterId, key.kind)),
    })
    .onConflict((conflict) =>
      conflict.columns(['metering_point_id', 'meter_id', 'kind', 'version']).doNothing(),
    )
    .execute()
}

/**
 * The newest keys of a meter, in clear; they live in memory for one session. Needs an actor of scope 'all'.
 * One key of a pair alone is no pair. @throws ContorError 'secrets-failed'
 */
export async function getMeterKeys(
  trx: Trx,
  ring: KeyRing,
  { meteringPointId, meterId }: MeterRef,
): Promise<MeterKeys> {
  const rows = await trx
    .selectFrom('meter_key')
    .select(['kind', 'version', 'wrapped'])
    .where('metering_point_id', '=', meteringPointId)
    .where('meter_id', '=', meterId)
    .orderBy('version')
    .execute()
  const newest = new Map(rows.map((row) => [row.kind, row]))
  const open = (kind: MeterKeyKind) => {
    const row = newest.get(kind)
    return row && new Uint8Array(ring.unwrap(row.wrapped, keyContext(meterId, kind)))
  }
  const [encryption, authentication, password] = [
    open('encryption'),
    open('authentication'),
    open('password'),
  ]
  const version = newest.get('encryption')?.version ?? 1
  return {
    ...(encryption && authentication && { pair: { encryption, authentication, version } }),
    ...(password && { password }),
  }
}
