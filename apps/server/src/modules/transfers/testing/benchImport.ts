import type { Db } from '../../../platform/index.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { registerFile } from '../import/receive.ts'
import { findImport } from '../import/routes.ts'
import { runImport } from '../import/run.ts'

/** Imports a file for points RO000001 … RO000200. Seconds from the first byte to the last commit, bytes of memory. */
export async function importForBench(db: Db, path: string) {
  await createTestNetwork(db, 200)
  const id = await registerFile(
    db,
    { name: path, format: 'csv', options: {}, requestedBy: 'bench' },
    path,
    Buffer.alloc(32),
  )
  let rss = 0
  let rssEarly = 0
  const watch = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss())
  }, 100)
  const started = performance.now()
  await runImport(db, id, {
    onCheckpoint: () => {
      rssEarly ||= process.memoryUsage.rss()
    },
  })
  const seconds = (performance.now() - started) / 1_000
  clearInterval(watch)
  const { added } = await findImport(db, id)
  return { seconds, rss: Math.max(rss, process.memoryUsage.rss()), rssEarly, added }
}
