// The history of a point's approved power (ATR): rows are added, the register follows the newest one that is valid.

import { type CivilDay, civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import {
  type ApprovedPower,
  approvedHolds,
  type Signer,
  sealApproved,
  tighten,
  type Verifier,
} from '../commands/index.ts'
import { legalRule } from '../legal/index.ts'

type SealedRow = ApprovedPower & { readonly seal: Buffer; readonly appliedAt: Date | null }

const columns = sql`
  a.metering_point_id as "meteringPointId", a.valid_from as "validFrom", a.revision, a.watts, a.atr, a.reason, a.actor,
  a.recorded_at as "recordedAt", a.seal, a.applied_at as "appliedAt"`

/** The history of a point, newest first. */
export async function listApproved(trx: Trx, meteringPointId: string): Promise<ApprovedPower[]> {
  const { rows } = await sql<SealedRow>`
    select ${columns} from contor.approved_power a where a.metering_point_id = ${meteringPointId}
     order by a.valid_from desc, a.revision desc limit 200`.execute(trx)
  return rows.map(({ seal: _, appliedAt: __, ...row }) => row)
}

/**
 * The row that holds on a day. One whose seal does not hold raises an alarm and counts for nothing, and nothing counts
 * in its place: what a stranger added is looked at by a person.
 * @returns undefined without a row, 'forged' with a false one
 */
export async function approvedOn(
  trx: Trx,
  verifier: Verifier,
  meteringPointId: string,
  day: CivilDay,
): Promise<ApprovedPower | 'forged' | undefined> {
  const { rows } = await sql<SealedRow>`
    select ${columns} from contor.approved_power a
     where a.metering_point_id = ${meteringPointId} and a.valid_from <= ${day}::date
     order by a.valid_from desc, a.revision desc limit 1`.execute(trx)
  const row = rows[0]
  if (!row) return undefined
  return approvedHolds(verifier, row) ? row : 'forged'
}

export interface ApprovedInput {
  readonly watts: number
  readonly atr: string
  readonly validFrom: CivilDay
  readonly reason: string
}

const maxWatts = 100_000_000

/**
 * Records an approved power by its permit. The register has it from its day on; the meter is programmed then.
 * @param pod POD or id of the point
 * @throws ContorError 'not-found'; 'invalid-request' for a power that no installation works with
 */
export async function recordApproved(
  trx: Trx,
  signer: Signer,
  actor: Actor,
  pod: string,
  input: ApprovedInput,
): Promise<ApprovedPower> {
  const { rows } = await sql<{ id: string; approved: number; kind: string }>`
    select p.id, p.approved_power_w as approved, p.kind from contor.metering_point p
     where ${/^[1-9]\d{0,18}$/.test(pod) ? sql`p.id = ${pod}` : sql`p.pod = ${pod}`} for update`.execute(trx)
  const point = rows[0]
  if (!point || point.kind === 'balance') throw notFound('metering point', pod)
  const today = civilDayOf(Date.now())
  const least = (await legalRule(trx, 'limiter.least.watts', input.validFrom)).value
  if (input.watts < least || input.watts > maxWatts)
    throw new ContorError('invalid-request', `An approved power is from ${least} W to ${maxWatts} W`, {
      field: 'watts',
      value: input.watts,
      remedy: 'Give the power of the permit in W: 6 kW are 6000.',
    })
  if (input.validFrom < addYear(today, -5) || input.validFrom > addYear(today, 5))
    throw new ContorError('invalid-request', 'A permit is valid from a day within five years', {
      field: 'validFrom',
      value: input.validFrom,
      remedy: 'Look at the permit again.',
    })
  await keepFirst(trx, signer, point.id, point.approved)
  const row = await addRow(trx, signer, {
    meteringPointId: point.id,
    ...input,
    actor: actor.subject,
  })
  await writeAudit(trx, actor, 'power.approve', `point:${point.id}`, {
    watts: row.watts,
    before: point.approved,
    atr: row.atr,
    validFrom: row.validFrom,
    reason: row.reason,
  })
  await applyOne(trx, signer.verifier, point.id, today)
  return row
}

const addYear = (day: CivilDay, years: number): CivilDay =>
  `${Number(day.slice(0, 4)) + years}${day.slice(4)}`

/** What the installation list said becomes the first row of the history, so that every later one has a before. */
export async function keepFirst(
  trx: Trx,
  signer: Signer,
  meteringPointId: string,
  watts: number,
): Promise<ApprovedPower | undefined> {
  const { rows } = await sql`
    select 1 from contor.approved_power where metering_point_id = ${meteringPointId} limit 1`.execute(trx)
  if (rows.length > 0) return undefined
  return addRow(trx, signer, {
    meteringPointId,
    watts,
    atr: null,
    validFrom: '2000-01-01',
    reason: 'installation list',
    actor: 'system',
  })
}

async function addRow(
  trx: Trx,
  signer: Signer,
  input: Omit<ApprovedPower, 'revision' | 'recordedAt'>,
): Promise<ApprovedPower> {
  const { rows } = await sql<{ revision: number }>`
    select coalesce(max(revision), 0) + 1 as revision from contor.approved_power
     where metering_point_id = ${input.meteringPointId} and valid_from = ${input.validFrom}::date`.execute(
    trx,
  )
  const row: ApprovedPower = { ...input, revision: rows[0]?.revision ?? 1, recordedAt: new Date() }
  await sql`
    insert into contor.approved_power (metering_point_id, valid_from, revision, watts, atr, reason, actor, recorded_at, seal, applied_at)
    values (${row.meteringPointId}, ${row.validFrom}::date, ${row.revision}, ${row.watts}, ${row.atr}, ${row.reason}, ${row.actor},
            ${row.recordedAt}, ${sealApproved(signer, row)}, ${row.atr === null ? row.recordedAt : null})`.execute(
    trx,
  )
  return row
}

/** Lets the register follow permits whose day has come. @returns points that were looked at */
export async function applyApproved(trx: Trx, verifier: Verifier, today: CivilDay): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    select distinct metering_point_id as id from contor.approved_power
     where applied_at is null and valid_from <= ${today}::date limit 200`.execute(trx)
  for (const { id } of rows) await applyOne(trx, verifier, id, today)
  return rows.length
}

async function applyOne(
  trx: Trx,
  verifier: Verifier,
  meteringPointId: string,
  today: CivilDay,
): Promise<void> {
  const row = await approvedOn(trx, verifier, meteringPointId, today)
  if (row === 'forged')
    await tighten(trx, 'alarm', 'power', 'an approved power was refused: its seal is not of this house', {
      point: meteringPointId,
    })
  else if (row) {
    await sql`update contor.metering_point set approved_power_w = ${row.watts}
               where id = ${meteringPointId} and approved_power_w <> ${row.watts}`.execute(trx)
  }
  await sql`update contor.approved_power set applied_at = clock_timestamp()
             where metering_point_id = ${meteringPointId} and applied_at is null and valid_from <= ${today}::date`.execute(
    trx,
  )
  await sql`update contor.limiter_watch set look = true where metering_point_id = ${meteringPointId}`.execute(
    trx,
  )
}
