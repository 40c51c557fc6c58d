// A process that imports and reports each checkpoint; the test kills it. Arguments: URL, parameters, import.
import { createPool } from '../../../platform/index.ts'
import { runImport } from '../import/run.ts'

const [url, parameters, id] = process.argv.slice(2)
const db = createPool({ connectionString: url, max: 2, parameters: JSON.parse(parameters) })
await runImport(db, id, { batchRows: 1_500, onCheckpoint: (line) => void process.send?.(line) })
await db.close()
process.disconnect()
