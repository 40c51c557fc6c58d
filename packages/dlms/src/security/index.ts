export * from './suite0.ts'
