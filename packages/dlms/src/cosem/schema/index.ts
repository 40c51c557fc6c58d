export * from './composite.ts'
export * from './schema.ts'
export * from './simple.ts'
export * from './time.ts'
