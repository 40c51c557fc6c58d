// `contor balance`: what a station lost, at a terminal.

import type { Command } from 'commander'
import { sql } from 'kysely'
import { asSystem, type Db, notFound } from '../../platform/index.ts'
import { summarisePeriod } from './period.ts'

/** Opens the database for one command and closes it afterwards. */
type WithDatabase = <T>(fn: (db: Db) => Promise<T>) => Promise<T>

/** Adds `balance STATION FROM TO`. */
export function registerBalanceCommand(program: Command, withDatabase: WithDatabase): void {
  program
    .command('balance <station> <from> <to>')
    .description('losses of a station (its code) with their uncertainty; both days included')
    .option('--feeder <feeder>', 'only this feeder', '')
    .option('--json', 'print the result as JSON')
    .action(async (code: string, from: string, to: string, options: { feeder: string; json?: boolean }) => {
      const found = await withDatabase((db) =>
        asSystem(db, async (trx) => {
          const { rows } = await sql<{
            id: string
          }>`select id from contor.station where code = ${code}`.execute(trx)
          if (!rows[0]) throw notFound('station', code)
          return summarisePeriod(trx, rows[0].id, options.feeder, from, to)
        }),
      )
      if (options.json) {
        process.stdout.write(`${JSON.stringify(found)}\n`)
        return
      }
      const band = found.coverage * found.uncertaintyWh
      const lines: [string, number | null][] = [
        ['likely loss', found.likelyLossWh],
        ['technical', found.technicalWh],
        ['not explained', found.unexplainedWh],
        ['band ±', band],
        ...found.sources.map(({ source, wh }): [string, number] => [`  ${source} ±`, wh]),
      ]
      for (const [label, wh] of lines)
        process.stdout.write(`${label.padEnd(20)}${wh === null ? 'not described' : `${wh} Wh`}\n`)
      process.stdout.write(
        `${found.verdict}, z = ${found.z ?? '–'}; ${found.completeDays} of ${found.days} days complete\n`,
      )
    })
}
