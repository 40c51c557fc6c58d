/** The one door of losses: what a station took in against what was measured behind it. */
export { dayBalance } from './balance.ts'
export { registerBalanceCommand } from './cli.ts'
export { recomputeStale } from './recompute.ts'
export { registerLossesRoutes } from './routes.ts'
