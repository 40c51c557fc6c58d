export * from './frame.ts'
export * from './transport.ts'
