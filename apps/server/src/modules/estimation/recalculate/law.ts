// How far back faulty metering is recalculated, as dated data.

export type RecalculationRule = {
  readonly validFrom: string
  /** Months before the day on which the fault was found. */
  readonly mostMonths: number
  /** Whether the limit holds for a start that is known, too. */
  readonly limitsKnownStart: boolean
  readonly source: { readonly ro: string; readonly en: string }
}

/** Oldest first. */
const rules: readonly RecalculationRule[] = [
  {
    // The text sets the limit where the start is not known; the operator takes it for every recalculation.
    validFrom: '1999-03-30',
    mostMonths: 36,
    limitsKnownStart: true,
    source: {
      ro: 'Contract-cadru de furnizare a energiei electrice, M. Of. nr. 129/30.03.1999: anexa nr. II art. 13 alin. (3) și (4); anexa nr. III art. 15 alin. (4) și (5); anexa nr. I art. 5 lit. d)',
      en: 'Framework contract for electricity supply, Official Gazette 129/30.03.1999: annex II art. 13 (3) and (4); annex III art. 15 (4) and (5); annex I art. 5 d)',
    },
  },
]

/** The rule in force on a civil day; days before the first are judged by it. */
export function ruleOn(day: string): RecalculationRule {
  return rules.findLast((rule) => rule.validFrom <= day) ?? rules[0]
}
