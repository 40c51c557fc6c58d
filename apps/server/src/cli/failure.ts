import { ContorError } from '../platform/errors.ts'

const notReady =
  'It is still being set up: wait until contor start says that it is ready. With DATABASE_URL: check user and password, then run contor migrate.'
/** What PostgreSQL and the network say of a database that is not there yet, by code. */
const ofDatabase: Readonly<Record<string, readonly [said: string, remedy: string]>> = {
  '28P01': ['The database refuses the user of this data folder', notReady],
  '28000': ['The database refuses the user of this data folder', notReady],
  '3D000': ['The database does not exist', notReady],
  '3F000': ['The database has no tables of Contor', notReady],
  '42P01': ['The database has no such table', 'Run contor migrate: the tables are of an earlier version.'],
  '57P03': ['The database is starting', 'Try again in a moment.'],
  ECONNREFUSED: ['The database does not answer', 'Start it with contor start, or correct DATABASE_URL.'],
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** What failed and what to do, in words; the stack only for what was not foreseen. */
export function wordsOf(error: unknown): string {
  const known = ofDatabase[codeOf(error)]
  const lines =
    error instanceof ContorError
      ? [`${error.message}.`.replace(/([.!?:])\.$/, '$1'), error.remedy]
      : error instanceof Error && known
        ? [`${known[0]}: ${error.message}.`, known[1]]
        : [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  return lines.filter(Boolean).join('\n')
}

export function reportFailure(error: unknown): void {
  process.stderr.write(`${wordsOf(error)}\n`)
}
