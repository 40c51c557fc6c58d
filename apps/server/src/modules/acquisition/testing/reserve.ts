// Child of counters.test.ts: reserves blocks for ever and tells its parent each one after it was reserved.

import { createPool } from '../../../platform/index.ts'
import { counterBlock, reserveCounters } from '../counters.ts'

const [url, meteringPointId, meterId] = process.argv.slice(2)
const db = createPool({ connectionString: url, max: 1, parameters: { role: 'contor_app' } })
process.once('disconnect', () => process.exit())
for (;;) process.send?.(await reserveCounters(db, { meteringPointId, meterId }, counterBlock))
