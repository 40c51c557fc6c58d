// What power was approved for a point, under a signature: thresholds are programmed from nothing else, so that a figure
// written straight into the register darkens nobody.

import type { Signer, Verifier } from './signing.ts'

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

const dayMs = 86_400_000

/**
 * The largest power that was approved at some time of the last days: what a threshold is compared with, so that permits
 * reduced by somebody in bulk are seen as disconnections are. Rows whose seal does not hold neither add nor hide one.
 * @param rows of one point whose day has come, in any order
 * @returns W; 0 without rows
 */
export function recentlyApprovedW(
  verifier: Verifier,
  rows: readonly (ApprovedPower & { readonly seal: Uint8Array })[],
  now: number,
  days: number,
): number {
  const sealed = rows
    .filter((row) => approvedHolds(verifier, row))
    .sort((a, b) =>
      a.validFrom === b.validFrom ? a.revision - b.revision : a.validFrom < b.validFrom ? -1 : 1,
    )
  // A permit that was recorded ahead of its day takes effect on it, one that was recorded late when it was.
  const effect = (row: ApprovedPower) => Math.max(row.recordedAt.getTime(), Date.parse(row.validFrom))
  return sealed.reduce((most, row, index) => {
    const until = Math.min(...sealed.slice(index + 1).map(effect))
    return until > now - days * dayMs ? Math.max(most, row.watts) : most
  }, 0)
}
