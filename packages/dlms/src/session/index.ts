export { createClientSession } from './client/machine.ts'
export { createServerSession } from './server/machine.ts'
export type * from './serverTypes.ts'
export * from './types.ts'
