// Child of collector.test.ts: a collector that runs until it is told or killed.

import { createKeyRing, createLog, createPool } from '../../../platform/index.ts'
import { startCollector } from '../collector.ts'

const [url, kek] = process.argv.slice(2)
const db = createPool({ connectionString: url, max: 6, parameters: { role: 'contor_app' } })
const collector = await startCollector({
  db,
  keys: createKeyRing(Buffer.from(kek, 'hex')),
  log: createLog('child'),
})
const stop = async () => {
  await collector.stop()
  await db.close()
  process.exit()
}
process.once('SIGTERM', stop)
process.once('disconnect', stop)
