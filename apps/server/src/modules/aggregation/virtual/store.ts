// Virtual meters: kept in versions, counted on demand.

import { type Channel, type CivilDay, dayEnd, dayStart } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, type Db, type Trx, withActor } from '../../../platform/index.ts'
import { writeAudit } from '../../access/index.ts'
import { sumCurves } from '../../readings/index.ts'
import { type Aggregate, checkRange } from '../aggregate.ts'
import { type BucketSize, bucketsOf, fill } from '../buckets.ts'
import { combine, type Segment, segmentsOf, type VirtualVersion } from './evaluate.ts'
import { parseFormula } from './formula.ts'

const quarterMs = 900_000

export type StoredVersion = VirtualVersion & {
  readonly name: string
  readonly actor: string
  readonly reason: string
  readonly recordedAt: Date
}

/** Every version, by code, newest first. */
export async function listVirtualMeters(trx: Trx, code?: string): Promise<StoredVersion[]> {
  const { rows } = await sql<StoredVersion>`
    select code, version, name, formula, valid_from as "validFrom", valid_to as "validTo", actor, reason, recorded_at as "recordedAt"
      from contor.virtual_meter where ${code ?? null}::text is null or code = ${code ?? null}
     order by code, version desc`.execute(trx)
  return rows
}

export type VirtualDraft = {
  readonly code: string
  readonly name: string
  /** Null takes the meter out of force for the days of this version. */
  readonly formula: string | null
  readonly validFrom: CivilDay
  readonly validTo: CivilDay | null
  readonly reason: string
}

/**
 * Records a version. Earlier ones stay: days outside the new validity keep their formula.
 * @returns its number
 * @throws ContorError 'invalid-request' for a formula that cannot be read, or that leads back to itself;
 *   'not-found' for a point or a virtual meter that is not there
 */
export async function recordVirtualMeter(trx: Trx, actor: Actor, draft: VirtualDraft): Promise<number> {
  const { code, name, formula, validFrom, validTo, reason } = draft
  if (validTo !== null && validTo < validFrom)
    throw new ContorError('invalid-request', 'The last day is before the first', {
      field: 'validTo',
      value: validTo,
    })
  // Two drafts at once take their numbers one after the other, and see each other's names.
  await sql`select pg_advisory_xact_lock(hashtextextended('virtual_meter', 0))`.execute(trx)
  const versions = await listVirtualMeters(trx)
  const version = Math.max(0, ...versions.filter((v) => v.code === code).map((v) => v.version)) + 1
  if (formula !== null) {
    const pods = parseFormula(formula).flatMap((term) => ('pod' in term ? [term.pod] : []))
    const { rows } = await sql<{ pod: string }>`
      select pod from contor.metering_point where pod = any(${pods}::text[])`.execute(trx)
    const known = new Set(rows.map(({ pod }) => pod))
    const missing = pods.find((pod) => !known.has(pod))
    if (missing !== undefined)
      throw new ContorError('not-found', `There is no point ${missing}`, {
        field: 'formula',
        value: missing,
        remedy: 'PODs are written as in the register.',
      })
    segmentsOf(code, [...versions, { code, version, formula, validFrom, validTo }], validFrom, validFrom)
  }
  await sql`
    insert into contor.virtual_meter (code, version, name, formula, valid_from, valid_to, actor, reason)
    values (${code}, ${version}, ${name}, ${formula}, ${validFrom}, ${validTo}, ${actor.subject}, ${reason})`.execute(
    trx,
  )
  await writeAudit(trx, actor, 'virtual-meter.record', `virtual-meter:${code}`, {
    version,
    formula,
    validFrom,
    validTo,
    reason,
  })
  return version
}

/**
 * What a virtual meter counted, in Wh or varh.
 * @throws ContorError as `segmentsOf` says; 'not-allowed' for somebody who does not see every point
 */
export async function virtualCurve(
  db: Db,
  actor: Actor,
  code: string,
  from: CivilDay,
  to: CivilDay,
  resolution: BucketSize,
): Promise<Aggregate & { readonly channel: Channel }> {
  checkRange(from, to)
  if (actor.scope !== 'all')
    throw new ContorError('not-allowed', 'Virtual meters are for those who see every point')
  const { segments, ids } = await withActor(db, actor, async (trx) => {
    const segments = segmentsOf(code, await listVirtualMeters(trx), from, to)
    const pods = segments.flatMap(({ groups }) => groups.flatMap((group) => group.pods))
    const { rows } = await sql<{ pod: string; id: string }>`
      select pod, id from contor.metering_point where pod = any(${pods}::text[])`.execute(trx)
    return { segments, ids: new Map(rows.map(({ pod, id }) => [pod, id])) }
  })
  const buckets = bucketsOf(from, to, resolution)
  const slots = buckets.first[buckets.starts.length]
  const columns = {
    sums: new Float64Array(slots),
    expected: new Float64Array(slots),
    present: new Float64Array(slots),
    notMeasured: new Float64Array(slots),
  }
  let at = 0
  for (const segment of segments) at += await count(db, actor, segment, ids, columns, at)
  return {
    channel: segments.flatMap(({ groups }) => groups.map(({ channel }) => channel))[0] ?? 'A+',
    members: new Set(segments.flatMap(({ groups }) => groups.flatMap(({ pods }) => pods))).size,
    starts: buckets.starts,
    end: buckets.end,
    sums: fill(buckets, columns.sums),
    expected: fill(buckets, columns.expected),
    present: fill(buckets, columns.present),
    notMeasured: fill(buckets, columns.notMeasured),
  }
}

type Columns = Record<'sums' | 'expected' | 'present' | 'notMeasured', Float64Array>

/** @returns quarter-hours of the segment */
async function count(
  db: Db,
  actor: Actor,
  { from, to, groups }: Segment,
  ids: ReadonlyMap<string, string>,
  columns: Columns,
  at: number,
): Promise<number> {
  const slots = (dayEnd(to) - dayStart(from)) / quarterMs
  const curves = []
  for (const { factor, channel, pods } of groups) {
    const points = pods.flatMap((pod) => ids.get(pod) ?? [])
    const { sums, present, notMeasured } = await sumCurves(db, actor, points, from, to, channel)
    curves.push({ factor, sums })
    for (let slot = 0; slot < slots; slot++) {
      columns.expected[at + slot] += pods.length
      columns.present[at + slot] += present[slot]
      columns.notMeasured[at + slot] += notMeasured[slot]
    }
  }
  columns.sums.set(combine(curves, slots), at)
  return slots
}
