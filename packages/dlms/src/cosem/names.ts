export { obisName } from './names/obisName.ts'
export type { NameLanguage } from './names/words.ts'
