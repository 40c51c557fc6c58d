export type { ProfileColumns } from './columns.ts'
export * from './data.ts'
export * from './dateTime.ts'
export { decodeData, readData } from './decode.ts'
export { encodeData, writeData } from './encode.ts'
export {
  expandProfileBuffer,
  type ProfileColumn,
  type ProfileOptions,
  type ProfileRow,
  profileColumns,
} from './profile.ts'
export { decodeProfileColumns } from './profileBytes.ts'
