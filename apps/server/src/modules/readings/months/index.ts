/** Months of a point in one row: folding, unfolding, and the one way to stored days. */
export { registerCompact } from './cli.ts'
export { compact } from './compact.ts'
export { dayRowsOf } from './dayRows.ts'
export { holdDays } from './unfold.ts'
