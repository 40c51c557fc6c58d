/** The one door of losses: what a station took in against what was measured behind it. */
export { type Balance, dayBalance, type PointDay, slotBalances } from './balance.ts'
export { recomputeStale } from './recompute.ts'
export { registerLossesRoutes } from './routes.ts'
