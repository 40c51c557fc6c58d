/** Limitation tranches: lists in approved versions, and runs of them from rehearsal to report. */
export { startTrancheEngine } from './engine.ts'
export { registerTrancheRoutes } from './routes.ts'
