/** What is no longer to be kept. */
export { judgeServerClock } from './clock.ts'
export { retentionJobs, retentionSchedules } from './jobs.ts'
export { registerRetentionRoutes } from './routes.ts'
