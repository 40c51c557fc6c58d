// A meter gives way to another, or its instrument transformers change: the record of who stood before it.

import { dayStart } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, type KeyRing, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { settleNote } from './exchangeNotes.ts'
import { installMeter } from './importNetwork.ts'
import type { InstalledMeter } from './installation.ts'

/** Instrument transformers and register of a meter as its nameplate and the contract say. */
export type Constants = {
  readonly ctPrimary?: number | undefined
  readonly ctSecondary?: number | undefined
  readonly vtPrimary?: number | undefined
  readonly vtSecondary?: number | undefined
  /** What the meter's values are multiplied by, as a fraction; default: the ratio of the transformers. */
  readonly multiplier?: { readonly numerator: number; readonly denominator: number } | undefined
  /** The meter shows primary values already: transformers are noted and nothing is multiplied. */
  readonly showsPrimary?: boolean | undefined
  readonly digits?: number | undefined
  readonly unitWh?: number | undefined
  readonly accuracyClass?: 'A' | 'B' | 'C' | '2' | '1' | '0.5S' | '0.2S' | undefined
}

/** Indexes by OBIS code, Wh or varh as the meter shows them. */
export type Indexes = Readonly<Record<string, number>>

export type Exchange = {
  readonly meteringPointId: string
  /** When the old meter stopped and the new one began, epoch ms. */
  readonly at: number
  readonly oldSerial: string
  readonly endIndexes: Indexes
  /** Its line is the old meter's when none is named. */
  readonly meter: Omit<InstalledMeter, 'line'> & { readonly line?: string | undefined }
  readonly startIndexes: Indexes
  readonly constants?: Constants | undefined
  /** Number of the record (proces-verbal). */
  readonly record: string
  readonly reason: string
}

type Standing = {
  readonly id: string
  readonly serial: string
  readonly line: string
  readonly validFrom: Date | null
}

/**
 * Takes the old meter off and puts the new one on: the collector reads the new one from here, what the old one
 * brought stays. Consumption goes on over the two records.
 * @returns the id of the new meter
 * @throws ContorError 'not-found' for an unknown point, 'conflict' when another meter stands there, the instant is
 *   before its installation or a crew's record says otherwise, 'invalid-request' for constants that contradict each other
 */
export async function exchangeMeter(trx: Trx, ring: KeyRing, actor: Actor, input: Exchange): Promise<string> {
  const old = await standingMeter(trx, input.meteringPointId, input.oldSerial)
  checkInstant(old, input.at)
  if (input.meter.serial === old.serial)
    throw refused(
      'serial',
      input.meter.serial,
      'A meter is not exchanged for itself',
      'Record new constants.',
    )
  await closeInstallation(trx, actor, input.meteringPointId, old, input)
  await sql`update contor.meter set state = 'retired', removed_at = ${new Date(input.at)}
             where metering_point_id = ${input.meteringPointId} and id = ${old.id}`.execute(trx)
  const line = input.meter.line ?? old.line
  const found = await trx.selectFrom('line').select('id').where('code', '=', line).executeTakeFirst()
  if (!found) throw refused('line', line, 'No such line', 'Name a line of the network.')
  await freeSerial(trx, input.meteringPointId, input.meter.serial)
  const meterId = await installMeter(trx, ring, input.meteringPointId, found.id, { ...input.meter, line })
  await sql`update contor.meter set installed_at = ${new Date(input.at)}
             where metering_point_id = ${input.meteringPointId} and id = ${meterId}`.execute(trx)
  await openInstallation(trx, actor, input.meteringPointId, meterId, {
    at: input.at,
    indexes: input.startIndexes,
    constants: input.constants ?? {},
    record: input.record,
    reason: input.reason,
  })
  await settleNote(trx, actor, input, meterId)
  await writeAudit(trx, actor, 'meter.exchange', `metering-point/${input.meteringPointId}`, {
    at: new Date(input.at).toISOString(),
    from: old.serial,
    to: input.meter.serial,
    endIndexes: input.endIndexes,
    startIndexes: input.startIndexes,
    record: input.record,
    reason: input.reason,
  })
  return meterId
}

export type ConstantsChange = {
  readonly meteringPointId: string
  readonly at: number
  readonly serial: string
  /** What the meter showed when the constants changed. */
  readonly indexes: Indexes
  readonly constants: Constants
  readonly record: string
  readonly reason: string
}

/** New transformers or a corrected constant for the meter that stands there, from an instant on. */
export async function changeConstants(trx: Trx, actor: Actor, input: ConstantsChange): Promise<void> {
  const meter = await standingMeter(trx, input.meteringPointId, input.serial)
  checkInstant(meter, input.at)
  await closeInstallation(trx, actor, input.meteringPointId, meter, { ...input, endIndexes: input.indexes })
  await openInstallation(trx, actor, input.meteringPointId, meter.id, { ...input })
  await writeAudit(trx, actor, 'meter.constants', `metering-point/${input.meteringPointId}`, { ...input })
}

async function standingMeter(trx: Trx, meteringPointId: string, serial: string): Promise<Standing> {
  const { rows } = await sql<Standing>`
    select m.id, m.serial, l.code as line,
           (select max(i.valid_from) from contor.meter_installation i
             where i.metering_point_id = m.metering_point_id and i.meter_id = m.id) as "validFrom"
      from contor.meter m join contor.line l on l.id = m.line_id
     where m.metering_point_id = ${meteringPointId} and m.removed_at is null order by m.id desc limit 1 for update of m`.execute(
    trx,
  )
  if (!rows[0]) throw notFound('meter at metering point', meteringPointId)
  if (rows[0].serial !== serial)
    throw new ContorError('conflict', `Meter ${serial} does not stand at this point`, {
      field: 'serial',
      value: serial,
      remedy: `Here stands ${rows[0].serial}.`,
    })
  return rows[0]
}

function checkInstant(meter: Standing, at: number): void {
  if (meter.validFrom && at <= meter.validFrom.getTime())
    throw new ContorError('conflict', 'The instant is before what is recorded of this meter', {
      field: 'at',
      value: new Date(at).toISOString(),
      remedy: `Recorded from ${meter.validFrom.toISOString()}.`,
    })
}

async function closeInstallation(
  trx: Trx,
  actor: Actor,
  pointId: string,
  meter: Standing,
  end: {
    readonly at: number
    readonly endIndexes: Indexes
    readonly record: string
    readonly reason: string
  },
): Promise<void> {
  const at = new Date(end.at)
  const indexes = JSON.stringify(end.endIndexes)
  const { numAffectedRows } = await sql`
    update contor.meter_installation set valid_to = ${at}, end_indexes = ${indexes}::jsonb, end_record = ${end.record}
     where metering_point_id = ${pointId} and meter_id = ${meter.id} and valid_to is null`.execute(trx)
  if (numAffectedRows && numAffectedRows > 0n) return
  // A meter that came with an installation list stood here before anything that is recorded: what it still holds of
  // that time is the point's.
  const { rows } = await sql<{ last: Date | null }>`
    select max(valid_to) as last from contor.meter_installation where metering_point_id = ${pointId}`.execute(
    trx,
  )
  const from = rows[0]?.last ?? new Date(dayStart('2000-01-01'))
  await sql`
    insert into contor.meter_installation (metering_point_id, meter_id, valid_from, valid_to, end_indexes, end_record, reason, actor)
    values (${pointId}, ${meter.id}, ${from}, ${at}, ${indexes}::jsonb, ${end.record}, ${'installation list'}, ${actor.subject})`.execute(
    trx,
  )
}

async function openInstallation(
  trx: Trx,
  actor: Actor,
  pointId: string,
  meterId: string,
  start: {
    readonly at: number
    readonly indexes: Indexes
    readonly constants: Constants
    readonly record: string
    readonly reason: string
  },
): Promise<void> {
  const { constants: c } = start
  const { numerator, denominator } = multiplierOf(c)
  await sql`
    insert into contor.meter_installation (metering_point_id, meter_id, valid_from, ct_primary, ct_secondary, vt_primary,
      vt_secondary, multiplier, multiplier_divisor, digits, unit_wh, accuracy_class, start_indexes, start_record, reason, actor)
    values (${pointId}, ${meterId}, ${new Date(start.at)}, ${c.ctPrimary ?? null}, ${c.ctSecondary ?? null},
      ${c.vtPrimary ?? null}, ${c.vtSecondary ?? null}, ${numerator}, ${denominator}, ${c.digits ?? null},
      ${c.unitWh ?? null}, ${c.accuracyClass ?? null}, ${JSON.stringify(start.indexes)}::jsonb, ${start.record},
      ${start.reason}, ${actor.subject})`.execute(trx)
}

/** The fraction that the meter's values are multiplied by, in lowest terms. */
export function multiplierOf(c: Constants): { numerator: number; denominator: number } {
  const half = [
    ['ctPrimary', c.ctPrimary, c.ctSecondary],
    ['vtPrimary', c.vtPrimary, c.vtSecondary],
  ] as const
  for (const [field, primary, secondary] of half)
    if ((primary === undefined) !== (secondary === undefined))
      throw refused(field, primary ?? null, 'A transformer has a primary and a secondary side', 'Give both.')
  const numerator = c.multiplier?.numerator ?? (c.ctPrimary ?? 1) * (c.vtPrimary ?? 1)
  const denominator = c.multiplier?.denominator ?? (c.ctSecondary ?? 1) * (c.vtSecondary ?? 1)
  if (c.showsPrimary) {
    if (c.multiplier && numerator !== denominator)
      throw refused('multiplier', numerator / denominator, 'The meter shows primary values', 'Leave it out.')
    return { numerator: 1, denominator: 1 }
  }
  let [a, b] = [numerator, denominator]
  while (b > 0) [a, b] = [b, a % b]
  return { numerator: numerator / a, denominator: denominator / a }
}

// A meter that was taken off elsewhere may be put on here; one that still stands elsewhere may not.
async function freeSerial(trx: Trx, pointId: string, serial: string): Promise<void> {
  const { rows } = await sql<{ point: string; removed: Date | null }>`
    select s.metering_point_id as point, m.removed_at as removed
      from contor.meter_serial s join contor.meter m on m.metering_point_id = s.metering_point_id and m.id = s.meter_id
     where s.serial = ${serial}`.execute(trx)
  const [found] = rows
  if (!found) return
  if (!found.removed)
    throw new ContorError('conflict', `Meter ${serial} stands at metering point ${found.point}`, {
      field: 'serial',
      value: serial,
      remedy: 'Correct the serial, or record its removal first.',
    })
  await sql`update contor.meter_serial set metering_point_id = ${pointId}, meter_id = nextval('contor.meter_id_seq')
             where serial = ${serial}`.execute(trx)
}

const refused = (field: string, value: unknown, text: string, remedy: string) =>
  new ContorError('invalid-request', text, { field, value, remedy })

export type InstallationRow = {
  readonly meterId: string
  readonly serial: string
  readonly validFrom: string
  readonly validTo: string | null
  readonly ct: string | null
  readonly vt: string | null
  readonly multiplier: number
  readonly multiplierDivisor: number
  readonly digits: number | null
  readonly unitWh: number | null
  readonly accuracyClass: string | null
  readonly startIndexes: Indexes
  readonly endIndexes: Indexes
  readonly startRecord: string | null
  readonly endRecord: string | null
  readonly reason: string
  readonly actor: string
}

/** Everything that stood at a point, newest first. */
export async function listInstallations(trx: Trx, meteringPointId: string): Promise<InstallationRow[]> {
  const { rows } = await sql<
    Omit<InstallationRow, 'validFrom' | 'validTo'> & { validFrom: Date; validTo: Date | null }
  >`
    select i.meter_id as "meterId", m.serial, i.valid_from as "validFrom", i.valid_to as "validTo",
           i.ct_primary || '/' || i.ct_secondary as ct, i.vt_primary || '/' || i.vt_secondary as vt,
           i.multiplier::float8 as multiplier, i.multiplier_divisor::float8 as "multiplierDivisor", i.digits,
           i.unit_wh as "unitWh", i.accuracy_class as "accuracyClass", i.start_indexes as "startIndexes",
           i.end_indexes as "endIndexes", i.start_record as "startRecord", i.end_record as "endRecord", i.reason, i.actor
      from contor.meter_installation i
      join contor.meter m on m.metering_point_id = i.metering_point_id and m.id = i.meter_id
     where i.metering_point_id = ${meteringPointId} order by i.valid_from desc`.execute(trx)
  return rows.map((row) => ({
    ...row,
    validFrom: row.validFrom.toISOString(),
    validTo: row.validTo?.toISOString() ?? null,
  }))
}
