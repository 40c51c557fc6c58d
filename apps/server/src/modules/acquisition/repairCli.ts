// `contor repair`: damaged days named, and laid again from what is left of them.

import type { Command } from 'commander'
import { sql } from 'kysely'
import { asSystem, type Db, loadConfig, loadKeyRing, notFound } from '../../platform/index.ts'
import { checkPoint, checkSeals } from '../readings/index.ts'
import { loadMeterModels } from './models.ts'
import { type Repaired, repairFaults } from './repairJob.ts'
import { createRepairSource } from './repairSource.ts'

type WithDatabase = <T>(fn: (db: Db) => Promise<T>) => Promise<T>
type Options = {
  readonly day?: string
  readonly check?: boolean
  readonly byFigures?: boolean
  readonly json?: boolean
}

/** Adds `repair [POINT]`; exit code 2 when a day could not be repaired. */
export function registerRepair(program: Command, withDatabase: WithDatabase): void {
  program
    .command('repair')
    .description('lay damaged days again from their frames; exit code 2 when one could not be')
    .argument('[point]', 'POD or number of the metering point; without it every fault that is known')
    .option('--day <day>', 'one civil day, YYYY-MM-DD')
    .option('--check', 'without a point: look at every stored seal first')
    .option(
      '--by-figures',
      'take frames that fit the sums and counts of the day where they do not fit its seal',
    )
    .option('--json', 'print [{meteringPointId, day, outcome}]')
    .action(async (point: string | undefined, options: Options) => {
      const done = await withDatabase((db) => repair(db, point, options))
      process.stdout.write(
        options.json
          ? `${JSON.stringify(done)}\n`
          : done.map(lineOf).join('') || 'No damaged day is known.\n',
      )
      if (done.some(({ outcome }) => outcome.kind === 'unrepaired')) process.exitCode = 2
    })
}

async function repair(db: Db, point: string | undefined, options: Options): Promise<Repaired[]> {
  const { dataDir } = loadConfig()
  const source = createRepairSource(
    await loadKeyRing(dataDir),
    await loadMeterModels(process.env['CONTOR_MODELS']),
  )
  const meteringPointId = point === undefined ? undefined : await numberOf(db, point)
  if (meteringPointId !== undefined) await asSystem(db, (trx) => checkPoint(trx, meteringPointId))
  else if (options.check) await checkAll(db)
  const of = {
    ...(meteringPointId ? { meteringPointId } : {}),
    ...(options.day ? { day: options.day } : {}),
    ...(options.byFigures ? { byFigures: true } : {}),
  }
  return repairFaults(db, source, 'system:repair', of)
}

async function checkAll(db: Db): Promise<void> {
  // The first call may end a round that another began: the second one is whole.
  for (let rounds = 0; rounds < 2; ) if ((await checkSeals(db, Number.MAX_SAFE_INTEGER)).roundEnded) rounds++
}

async function numberOf(db: Db, point: string): Promise<string> {
  const { rows } = await asSystem(db, (trx) =>
    sql<{ id: string }>`select metering_point_id as id from contor.point_code
                         where pod = ${point} or metering_point_id::text = ${point}`.execute(trx),
  )
  if (!rows[0]) throw notFound('metering point', point)
  return rows[0].id
}

function lineOf({ meteringPointId, day, outcome }: Repaired): string {
  return `${meteringPointId}  ${day}  ${whatOf(outcome)}\n`
}

function whatOf(outcome: Repaired['outcome']): string {
  if (outcome.kind === 'sound') return 'its seal holds'
  if (outcome.kind === 'repaired') {
    if (outcome.version > 0) return `repaired from ${outcome.from}, version ${outcome.version}`
    const unproven = outcome.unproven ?? []
    const days = (what: string) =>
      unproven
        .filter((one) => one.what === what)
        .map(({ day }) => day.slice(8))
        .join(', ')
    const less = (['values', 'instants'] as const)
      .filter((what) => days(what) !== '')
      .map((what) => `; no seal proves the ${what} of days ${days(what)}`)
    return `the whole month, repaired from ${outcome.from}${less.join('')}`
  }
  const why = (outcome.lost ?? []).map(
    ({ day, reason }) =>
      `\n    ${day}  ${reason === 'no-frames' ? 'its frames are no longer kept' : 'its frames give other sums than those kept beside it'}`,
  )
  return `not repaired: neither its seal nor ${outcome.frames} exchanges tell what it held${why.join('')}${
    outcome.remedy ? `\n    ${outcome.remedy}` : ''
  }`
}
