// Receives a file into the data folder, streaming, and registers it as an import.
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sql } from 'kysely'
import { asSystem, type Db } from '../../../platform/index.ts'
import type { TableOptions } from './tables.ts'

export interface ReceivedFile {
  readonly name: string
  readonly format: string
  readonly options: TableOptions
  readonly requestedBy: string
}

/** Writes the stream to `imports/` of the data folder. @returns the id of the import */
export async function receiveFile(
  db: Db,
  dataDir: string,
  file: ReceivedFile,
  body: Readable,
): Promise<string> {
  const folder = join(dataDir, 'imports')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${randomUUID()}.${/^[a-z0-9]{1,12}$/.test(file.format) ? file.format : 'bin'}`)
  const hash = createHash('sha256')
  const digest = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(body, digest, createWriteStream(`${path}.part`, { mode: 0o600 }))
    await rename(`${path}.part`, path)
  } catch (error) {
    await rm(`${path}.part`, { force: true })
    throw error
  }
  return registerFile(db, file, path, hash.digest())
}

/** Registers a file that lies on this machine already. */
export async function registerFile(
  db: Db,
  file: ReceivedFile,
  path: string,
  sha256: Buffer,
): Promise<string> {
  const { size } = await stat(path)
  return asSystem(db, async (trx) => {
    const { rows } = await sql<{ id: string }>`
      insert into contor.import_file (name, format, path, bytes, sha256, options, requested_by)
      values (${basename(file.name)}, ${file.format}, ${path}, ${size}, ${sha256}, ${JSON.stringify(file.options)}, ${file.requestedBy})
      returning id`.execute(trx)
    return rows[0].id
  })
}
