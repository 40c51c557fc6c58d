import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ContorError } from '../errors.ts'
import { isOpenToOthers } from './binaries.ts'

/** Runs PostgreSQL programs as a user that PostgreSQL accepts (it refuses root). */
export interface Runner {
  /** Owner that the data folder needs; undefined: ourselves. */
  readonly uid: number | undefined
  spawn(program: string, args: readonly string[], options: SpawnOptions): ChildProcess
}

const NOBODY = 65_534

/** @throws ContorError 'database-failed' when root cannot step down to a user that reaches both folders */
export async function createRunner(binaries: string, clusterDir: string): Promise<Runner> {
  if (process.getuid?.() !== 0) return { uid: undefined, spawn: (p, a, o) => spawn(p, [...a], o) }
  const owner = await stat(clusterDir).then(
    (found) => found.uid,
    () => 0,
  )
  const uid = owner === 0 ? NOBODY : owner
  if ((await isOpenToOthers(binaries)) && (await isOpenToOthers(dirname(clusterDir))))
    return { uid, spawn: (p, a, o) => spawn(p, [...a], { ...o, uid, gid: uid }) }
  // A folder above is closed to others (/root, say). Linux can give the one right that is missing: to pass through.
  for (const capability of ['dac_read_search', 'dac_override']) {
    const prefix = ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups']
    const rights = ['--inh-caps', `+${capability}`, '--ambient-caps', `+${capability}`]
    if (spawnSync('setpriv', [...prefix, ...rights, 'test', '-x', binaries]).status === 0)
      return { uid, spawn: (p, a, o) => spawn('setpriv', [...prefix, ...rights, p, ...a], o) }
  }
  throw new ContorError(
    'database-failed',
    'PostgreSQL does not run as root, and no other user may enter its folder',
    {
      field: 'CONTOR_DATA',
      value: dirname(clusterDir),
      remedy:
        'Run Contor as an ordinary user, or put it and CONTOR_DATA in a folder that others may enter (chmod o+x).',
    },
  )
}
