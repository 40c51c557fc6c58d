import { apiBenches } from './api.ts'
import { sessionBenches } from './sessions.ts'
import { storeBenches } from './store.ts'
import { storeLoadBenches } from './storeLoad.ts'
import type { Bench } from './types.ts'
import { validationBenches } from './validation.ts'

export const serverBenches: readonly Bench[] = [
  ...validationBenches,
  ...storeBenches,
  ...storeLoadBenches,
  ...sessionBenches,
  ...apiBenches,
]
