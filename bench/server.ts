import type { Bench } from './types.ts'
export const serverBenches: readonly Bench[] = []
