// `contor tranche`: limitation tranches and interruptions, over the HTTP interface.

import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { call, connected, say } from './orders.ts'

interface Tranche {
  readonly code: string
  readonly version: number
  readonly kind: string
  readonly title: string
  readonly state: string
  readonly plannedW: number
  readonly members: number
}
interface Rehearsal {
  readonly members: readonly {
    readonly pod: string
    readonly name: string
    readonly limitW: number
    readonly loadW: number | null
    readonly reliefW: number
    readonly excluded: string | null
  }[]
  readonly limited: number
  readonly excluded: number
  readonly reliefW: number
  readonly guard: {
    readonly stopped: string | null
    readonly frozen: string | null
    readonly leave: number
    readonly held: number
    readonly why: string | null
  }
}
interface Run {
  readonly number: string
  readonly code: string
  readonly state: string
  readonly startsAt: string
  readonly endsAt: string
  readonly emergency: string | null
}
interface Report {
  readonly run: Run
  readonly members: readonly {
    readonly pod: string
    readonly limiter: string
    readonly thresholdW: number | null
    readonly limitW: number
    readonly reliefW: number | null
    readonly verdict: string
    readonly held: string | null
    readonly trace: string | null
  }[]
  readonly plannedW: number
  readonly reliefW: number
  readonly measured: number
  readonly limited: number
}
interface Interruption {
  readonly number: string
  readonly kind: string
  readonly state: string
  readonly station: string | null
  readonly feeder: string | null
  readonly startsAt: string
  readonly endsAt: string
  readonly points: number
  readonly reason: string
}

const of = (name: string) => encodeURIComponent(name)
const runLine = (run: Run) =>
  `${run.number}  ${run.state.padEnd(9)} ${run.code}  ${run.startsAt} – ${run.endsAt}${run.emergency ? `  emergency: ${run.emergency}` : ''}`
const reportLines = ({ run, members, ...sums }: Report) => [
  runLine(run),
  ...members.map(
    (one) =>
      `  ${one.pod}  ${one.limiter.padEnd(9)} limit ${one.limitW} W, read ${one.thresholdW ?? '–'} W, relief ${one.reliefW ?? '–'} W, ${one.verdict}${one.held ? `, held: ${one.held}` : ''}${one.trace ? `  trace ${one.trace}` : ''}`,
  ),
  `relief ${sums.reliefW} W of ${sums.plannedW} W planned, ${sums.measured} of ${sums.limited} measured`,
]

/** Adds `tranche …` and `interruptions`. */
export function registerTranches(program: Command): void {
  const tranche = program
    .command('tranche')
    .description('limitation tranches: lists, rehearsals, runs, at a running system')
  registerLists(tranche)
  registerRuns(tranche)
  connected(
    program.command('interruptions').description('announced, under way and past interruptions of supply'),
  ).action(async (o) => {
    const answer = (await call(o, 'GET', '/interruptions')) as { items: Interruption[] }
    say(o, answer, () =>
      answer.items.length > 0
        ? answer.items.map(
            (one) =>
              `${one.number}  ${one.state.padEnd(9)} ${one.kind.padEnd(10)} ${one.startsAt} – ${one.endsAt}  ${one.points} points  ${[one.station, one.feeder].filter(Boolean).join(' ')}  ${one.reason}`,
          )
        : ['No interruptions.'],
    )
  })
}

function registerLists(tranche: Command): void {
  connected(
    tranche.command('list', { isDefault: true }).description('lists in force and versions that wait'),
  ).action(async (o) => {
    const answer = (await call(o, 'GET', '/tranches')) as { items: Tranche[] }
    say(o, answer, () =>
      answer.items.length > 0
        ? answer.items.map(
            (one) =>
              `${one.code} v${one.version}  ${one.state.padEnd(8)} ${one.kind}  ${one.members} members, ${one.plannedW} W planned  ${one.title}`,
          )
        : ['No lists.'],
    )
  })
  connected(
    tranche.command('propose <file>').description('propose a version of a list from a JSON file'),
  ).action(async (file: string, o) => {
    const answer = (await call(o, 'POST', '/tranches', JSON.parse(await readFile(file, 'utf8')))) as {
      tranche: Tranche
    }
    say(o, answer, () => [`${answer.tranche.code} v${answer.tranche.version} waits for approval`])
  })
  for (const verb of ['approve', 'refuse'] as const)
    connected(
      tranche.command(`${verb} <code> <version>`).description(`${verb} a version, as the second person`),
    )
      .requiredOption('--reason <text>')
      .action(async (code: string, version: string, o) => {
        const path = `/tranches/${of(code)}/${of(version)}/${verb}`
        const answer = (await call(o, 'POST', path, { reason: o.reason })) as { tranche: Tranche }
        say(o, answer, () => [`${answer.tranche.code} v${answer.tranche.version} ${answer.tranche.state}`])
      })
  connected(
    tranche.command('rehearse <code>').description('what a run would do at this time; nobody is touched'),
  ).action(async (code: string, o) => {
    const answer = (await call(o, 'GET', `/tranches/${of(code)}/rehearsal`)) as Rehearsal
    say(o, answer, () => [
      ...answer.members.map(
        (one) =>
          `${one.pod}  ${one.excluded ?? `to ${one.limitW} W`}  load ${one.loadW ?? '–'} W, relief ${one.excluded === null ? one.reliefW : 0} W  ${one.name}`,
      ),
      `${answer.limited} limited, ${answer.excluded} left out, ${answer.reliefW} W relieved`,
      answer.guard.stopped
        ? `the guard stops everything: ${answer.guard.stopped}`
        : answer.guard.frozen
          ? `the guard is frozen: ${answer.guard.frozen}`
          : `the guard lets ${answer.guard.leave} leave and holds ${answer.guard.held}${answer.guard.why ? `: ${answer.guard.why}` : ''}`,
    ])
  })
}

function registerRuns(tranche: Command): void {
  connected(tranche.command('runs').description('newest first')).action(async (o) => {
    const answer = (await call(o, 'GET', '/limitation-runs')) as { items: Run[] }
    say(o, answer, () => (answer.items.length > 0 ? answer.items.map(runLine) : ['No runs.']))
  })
  connected(tranche.command('run <number>').description('a run with its report')).action(
    async (number: string, o) => {
      const answer = await call(o, 'GET', `/limitation-runs/${of(number)}`)
      say(o, answer, () => reportLines(answer as Report))
    },
  )
  connected(tranche.command('start <code>').description('propose a run; another person approves it'))
    .option('--from <instant>', 'as 2026-12-01T17:00:00+02:00; left out in an emergency')
    .requiredOption('--to <instant>')
    .option('--emergency <text>', 'which one: neither announcement nor warning')
    .requiredOption('--reason <text>')
    .action(async (code: string, o) => {
      const answer = await call(o, 'POST', `/tranches/${of(code)}/runs`, {
        ...(o.from && { startsAt: o.from }),
        endsAt: o.to,
        emergency: o.emergency ?? null,
        reason: o.reason,
      })
      say(o, answer, () => [runLine(answer as Run)])
    })
  connected(
    tranche.command('announce <number>').description('approve a run as the second person; it is announced'),
  ).action(async (number: string, o) => {
    const answer = await call(o, 'POST', `/limitation-runs/${of(number)}/approve`)
    say(o, answer, () => [runLine(answer as Run)])
  })
  for (const [verb, what] of [
    ['cancel', 'take a run back before it is applied'],
    ['lift', 'give the permits back'],
  ] as const)
    connected(tranche.command(`${verb} <number>`).description(what))
      .requiredOption('--reason <text>')
      .action(async (number: string, o) => {
        const answer = await call(o, 'POST', `/limitation-runs/${of(number)}/${verb}`, { reason: o.reason })
        say(o, answer, () => [runLine(answer as Run)])
      })
}
