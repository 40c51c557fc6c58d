/** The one door of estimation: what stands in for what is missing, and what persons change. */
export { estimateForBilling, runEstimation } from './estimate/job.ts'
