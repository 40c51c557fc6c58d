export * from './gateway.ts'
export * from './hdlc.ts'
export * from './types.ts'
export * from './wrapper.ts'
