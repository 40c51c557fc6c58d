/** Bulk load, long-term storage and the fast ways to read. */
export type { Judge, LoadFinding, LoadResult, LoadSource, ReadingBatch } from './batch.ts'
export { type ColumnRules, columnJudge, columnJudgeModule } from './judge.ts'
export { loadBatch } from './load.ts'
export { type JudgeModule, type Loaders, type LoadersOptions, startLoaders } from './loaders.ts'
export { sumCurves } from './sumCurves.ts'
