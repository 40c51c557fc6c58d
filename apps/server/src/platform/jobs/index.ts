/** Background jobs: defined as functions, queued in the database, done by worker processes. */
export { installJobs } from './boss.ts'
export { type AnyJob, defineJob, type Job, type JobContext } from './job.ts'
export { cancelJob, closeQueue, enqueue, findJob, type JobRun, listJobs } from './queue.ts'
export { type Schedule, startWorker, type WorkerOptions } from './worker.ts'
