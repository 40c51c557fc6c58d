export * from './obis.ts'
