// A recalculation as a document: every figure with where it comes from, to print in Romanian or English.

import { type Channel, monthOf } from '@contor/intervals'
import type { KindFigures } from './compute.ts'
import type { RecalculationPeriod } from './period.ts'

export type RecalculationReport = {
  readonly point: {
    readonly id: string
    readonly pod: string
    readonly name: string
    readonly address: string
  }
  readonly meterSerial: string | null
  readonly channel: Channel
  readonly period: Omit<RecalculationPeriod, 'rule'>
  readonly foundOn: string
  readonly lastCheck: string | null
  readonly knownStart: string | null
  readonly law: { readonly mostMonths: number; readonly source: { readonly ro: string; readonly en: string } }
  readonly method:
    | {
        readonly kind: 'coefficient'
        readonly errorPercent: number
        readonly allowedErrorPercent: number
        readonly numerator: number
        readonly denominator: number
        readonly certificate: string
        readonly missingSlots: number
      }
    | {
        readonly kind: 'following-period'
        readonly from: string
        readonly to: string
        readonly factor: number
        readonly agreement: string | null
        readonly kinds: readonly KindFigures[]
      }
  /** Energies by month, Wh. */
  readonly months: readonly {
    readonly month: string
    readonly measuredWh: number
    readonly recalculatedWh: number
    readonly differenceWh: number
  }[]
  readonly total: {
    readonly measuredWh: number
    readonly recalculatedWh: number
    readonly differenceWh: number
  }
  readonly bills: readonly {
    readonly billRef: string
    readonly from: string
    readonly to: string
    readonly differenceWh: number
  }[]
  /** Why the period and the method are what they are. */
  readonly reason: string
}

export function monthsOf(
  days: readonly { readonly day: string; readonly before: number; readonly after: number }[],
): RecalculationReport['months'] {
  return [...Map.groupBy(days, (day) => monthOf(day.day))].map(([month, own]) => {
    const measuredWh = own.reduce((all, day) => all + day.before, 0)
    const recalculatedWh = own.reduce((all, day) => all + day.after, 0)
    return { month, measuredWh, recalculatedWh, differenceWh: recalculatedWh - measuredWh }
  })
}

const texts = {
  ro: {
    title: 'Recalcularea consumului de energie electrică',
    point: 'Loc de consum',
    meter: 'Contor',
    channel: 'Mărime',
    period: 'Perioada recalculată',
    start: {
      'known-start': 'de la data cunoscută a defectării',
      'month-after-last-check': 'din prima lună care urmează ultimei verificări metrologice',
      limit: 'limita legală față de data constatării',
    },
    found: 'Defecțiune constatată la',
    lastCheck: 'Ultima verificare metrologică',
    knownStart: 'Început cunoscut al defecțiunii',
    limit: 'Limită legală (luni)',
    law: 'Temei',
    method: 'Metodă',
    coefficient: 'Coeficient de corecție din eroarea stabilită de laboratorul metrologic',
    following: 'Consumul măsurat de contorul nou în perioada imediat următoare',
    error: 'Eroare stabilită',
    allowed: 'Eroare admisă',
    certificate: 'Buletin de verificare',
    formula: 'Coeficient = 100 / (100 + eroare)',
    missing: 'Sferturi de oră fără valoare, rămase astfel',
    factor: 'Factor pentru schimbarea structurii consumului',
    agreement: 'Acord',
    kind: 'Fel de zi',
    kinds: { working: 'lucrătoare', saturday: 'sâmbătă', sunday: 'duminică', holiday: 'sărbătoare legală' },
    days: 'Zile măsurate',
    laidOn: 'Zile recalculate',
    standIn: 'înlocuită de',
    energy: 'Energie măsurată',
    month: 'Luna',
    measured: 'Măsurat',
    recalculated: 'Recalculat',
    difference: 'Diferență',
    total: 'Total',
    bill: 'Factura',
    bills: 'Facturi atinse',
    reason: 'Motiv',
    author: 'Întocmit de',
    approved: 'Aprobat de',
    state: { pending: 'neaprobată', applied: 'aprobată', refused: 'respinsă', undone: 'anulată' },
    sources:
      'Valorile măsurate sunt cele din registrul de date la data întocmirii; totalul perioadei se rotunjește o singură dată, la Wh.',
  },
  en: {
    title: 'Recalculation of electricity consumption',
    point: 'Metering point',
    meter: 'Meter',
    channel: 'Quantity',
    period: 'Period recalculated',
    start: {
      'known-start': 'from the known start of the fault',
      'month-after-last-check': 'from the first month after the last metrological check',
      limit: 'the legal limit, counted from the day of finding',
    },
    found: 'Fault found on',
    lastCheck: 'Last metrological check',
    knownStart: 'Known start of the fault',
    limit: 'Legal limit (months)',
    law: 'Legal basis',
    method: 'Method',
    coefficient: 'Correction coefficient from the error found by the metrology laboratory',
    following: 'Consumption measured by the new meter in the period that follows',
    error: 'Error found',
    allowed: 'Error allowed',
    certificate: 'Certificate',
    formula: 'Coefficient = 100 / (100 + error)',
    missing: 'Quarter-hours without a value, left so',
    factor: 'Factor for a change of use',
    agreement: 'Agreement',
    kind: 'Kind of day',
    kinds: { working: 'working day', saturday: 'Saturday', sunday: 'Sunday', holiday: 'legal holiday' },
    days: 'Days measured',
    laidOn: 'Days recalculated',
    standIn: 'stood in for by',
    energy: 'Energy measured',
    month: 'Month',
    measured: 'Measured',
    recalculated: 'Recalculated',
    difference: 'Difference',
    total: 'Total',
    bill: 'Bill',
    bills: 'Bills concerned',
    reason: 'Reason',
    author: 'Drawn up by',
    approved: 'Approved by',
    state: { pending: 'not approved', applied: 'approved', refused: 'refused', undone: 'undone' },
    sources:
      'Measured values are those of the data register when the report was drawn up; the total of the period is rounded once, to the Wh.',
  },
} as const

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const plain = (text: unknown) => String(text).replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign)

type Paper = {
  readonly id: string
  readonly state: keyof (typeof texts)['ro']['state']
  readonly author: string
  readonly decidedBy: string | null
}

/** One self-contained page, without any outside resource. */
export function printReport(report: RecalculationReport, paper: Paper, locale: 'ro' | 'en'): string {
  const t = texts[locale]
  const numbers = new Intl.NumberFormat(locale === 'ro' ? 'ro-RO' : 'en-GB')
  const kwh = new Intl.NumberFormat(locale === 'ro' ? 'ro-RO' : 'en-GB', { minimumFractionDigits: 3 })
  const unit = report.channel.startsWith('A') ? 'kWh' : 'kvarh'
  const energy = (wh: number) => `${kwh.format(wh / 1_000)} ${unit}`
  const facts = (rows: readonly (readonly [string, unknown])[]) =>
    `<dl>${rows
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => `<dt>${plain(name)}</dt><dd>${plain(value)}</dd>`)
      .join('')}</dl>`
  const table = (head: readonly string[], rows: readonly (readonly unknown[])[]) =>
    `<table><thead><tr>${head.map((cell) => `<th scope="col">${plain(cell)}</th>`).join('')}</tr></thead><tbody>${rows
      .map((row) => `<tr>${row.map((cell) => `<td>${plain(cell)}</td>`).join('')}</tr>`)
      .join('')}</tbody></table>`
  const { method, period, total } = report
  const methodPart =
    method.kind === 'coefficient'
      ? facts([
          [t.method, t.coefficient],
          [t.error, `${numbers.format(method.errorPercent)} %`],
          [t.allowed, `± ${numbers.format(method.allowedErrorPercent)} %`],
          [t.certificate, method.certificate],
          [t.formula, `${numbers.format(method.numerator)} / ${numbers.format(method.denominator)}`],
          [t.missing, method.missingSlots > 0 ? numbers.format(method.missingSlots) : null],
        ])
      : facts([
          [t.method, `${t.following}: ${method.from} – ${method.to}`],
          [t.factor, numbers.format(method.factor)],
          [t.agreement, method.agreement],
        ]) +
        table(
          [t.kind, t.days, t.energy, t.laidOn],
          method.kinds.map((row) => [
            row.standIn ? `${t.kinds[row.kind]} (${t.standIn} ${t.kinds[row.standIn]})` : t.kinds[row.kind],
            row.days,
            energy(row.energyWh),
            row.laidOn,
          ]),
        )
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><title>${plain(t.title)} ${plain(paper.id)}</title>
<style>body{font:11pt/1.45 system-ui,sans-serif;margin:2cm auto;max-width:18cm;color:#111}h1{font-size:16pt}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em}dt{color:#555}dd{margin:0}table{border-collapse:collapse;width:100%;margin:1em 0}th,td{border-bottom:1px solid #bbb;padding:.3em .5em;text-align:right}th:first-child,td:first-child{text-align:left}tbody tr:last-child td{font-weight:600}@media print{body{margin:0}}</style></head>
<body><h1>${plain(t.title)} nr. ${plain(paper.id)} (${plain(t.state[paper.state])})</h1>
${facts([
  [t.point, `${report.point.pod}, ${report.point.name}, ${report.point.address}`],
  [t.meter, report.meterSerial],
  [t.channel, report.channel],
  [t.found, report.foundOn],
  [t.lastCheck, report.lastCheck],
  [t.knownStart, report.knownStart],
  [t.period, `${period.from} – ${period.to} (${t.start[period.startBy]})`],
  [t.limit, `${report.law.mostMonths} (${period.earliest})`],
  [t.law, report.law.source[locale]],
  [t.reason, report.reason],
])}
${methodPart}
${table(
  [t.month, t.measured, t.recalculated, t.difference],
  [
    ...report.months.map((row) => [
      row.month,
      energy(row.measuredWh),
      energy(row.recalculatedWh),
      energy(row.differenceWh),
    ]),
    [t.total, energy(total.measuredWh), energy(total.recalculatedWh), energy(total.differenceWh)],
  ],
)}
${
  report.bills.length > 0
    ? `<h2>${plain(t.bills)}</h2>${table(
        [t.bill, t.period, t.difference],
        report.bills.map((bill) => [bill.billRef, `${bill.from} – ${bill.to}`, energy(bill.differenceWh)]),
      )}`
    : ''
}
<p>${plain(t.sources)}</p>
${facts([
  [t.author, paper.author],
  [t.approved, paper.decidedBy],
])}
</body></html>
`
}
