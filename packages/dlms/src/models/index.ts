export * from './discover.ts'
export {
  type MeterModel,
  type ModelCheck,
  meterModelSchema,
  type Quirk,
  quirks,
  validateModel,
} from './model.ts'
export * from './push.ts'
export * from './shipped.ts'
export type { ModelIssue } from './spec.ts'
