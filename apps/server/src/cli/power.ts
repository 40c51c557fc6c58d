// `contor power`: approved power and what keeps it, over the HTTP interface.

import type { Command } from 'commander'
import { call, connected, say } from './orders.ts'

interface Case {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly pod: string
  readonly name: string
  readonly openedAt: string
  readonly trippedAt: string | null
  readonly loadW: number | null
  readonly thresholdW: number | null
  readonly approvedW: number
  readonly closedAt: string | null
  readonly closedBy: string | null
}
const caseLine = (one: Case) =>
  [
    one.id,
    one.kind.padEnd(10),
    one.state.padEnd(8),
    one.trippedAt ?? one.openedAt,
    one.loadW === null ? '' : `load ${one.loadW} W`,
    `threshold ${one.thresholdW ?? '–'} W, approved ${one.approvedW} W`,
    one.pod,
    one.closedAt ? `closed ${one.closedAt} by ${one.closedBy}` : '',
  ]
    .filter((part) => part !== '')
    .join('  ')

interface Detail extends Case {
  readonly timeline: readonly {
    at: string
    event: string
    actor: string
    evidence: object
    trace: string | null
  }[]
}
const detailLines = (one: Detail) => [
  caseLine(one),
  ...one.timeline.map(
    (event) =>
      `  ${event.at}  ${event.event} by ${event.actor} ${JSON.stringify(event.evidence)}${event.trace ? `  trace ${event.trace}` : ''}`,
  ),
]

interface PointPower {
  readonly pod: string
  readonly approvedW: number
  readonly limiter: {
    serial: string
    thresholdW: number
    overS: number | null
    checkedAt: string
    trace: string | null
    relayOutput: boolean | null
  } | null
  readonly history: readonly { validFrom: string; watts: number; atr: string | null; reason: string }[]
  readonly cases: readonly Case[]
}
const pointLines = (one: PointPower) => [
  `${one.pod}  approved ${one.approvedW} W`,
  one.limiter
    ? `limiter of ${one.limiter.serial}: ${one.limiter.thresholdW} W after ${one.limiter.overS ?? '–'} s, relay ${one.limiter.relayOutput === false ? 'open' : 'closed'}, checked ${one.limiter.checkedAt}${one.limiter.trace ? `  trace ${one.limiter.trace}` : ''}`
    : 'no limiter is known',
  ...one.history.map(
    (row) => `  from ${row.validFrom}  ${row.watts} W  ${row.atr ?? 'installation list'}  ${row.reason}`,
  ),
  ...one.cases.map(caseLine),
]

/** Adds `power …`. */
export function registerPower(program: Command): void {
  const power = program
    .command('power')
    .description('approved power, limiters and trips by over-power, at a running system')
  connected(power.command('cases', { isDefault: true }).description('newest first'))
    .option('--open', 'only those that are not closed')
    .option('--kind <kind>', 'over-power, threshold, repeated, register')
    .option('--search <text>', 'POD, name, serial')
    .option('--limit <n>', 'at most', '50')
    .action(async (o) => {
      const query = new URLSearchParams({ limit: o.limit })
      if (o.open) query.set('open', 'true')
      if (o.kind) query.set('kind', o.kind)
      if (o.search) query.set('search', o.search)
      const answer = (await call(o, 'GET', `/power-cases?${query}`)) as { items: Case[] }
      say(o, answer, () => (answer.items.length > 0 ? answer.items.map(caseLine) : ['No cases.']))
    })
  connected(power.command('show <id>').description('a case with its timeline and evidence')).action(
    async (id: string, o) => {
      const answer = await call(o, 'GET', `/power-cases/${encodeURIComponent(id)}`)
      say(o, answer, () => detailLines(answer as Detail))
    },
  )
  connected(power.command('point <pod>').description('approved power, limiter and cases of a point')).action(
    async (pod: string, o) => {
      const answer = await call(o, 'GET', `/points/${encodeURIComponent(pod)}/power`)
      say(o, answer, () => pointLines(answer as PointPower))
    },
  )
  connected(power.command('approve <pod>').description('record an approved power by its permit (ATR)'))
    .requiredOption('--watts <n>', 'W')
    .requiredOption('--atr <number>', 'number of the permit')
    .requiredOption('--from <day>', 'first day, as 2026-12-01')
    .requiredOption('--reason <text>')
    .action(async (pod: string, o) => {
      const answer = (await call(o, 'POST', `/points/${encodeURIComponent(pod)}/approved-power`, {
        watts: Number(o.watts),
        atr: o.atr,
        validFrom: o.from,
        reason: o.reason,
      })) as { watts: number; validFrom: string }
      say(o, answer, () => [`${pod}: ${answer.watts} W from ${answer.validFrom}`])
    })
  connected(
    power.command('messages').description('what meters told by themselves, and what strangers sent'),
  ).action(async (o) => {
    const answer = (await call(o, 'GET', '/meter-messages')) as {
      items: { hour: string; outcome: string; remote: string; systemTitle: string; count: number }[]
    }
    say(o, answer, () =>
      answer.items.length > 0
        ? answer.items.map(
            (row) => `${row.hour}  ${row.outcome.padEnd(14)} ${row.count}  ${row.remote}  ${row.systemTitle}`,
          )
        : ['No messages.'],
    )
  })
  for (const [verb, what] of [
    ['close', 'close a case that waits for a person'],
    ['retry', 'program a limiter again'],
  ] as const)
    connected(power.command(`${verb} <id>`).description(what))
      .requiredOption('--reason <text>')
      .action(async (id: string, o) => {
        const answer = await call(o, 'POST', `/power-cases/${encodeURIComponent(id)}/${verb}`, {
          reason: o.reason,
        })
        say(o, answer, () => [caseLine(answer as Case)])
      })
}
