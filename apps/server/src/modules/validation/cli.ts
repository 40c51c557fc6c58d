// `contor exceptions`: the work queue at a terminal.

import type { Command } from 'commander'
import { asSystem, ContorError, type Db, systemActor, type Trx } from '../../platform/index.ts'
import { findPersonWith, namesOf } from '../access/index.ts'
import {
  ages,
  changeExceptions,
  type ExceptionFilter,
  type ExceptionGroup,
  type ExceptionRow,
  groupExceptions,
  groupings,
  listExceptions,
  nobody,
} from './queue.ts'

/** Opens the database for one command and closes it afterwards. */
type WithDatabase = <T>(fn: (db: Db) => Promise<T>) => Promise<T>

interface Options {
  readonly by?: string
  readonly rule?: string
  readonly of?: string
  readonly age?: string
  readonly day?: string
  readonly status: string
  readonly limit: string
  readonly json?: boolean
}

/** Adds `exceptions [--by …]` and `exceptions assign PERSON`. */
export function registerExceptions(program: Command, withDatabase: WithDatabase): void {
  const filtered = (command: Command) =>
    command
      .option('--rule <rule>', 'only this rule')
      .option('--of <person>', `only of this person: e-mail address, subject or ${nobody}`)
      .option('--age <age>', `only this old: ${ages.join(', ')}`)
      .option('--day <day>', 'only about this civil day')
      .option('--status <status>', `only these: ${states.join(', ')}`, 'open')
  const queue = filtered(program.command('exceptions'))
    .description('validation exceptions: counted by cause, person or age, or one by one')
    .option('--by <cause>', `count by ${groupings.join(', ')}`)
    .option('--limit <n>', 'lines at most', '50')
    .option('--json', 'one JSON object a line')
    .action(async (options: Options) => {
      const by = options.by === undefined ? undefined : oneOf('--by', options.by, groupings)
      const limit = Math.min(500, Math.max(1, Number(options.limit) || 50))
      const lines = await withDatabase((db) =>
        asSystem(db, async (trx) => {
          const filter = await filterOf(trx, options)
          const rows = by ? await groupExceptions(trx, by, filter) : await listExceptions(trx, filter, limit)
          const names = await namesOf(
            trx,
            rows.map((row) => ('key' in row ? row.key : row.assignedTo)),
          )
          return rows.slice(0, limit).map((row) => (options.json ? JSON.stringify(row) : lineOf(row, names)))
        }),
      )
      for (const line of lines) process.stdout.write(`${line}\n`)
      if (lines.length === 0 && !options.json) process.stdout.write('No exceptions.\n')
    })
  filtered(queue.command('assign'))
    .description('give all exceptions of a filter to a person, or back to nobody')
    .argument('<person>', `e-mail address or subject of the person, or ${nobody}`)
    .requiredOption('--reason <text>', 'why; it stays in the log')
    .action(async (person: string, _own: object, command: Command) => {
      // Options that the parent has too are read by it, wherever they stand.
      const options = command.optsWithGlobals<Options & { reason: string }>()
      const changed = await withDatabase((db) =>
        asSystem(db, async (trx) => {
          const to = person === nobody ? null : await ownerOf(trx, '<person>', person)
          const filter = await filterOf(trx, options)
          return changeExceptions(trx, systemActor, { filter }, { action: 'assign', to }, options.reason)
        }),
      )
      process.stdout.write(`${changed} exceptions assigned.\n`)
    })
}

const states = ['open', 'acknowledged', 'resolved'] as const

function oneOf<T extends string>(field: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value)
  if (found) return found
  throw new ContorError('invalid-request', `${field} does not know ${value}`, {
    field,
    value,
    remedy: `One of ${known.join(', ')}.`,
  })
}

async function filterOf(trx: Trx, options: Options): Promise<ExceptionFilter> {
  return {
    status: oneOf('--status', options.status, states),
    rule: options.rule,
    day: options.day,
    ...(options.age === undefined ? {} : { age: oneOf('--age', options.age, ages) }),
    ...(options.of === undefined
      ? {}
      : { assignedTo: options.of === nobody ? nobody : await ownerOf(trx, '--of', options.of) }),
  }
}

async function ownerOf(trx: Trx, field: string, value: string): Promise<string> {
  const person = await findPersonWith(trx, 'exceptions', value)
  if (person) return person.subject
  throw new ContorError('invalid-request', `${value} is no person who may work on exceptions`, {
    field,
    value,
    remedy: `Give the e-mail address of an operator, analyst or administrator, or ${nobody}.`,
  })
}

function lineOf(row: ExceptionGroup | ExceptionRow, names: Record<string, string>): string {
  if ('key' in row) {
    const waits = ages.map((age) => `${age} ${row.ages[age]}`).join(' · ')
    return `${String(row.exceptions).padStart(7)}  ${names[row.key] ?? row.label}  (${row.points} points, ${row.errors} errors; ${waits})`
  }
  const owner = row.assignedTo === null ? nobody : (names[row.assignedTo] ?? row.assignedTo)
  return `${row.id.padStart(7)}  ${row.day}  ${row.pod}  ${row.channel}  ${row.rule}  ${row.severity}  ${owner}  ${JSON.stringify(row.details)}`
}
