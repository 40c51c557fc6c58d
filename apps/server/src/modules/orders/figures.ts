// Figures of law and practice that orders live by, as they hold on a day: rows, changed by another row.

import type { CivilDay } from '@contor/intervals'
import type { Trx } from '../../platform/index.ts'
import { type LegalRule, listLegalRules, ruleOf } from '../legal/index.ts'
import { type GateFigures, shippedFigures } from './gate/gate.ts'

export interface Figures extends GateFigures {
  /** Hours after a meter became ready: the customer is reminded, called, and visited. */
  readonly remindH: number
  readonly callH: number
  readonly fieldH: number
  /** Consumers up to this approved power are small, W. */
  readonly smallUpToW: number
  /** A temporary suspension lasts so many months. */
  readonly suspensionMonths: { readonly least: number; readonly most: number }
}

/** Every row of law, to ask for several days. */
export const loadLaw = (trx: Trx): Promise<LegalRule[]> => listLegalRules(trx)

export function figuresOn(law: readonly LegalRule[], day: CivilDay): Figures {
  const of = (name: string) => ruleOf(law, name, day).value
  return {
    servedHours: { from: of('orders.served.from'), to: of('orders.served.to') },
    // Whoever may record a figure makes the second person necessary more often, never less often.
    approvalFromW: Math.min(of('orders.approval.watts'), shippedFigures.approvalFromW),
    remindH: of('orders.remind.hours'),
    callH: of('orders.call.hours'),
    fieldH: of('orders.field.hours'),
    smallUpToW: of('orders.small.watts'),
    suspensionMonths: { least: of('suspension.least.months'), most: of('suspension.most.months') },
  }
}
