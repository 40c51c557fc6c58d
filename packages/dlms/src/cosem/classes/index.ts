export * from './access.ts'
export * from './measuring.ts'
export * from './registry.ts'
export * from './time.ts'
