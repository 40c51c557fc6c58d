import { type ImportFileOptions, importFile } from '../modules/transfers/index.ts'
import type { Config } from '../platform/config.ts'
import { migrateDatabase, openDatabase } from './database.ts'

/** `contor import FILE`: works beside a running server and without one. */
export async function importCommand(
  config: Config,
  file: string,
  options: Omit<ImportFileOptions, 'say' | 'signal'>,
): Promise<void> {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort(new Error('stopped')))
  const open = await openDatabase(config, { mode: 'join', applicationName: 'contor import', poolSize: 3 })
  try {
    await migrateDatabase(open)
    const rejected = await importFile(open.db, file, {
      ...options,
      say: (text) => process.stdout.write(`${text}\n`),
      signal: stopping.signal,
    })
    if (rejected > 0) process.exitCode = 2
  } finally {
    await open.close()
  }
}
