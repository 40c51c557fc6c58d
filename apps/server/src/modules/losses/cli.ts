// `contor balance`: what a station lost, or all of them by what cannot be explained, at a terminal.

import { type Command, Option } from 'commander'
import { sql } from 'kysely'
import { asSystem, ContorError, civilDaySchema, type Db, notFound } from '../../platform/index.ts'
import { type Summary, summarisePeriod } from './period.ts'
import { levels, type Ranked, type RankingQuery, rankBalances, rankingCsv, rankingSorts } from './ranking.ts'
import { checkListRange } from './rankingRoutes.ts'
import { type Verdict, verdicts } from './verdict.ts'

/** Opens the database for one command and closes it afterwards. */
type WithDatabase = <T>(fn: (db: Db) => Promise<T>) => Promise<T>

type Options = {
  feeder: string
  json?: boolean
  csv?: boolean
  level: RankingQuery['level']
  sort: RankingQuery['sort']
  asc?: boolean
  verdict?: Verdict
  search?: string
  limit: string
}

/** Adds `balance [STATION] FROM TO`. */
export function registerBalanceCommand(program: Command, withDatabase: WithDatabase): void {
  program
    .command('balance')
    .usage('[station] <from> <to> [options]')
    .description('losses with their uncertainty: of one station (its code), or all by what is not explained')
    .argument('<words...>', 'the code of a station or nothing, then the first and the last civil day')
    .option('--feeder <feeder>', 'of a station: only this feeder', '')
    .option('--json', 'print the result as JSON')
    .option('--csv', 'list: as CSV')
    .addOption(new Option('--level <level>', 'list: what').choices([...levels]).default('station'))
    .addOption(new Option('--sort <by>', 'list: order').choices([...rankingSorts]).default('z'))
    .option('--asc', 'list: smallest first')
    .addOption(new Option('--verdict <verdict>', 'list: only these').choices([...verdicts]))
    .option('--search <text>', 'list: part of a code, name, zone or feeder')
    .option('--limit <rows>', 'list: rows at most', '50')
    .action(async (words: string[], options: Options) => {
      if (words.length !== 2 && words.length !== 3)
        throw new ContorError('invalid-request', `${words.length} words where 2 or 3 are expected`, {
          field: 'words',
          value: words.join(' '),
          remedy: 'Write: contor balance [STATION] FROM TO.',
        })
      const [from, to] = words.slice(-2)
      for (const [field, value] of Object.entries({ from, to }))
        if (!civilDaySchema.safeParse(value).success)
          throw new ContorError('invalid-request', `${value} is not a civil day`, {
            field,
            value,
            remedy: 'Write YYYY-MM-DD.',
          })
      const text = await withDatabase((db) =>
        words.length === 3 ? ofStation(db, words[0], from, to, options) : ofAll(db, from, to, options),
      )
      process.stdout.write(text)
    })
}

async function ofAll(db: Db, from: string, to: string, options: Options): Promise<string> {
  checkListRange(from, to)
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1)
    throw new ContorError('invalid-request', `${options.limit} is not a number of rows`, {
      field: 'limit',
      value: options.limit,
      remedy: 'Give a whole number from 1 on.',
    })
  const { level, sort, verdict, search } = options
  const found = await asSystem(db, (trx) =>
    rankBalances(trx, { from, to, level, sort, verdict, search, limit, descending: !options.asc }),
  )
  if (options.json) return `${JSON.stringify(found)}\n`
  if (options.csv) return rankingCsv(found.items)
  const judged = verdicts.map((one) => `${found.counts[one] ?? 0} ${one}`).join(', ')
  const open = [
    found.withoutBalance > 0 ? `${found.withoutBalance} stations without a balance` : '',
    found.waitingDays > 0 ? `${found.waitingDays} station days wait to be computed again` : '',
  ].filter(Boolean)
  return `${[table(found.items), judged, ...open].join('\n')}\n`
}

function table(items: readonly Ranked[]): string {
  const kwh = (wh: number | null) => (wh === null ? '–' : (wh / 1_000).toFixed(1))
  const lines = items.map((row) => [
    row.feeder === '' ? row.code : `${row.code} ${row.feeder}`,
    row.z === null ? '–' : row.z.toFixed(1),
    kwh(row.unexplainedWh),
    kwh(row.lossWh),
    row.lossPercent === null ? '–' : row.lossPercent.toFixed(1),
    row.presentShare === null ? '–' : (row.presentShare * 100).toFixed(0),
    row.verdict,
  ])
  const all = [['station', 'z', 'unexplained kWh', 'loss kWh', 'loss %', 'present %', 'verdict'], ...lines]
  const widths = all[0].map((_, column) => Math.max(...all.map((line) => line[column].length)))
  return all
    .map((line) =>
      line
        .map((text, column) =>
          column === 0 || column === 6 ? text.padEnd(widths[column]) : text.padStart(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

async function ofStation(db: Db, code: string, from: string, to: string, options: Options): Promise<string> {
  const found = await asSystem(db, async (trx) => {
    const { rows } = await sql<{ id: string }>`select id from contor.station where code = ${code}`.execute(
      trx,
    )
    if (!rows[0]) throw notFound('station', code)
    return summarisePeriod(trx, rows[0].id, options.feeder, from, to)
  })
  return options.json ? `${JSON.stringify(found)}\n` : summaryText(found)
}

function summaryText(found: Summary): string {
  const lines: [string, number | null][] = [
    ['likely loss', found.likelyLossWh],
    ['technical', found.technicalWh],
    ['not explained', found.unexplainedWh],
    ['band ±', found.coverage * found.uncertaintyWh],
    ...found.sources.map(({ source, wh }): [string, number] => [`  ${source} ±`, wh]),
  ]
  const figures = lines.map(
    ([label, wh]) => `${label.padEnd(20)}${wh === null ? 'not described' : `${wh} Wh`}`,
  )
  const judged = `${found.verdict}, z = ${found.z ?? '–'}; ${found.completeDays} of ${found.days} days complete`
  return `${[...figures, judged].join('\n')}\n`
}
