// `contor explain`: where a number comes from, for people at a terminal and for scripts.

import { type Channel, channels } from '@contor/intervals'
import type { Command } from 'commander'
import { asSystem, ContorError, type Db } from '../../platform/index.ts'
import { answerExplain, type ExplainAnswer } from './explainRoutes.ts'

/** Opens the database for one command and closes it afterwards. */
export type WithDatabase = <T>(fn: (db: Db) => Promise<T>) => Promise<T>

/** Adds `explain POINT FROM TO`. */
export function registerExplain(program: Command, withDatabase: WithDatabase): void {
  program
    .command('explain')
    .description('where a value comes from: frames, rules, persons and bills')
    .argument('<point>', 'POD or number of the metering point')
    .argument('<from>', 'first civil day YYYY-MM-DD, or an instant')
    .argument('<to>', 'last civil day, or the instant after the last interval')
    .option('--channel <channel>', channels.join(', '), 'A+')
    .option('--json', 'print the answer of the API')
    .action(async (point: string, from: string, to: string, options: { channel: string; json?: boolean }) => {
      const channel = channels.find((one) => one === options.channel)
      if (!channel)
        throw new ContorError('invalid-request', `There is no channel ${options.channel}`, {
          field: '--channel',
          value: options.channel,
          remedy: `Channels: ${channels.join(', ')}.`,
        })
      const answer = await withDatabase((db) =>
        asSystem(db, (trx) => answerExplain(trx, point, channel as Channel, from, to)),
      )
      process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : printExplanation(answer))
    })
}

const clock = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Bucharest',
  dateStyle: 'short',
  timeStyle: 'short',
})
const at = (text: string) => clock.format(new Date(text))

type Replaced = { readonly trace: string; readonly file: string | null; readonly line: number | null }
const whereOf = ({ trace, file, line }: Replaced) =>
  file === null ? `frame ${trace}` : `file ${file}, line ${line}`

/** The answer as lines of text: the sum, then each run with its origin, then bills and exceptions. */
export function printExplanation(answer: ExplainAnswer): string {
  const { counts, unit } = answer
  const lines = [
    `${answer.pod}  ${answer.channel}  ${at(answer.from)} – ${at(answer.to)}`,
    `${answer.sum} ${unit} = measured ${counts.measured}, estimated ${counts.estimated}, edited ${counts.edited}, missing ${counts.missing} quarter-hours`,
    '',
  ]
  for (const run of answer.runs) {
    const flags = run.flags.length > 0 ? `  [${run.flags.join(', ')}]` : ''
    lines.push(`${at(run.from)} – ${at(run.to)}  ${run.sum} ${unit}  ${run.quality}${flags}`)
    const { origin } = run
    if (origin.kind === 'frame') lines.push(`  frame ${origin.trace}, known ${at(origin.knownAt)}`)
    if (origin.kind === 'file')
      lines.push(`  file ${origin.file}, line ${origin.line}, known ${at(origin.knownAt)}`)
    if (origin.kind === 'load') lines.push(`  loaded, known ${at(origin.knownAt)}`)
    if (origin.kind === 'missing') lines.push('  nothing was ever stored: see the gap ledger')
    if (origin.kind === 'made' && origin.measured)
      lines.push(
        `  in place of ${origin.measured.value} ${unit}, measured: ${whereOf(origin.measured)}${run.slots > 1 ? ' and what follows it' : ''}`,
      )
    for (const step of run.history)
      lines.push(
        `  ${at(step.at)}  ${step.kind} by ${step.actor}${step.approvedBy ? ` and ${step.approvedBy}` : ''}: ${step.before ?? '–'} → ${step.after ?? '–'} ${unit}, rule ${step.rule} v${step.ruleVersion}: ${step.reason}`,
      )
  }
  for (const one of answer.exceptions)
    lines.push(
      `exception ${one.id}: ${one.rule} v${one.ruleVersion}, ${one.day}, ${one.severity}, ${one.status}`,
    )
  for (const bill of answer.bills)
    lines.push(
      `bill ${bill.billRef}: ${bill.from} – ${bill.to}, ${bill.sum} ${unit}, fixed ${at(bill.finalisedAt)}`,
    )
  for (const one of answer.differences)
    lines.push(`to settle: ${one.day} ${one.beforeWh} → ${one.afterWh} ${unit} (${one.kind}, ${at(one.at)})`)
  return `${lines.join('\n')}\n`
}
