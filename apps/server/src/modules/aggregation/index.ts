/** The one door of aggregation: sums over sets of points, virtual meters, suppliers' curves, profiles. */
export { registerAggregate } from './cli.ts'
export { registerAggregationRoutes } from './routes.ts'
