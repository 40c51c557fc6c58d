/** Bulk load, long-term storage and the fast ways to read. */
export type { ReadingBatch } from './batch.ts'
export { registerCurveRoutes } from './curveRoutes.ts'
export { columnJudgeModule } from './judge.ts'
export { startLoaders } from './loaders.ts'
export { inBulk, type PointDay, storeManyDays } from './storeMany.ts'
export { sumCurves } from './sumCurves.ts'
