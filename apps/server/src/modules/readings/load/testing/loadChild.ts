// Child process of the kill test: loads batches until it is killed, and says when one is in.
// Arguments: database URL, first day, ids of points with commas between.

import { createPool } from '../../../../platform/index.ts'
import { columnJudge } from '../judge.ts'
import { loadBatch } from '../load.ts'
import { rules, source, wholeBatch } from './batches.ts'

const [url, first, list] = process.argv.slice(2)
const db = createPool({ connectionString: url, max: 2, parameters: { role: 'contor_app' } })
const points = list.split(',')
const judge = columnJudge(rules)
for (let i = 0; i < 400; i++) {
  const days = [Number(first) + i]
  await loadBatch(db, wholeBatch(`${i}`, points, days, i), source, judge)
  process.send?.(i)
}
