// What power was approved for a point, under a signature: thresholds are programmed from nothing else, so that a figure
// written straight into the register darkens nobody.

import type { Signer, Verifier } from '../commands/index.ts'

/** One row of the history of a point. */
export interface ApprovedPower {
  readonly meteringPointId: string
  /** First civil day. */
  readonly validFrom: string
  /** Counts corrections of the same day, from 1. */
  readonly revision: number
  readonly watts: number
  /** Number of the connection permit (ATR); null for what the installation list says. */
  readonly atr: string | null
  readonly reason: string
  readonly actor: string
  readonly recordedAt: Date
}

const approvedBytes = (row: ApprovedPower) =>
  Buffer.from(
    JSON.stringify([
      'contor-approved-power-1',
      row.meteringPointId,
      row.validFrom,
      row.revision,
      row.watts,
      row.atr,
      row.reason,
      row.actor,
      row.recordedAt.getTime(),
    ]),
  )

export const sealApproved = (signer: Signer, row: ApprovedPower): Buffer => signer.sign(approvedBytes(row))

export const approvedHolds = (
  verifier: Verifier,
  row: ApprovedPower & { readonly seal: Uint8Array },
): boolean => verifier.verify(approvedBytes(row), row.seal)
