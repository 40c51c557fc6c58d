import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** What postmaster.pid says: line 1 the process, 4 the port, 7 the shared memory (key and id), 8 the state. */
export interface PidFile {
  readonly pid: number
  readonly port: number
  readonly sharedMemoryId: number | undefined
  readonly state: string
}

const STALE_TIMEOUT_MS = 10_000

export async function readPidFile(clusterDir: string): Promise<PidFile | undefined> {
  const text = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const lines = text.split('\n').map((line) => line.trim())
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!(pid > 0) || !(port > 0)) return undefined
  const sharedMemoryId = Number(lines[6]?.split(/\s+/)[1])
  return {
    pid,
    port,
    sharedMemoryId: Number.isInteger(sharedMemoryId) ? sharedMemoryId : undefined,
    state: lines[7] ?? '',
  }
}

/** Whether that process lives and is a PostgreSQL. A zombie, or another program under a reused number, is not. */
export async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  if (process.platform !== 'linux') return true
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (status === undefined) return false
  const name = status.slice(status.indexOf('(') + 1, status.lastIndexOf(')'))
  const state = status.slice(status.lastIndexOf(')') + 2)[0]
  return name === 'postgres' && state !== 'Z' && state !== 'X'
}

/**
 * Removes the lock of a server that is dead. PostgreSQL does so itself, except where the number still answers:
 * a container without a process that buries the dead keeps a zombie for ever. Its children must be gone first,
 * which the kernel's table of shared memory tells.
 */
export async function clearStaleLock(clusterDir: string): Promise<void> {
  const found = await readPidFile(clusterDir)
  if (!found || process.platform !== 'linux' || (await isPostgres(found.pid))) return
  const until = Date.now() + STALE_TIMEOUT_MS
  while ((await attached(found.sharedMemoryId)) > 0) {
    if (Date.now() > until) return // PostgreSQL will refuse, in its own words
    await sleep(50)
  }
  await rm(join(clusterDir, 'postmaster.pid'), { force: true })
}

async function attached(sharedMemoryId: number | undefined): Promise<number> {
  if (sharedMemoryId === undefined) return 0
  const table = await readFile('/proc/sysvipc/shm', 'utf8').catch(() => undefined)
  if (table === undefined) return 1
  const [head = '', ...rows] = table.trim().split('\n')
  const columns = head.trim().split(/\s+/)
  const [idAt, countAt] = [columns.indexOf('shmid'), columns.indexOf('nattch')]
  for (const row of rows) {
    const cells = row.trim().split(/\s+/)
    if (Number(cells[idAt]) === sharedMemoryId) return Number(cells[countAt])
  }
  return 0
}
