// `contor exceptions`: the work queue at a terminal.

import type { Command } from 'commander'
import { asSystem, ContorError, type Db } from '../../platform/index.ts'
import { groupExceptions, groupings, listExceptions } from './queue.ts'

/** Opens the database for one command and closes it afterwards. */
type WithDatabase = <T>(fn: (db: Db) => Promise<T>) => Promise<T>

/** Adds `exceptions [--by …]`. */
export function registerExceptions(program: Command, withDatabase: WithDatabase): void {
  program
    .command('exceptions')
    .description('open validation exceptions: counted by cause, or one by one')
    .option('--by <cause>', `count by ${groupings.join(', ')}`)
    .option('--rule <rule>', 'only this rule')
    .option('--limit <n>', 'lines at most', '50')
    .option('--json', 'one JSON object a line')
    .action(async (options: { by?: string; rule?: string; limit: string; json?: boolean }) => {
      const by = groupings.find((one) => one === options.by)
      if (options.by !== undefined && !by)
        throw new ContorError('invalid-request', `Exceptions are not counted by ${options.by}`, {
          field: '--by',
          value: options.by,
          remedy: `Causes: ${groupings.join(', ')}.`,
        })
      const limit = Math.min(500, Math.max(1, Number(options.limit) || 50))
      const filter = { status: 'open' as const, rule: options.rule }
      const rows: readonly object[] = await withDatabase((db) =>
        asSystem(db, async (trx) =>
          by ? groupExceptions(trx, by, filter) : listExceptions(trx, filter, limit),
        ),
      )
      for (const row of rows.slice(0, limit))
        process.stdout.write(`${options.json ? JSON.stringify(row) : line(row as Record<string, unknown>)}\n`)
      if (rows.length === 0 && !options.json) process.stdout.write('No open exceptions.\n')
    })
}

function line(row: Record<string, unknown>): string {
  return 'key' in row
    ? `${String(row['exceptions']).padStart(7)}  ${row['label']}  (${row['points']} points, ${row['errors']} errors)`
    : `${String(row['id']).padStart(7)}  ${row['day']}  ${row['pod']}  ${row['channel']}  ${row['rule']}  ${row['severity']}  ${JSON.stringify(row['details'])}`
}
