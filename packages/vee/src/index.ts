/** The one door of VEE: what is wrong with a day, and what stands in for what is missing. */
export * from './estimation/index.ts'
export * from './rules/index.ts'
