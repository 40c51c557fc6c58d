export { mediumName } from './media.ts'
export { obisName } from './obisName.ts'
export type { NameLanguage } from './words.ts'
