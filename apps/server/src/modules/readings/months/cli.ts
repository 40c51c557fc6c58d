// `contor compact`: months are folded by hand.

import type { Command } from 'commander'
import { ContorError } from '../../../platform/index.ts'
import type { WithDatabase } from '../cli.ts'
import { compact } from './compact.ts'

/** Adds `compact`. */
export function registerCompact(program: Command, withDatabase: WithDatabase): void {
  program
    .command('compact')
    .description('fold settled older months of points into one row each; the worker does it every night')
    .option('--settled <days>', 'days without a change; default: the figure compaction.settled.days')
    .option('--json', 'print {months, days, busy}')
    .action(async ({ settled, json }: { readonly settled?: string; readonly json?: boolean }) => {
      const folded = await withDatabase((db) =>
        compact(db, settled === undefined ? {} : { settledDays: daysOf(settled) }),
      )
      process.stdout.write(
        json
          ? `${JSON.stringify(folded)}\n`
          : `folded: ${folded.days} days into ${folded.months} months; ${folded.busy} months were being written\n`,
      )
    })
}

function daysOf(text: string): number {
  const days = Number(text)
  if (/^\d{1,3}$/.test(text)) return days
  throw new ContorError('invalid-request', `${text} is no number of days`, {
    field: '--settled',
    value: text,
    remedy: 'Give whole days, 0 to 999.',
  })
}
