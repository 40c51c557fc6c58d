export * from './frame.ts'
export * from './reader.ts'
