export type * from './serverTypes.ts'
export * from './types.ts'
