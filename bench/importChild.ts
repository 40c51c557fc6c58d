// A process that imports one file into a fresh database and prints {seconds, rss, rssEarly, added}.

import { importForBench } from '../apps/server/src/modules/transfers/testing/benchImport.ts'
import { createTestDatabase } from '../apps/server/src/platform/testing/database.ts'

const database = await createTestDatabase()
try {
  process.stdout.write(JSON.stringify(await importForBench(database.db, process.argv[2])))
} finally {
  await database.drop()
}
