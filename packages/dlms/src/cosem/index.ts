export * from './accessRights.ts'
export * from './classes/index.ts'
export type {
  AttributeDeclaration,
  AttributeType,
  ClassDeclaration,
  CosemClass,
  MethodDeclaration,
} from './declare.ts'
export { cosemClass } from './declare.ts'
export * from './flags/flags.ts'
export * from './names/index.ts'
export * from './obis.ts'
export * from './objects.ts'
export type { CosemDate, CosemTime, Decoded, Schema, SchemaError, ValueOf } from './schema/index.ts'
export * as schema from './schema/index.ts'
export { decodeAs, encodeAs } from './schema/index.ts'
export * from './selection.ts'
export * from './units.ts'
