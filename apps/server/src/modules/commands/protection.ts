// Supply points that somebody's health or safety hangs on. A protection counts as soon as its row is there; its end
// counts only under a seal over both persons, so that whoever reaches the table can protect and never expose.

import type { CivilDay } from '@contor/intervals'
import { type RawBuilder, sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import type { Signer, Verifier } from './signing.ts'

export const protectionKinds = [
  'life-support',
  'hospital',
  'school',
  'water',
  'public-safety',
  'vulnerable',
  'other',
] as const
export type ProtectionKind = (typeof protectionKinds)[number]

/** What one person asks for: the last day of a protection. */
export interface AskedEnd {
  readonly meteringPointId: string
  readonly id: string
  readonly kind: ProtectionKind
  /** Of the protection that ends. */
  readonly validFrom: CivilDay
  /** Its last day. */
  readonly validTo: CivilDay
  readonly reason: string
  readonly askedBy: string
}

/** What two persons decided. */
interface ConfirmedEnd extends Omit<AskedEnd, 'reason'> {
  readonly confirmedBy: string
  readonly confirmedAt: Date
}

const askedBytes = (end: AskedEnd) =>
  Buffer.from(
    JSON.stringify([
      'contor-protection-ask-1',
      end.meteringPointId,
      end.id,
      end.kind,
      end.validFrom,
      end.validTo,
      end.reason,
      end.askedBy,
    ]),
  )

const endBytes = (end: ConfirmedEnd) =>
  Buffer.from(
    JSON.stringify([
      'contor-protection-end-1',
      end.meteringPointId,
      end.id,
      end.kind,
      end.validFrom,
      end.validTo,
      end.askedBy,
      end.confirmedBy,
      end.confirmedAt.getTime(),
    ]),
  )

export const sealAskedEnd = (signer: Signer, end: AskedEnd): Buffer => signer.sign(askedBytes(end))
export const askedEndHolds = (verifier: Verifier, end: AskedEnd, seal: Uint8Array | null): boolean =>
  seal !== null && verifier.verify(askedBytes(end), seal)

/** Records what two persons decided. @throws RangeError when they are one */
export async function endProtection(
  trx: Trx,
  signer: Signer,
  asked: AskedEnd,
  confirmedBy: string,
): Promise<void> {
  if (confirmedBy === asked.askedBy) throw new RangeError('a protection is ended by two persons')
  const end = { ...asked, confirmedBy, confirmedAt: new Date() }
  await sql`
    insert into contor.protection_end (metering_point_id, id, kind, valid_from, valid_to, asked_by, confirmed_by, confirmed_at, seal)
    values (${end.meteringPointId}, ${end.id}, ${end.kind}, ${end.validFrom}::date, ${end.validTo}::date, ${end.askedBy},
            ${end.confirmedBy}, ${end.confirmedAt}, ${signer.sign(endBytes(end))})`.execute(trx)
}

export interface ProtectionRow {
  readonly meteringPointId: string
  readonly kind: ProtectionKind
  readonly validFrom: CivilDay
  /** The last day by its own row and by every genuine end; null while it has none. */
  readonly validTo: CivilDay | null
  readonly reason: string
  readonly setBy: string
  /** Ends that somebody wrote whose seal does not hold: they end nothing. */
  readonly forgedEnds: number
}

/**
 * Protections with the last day that holds.
 * @param among condition on `contor.point_protection p`
 */
export async function readProtections(
  trx: Trx,
  verifier: Verifier,
  among: RawBuilder<unknown>,
): Promise<ProtectionRow[]> {
  type EndRow = Omit<ConfirmedEnd, 'confirmedAt'> & { readonly confirmedAt: string; readonly seal: string }
  const { rows } = await sql<Omit<ProtectionRow, 'forgedEnds'> & { ends: EndRow[] | null }>`
    select p.metering_point_id as "meteringPointId", p.kind, p.valid_from as "validFrom", p.valid_to as "validTo", p.reason, p.set_by as "setBy",
           (select jsonb_agg(jsonb_build_object('meteringPointId', e.metering_point_id::text, 'id', e.id, 'kind', e.kind, 'validFrom', e.valid_from,
                     'validTo', e.valid_to, 'askedBy', e.asked_by, 'confirmedBy', e.confirmed_by,
                     'confirmedAt', extract(epoch from e.confirmed_at) * 1000, 'seal', encode(e.seal, 'base64')))
              from contor.protection_end e
             where e.metering_point_id = p.metering_point_id and e.kind = p.kind and e.valid_from = p.valid_from) as ends
      from contor.point_protection p where ${among}
     order by p.valid_from desc, p.kind`.execute(trx)
  return rows.map(({ ends, ...row }) => {
    let validTo = row.validTo
    let forgedEnds = 0
    for (const { seal, confirmedAt, ...end } of ends ?? [])
      if (
        verifier.verify(
          endBytes({ ...end, confirmedAt: new Date(Number(confirmedAt)) }),
          Buffer.from(seal, 'base64'),
        )
      )
        validTo = validTo === null || end.validTo < validTo ? end.validTo : validTo
      else forgedEnds++
    return { ...row, validTo, forgedEnds }
  })
}

/** Kinds of protection that hold on a day, by point. @param among as in {@link readProtections} */
export async function protectionsOn(
  trx: Trx,
  verifier: Verifier,
  day: CivilDay,
  among: RawBuilder<unknown>,
): Promise<Map<string, ProtectionKind[]>> {
  const rows = await readProtections(
    trx,
    verifier,
    sql`p.valid_from <= ${day}::date and (p.valid_to is null or p.valid_to >= ${day}::date) and ${among}`,
  )
  const found = new Map<string, ProtectionKind[]>()
  for (const { meteringPointId, kind, validTo } of rows) {
    if (validTo !== null && validTo < day) continue
    const kinds = found.get(meteringPointId) ?? []
    if (!kinds.includes(kind)) kinds.push(kind)
    found.set(meteringPointId, kinds)
  }
  return found
}
