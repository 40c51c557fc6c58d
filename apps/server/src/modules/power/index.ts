/** Approved power and what keeps it: limiters programmed and read back, trips by over-power followed until supply is back. */
export { startPowerEngine } from './engine.ts'
export { registerPowerRoutes } from './routes.ts'
