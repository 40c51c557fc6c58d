import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Db, systemActor } from '../../platform/index.ts'
import { formatOfName } from './import/open.ts'
import { registerFile } from './import/receive.ts'
import { findImport, rejectLines } from './import/routes.ts'
import { runImport } from './import/run.ts'

export interface ImportFileOptions {
  readonly format?: string
  readonly separator?: string
  readonly decimal?: ',' | '.'
  /** Goes on with an import that was stopped, instead of beginning one. */
  readonly resume?: string
  /** Where the rejected lines are written as CSV. */
  readonly rejects?: string
  readonly json?: boolean
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** `contor import FILE`: takes a file of this machine in. @returns how many lines were rejected */
export async function importFile(db: Db, file: string, options: ImportFileOptions): Promise<number> {
  const { say, signal } = options
  const path = resolve(file)
  let id = options.resume
  if (id === undefined) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    id = await registerFile(
      db,
      {
        name: file,
        format: options.format ?? formatOfName(file),
        options: {
          separator: options.separator === 'tab' ? '\t' : options.separator,
          decimal: options.decimal,
        },
        requestedBy: systemActor.subject,
      },
      path,
      hash.digest(),
    )
  }
  if (!options.json) say(`Import ${id} of ${path}; when it is stopped: contor import ${file} --resume ${id}`)
  let shown = 0
  await runImport(db, id, {
    signal,
    progress(done, total, note) {
      if (options.json || Date.now() - shown < 2_000) return
      shown = Date.now()
      say(`${done <= total ? `${Math.floor((100 * done) / total)} %` : ''} ${note}`)
    },
  })
  const state = await findImport(db, id)
  if (options.rejects) await pipeline(rejectLines(db, id), createWriteStream(options.rejects))
  if (options.json) say(JSON.stringify(state))
  else
    say(
      `${state.rows} rows: ${state.added} values added, ${state.repeated} were there already, ${state.rejected} rejected${
        state.rejected > 0 && !options.rejects ? ' (see them with --rejects FILE)' : ''
      }`,
    )
  return state.rejected
}
