/** The one door of field work: visits of crews, their records, photos and the proces-verbal. */
export { registerFieldRoutes } from './routes.ts'
