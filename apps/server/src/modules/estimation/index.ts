/** The one door of estimation: what stands in for what is missing, and what persons change. */
import type { App, Services } from '../../platform/index.ts'
import { registerEditRoutes } from './edit/routes.ts'
import { registerEstimateRoutes } from './estimate/routes.ts'
import { registerRecalculationRoutes } from './recalculate/routes.ts'

export { registerEstimate } from './cli.ts'
export { estimationJobs, estimationSchedules } from './jobs.ts'

export function registerEstimationRoutes(app: App, services: Services): void {
  registerEstimateRoutes(app, services)
  registerEditRoutes(app, services)
  registerRecalculationRoutes(app, services)
}
