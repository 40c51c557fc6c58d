// Who is told of a case: the customer how he gets his supply back, the operator what only a person can settle.

import type { Trx } from '../../platform/index.ts'
import { writeMessage } from '../messages/index.ts'
import type { WatchedMeter } from './point.ts'
import { addTold, type PowerCase } from './store.ts'

export type Told =
  | 'over-power'
  | 'over-power-reminder'
  | 'over-power-call'
  | 'over-power-ended'
  | 'over-power-repeated'
  | 'limiter-not-kept'
  | 'approved-power-differs'

const forOperator: ReadonlySet<Told> = new Set([
  'over-power-call',
  'over-power-repeated',
  'limiter-not-kept',
  'approved-power-differs',
])

/** Writes a message once for each kind, in the transaction of what it tells. */
export async function tell(
  trx: Trx,
  found: PowerCase,
  meter: Pick<WatchedMeter, 'pod' | 'customer' | 'readingMode'>,
  kind: Told,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  if (found.told.includes(kind)) return
  const recipient =
    forOperator.has(kind) || meter.customer === null ? 'operator' : `customer:${meter.customer}`
  await writeMessage(trx, {
    meteringPointId: found.meteringPointId,
    about: 'power',
    aboutId: found.id,
    recipient,
    kind,
    at: Date.now(),
    body: {
      pod: meter.pod,
      caseId: found.id,
      at: (found.trippedAt ?? found.openedAt).toISOString(),
      loadW: found.loadW,
      thresholdW: found.thresholdW,
      approvedW: found.approvedW,
      readingMode: meter.readingMode,
      ...more,
    },
  })
  await addTold(trx, found, kind)
}
