/** Background jobs: defined as functions, queued in the database, done by worker processes. */
export { installJobs } from './boss.ts'
export { type AnyJob, defineJob } from './job.ts'
export { cancelJob, closeQueue, enqueue, findJob, listJobs } from './queue.ts'
export { type Schedule, startWorker } from './worker.ts'
