export * from './data.ts'
