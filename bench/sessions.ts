import type { Bench } from './types.ts'
export const sessionBenches: readonly Bench[] = []
