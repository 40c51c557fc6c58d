// `contor estimate`: what stands in for the missing quarter-hours of a point, looked at or written.

import { isCivilDay } from '@contor/intervals'
import type { Command } from 'commander'
import { sql } from 'kysely'
import { asSystem, ContorError, type Db, notFound, type Trx } from '../../platform/index.ts'
import { type EstimateOutcome, estimatePoint } from './estimate/estimate.ts'

/** Opens the database for one command and closes it afterwards. */
type WithDatabase = <T>(fn: (db: Db) => Promise<T>) => Promise<T>

/** Adds `estimate POINT FROM TO`. */
export function registerEstimate(program: Command, withDatabase: WithDatabase): void {
  program
    .command('estimate')
    .description(
      'values for the missing quarter-hours of a metering point, each with its way and its registers',
    )
    .argument('<point>', 'POD or number of the metering point')
    .argument('<from>', 'first civil day YYYY-MM-DD')
    .argument('<to>', 'last civil day')
    .option('--dry-run', 'only show them')
    .option('--json', 'print one JSON object')
    .action(
      async (point: string, from: string, to: string, options: { dryRun?: boolean; json?: boolean }) => {
        const outcome = await withDatabase((db) =>
          asSystem(db, (trx) => estimateNamed(trx, point, from, to, options.dryRun === true)),
        )
        process.stdout.write(options.json ? `${JSON.stringify(outcome)}\n` : printOutcome(outcome))
      },
    )
}

/** @param point POD or number @throws ContorError 'invalid-request' | 'not-found' */
export async function estimateNamed(
  trx: Trx,
  point: string,
  from: string,
  to: string,
  dryRun: boolean,
): Promise<EstimateOutcome> {
  for (const [field, day] of [
    ['from', from],
    ['to', to],
  ])
    if (!isCivilDay(day))
      throw new ContorError('invalid-request', `${day} is no civil day`, {
        field,
        value: day,
        remedy: 'Write it as YYYY-MM-DD.',
      })
  const { rows } = await sql<{ id: string }>`
    select id from contor.metering_point where pod = ${point} or id::text = ${point} order by pod = ${point} desc limit 1`.execute(
    trx,
  )
  if (!rows[0]) throw notFound('metering point', point)
  return estimatePoint(trx, {
    meteringPointId: rows[0].id,
    from,
    to,
    dryRun,
    actor: 'cli',
    reason: 'asked for at the command line',
  })
}

const wall = (slot: number) => {
  const minutes = slot * 15
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** The outcome as lines of text; times are counted from the beginning of the day. */
export function printOutcome({ estimated, open, days, orderVersion }: EstimateOutcome): string {
  const lines = estimated.map((line) => {
    const registers = line.registers
      .map(
        (sum) =>
          `    register ${sum.tariff}: ${sum.differenceWh} Wh = ${sum.measuredWh} measured + ${sum.estimatedWh} estimated\n`,
      )
      .join('')
    return `${line.day} +${wall(line.fromSlot)}  ${line.count} × 15 min  ${line.channel}  ${line.energyWh} Wh  ${line.method} (${line.reason}), confidence ${line.confidence}\n${registers}`
  })
  for (const line of open)
    lines.push(
      `${line.day} +${wall(line.fromSlot)}  ${line.count} × 15 min  ${line.channel}  stays open\n${line.declined
        .map(({ method, reason }) => `    ${method}: ${reason}\n`)
        .join('')}`,
    )
  if (lines.length === 0) return 'Nothing is missing.\n'
  const written = days.length > 0 ? `Written: ${days.length} days` : 'Nothing written'
  return `${lines.join('')}${written}, order of ways ${orderVersion}.\n`
}
