export * from './apdu.ts'
export * from './conformance.ts'
export * from './results.ts'
