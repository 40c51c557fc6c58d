/** The one door of aggregation: sums over sets of points, virtual meters, suppliers' curves, profiles. */
export { registerAggregationRoutes } from './routes.ts'
