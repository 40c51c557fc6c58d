import { Command, InvalidArgumentError } from 'commander'
import { registerDecode } from './cli/decode.ts'
import { registerEncode } from './cli/encode.ts'
import { ContorError } from './platform/errors.ts'
import type { Db } from './platform/index.ts'

// Commands are loaded when they are called: `contor decode` should not wait for the web server's modules.
const program = new Command('contor')
  .description(
    'Open advanced metering infrastructure: from the frame on a meter’s wire to the kilowatt-hour.',
  )
  .version('0.1.0')
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
Environment:
  PORT                 port of the web server (8080)
  HOST                 address it listens on (127.0.0.1)
  CONTOR_DATA          data folder (./data)
  DATABASE_URL         an existing PostgreSQL ≥ 15 instead of the embedded one
  CONTOR_DEMO_METERS   metering points of the demo (200)
  CONTOR_KEK           key that wraps the meters' keys, 64 hex digits (data folder: secrets/kek)
  CONTOR_LOG           fatal, error, warn, info, debug (info)`,
  )

const wholeDays = (text: string): number => {
  const days = Number(text)
  if (Number.isInteger(days) && days > 0 && days <= 3_650) return days
  throw new InvalidArgumentError('Give a whole number of days from 1 to 3650.')
}

program
  .command('start')
  .description('the demonstration: database, virtual neighbourhood, collector and console, from nothing')
  .action(async () => {
    const { start } = await import('./cli/start.ts')
    await start(await config())
  })

program
  .command('serve')
  .description('the system without the demo: web server and collector')
  .option('--only <part>', 'web or collector, for more than one process on one DATABASE_URL')
  .action(async (options: { only?: string }) => {
    if (options.only !== undefined && options.only !== 'web' && options.only !== 'collector')
      throw new ContorError('bad-configuration', `There is no part ${options.only}`, {
        remedy: 'Parts: web, collector.',
      })
    const { serve } = await import('./cli/serve.ts')
    await serve(await config(), options.only)
  })

program
  .command('worker')
  .description('background jobs: imports, deliveries; start and serve run one by themselves')
  .action(async () => {
    const { work } = await import('./cli/worker.ts')
    await work(await config())
  })

program
  .command('import <file>')
  .description(
    'take readings from a file in: CSV, TXT, JSON, XLSX, XML, Parquet; exit code 2 when lines were rejected',
  )
  .option('--format <format>', 'when the name does not say it')
  .option('--separator <character>', "of a CSV: ',', ';' or tab; found by itself")
  .option('--decimal <character>', "of a CSV: ',' or '.'")
  .option('--resume <id>', 'go on with an import that was stopped')
  .option('--rejects <file>', 'write the rejected lines there, as CSV')
  .option('--json', 'print the result as JSON')
  .action(async (file: string, options) => {
    const { importCommand } = await import('./cli/import.ts')
    await importCommand(await config(), file, options)
  })

program
  .command('simulate')
  .description('only the virtual neighbourhood: DLMS/COSEM meters on TCP ports of this machine')
  .allowUnknownOption()
  .allowExcessArguments()
  .helpOption(false)
  .action(async (_options: unknown, command: Command) => {
    const { simulate } = await import('./cli/simulate.ts')
    process.exitCode = await simulate(command.args)
  })

program
  .command('resident')
  .description('a hand in the virtual neighbourhood: button, main breaker, load, menu, faults of a meter')
  .allowUnknownOption()
  .allowExcessArguments()
  .helpOption(false)
  .action(async (_options: unknown, command: Command) => {
    const { simulate } = await import('./cli/simulate.ts')
    process.exitCode = await simulate(['resident', ...command.args])
  })

program
  .command('token')
  .description('make a bearer token; works beside a running server and without one')
  .requiredOption('--role <role>', 'operator, analyst, supplier, customer or admin')
  .option('--subject <subject>', "whose points a supplier or customer sees, e.g. 'supplier:EVA'")
  .option('--label <text>', 'what it is for')
  .option('--days <days>', 'validity', wholeDays, 90)
  .option('--json', 'print {id, token, role, expiresAt}')
  .action(async (options) => {
    const { token } = await import('./cli/token.ts')
    await token(await config(), options)
  })

program
  .command('migrate')
  .description('bring the database to this version and end')
  .action(async () => {
    const { migrateDatabase, openDatabase } = await import('./cli/database.ts')
    const open = await openDatabase(await config(), { mode: 'join', applicationName: 'contor migrate' })
    try {
      const applied = await migrateDatabase(open, (name) => process.stdout.write(`${name}\n`))
      if (applied.length === 0) process.stdout.write('Nothing to do: the database is of this version.\n')
    } finally {
      await open.close()
    }
  })

registerDecode(program)
registerEncode(program)
// The field commands bring the whole protocol with them: only who calls them, or asks for help, waits for it.
if (!program.commands.some((command) => command.name() === process.argv[2])) {
  const { registerDlms, registerRepair } = await import('./modules/acquisition/index.ts')
  registerDlms(program)
  const { registerCompact, registerErase, registerExplain } = await import('./modules/readings/index.ts')
  const { registerBalanceCommand } = await import('./modules/losses/index.ts')
  const { registerExceptions } = await import('./modules/validation/index.ts')
  const { registerEstimate } = await import('./modules/estimation/index.ts')
  const { registerAggregate } = await import('./modules/aggregation/index.ts')
  for (const register of [
    registerAggregate,
    registerExplain,
    registerBalanceCommand,
    registerExceptions,
    registerEstimate,
    registerRepair,
    registerErase,
    registerCompact,
  ])
    register(program, withDatabase)
  const { registerOrders } = await import('./cli/orders.ts')
  registerOrders(program)
  const { registerPower } = await import('./cli/power.ts')
  registerPower(program)
  const { registerTranches } = await import('./cli/tranches.ts')
  registerTranches(program)
}

/** Opens the database beside a running server or alone, for one command. */
async function withDatabase<T>(fn: (db: Db) => Promise<T>): Promise<T> {
  const { openDatabase } = await import('./cli/database.ts')
  const open = await openDatabase(await config(), { mode: 'join', applicationName: 'contor', poolSize: 1 })
  try {
    return await fn(open.db)
  } finally {
    await open.close()
  }
}

async function config() {
  const { loadConfig } = await import('./platform/config.ts')
  return loadConfig()
}

try {
  await program.parseAsync()
} catch (error) {
  const { reportFailure } = await import('./cli/failure.ts')
  reportFailure(error)
  process.exitCode = 1
}
